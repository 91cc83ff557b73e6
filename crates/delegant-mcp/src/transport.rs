//! How does a client that is made with `rmcp` sign its calls? Around its transport.

use std::borrow::Cow;
use std::collections::HashMap;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use rmcp::model::{ClientJsonRpcMessage, GetMeta, JsonRpcMessage, ServerJsonRpcMessage};
use rmcp::service::RoleClient;
use rmcp::transport::{IntoTransport, Transport};
use serde_json::json;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::hand::Holder;
use crate::message::{Id, Message, called_off};
use crate::proof::{self, EXTENSION, VERSION};
use crate::sign::{Outgoing, Returned, Sent, Signing};

/// Signs what goes out over a transport; `set_up` says for whom.
///
/// ```
/// # use delegant_mcp::{Holder, transport::sign};
/// # use delegant_agent::Agent;
/// # use rmcp::ServiceExt;
/// # async fn call(agent: Agent, server: delegant::Did, child: (tokio::io::Empty, tokio::io::Sink))
/// # -> Result<(), Box<dyn std::error::Error>> {
/// let transport = sign(child, Holder::new(agent), |signing| signing.server(server));
/// let client = ().serve(transport).await?;
/// # let _ = client; Ok(()) }
/// ```
///
/// What the agent may not do is not sent: the client gets an error that says what is missing.
pub fn sign<T, E, A>(
    transport: T,
    holder: Holder,
    set_up: impl FnOnce(Signing) -> Signing,
) -> Signed<impl Transport<RoleClient, Error = E> + 'static>
where
    T: IntoTransport<RoleClient, E, A>,
    E: std::error::Error + Send + Sync + 'static,
{
    let (answers, answered) = unbounded_channel();
    Signed {
        inner: transport.into_transport(),
        signing: set_up(Signing::new(holder)),
        under_way: HashMap::new(),
        answers,
        answered,
    }
}

/// A transport that signs; see [`sign`].
pub struct Signed<T> {
    inner: T,
    signing: Signing,
    under_way: HashMap<Id, (Sent, ClientJsonRpcMessage)>,
    answers: UnboundedSender<ServerJsonRpcMessage>,
    answered: UnboundedReceiver<ServerJsonRpcMessage>,
}

impl<T> Signed<T> {
    /// The message as it is sent, or none where it is answered here.
    fn signed(&mut self, mut item: ClientJsonRpcMessage) -> Option<ClientJsonRpcMessage> {
        let Ok(text) = serde_json::to_string(&item) else {
            return Some(item);
        };
        if !matches!(item, JsonRpcMessage::Request(_)) {
            if let Some(id) = called_off(&text) {
                self.under_way.remove(&id);
            }
            return Some(item);
        }
        // A key in this process is always ready.
        match at_once(self.signing.outgoing(&text)) {
            None | Some(Outgoing::Send { sent: None, .. }) => Some(item),
            Some(Outgoing::Answer(answer)) => {
                if let Ok(answer) = serde_json::from_str(&answer) {
                    // The other end is held as well.
                    let _ = self.answers.send(answer);
                }
                None
            }
            Some(Outgoing::Send {
                message,
                sent: Some(sent),
            }) => {
                carry(&mut item, &message);
                if let Ok(Message::Request(request)) = Message::read(&text) {
                    self.under_way.insert(request.id, (sent, item.clone()));
                }
                Some(item)
            }
        }
    }

    /// An answer as the client gets it, or what is sent again instead.
    fn returned(
        &mut self,
        answer: ServerJsonRpcMessage,
    ) -> Result<ServerJsonRpcMessage, Box<ClientJsonRpcMessage>> {
        if !matches!(
            answer,
            JsonRpcMessage::Response(_) | JsonRpcMessage::Error(_)
        ) {
            return Ok(answer);
        }
        let Ok(text) = serde_json::to_string(&answer) else {
            return Ok(answer);
        };
        let id = match Message::read(&text) {
            Ok(Message::Response { id, .. }) => id,
            _ => None,
        };
        let under_way = id.and_then(|id| self.under_way.remove(&id));
        match self
            .signing
            .returned(&text, under_way.as_ref().map(|(sent, _)| sent))
        {
            Returned::HandOn => Ok(answer),
            Returned::Instead(text) => Ok(serde_json::from_str(&text).unwrap_or(answer)),
            Returned::Again(message) => match under_way {
                Some((_, mut item)) => {
                    carry(&mut item, &message);
                    Err(Box::new(item))
                }
                None => Ok(answer),
            },
        }
    }
}

/// Puts the proof that a text carries into a message.
fn carry(item: &mut ClientJsonRpcMessage, message: &str) {
    let Ok(Message::Request(signed)) = Message::read(message) else {
        return;
    };
    if let (JsonRpcMessage::Request(request), Ok(Some(text))) = (item, proof::read(signed.params)) {
        let value = json!({ "v": VERSION, "ctn": text });
        request
            .request
            .get_meta_mut()
            .0
            .insert(EXTENSION.to_owned(), value);
    }
}

impl<T: Transport<RoleClient>> Transport<RoleClient> for Signed<T> {
    type Error = T::Error;

    fn name() -> Cow<'static, str> {
        T::name()
    }

    fn send(
        &mut self,
        item: ClientJsonRpcMessage,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        let sending = self.signed(item).map(|item| self.inner.send(item));
        async move {
            match sending {
                Some(sending) => sending.await,
                None => Ok(()),
            }
        }
    }

    async fn receive(&mut self) -> Option<ServerJsonRpcMessage> {
        loop {
            let answer = tokio::select! {
                biased;
                // It never ends: its other end is held here.
                Some(answer) = self.answered.recv() => return Some(answer),
                answer = self.inner.receive() => answer?,
            };
            match self.returned(answer) {
                Ok(answer) => return Some(answer),
                Err(again) => {
                    if self.inner.send(*again).await.is_err() {
                        return None;
                    }
                }
            }
        }
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.inner.close().await
    }
}

/// What a future is that does not wait; none where it does.
fn at_once<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

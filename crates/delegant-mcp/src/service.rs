//! How is the check put inside a server that is made with `rmcp`? Around its service.

use std::borrow::Cow;
use std::sync::Arc;

use delegant::Authorization;
use rmcp::model::{ErrorCode, ErrorData, ProtocolVersion};
use rmcp::service::{NotificationContext, RequestContext, RoleServer, Service, ServiceRole};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::guard::{Awaited, Guard, Settled};
use crate::message::Message;
use crate::proof::EXTENSION;

/// Puts a guard around a server: it is only asked what may be done.
///
/// ```
/// # use delegant_mcp::{Guard, Rules, service::guard};
/// # use rmcp::ServerHandler;
/// # #[derive(Clone)] struct Records;
/// # impl ServerHandler for Records {}
/// # async fn run(rules: Rules) -> Result<(), Box<dyn std::error::Error>> {
/// let service = guard(Records, Guard::open(rules).await?);
/// // … and then as before: `service.serve(rmcp::transport::stdio()).await?`
/// # Ok(()) }
/// ```
///
/// In a handler, [`authorization`] says who asks and on whose behalf.
pub const fn guard<S>(service: S, guard: Guard) -> Guarded<S> {
    Guarded { service, guard }
}

/// A server with a guard around it; see [`guard`].
#[derive(Debug, Clone)]
pub struct Guarded<S> {
    service: S,
    guard: Guard,
}

/// The leave for this request; none where it needed none, or in shadow mode where it has none.
#[must_use]
pub fn authorization(context: &RequestContext<RoleServer>) -> Option<Arc<Authorization>> {
    context.extensions.get::<Arc<Authorization>>().cloned()
}

type Request = <RoleServer as ServiceRole>::PeerReq;
type Notification = <RoleServer as ServiceRole>::PeerNot;
type Answer = <RoleServer as ServiceRole>::Resp;

impl<S: Service<RoleServer>> Service<RoleServer> for Guarded<S> {
    async fn handle_request(
        &self,
        request: Request,
        mut context: RequestContext<RoleServer>,
    ) -> Result<Answer, ErrorData> {
        // What the handler would see, and nothing else, is what the invocation is compared with.
        let text = written(&request, &context)?;
        let awaited = match Message::read(&text) {
            Ok(Message::Request(read)) => {
                match self.guard.settle(&read, header(&context).as_deref()).await {
                    Settled::Allowed(None) => {}
                    Settled::Allowed(Some(leave)) => {
                        context
                            .extensions
                            .insert::<Arc<Authorization>>(Arc::from(leave));
                    }
                    Settled::Refused(refused) => {
                        let code = ErrorCode(refused.code);
                        return Err(ErrorData::new(code, refused.message, Some(refused.data)));
                    }
                }
                self.guard.awaits(&read.method)
            }
            _ => return Err(unreadable()),
        };
        // It has served, and whoever is behind may write down what it gets.
        context.meta.0.remove(EXTENSION);
        let answer = self.service.handle_request(request, context).await?;
        Ok(match awaited {
            Awaited::Nothing => answer,
            awaited => self.edited(awaited, answer),
        })
    }

    async fn handle_notification(
        &self,
        notification: Notification,
        context: NotificationContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.service
            .handle_notification(notification, context)
            .await
    }

    fn get_info(&self) -> <RoleServer as ServiceRole>::Info {
        self.service.get_info()
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        self.service.supported_protocol_versions()
    }
}

impl<S> Guarded<S> {
    /// An answer with what the guard adds to it, or takes out.
    fn edited(&self, awaited: Awaited, answer: Answer) -> Answer {
        let edited = || {
            let text = serde_json::to_string(&json!({ "result": &answer })).ok()?;
            let edited = self.guard.answered(awaited, &text, &["meta"]);
            let mut whole: Value = serde_json::from_str(&edited).ok()?;
            same_kind(&answer, whole.get_mut("result")?.take())
        };
        edited().unwrap_or(answer)
    }
}

/// Reads an answer of the kind that it was.
fn same_kind(answer: &Answer, edited: Value) -> Option<Answer> {
    fn read<T: DeserializeOwned>(value: Value) -> Option<T> {
        serde_json::from_value(value).ok()
    }
    Some(match answer {
        Answer::InitializeResult(_) => Answer::InitializeResult(read(edited)?),
        Answer::DiscoverResult(_) => Answer::DiscoverResult(read(edited)?),
        Answer::ListToolsResult(_) => Answer::ListToolsResult(read(edited)?),
        _ => return None,
    })
}

/// A request as it would have been written.
fn written(
    request: &impl Serialize,
    context: &RequestContext<RoleServer>,
) -> Result<String, ErrorData> {
    let mut whole = serde_json::to_value(request).map_err(|_| unreadable())?;
    let members = whole.as_object_mut().ok_or_else(unreadable)?;
    let id = serde_json::to_value(&context.id).map_err(|_| unreadable())?;
    members.insert("id".to_owned(), id);
    let params = members.entry("params").or_insert_with(|| json!({}));
    if params.is_null() {
        *params = json!({});
    }
    let meta = serde_json::to_value(&context.meta).map_err(|_| unreadable())?;
    let params = params.as_object_mut().ok_or_else(unreadable)?;
    // The library hands it over beside the request.
    if meta.as_object().is_some_and(|meta| !meta.is_empty()) {
        params.insert("_meta".to_owned(), meta);
    }
    Ok(whole.to_string())
}

fn header(context: &RequestContext<RoleServer>) -> Option<String> {
    let parts = context.extensions.get::<http::request::Parts>()?;
    let value = parts.headers.get(http::header::AUTHORIZATION)?;
    let (scheme, text) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("ucan").then(|| text.to_owned())
}

fn unreadable() -> ErrorData {
    ErrorData::invalid_request("the request cannot be read in one way", None)
}

//! Who signs for a client that has never heard of us? The agent's side, for one message at a time, over
//! any transport.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use delegant::{Cid, Container, ContainerFormat, Did, Token};
use serde_json::Value;

use crate::announcement::Announcement;
use crate::hand::{Hand, NotSigned, Wish, could_call};
use crate::hand_over::{HandOver, TOOL, tool_definition};
use crate::message::{Message, Request, failure};
use crate::proof;
use crate::rules::{Mode, TOOL_CALL, is_open};
use crate::sign::unsigned::{UNSIGNED, Unsigned};
use crate::tools;
use crate::wanted::Wanted;

mod unsigned;

/// Signs messages for a server. Cloning is cheap.
#[derive(Clone)]
pub struct Signing(Arc<Inner>);

struct Inner {
    hand: Hand,
    pinned: Option<Did>,
    subject: Option<Did>,
    hand_over: Option<HandOver>,
    hides_tools: bool,
    server: Mutex<Option<Announcement>>,
    held: Mutex<HashSet<Cid>>,
}

/// What becomes of a message.
#[derive(Debug)]
pub enum Outgoing {
    /// It goes on to the server.
    Send {
        /// As it goes on.
        message: String,
        /// What it was signed with, to be handed in with the answer.
        sent: Option<Sent>,
    },
    /// It does not, and this is the answer.
    Answer(String),
}

/// A message that is on its way, as far as its answer is concerned.
#[derive(Debug)]
pub struct Sent(Way);

#[derive(Debug)]
enum Way {
    /// It was signed.
    Signed {
        /// Without its proof.
        bare: String,
        container: Container,
        /// Delegations that were not sent: the server was thought to hold them.
        left_out: Vec<Cid>,
    },
    /// It asks for the list of tools, to which one is added.
    Tools,
}

/// What becomes of an answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Returned {
    /// It goes on to the client, as it came.
    HandOn,
    /// This goes on to the client.
    Instead(String),
    /// The server lacks proofs: this is sent again, the same invocation with all of them.
    Again(String),
}

/// An invocation over MCP lives for so long.
const LIFETIME: Duration = Duration::from_secs(60);

/// So many proofs are remembered as held by the server; then all are sent anew.
const MOST_HELD: usize = 10_000;

impl Signing {
    /// Signs with this hand, for the server that the server says it is; see [`server`](Self::server).
    #[must_use]
    pub fn new(hand: impl Into<Hand>) -> Self {
        Self(Arc::new(Inner {
            hand: hand.into(),
            pinned: None,
            subject: None,
            hand_over: None,
            hides_tools: false,
            server: Mutex::default(),
            held: Mutex::default(),
        }))
    }

    /// Signs for this server and no other, whatever answers.
    #[must_use]
    pub fn server(self, did: Did) -> Self {
        self.with(|inner| inner.pinned = Some(did))
    }

    /// Acts on the resources of this subject, whatever the server says it serves.
    #[must_use]
    pub fn subject(self, did: Did) -> Self {
        self.with(|inner| inner.subject = Some(did))
    }

    /// Serves the agent a tool by which it hands over parts of what it may do.
    #[must_use]
    pub fn hands_over(self, hand_over: HandOver) -> Self {
        self.with(|inner| inner.hand_over = Some(hand_over))
    }

    /// Shows the client only those tools that something in the wallet could be for. A signer behind a
    /// socket does not say what it holds: then all are shown.
    #[must_use]
    pub fn hides_tools(self) -> Self {
        self.with(|inner| inner.hides_tools = true)
    }

    fn with(self, change: impl FnOnce(&mut Inner)) -> Self {
        let inner = &self.0;
        let mut changed = Inner {
            hand: inner.hand.clone(),
            pinned: inner.pinned.clone(),
            subject: inner.subject.clone(),
            hand_over: inner.hand_over.clone(),
            hides_tools: inner.hides_tools,
            server: Mutex::default(),
            held: Mutex::default(),
        };
        change(&mut changed);
        Self(Arc::new(changed))
    }

    /// Who signs.
    #[must_use]
    pub fn did(&self) -> &Did {
        self.0.hand.did()
    }

    /// Would it help to ask the server who it is, before this message is signed?
    #[must_use]
    pub fn wants_to_know(&self, message: &str) -> bool {
        let is_unknown = lock(&self.0.server).is_none();
        is_unknown
            && matches!(Message::read(message), Ok(Message::Request(request)) if !is_open(&request.method))
    }

    /// Signs what wants a proof, and leaves everything else as it is.
    pub async fn outgoing(&self, message: &str) -> Outgoing {
        let as_it_is = |message: &str| Outgoing::Send {
            message: message.to_owned(),
            sent: None,
        };
        let request = match Message::read(message) {
            Ok(Message::Request(request)) if request.method == "tools/list" => {
                let is_edited = self.0.hides_tools || self.0.hand_over.is_some();
                let sent = is_edited.then_some(Sent(Way::Tools));
                let message = message.to_owned();
                return Outgoing::Send { message, sent };
            }
            Ok(Message::Request(request)) if !is_open(&request.method) => request,
            Ok(_) => return as_it_is(message),
            // The server has the last word on what it cannot read; ours would be another.
            Err(error) => return Outgoing::Answer(error.answer()),
        };
        let server = self.known();
        if let Some(answer) = self.handed_over(&request, server.as_ref()) {
            return Outgoing::Answer(answer);
        }
        let Some(server) = server else {
            return as_it_is(message);
        };
        match self.signed(&request, &server).await {
            Ok(outgoing) => outgoing,
            // Nothing breaks on the first day; and what is no one's to prove, the server may have open.
            Err(why) if server.mode == Mode::Shadow || !why.is_of_a_call => {
                tracing::debug!(target: "delegant", method = %request.method, "sent without a proof");
                as_it_is(message)
            }
            Err(why) => Outgoing::Answer(why.answer(&request)),
        }
    }

    /// For whom to sign: the one that was said, or else the one that the server says.
    fn known(&self) -> Option<Announcement> {
        let heard = lock(&self.0.server).clone();
        let Some(did) = &self.0.pinned else {
            return heard;
        };
        // Another one has nothing to say about it: not even that it is a shadow.
        heard
            .filter(|server| server.server == *did)
            .or_else(|| Some(Announcement::of_silent(did.clone())))
    }

    async fn signed(
        &self,
        request: &Request<'_>,
        server: &Announcement,
    ) -> Result<Outgoing, Unsigned> {
        let is_of_a_call =
            ["tools/call", "resources/read", "prompts/get"].contains(&request.method.as_str());
        let unsigned = |code: &str, message: String| Unsigned {
            code: code.to_owned(),
            message,
            is_of_a_call,
        };
        let wanted =
            Wanted::of(request).map_err(|error| unsigned("NotBound", error.to_string()))?;
        let Some(command) = wanted.command().cloned() else {
            return Err(unsigned(
                "UnknownCommand",
                "no command stands for this method".to_owned(),
            ));
        };
        let wish = Wish {
            subject: self.subject_at(server).clone(),
            command,
            arguments: wanted.arguments,
            audience: server.server.clone(),
            lifetime: LIFETIME,
        };
        let container = self
            .0
            .hand
            .invoke(wish)
            .await
            .map_err(|why: NotSigned| unsigned(why.code(), why.line()))?;
        let bare =
            proof::detach(request.text).map_err(|error| unsigned("NotBound", error.to_string()))?;
        let left_out = self.held_of(&container);
        let text = proof_text(&container, &left_out)
            .ok_or_else(|| unsigned("TooLarge", "the proof is too large to be sent".to_owned()))?;
        let message =
            proof::attach(&bare, &text).map_err(|error| unsigned("NotBound", error.to_string()))?;
        Ok(Outgoing::Send {
            message,
            sent: Some(Sent(Way::Signed {
                bare,
                container,
                left_out,
            })),
        })
    }

    /// Those of its proofs that the server holds.
    fn held_of(&self, container: &Container) -> Vec<Cid> {
        let held = lock(&self.0.held);
        let proofs = container.delegations().iter().map(|proof| proof.cid());
        proofs.filter(|cid| held.contains(cid)).collect()
    }

    /// Learns from an answer: who the server is, what it holds, and what it lacks.
    pub fn returned(&self, answer: &str, sent: Option<&Sent>) -> Returned {
        let Ok(Message::Response { error, .. }) = Message::read(answer) else {
            return Returned::HandOn;
        };
        self.hear(answer);
        let (bare, container, left_out) = match sent {
            None => return Returned::HandOn,
            Some(Sent(Way::Tools)) => {
                return self
                    .listed(answer)
                    .map_or(Returned::HandOn, Returned::Instead);
            }
            Some(Sent(Way::Signed {
                bare,
                container,
                left_out,
            })) => (bare, container, left_out),
        };
        let proofs = container.delegations().iter().map(|proof| proof.cid());
        if !error.is_some_and(lacks_proofs) {
            if error.is_none() {
                let mut held = lock(&self.0.held);
                if held.len() > MOST_HELD {
                    held.clear();
                }
                held.extend(proofs);
            }
            return Returned::HandOn;
        }
        lock(&self.0.held).retain(|cid| !left_out.contains(cid));
        let text = proof_text(container, &[]);
        match text.and_then(|text| proof::attach(bare, &text).ok()) {
            Some(message) if !left_out.is_empty() => Returned::Again(message),
            _ => Returned::HandOn,
        }
    }

    /// The list of tools, as the client gets it.
    fn listed(&self, answer: &str) -> Option<String> {
        let added = self.0.hand_over.as_ref().map(|_| tool_definition());
        let server = self.known().filter(|_| self.0.hides_tools);
        let both = server.as_ref().zip(self.0.hand.looked_again());
        let shows = |name: &str| match &both {
            Some((server, agent)) => could_call(agent, self.subject_at(server), name),
            None => true,
        };
        tools::edited(answer, shows, added.as_ref())
    }

    fn subject_at<'a>(&'a self, server: &'a Announcement) -> &'a Did {
        let served = server.subject.as_ref().unwrap_or(&server.server);
        self.0.subject.as_ref().unwrap_or(served)
    }

    /// The answer to a call of the tool that is served here.
    fn handed_over(&self, request: &Request<'_>, server: Option<&Announcement>) -> Option<String> {
        let hand_over = self.0.hand_over.as_ref()?;
        if request.method != TOOL_CALL {
            return None;
        }
        let params: Value = serde_json::from_str(request.params?).ok()?;
        if params.get("name")?.as_str()? != TOOL {
            return None;
        }
        let served = server.map(|server| self.subject_at(server));
        let Some(subject) = served.or(self.0.subject.as_ref()) else {
            let message =
                "it is not known whose tools these are; start the signer with `--service`";
            return Some(failure(Some(&request.id), UNSIGNED, message, None));
        };
        let nothing = Value::Object(serde_json::Map::new());
        let arguments = params.get("arguments").unwrap_or(&nothing);
        let mut result = hand_over.call(subject, arguments);
        if let Some(result) = result.as_object_mut() {
            result.insert("resultType".to_owned(), "complete".into());
        }
        let id = &request.id;
        Some(format!(
            r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#
        ))
    }

    fn hear(&self, answer: &str) {
        let Some(heard) = Announcement::of(answer) else {
            return;
        };
        if let Some(pinned) = self
            .0
            .pinned
            .as_ref()
            .filter(|pinned| **pinned != heard.server)
        {
            tracing::warn!(target: "delegant", says = %heard.server, %pinned, "the server says that it is another");
        }
        *lock(&self.0.server) = Some(heard);
    }
}

/// The invocation, and its delegations but for those that are left out.
fn proof_text(container: &Container, left_out: &[Cid]) -> Option<String> {
    let invocation = container.invocation().ok()?.clone();
    let delegations = container
        .delegations()
        .iter()
        .filter(|token| !left_out.contains(&token.cid()));
    let tokens = delegations.cloned().map(Token::from);
    let container = Container::from_iter(tokens.chain([Token::from(invocation)]));
    let text = container.encode(ContainerFormat::Base64UrlGzip).ok()?;
    String::from_utf8(text).ok()
}

fn lacks_proofs(error: &str) -> bool {
    let error: Value = serde_json::from_str(error).unwrap_or_default();
    let data = error.get("data").unwrap_or(&Value::Null);
    data.get("code") == Some(&Value::from("UnavailableProof"))
        && data
            .get("missing")
            .and_then(Value::as_array)
            .is_some_and(|list| !list.is_empty())
}

/// A thread that panicked left nothing half done here.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Signing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Signing({})", self.did())
    }
}

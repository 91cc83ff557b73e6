//! May this request be handed on? The server's side, for one message at a time, over any transport.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use delegant::{Authorization, Command, Did, Ipld, to_dag_json};
use delegant_store::{Store, StoreError, Verifier};

use crate::announcement::Announcement;
use crate::message::{Message, Request, failure};
use crate::proof;
use crate::record::{Decided, Entry, Link, RecordError, Recorder};
use crate::refusal::{Context, RefusalAnswer, Refused};
use crate::rules::{Mode, Needs, Rules, TOOL_CALL};
use crate::tools;
use crate::wanted::Wanted;

/// Decides on messages from a client. Cloning is cheap.
#[derive(Clone)]
pub struct Guard(Arc<Inner>);

struct Inner {
    verifier: Verifier,
    rules: Rules,
    recorder: Option<Recorder>,
}

/// What becomes of a message.
#[derive(Debug, PartialEq)]
pub enum Arrived<'a> {
    /// It goes on to the server, without its proof.
    HandOn {
        /// As it goes on.
        message: Cow<'a, str>,
        /// What is to be done with the answer.
        awaited: Awaited,
    },
    /// It does not, and this is the answer.
    Answer(String),
    /// It does not, and wants no answer.
    Dropped,
}

/// What is to be done with an answer, beside handing it on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Awaited {
    /// Nothing.
    Nothing,
    /// It says what the server can do: that it takes proofs is added.
    Capabilities,
    /// It lists tools, and shows those that are for somebody.
    Tools,
}

/// What was decided on a request.
#[derive(Debug)]
pub enum Settled {
    /// It may be done; with the leave, where a proof was needed and holds.
    Allowed(Option<Box<Authorization>>),
    /// It may not.
    Refused(Box<RefusalAnswer>),
}

impl Guard {
    /// A guard by these rules: opens the store and the record.
    ///
    /// # Errors
    /// [`GuardError`]
    pub async fn open(rules: Rules) -> Result<Self, GuardError> {
        let store = Store::open(&rules.store).await?;
        let subjects = rules.subjects.clone();
        let mut verifier = Verifier::new(rules.server.clone())
            .longest_lifetime(rules.lifetime())
            .store(store);
        if !subjects.is_empty() {
            verifier = verifier.serves(move |subject| subjects.contains(subject));
        }
        Self::new(verifier, rules)
    }

    /// A guard by these rules that asks this verifier, whatever the rules say of server, subjects and
    /// store.
    ///
    /// # Errors
    /// [`GuardError`] where the record cannot be opened.
    pub fn new(verifier: Verifier, rules: Rules) -> Result<Self, GuardError> {
        let recorder = rules.record.as_deref().map(Recorder::open).transpose()?;
        Ok(Self(Arc::new(Inner {
            verifier,
            rules,
            recorder,
        })))
    }

    /// How it was set up.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.0.rules
    }

    /// Decides on a message; `header` is the container text of an `Authorization` header, where there is one.
    pub async fn arrived<'a>(&self, message: &'a str, header: Option<&str>) -> Arrived<'a> {
        let request = match Message::read(message) {
            Ok(Message::Request(request)) => request,
            Ok(Message::Notification { method }) => return self.notified(message, &method),
            Ok(Message::Response { .. }) => return handed_on(message.into()),
            Err(_) if self.0.rules.mode == Mode::Shadow => return handed_on(message.into()),
            Err(error) => return Arrived::Answer(error.answer()),
        };
        match self.settle(&request, header).await {
            Settled::Refused(answer) => Arrived::Answer(answer.whole(&request.id)),
            Settled::Allowed(_) => self.hand_on(&request),
        }
    }

    /// Decides on a request and records it: may it be done, and on what ground?
    pub async fn settle(&self, request: &Request<'_>, header: Option<&str>) -> Settled {
        // What needs no proof is not looked into: a client may say what it likes there. A tool has a name.
        let method = request.method.as_str();
        if method != TOOL_CALL && self.0.rules.needs(method, None) == Needs::Nothing {
            return Settled::Allowed(None);
        }
        let wanted = Wanted::of(request);
        let decided = match &wanted {
            Ok(wanted) => self.decide(request, wanted, header).await,
            Err(error) => Err(Refused::not_rebuilt(error)),
        };
        let wanted = wanted.as_ref().ok();
        let is_recorded = self.record(request, wanted, &decided);
        let lets_through = self.0.rules.mode == Mode::Shadow;
        let refused = match decided {
            Ok(leave) if is_recorded || lets_through => {
                return Settled::Allowed(leave.map(Box::new));
            }
            // What cannot be recorded is not done.
            Ok(_) => Refused::unavailable(),
            Err(_) if lets_through => return Settled::Allowed(None),
            Err(refused) => refused,
        };
        let command = wanted.and_then(Wanted::command);
        Settled::Refused(Box::new(refused.answer(&self.context(command))))
    }

    /// Without its proof: it has served, and what is behind may write down what it gets.
    fn hand_on<'a>(&self, request: &Request<'a>) -> Arrived<'a> {
        let awaited = self.awaits(&request.method);
        let message = match proof::detach(request.text) {
            Ok(detached) if detached != request.text => detached.into(),
            _ => request.text.into(),
        };
        Arrived::HandOn { message, awaited }
    }

    /// What is to be done with the answer to a request of this method.
    pub(crate) fn awaits(&self, method: &str) -> Awaited {
        match method {
            "initialize" | "server/discover" => Awaited::Capabilities,
            "tools/list" if self.0.rules.hide_tools => Awaited::Tools,
            _ => Awaited::Nothing,
        }
    }

    fn notified<'a>(&self, message: &'a str, method: &str) -> Arrived<'a> {
        // A server might act on `tools/call` although nobody waits for what comes of it.
        if method.starts_with("notifications/") || self.0.rules.mode == Mode::Shadow {
            return handed_on(message.into());
        }
        tracing::warn!(target: "delegant", method, "a request without an `id` is dropped");
        Arrived::Dropped
    }

    /// Leave, or that none is needed, or why not.
    async fn decide(
        &self,
        request: &Request<'_>,
        wanted: &Wanted,
        header: Option<&str>,
    ) -> Result<Option<Authorization>, Refused> {
        let repeatable = match self.0.rules.needs(&request.method, wanted.name.as_deref()) {
            Needs::Nothing => return Ok(None),
            Needs::Rule => return Err(Refused::no_rule()),
            Needs::Proof => true,
            Needs::ProofOnce => false,
        };
        let Some(command) = wanted.command() else {
            return Err(Refused::no_command(&request.method));
        };
        let text = match proof::read(request.params) {
            Ok(Some(text)) => text,
            Ok(None) => return Err(Refused::no_token()),
            Err(error) => return Err(Refused::no_proof(&error)),
        };
        if header.is_some_and(|header| header != text) {
            return Err(Refused::other_header());
        }
        self.judge(&text, wanted, command, repeatable)
            .await
            .map(Some)
    }

    async fn judge(
        &self,
        text: &str,
        wanted: &Wanted,
        command: &Command,
        repeatable: bool,
    ) -> Result<Authorization, Refused> {
        let verifier = &self.0.verifier;
        let refuse = |refusal: &_| Refused::by_verifier(refusal, None);
        let container = verifier
            .decode(text.as_bytes())
            .map_err(|refusal| refuse(&refusal))?;
        let invocation = container
            .invocation()
            .map_err(|error| refuse(&error.into()))?;
        let refuse = |refusal: &_| Refused::by_verifier(refusal, Some(&container));
        let leave = verifier
            .judge(&container, invocation)
            .await
            .map_err(|refusal| refuse(&refusal))?;
        wanted
            .is_what_was_signed(leave.invocation(), command)
            .map_err(|error| Refused::not_bound(&error, leave.invoker()))?;
        if !repeatable {
            verifier
                .redeem(&leave)
                .await
                .map_err(|refusal| refuse(&refusal))?;
        }
        Ok(leave)
    }

    /// Does with an answer what is to be done with it.
    #[must_use]
    pub fn answered<'a>(
        &self,
        awaited: Awaited,
        answer: &'a str,
        carriers: &[&str],
    ) -> Cow<'a, str> {
        let edited = match awaited {
            Awaited::Nothing => None,
            Awaited::Capabilities => self.announcement().added_to(answer, carriers),
            Awaited::Tools => tools::edited(answer, |name| self.0.rules.shows(name), None),
        };
        edited.map_or(Cow::Borrowed(answer), Cow::Owned)
    }

    fn announcement(&self) -> Announcement {
        Announcement {
            server: self.0.verifier.executor().clone(),
            subject: self.only_subject().cloned(),
            mode: self.0.rules.mode,
            ask: self.0.rules.ask.clone(),
        }
    }

    /// What another invocation would have to name.
    fn context<'a>(&'a self, command: Option<&'a Command>) -> Context<'a> {
        Context {
            server: self.0.verifier.executor(),
            subject: self.only_subject(),
            command,
            ask: self.0.rules.ask.as_deref(),
        }
    }

    fn only_subject(&self) -> Option<&Did> {
        match self.0.rules.subjects.as_slice() {
            [] => self.0.verifier.only_subject(),
            [one] => Some(one),
            _ => None,
        }
    }

    /// The answer to a request whose server is gone.
    #[must_use]
    pub fn gone(id: &crate::message::Id) -> String {
        failure(
            Some(id),
            GONE,
            "the server ended before it answered; whether it acted is not known",
            None,
        )
    }
}

/// Outside of what JSON-RPC and MCP keep, beside the refusals.
const GONE: i32 = -31_502;

const fn handed_on(message: Cow<'_, str>) -> Arrived<'_> {
    Arrived::HandOn {
        message,
        awaited: Awaited::Nothing,
    }
}

/// The record.
impl Guard {
    /// Writes down what was decided; `false` where that failed.
    fn record(
        &self,
        request: &Request<'_>,
        wanted: Option<&Wanted>,
        decided: &Result<Option<Authorization>, Refused>,
    ) -> bool {
        let code = match decided {
            Ok(_) => "Allowed",
            Err(refused) => refused.code(),
        };
        let method = request.method.as_str();
        let shadow = self.0.rules.mode == Mode::Shadow;
        tracing::info!(target: "delegant", code, method, shadow, "decided");
        let (Some(recorder), false) = (&self.0.recorder, matches!(decided, Ok(None))) else {
            return true;
        };
        match recorder.write(&self.entry(method, wanted, decided)) {
            Ok(()) => true,
            Err(error) => {
                tracing::error!(target: "delegant", %error, "the record cannot be written");
                false
            }
        }
    }

    fn entry(
        &self,
        method: &str,
        wanted: Option<&Wanted>,
        decided: &Result<Option<Authorization>, Refused>,
    ) -> Entry {
        let rules = &self.0.rules;
        let leave = decided.as_ref().ok().and_then(Option::as_ref);
        let refused = decided.as_ref().err();
        let arguments = || {
            let wanted = wanted.filter(|_| rules.records_arguments())?;
            let json = to_dag_json(&Ipld::Map(wanted.arguments.clone())).ok()?;
            serde_json::from_str(&json).ok()
        };
        let command = wanted.and_then(Wanted::command);
        let link = |(principal, token): (&Did, delegant::Cid)| Link {
            principal: principal.to_string(),
            token: token.to_string(),
        };
        Entry {
            id: Entry::fresh_id(),
            time: self
                .0
                .verifier
                .now()
                .map_or(0, |now| u64::try_from(now.to_unix()).unwrap_or(0)),
            decided: match (refused, rules.mode) {
                (None, _) => Decided::Allowed,
                (Some(_), Mode::Enforce) => Decided::Refused,
                (Some(_), Mode::Shadow) => Decided::LetThrough,
            },
            code: refused.map_or("Allowed", Refused::code).to_owned(),
            method: method.to_owned(),
            name: wanted.and_then(|wanted| wanted.name.clone()),
            command: command.map(ToString::to_string),
            arguments: arguments(),
            server: self.0.verifier.executor().to_string(),
            invoker: leave
                .map(Authorization::invoker)
                .or_else(|| refused.and_then(Refused::signed_by))
                .map(ToString::to_string),
            subject: leave.map(|leave| leave.subject().to_string()),
            chain: leave
                .map(|leave| leave.principals().map(link).collect())
                .unwrap_or_default(),
            refusal: refused.map(|refused| refused.data(&self.context(command))),
        }
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Guard({:?})", self.0.verifier)
    }
}

/// Why there is no guard.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GuardError {
    /// The store.
    #[error("cannot use the store: {0}")]
    Store(#[from] StoreError),
    /// The record.
    #[error("cannot use the record: {0}")]
    Record(#[from] RecordError),
}

#[cfg(test)]
mod tests;

//! What stands between a client and a server? A guard or a signer, the same for every transport.

use std::borrow::Cow;

use crate::guard::{Arrived, Awaited, Guard};
use crate::sign::{Outgoing, Returned, Sent, Signing};

/// What stands between.
#[derive(Debug, Clone)]
pub enum Middle {
    /// Before the server.
    Guard(Guard),
    /// Beside the client.
    Signing(Signing),
}

/// What becomes of a message from the client.
#[derive(Debug)]
pub(crate) enum Forward {
    /// It goes on.
    On { message: String, ticket: Ticket },
    /// It is answered.
    Answer(String),
    /// Neither.
    Dropped,
}

/// What is to be done with the answer.
#[derive(Debug, Default)]
pub(crate) enum Ticket {
    /// Nothing.
    #[default]
    None,
    /// By a guard.
    Awaited(Awaited),
    /// By a signer.
    Sent(Box<Sent>),
}

/// What becomes of an answer from the server.
#[derive(Debug)]
pub(crate) enum Back<'a> {
    /// It goes on to the client.
    On(Cow<'a, str>),
    /// This is sent to the server instead.
    Again(String),
}

impl Middle {
    /// A message from the client; `header` is the container text of an `Authorization` header.
    pub(crate) async fn forward(&self, message: &str, header: Option<&str>) -> Forward {
        match self {
            Self::Guard(guard) => match guard.arrived(message, header).await {
                Arrived::HandOn { message, awaited } => Forward::On {
                    message: message.into_owned(),
                    ticket: match awaited {
                        Awaited::Nothing => Ticket::None,
                        awaited => Ticket::Awaited(awaited),
                    },
                },
                Arrived::Answer(answer) => Forward::Answer(answer),
                Arrived::Dropped => Forward::Dropped,
            },
            Self::Signing(signing) => match signing.outgoing(message).await {
                Outgoing::Send { message, sent } => Forward::On {
                    message,
                    ticket: sent.map_or(Ticket::None, |sent| Ticket::Sent(Box::new(sent))),
                },
                Outgoing::Answer(answer) => Forward::Answer(answer),
            },
        }
    }

    /// An answer from the server.
    pub(crate) fn back<'a>(&self, answer: &'a str, ticket: &Ticket, carriers: &[&str]) -> Back<'a> {
        match (self, ticket) {
            (Self::Guard(guard), Ticket::Awaited(awaited)) => {
                Back::On(guard.answered(*awaited, answer, carriers))
            }
            (Self::Guard(_), _) => Back::On(answer.into()),
            (Self::Signing(signing), ticket) => {
                let sent = match ticket {
                    Ticket::Sent(sent) => Some(&**sent),
                    _ => None,
                };
                match signing.returned(answer, sent) {
                    Returned::HandOn => Back::On(answer.into()),
                    Returned::Instead(answer) => Back::On(answer.into()),
                    Returned::Again(message) => Back::Again(message),
                }
            }
        }
    }

    /// Would it help to ask the server who it is, before this message goes on?
    pub(crate) fn wants_to_know(&self, message: &str) -> bool {
        matches!(self, Self::Signing(signing) if signing.wants_to_know(message))
    }
}

/// Asks a server of today who it is; one of yesterday answers that it does not know the method.
pub(crate) const WHO: &str = concat!(
    r#"{"jsonrpc":"2.0","id":"delegant/who","method":"server/discover","params":{"_meta":{"#,
    r#""io.modelcontextprotocol/protocolVersion":"2026-07-28","#,
    r#""io.modelcontextprotocol/clientInfo":{"name":"delegant","version":""#,
    env!("CARGO_PKG_VERSION"),
    r#""},"io.modelcontextprotocol/clientCapabilities":{}}}}"#
);

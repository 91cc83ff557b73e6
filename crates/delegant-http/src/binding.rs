//! Does a request say anything that was not signed?

use delegant::{Command, Invocation, Ipld};

use crate::body_digest::BodyDigest;
use crate::form;
use crate::names::PLAIN_COMMANDS;
use crate::not_bound::NotBound;
use crate::plain;

/// A request, as far as an invocation is bound to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request<'a> {
    /// `GET`, `POST`, and so on.
    pub method: &'a str,
    /// The authority as received: host, and port where the client sent one.
    pub authority: &'a str,
    /// The path as received, percent-encoded.
    pub path: &'a str,
    /// The query as received, without its `?`; empty where there is none.
    pub query: &'a str,
    /// The digest of the body; `None` where it is empty.
    pub body: Option<BodyDigest>,
}

/// Binds a request to its invocation: the plain way where the route's command is below `/http`, the
/// typed way else.
///
/// # Errors
/// [`NotBound`].
pub fn bind<'p>(
    invocation: &Invocation,
    wanted: &Command,
    parameters: impl IntoIterator<Item = (&'p str, &'p str)>,
    request: &Request<'_>,
) -> Result<(), NotBound> {
    if wanted.as_str().starts_with(PLAIN_COMMANDS) {
        same_command(invocation, wanted)?;
        return bind_plain(invocation, request);
    }
    bind_typed(invocation, wanted, parameters, request)
}

/// The plain binding: the invocation says this very request and nothing else.
///
/// # Errors
/// [`NotBound`].
pub fn bind_plain(invocation: &Invocation, request: &Request<'_>) -> Result<(), NotBound> {
    let wanted = plain::command(request.method).map_err(|_| NotBound::Method)?;
    same_command(invocation, &wanted)?;
    let signed = invocation.arguments();
    for (name, sent) in [
        ("host", plain::host(request.authority).as_str()),
        ("path", request.path),
        ("query", request.query),
    ] {
        same(name, signed.get(name), sent)?;
    }
    match (signed.get("body"), request.body) {
        (None, None) => {}
        (None, Some(_)) => return Err(NotBound::BodyNotSigned),
        (Some(signed), Some(body)) if *signed == Ipld::from(body) => {}
        (Some(_), _) => return Err(NotBound::OtherBody),
    }
    let known = ["host", "path", "query", "body"];
    match signed.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(NotBound::Unknown { name: name.clone() }),
        None => Ok(()),
    }
}

/// The typed binding: the command is the route's, and every parameter of path and query is an argument
/// of the same name and value. A body is the one whose digest is the argument `body`.
///
/// `parameters` are the path's, percent-decoded. The arguments may say more than the request; it is
/// they that the handler gets.
///
/// # Errors
/// [`NotBound`].
pub fn bind_typed<'p>(
    invocation: &Invocation,
    wanted: &Command,
    parameters: impl IntoIterator<Item = (&'p str, &'p str)>,
    request: &Request<'_>,
) -> Result<(), NotBound> {
    same_command(invocation, wanted)?;
    let signed = invocation.arguments();
    for (name, sent) in parameters {
        same(name, signed.get(name), sent)?;
    }
    let query = form::pairs(request.query).ok_or(NotBound::Query)?;
    for (index, (name, sent)) in query.iter().enumerate() {
        if query.iter().take(index).any(|(earlier, _)| earlier == name) {
            return Err(NotBound::Twice { name: name.clone() });
        }
        same(name, signed.get(name), sent)?;
    }
    match (signed.get("body"), request.body) {
        // A body that was taken away is as little what was signed as one that was exchanged.
        (Some(Ipld::Bytes(digest)), body) => {
            let body = body.unwrap_or_else(|| BodyDigest::of(&[]));
            if digest.as_slice() != body.as_bytes() {
                return Err(NotBound::OtherBody);
            }
        }
        (_, Some(_)) => return Err(NotBound::BodyNotSigned),
        (_, None) => {}
    }
    Ok(())
}

fn same_command(invocation: &Invocation, wanted: &Command) -> Result<(), NotBound> {
    if invocation.command() == wanted {
        return Ok(());
    }
    Err(NotBound::OtherCommand {
        signed: invocation.command().clone(),
        wanted: wanted.clone(),
    })
}

fn same(name: &str, signed: Option<&Ipld>, sent: &str) -> Result<(), NotBound> {
    let Some(signed) = signed else {
        return Err(NotBound::NotSigned {
            name: name.to_owned(),
            sent: sent.to_owned(),
        });
    };
    let says_the_same = match signed {
        Ipld::String(text) => text == sent,
        // One spelling each: no `+1`, `01`, `TRUE`.
        Ipld::Integer(number) => number.to_string() == sent,
        Ipld::Bool(truth) => truth.to_string() == sent,
        _ => false,
    };
    if says_the_same {
        return Ok(());
    }
    Err(NotBound::Differs {
        name: name.to_owned(),
        signed: Box::new(signed.clone()),
        sent: sent.to_owned(),
    })
}

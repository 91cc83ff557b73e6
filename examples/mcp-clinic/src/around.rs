//! What if the agent goes around its own signer, or the key gets out? Then the guard has to refuse it
//! by itself.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use delegant::{
    Cid, Container, ContainerFormat, Did, Invocation, Nonce, SecretKey, Timestamp, Token,
};
use delegant_mcp::message::Message;
use delegant_mcp::{Wanted, proof};

use crate::Failure;

/// A line with a proof: signed with this key, over the delegations of this container, whether they
/// allow it or not.
pub(crate) fn signed(
    line: &str,
    key: &SecretKey,
    clinic: &Did,
    given: &str,
) -> Result<String, Failure> {
    let Message::Request(request) = Message::read(line)? else {
        return Err("not a request".into());
    };
    let wanted = Wanted::of(&request)?;
    let command = wanted.command().ok_or("no command")?.clone();
    let given = Container::decode(given.as_bytes())?;
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let now = Timestamp::from_unix(since.try_into()?)?;
    let invocation = Invocation::builder(clinic.clone(), command)
        .arguments(wanted.arguments)
        .proofs(from_the_root(&given, clinic))
        .expiration(now.saturating_add(Duration::from_secs(60)))
        .sign(key, Nonce::random()?)?;
    let mut sent = Container::from_iter([Token::from(invocation)]);
    for delegation in given.delegations() {
        sent.insert(delegation.clone());
    }
    let text = String::from_utf8(sent.encode(ContainerFormat::Base64Url)?)?;
    Ok(proof::attach(line, &text)?)
}

/// The delegations of a chain in the order in which authority went down.
fn from_the_root(container: &Container, subject: &Did) -> Vec<Cid> {
    let (mut order, mut holder) = (Vec::new(), subject);
    let delegations = container.delegations();
    while let Some(next) = delegations
        .iter()
        .find(|link| link.unverified().issuer() == holder && !order.contains(&link.cid()))
    {
        order.push(next.cid());
        holder = next.unverified().audience();
    }
    order
}

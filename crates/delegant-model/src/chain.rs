//! May it be done now? The order of ruling 12, line by line.

use crate::policy::Truth;
use crate::reading::Reading;
use crate::token::{Cid, Code, Command, Delegation, Invocation, Token};
use crate::value::Value;

/// What a decision depends on besides the invocation.
pub struct Evidence<'a> {
    pub now: i64,
    /// Seconds, granted once on each side of every bound.
    pub leeway: i64,
    pub executor: &'a str,
    pub proofs: &'a [&'a Token],
    pub revocations: &'a [Accepted],
    /// Principals that are refused here (ruling 26).
    pub refused: &'a [&'a str],
    /// Delegations in one chain (ruling 17).
    pub chain_limit: usize,
}

/// A decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What the ruled order says.
    pub ordered: Result<(), Denied>,
    /// Refusals that apply as well, and that the rulings give no place in that order.
    pub anywhere: Vec<Code>,
}

/// A refusal, and the token at fault where the order leaves one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Denied {
    pub code: Code,
    pub token: Option<Cid>,
}

impl Decision {
    pub fn allows(&self) -> bool {
        self.ordered.is_ok() && self.anywhere.is_empty()
    }
}

/// Decides.
pub fn authorize(invocation: &Token, evidence: &Evidence<'_>, reading: &Reading) -> Decision {
    let Some(call) = invocation.invocation() else {
        return Decision {
            ordered: denied("Malformed", None),
            anywhere: Vec::new(),
        };
    };
    // Ruling 17 bounds a chain, and gives the refusal no place in the order.
    let too_long = call.proofs.len() > evidence.chain_limit;
    let anywhere = too_long.then_some("LimitExceeded").into_iter().collect();
    Decision {
        ordered: in_order(invocation, call, evidence, reading),
        anywhere,
    }
}

fn in_order(
    invocation: &Token,
    call: &Invocation,
    evidence: &Evidence<'_>,
    reading: &Reading,
) -> Result<(), Denied> {
    if !invocation.signed {
        return denied("InvalidSignature", Some(invocation.cid));
    }
    in_time(call.not_before, call.expiration, evidence, reading)
        .or_else(|code| denied(code, Some(invocation.cid)))?;
    let chain = walk(call, evidence, reading)?;
    // Ruling 14: each hop is equal or narrower than the one before it.
    if !commands_narrow(&chain, &call.command) {
        return denied("CommandNotCovered", None);
    }
    // Ruling 27 and reading u.
    if is_promise_inside(&call.arguments) {
        return denied("UnresolvedPromise", Some(invocation.cid));
    }
    if !policies_hold(&chain, &call.arguments, reading) {
        return denied("MatchError", None);
    }
    // Reading t: link by link, what is revoked before who is refused; and the invoker last.
    for place in 0..chain.len() {
        if evidence
            .revocations
            .iter()
            .any(|revocation| revocation.breaks(&chain, place))
        {
            return denied("Revoked", Some(chain[place].cid));
        }
        if evidence
            .refused
            .contains(&content(chain[place]).issuer.as_str())
        {
            return denied("RefusedPrincipal", Some(chain[place].cid));
        }
    }
    if evidence.refused.contains(&call.issuer.as_str()) {
        return denied("RefusedPrincipal", Some(invocation.cid));
    }
    // Ruling 11: the executor must be `aud`, or `sub` where there is none.
    if call.audience.as_ref().unwrap_or(&call.subject) != evidence.executor {
        return denied("InvalidAudience", Some(invocation.cid));
    }
    Ok(())
}

/// Proofs present, then hop by hop from the root, then the invoker.
fn walk<'a>(
    call: &Invocation,
    evidence: &Evidence<'a>,
    reading: &Reading,
) -> Result<Vec<&'a Token>, Denied> {
    let mut chain = Vec::new();
    for proof in &call.proofs {
        match find(*proof, evidence.proofs) {
            Some(token) => chain.push(token),
            None => return denied("UnavailableProof", None),
        }
    }
    // Ruling 10: the first is issued by the subject, and each audience is the next issuer.
    let mut holder = &call.subject;
    for (place, token) in chain.iter().enumerate() {
        let here = Some(token.cid);
        let delegation = content(token);
        if !token.signed {
            return denied("InvalidSignature", here);
        }
        in_time(
            delegation.not_before,
            delegation.expiration,
            evidence,
            reading,
        )
        .or_else(|code| denied(code, here))?;
        match &delegation.subject {
            // Ruling 13.
            None if place == 0 && !reading.powerline_at_root => {
                return denied("InvalidClaim", here);
            }
            None => {}
            Some(subject) if *subject != call.subject => return denied("InvalidSubject", here),
            Some(_) => {}
        }
        if delegation.issuer != *holder {
            return denied("InvalidAudience", None);
        }
        holder = &delegation.audience;
    }
    if *holder != call.issuer {
        // Ruling 15: only the subject itself needs no proofs.
        return denied(
            if chain.is_empty() {
                "InvalidClaim"
            } else {
                "InvalidAudience"
            },
            None,
        );
    }
    Ok(chain)
}

/// A revocation that counts.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// The delegation that is taken back.
    revoked: Cid,
    /// On whose authority: one of these issued that link, or one above it.
    authorities: Vec<String>,
}

impl Accepted {
    /// Rulings 8 and 25: it names this link, in either spelling, and its authority issued it or one
    /// above it.
    fn breaks(&self, chain: &[&Token], place: usize) -> bool {
        let link = chain[place];
        let named = link.cid == self.revoked || link.twin == Some(self.revoked);
        named
            && chain[..=place]
                .iter()
                .any(|above| self.authorities.contains(&content(above).issuer))
    }
}

/// Ruling 25: on the authority of whoever signed a revocation it counts always; the answer is
/// whether it counts for its subject, too. `Err` outside is a token that is no revocation.
pub fn accept(
    revocation: &Token,
    evidence: &Evidence<'_>,
    reading: &Reading,
) -> Result<(Accepted, Result<(), Code>), Code> {
    let Some(call) = revocation.invocation() else {
        return Err("Malformed");
    };
    let Some(Value::Link(revoked)) = call.arguments.entry("revoke") else {
        return Err("Malformed");
    };
    let Ok(revoked) = revoked.as_slice().try_into() else {
        return Err("Malformed");
    };
    if !revocation.signed {
        return Err("InvalidSignature");
    }
    let for_subject = for_subject(call, evidence, reading);
    let mut authorities = vec![call.issuer.clone()];
    authorities.extend(for_subject.is_ok().then(|| call.subject.clone()));
    Ok((
        Accepted {
            revoked,
            authorities,
        },
        for_subject,
    ))
}

/// The subject revokes itself, or gave `/ucan/revoke` to who does.
fn for_subject(call: &Invocation, evidence: &Evidence<'_>, reading: &Reading) -> Result<(), Code> {
    // Ruling 15: proofs that it need not name are checked all the same.
    if call.issuer == call.subject && call.proofs.is_empty() {
        return Ok(());
    }
    // Reading h: whatever its own bounds say.
    let chain = walk(call, evidence, reading).map_err(|denied| denied.code)?;
    // Reading g: all commands (`/`) are not this one.
    let said = chain.iter().all(|link| !content(link).command.0.is_empty());
    if !said || !commands_narrow(&chain, &call.command) {
        return Err("CommandNotCovered");
    }
    if !policies_hold(&chain, &call.arguments, reading) {
        return Err("MatchError");
    }
    Ok(())
}

fn find<'a>(proof: Cid, proofs: &[&'a Token]) -> Option<&'a Token> {
    proofs
        .iter()
        .find(|token| token.cid == proof && token.delegation().is_some())
        .copied()
}

fn content(token: &Token) -> &Delegation {
    token.delegation().expect("`find` gives delegations")
}

/// Ruling 16: valid while nbf <= now <= exp, with the leeway once on each side.
fn in_time(
    not_before: Option<i64>,
    expiration: Option<i64>,
    evidence: &Evidence<'_>,
    reading: &Reading,
) -> Result<(), Code> {
    if let Some(expiration) = expiration {
        let over = evidence.now - evidence.leeway;
        if over > expiration || (over == expiration && !reading.last_second) {
            return Err("Expired");
        }
    }
    if not_before.is_some_and(|not_before| evidence.now + evidence.leeway < not_before) {
        return Err("TooEarly");
    }
    Ok(())
}

fn commands_narrow(chain: &[&Token], command: &Command) -> bool {
    let mut commands: Vec<_> = chain.iter().map(|link| &content(link).command).collect();
    commands.push(command);
    commands.windows(2).all(|pair| pair[0].covers(pair[1]))
}

fn policies_hold(chain: &[&Token], arguments: &Value, reading: &Reading) -> bool {
    chain
        .iter()
        .all(|link| content(link).policy.evaluate(arguments, reading) == Truth::True)
}

/// Ruling 27: a map with one entry, of a link to a task; the arguments themselves, too.
fn is_promise_inside(value: &Value) -> bool {
    match value {
        Value::Map(entries) => {
            let promise = match entries.as_slice() {
                [(name, Value::Link(_))] => {
                    ["await/ok", "await/error", "await/*"].contains(&name.as_str())
                }
                _ => false,
            };
            promise || entries.iter().any(|(_, value)| is_promise_inside(value))
        }
        Value::List(values) => values.iter().any(is_promise_inside),
        _ => false,
    }
}

fn denied<T>(code: Code, token: Option<Cid>) -> Result<T, Denied> {
    Err(Denied { code, token })
}

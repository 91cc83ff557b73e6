//! What do the tokens of a container say, put in the order in which authority flows?

use delegant::{
    Container, Delegation, DidKeys, Invocation, Ipld, Nonce, Outcome, Parsed, Receipt, Revocation,
    Timestamp, Verified,
};
use delegant_agent::review::{Narrowing, review};
use serde_json::{Value, json};

use crate::output::{Line, Tint};
use crate::show::{self, Tree, field};

/// All tokens of a container, chains first.
pub(crate) struct Survey<'c> {
    hops: Vec<Hop>,
    invocations: &'c [Parsed<Invocation>],
}

/// One delegation, and what it took away from those above it.
struct Hop {
    delegation: Parsed<Delegation>,
    took_away: TookAway,
}

enum TookAway {
    Compared(Vec<Narrowing>),
    CannotBeUsed(String),
    NotCompared,
}

impl<'c> Survey<'c> {
    pub(crate) fn of(container: &'c Container) -> Self {
        let ordered = in_order(container);
        let hops = ordered
            .iter()
            .map(|delegation| Hop {
                delegation: delegation.clone(),
                took_away: took_away(delegation, &above(delegation, &ordered)),
            })
            .collect();
        Self {
            hops,
            invocations: container.invocations(),
        }
    }

    pub(crate) fn to_json(&self) -> Vec<Value> {
        let delegations = self.hops.iter().map(|hop| {
            let token = &hop.delegation;
            let mut value = show::delegation_json(token.cid(), token.unverified());
            mark(&mut value, token);
            match &hop.took_away {
                TookAway::Compared(narrows) => {
                    let narrows: Vec<String> = narrows.iter().map(ToString::to_string).collect();
                    set(&mut value, "narrows", json!(narrows));
                }
                TookAway::CannotBeUsed(why) => set(&mut value, "cannotBeUsed", json!(why)),
                TookAway::NotCompared => {}
            }
            value
        });
        let invocations = self.invocations.iter().map(|token| {
            let mut value = show::invocation_json(token.cid(), token.unverified());
            mark(&mut value, token);
            value
        });
        delegations.chain(invocations).collect()
    }

    pub(crate) fn to_tree(&self, form: Option<char>) -> Tree {
        let count = self.hops.len() + self.invocations.len();
        let title = match form {
            Some(form) => format!(
                "container `{form}` of {count} token{}",
                if count == 1 { "" } else { "s" }
            ),
            None => "one bare token".to_owned(),
        };
        Tree::new(Line::tinted(Tint::Strong, title))
            .with_all(self.hops.iter().map(Hop::tree))
            .with_all(self.invocations.iter().map(invocation_tree))
    }
}

impl Hop {
    fn tree(&self) -> Tree {
        let delegation = self.delegation.unverified();
        let subject = match delegation.subject().did() {
            Some(did) if did == delegation.issuer() => "the issuer itself".to_owned(),
            Some(did) => did.to_string(),
            None => "any (a powerline)".to_owned(),
        };
        let mut tree = title("delegation", &self.delegation)
            .with(field("from", delegation.issuer()))
            .with(field("to", delegation.audience()))
            .with(field("subject", subject))
            .with(field("command", "").name(delegation.command()))
            .with(field("valid", show::bounds_text(delegation.bounds())));
        tree = match delegation.policy().statements() {
            [] => tree.with(field("policy", "none: any arguments will do")),
            statements => tree.with_all(
                statements
                    .iter()
                    .map(|statement| field("only where", statement)),
            ),
        };
        tree = match &self.took_away {
            TookAway::Compared(narrows) if narrows.is_empty() => {
                tree.with(field("narrowed", "nothing"))
            }
            // Its statements stand above already.
            TookAway::Compared(narrows) => tree.with_all(
                narrows
                    .iter()
                    .filter(|narrowing| !matches!(narrowing, Narrowing::Statement(_)))
                    .map(|narrowing| field("narrowed", narrowing)),
            ),
            TookAway::CannotBeUsed(why) => tree.with(field("useless", "").push(Tint::Bad, why)),
            TookAway::NotCompared => tree,
        };
        if let Some(meta) = delegation.meta() {
            tree = tree.with(field("meta", show::ipld_text(&Ipld::Map(meta.clone()))));
        }
        tree.with(field("nonce", nonce_text(delegation.nonce())))
            .with(show::signature_line(&self.delegation))
    }
}

fn title<P: delegant::Payload>(kind: &str, token: &Parsed<P>) -> Tree {
    Tree::new(
        Line::tinted(Tint::Strong, format_args!("{kind} "))
            .plain(token.cid())
            .faint(format_args!("  {}", show::edition_text(token.edition()))),
    )
}

fn invocation_tree(token: &Parsed<Invocation>) -> Tree {
    let invocation = token.unverified();
    let arguments = show::ipld_text(&Ipld::Map(invocation.arguments().clone()));
    let mut tree = title(noun(token), token)
        .with(field("invoker", invocation.issuer()))
        .with(field("subject", invocation.subject()))
        .with(field("executor", invocation.executor()))
        .with(field("command", "").name(invocation.command()))
        .with(field("arguments", arguments))
        .with(field("valid", show::bounds_text(invocation.bounds())))
        .with_all(
            invocation
                .proofs()
                .iter()
                .map(|proof| field("proof", proof)),
        );
    if let Some(moment) = invocation.issued_at() {
        tree = tree.with(field("issued at", moment).faint("  (says the invoker)"));
    }
    if let Some(cause) = invocation.cause() {
        tree = tree.with(field("cause", cause));
    }
    if let Ok(task) = invocation.task() {
        tree = tree.with(field("task", task));
    }
    if let Some(meta) = invocation.meta() {
        tree = tree.with(field("meta", show::ipld_text(&Ipld::Map(meta.clone()))));
    }
    if let Ok(receipt) = Parsed::<Receipt>::decode(token.bytes()) {
        let receipt = receipt.unverified();
        let outcome = match receipt.outcome() {
            Outcome::Ok(value) => Line::tinted(Tint::Good, "ok ").plain(show::ipld_text(value)),
            Outcome::Error(value) => {
                Line::tinted(Tint::Bad, "error ").plain(show::ipld_text(value))
            }
        };
        tree = tree
            .with(field("of task", receipt.ran()))
            .with(outcome.behind(field("outcome", "")));
    }
    if let Ok(revocation) = Parsed::<Revocation>::decode(token.bytes()) {
        tree = tree.with(field("revokes", revocation.unverified().revoked()));
    }
    tree.with(field("nonce", nonce_text(invocation.nonce())))
        .with(show::signature_line(token))
}

fn nonce_text(nonce: &Nonce) -> String {
    if nonce.as_bytes().is_empty() {
        "empty: the same again is the same task".to_owned()
    } else {
        format!("{nonce:?}")
    }
}

/// What an invocation is, by its command and shape.
fn noun(token: &Parsed<Invocation>) -> &'static str {
    if Parsed::<Receipt>::decode(token.bytes()).is_ok() {
        "receipt"
    } else if Parsed::<Revocation>::decode(token.bytes()).is_ok() {
        "revocation"
    } else {
        "invocation"
    }
}

/// The delegations as an invocation names them, then the others, each behind one it may rest on.
fn in_order(container: &Container) -> Vec<Parsed<Delegation>> {
    let mut left: Vec<&Parsed<Delegation>> = Vec::new();
    let named = container
        .invocations()
        .iter()
        .flat_map(|invocation| invocation.unverified().proofs());
    let mut ordered: Vec<Parsed<Delegation>> = Vec::new();
    for cid in named {
        let found = container
            .delegations()
            .iter()
            .find(|link| link.cid() == *cid);
        ordered.extend(
            found
                .filter(|link| ordered.iter().all(|known| known.cid() != link.cid()))
                .cloned(),
        );
    }
    left.extend(
        container
            .delegations()
            .iter()
            .filter(|link| ordered.iter().all(|known| known.cid() != link.cid())),
    );
    while !left.is_empty() {
        let rests_on_none_left = |link: &&Parsed<Delegation>| {
            !left.iter().any(|other| {
                other.cid() != link.cid()
                    && other.unverified().audience() == link.unverified().issuer()
            })
        };
        // In a circle none is first: take any.
        let place = left.iter().position(rests_on_none_left).unwrap_or(0);
        ordered.push(left.remove(place).clone());
    }
    ordered
}

/// The chain above a delegation, as far as those before it in the order form one.
fn above(of: &Parsed<Delegation>, ordered: &[Parsed<Delegation>]) -> Vec<Parsed<Delegation>> {
    let mut chain: Vec<Parsed<Delegation>> = Vec::new();
    let mut place = ordered.iter().position(|link| link.cid() == of.cid());
    while let Some(index) = place {
        let issuer = ordered.get(index).map(|link| link.unverified().issuer());
        let before = ordered.get(..index).unwrap_or_default();
        place = before
            .iter()
            .rposition(|link| Some(link.unverified().audience()) == issuer && fits(link, of));
        chain.extend(place.and_then(|place| ordered.get(place)).cloned());
    }
    chain.reverse();
    chain
}

fn fits(link: &Parsed<Delegation>, of: &Parsed<Delegation>) -> bool {
    match (
        link.unverified().subject().did(),
        of.unverified().subject().did(),
    ) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    }
}

fn took_away(of: &Parsed<Delegation>, above: &[Parsed<Delegation>]) -> TookAway {
    let verified: Result<Vec<Verified<Delegation>>, _> =
        above.iter().map(|link| link.verify(&DidKeys)).collect();
    let (Ok(above), Ok(delegation)) = (verified, of.verify(&DidKeys)) else {
        return TookAway::NotCompared;
    };
    // Before any of them ends: time passes, but what was taken away stays so.
    let Ok(long_ago) = Timestamp::from_unix(-((1 << 53) - 1)) else {
        return TookAway::NotCompared;
    };
    match review(&delegation, &above, long_ago) {
        Ok(review) => TookAway::Compared(review.narrows),
        Err(cause) => TookAway::CannotBeUsed(cause.to_string()),
    }
}

fn mark<P: delegant::Payload>(value: &mut Value, token: &Parsed<P>) {
    let (holds, text) = show::signature_text(token);
    set(
        value,
        "signature",
        json!({ "holds": holds, "message": text }),
    );
    set(value, "edition", json!(show::edition_text(token.edition())));
}

fn set(object: &mut Value, name: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(name.to_owned(), value);
    }
}

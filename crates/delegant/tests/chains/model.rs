//! What is allowed? The rules once more, the short way: no types, no order, no reasons, and nothing
//! of the library's.

use delegant::Ipld;
use sha2::{Digest as _, Sha256};

use super::chains::{Draft, NOW};

/// A token as bytes, and what the one who wrote it knows of it.
#[derive(Clone)]
pub(crate) struct Written {
    pub(crate) draft: Draft,
    pub(crate) bytes: Vec<u8>,
    /// Whether its issuer signed this very content.
    pub(crate) holds: bool,
}

/// May this executor do what the call asks, given these delegations?
pub(crate) fn allows(call: &Written, delegations: &[Written], executor: &str) -> bool {
    let tokens = || delegations.iter().chain([call]);
    let bytes = |token: &Written| token.bytes.clone();
    if !tokens().all(|token| is_in_form(&token.draft)) || has_doubles(tokens().map(bytes)) {
        return false;
    }
    let Some(Ipld::List(names)) = call.draft.fields.get("prf") else {
        return false;
    };
    let find = |name: &Ipld| {
        let mut all = delegations.iter();
        all.find(|token| link(&token.bytes) == *name)
    };
    let Some(links) = names.iter().map(find).collect::<Option<Vec<_>>>() else {
        return false;
    };
    let chain = || links.iter().copied().chain([call]);
    let issuers = chain().map(|token| token.draft.text("iss"));
    let audiences = links.iter().map(|link| link.draft.text("aud"));
    let subject = call.draft.text("sub");
    let commands: Vec<_> = chain().map(|token| segments(&token.draft)).collect();

    chain().all(|token| token.holds && is_in_time(&token.draft))
        && issuers.eq([subject].into_iter().chain(audiences))
        && links.iter().enumerate().all(|(place, link)| {
            let named = link.draft.text("sub");
            named == subject || (named.is_none() && place > 0)
        })
        && commands.windows(2).all(|hop| hop[1].starts_with(&hop[0]))
        && links.iter().all(|link| is_true(&link.draft, &call.draft))
        && call.draft.text("aud").or(subject) == Some(executor)
}

fn link(bytes: &[u8]) -> Ipld {
    let cid = [&[0x01, 0x71, 0x12, 0x20], &Sha256::digest(bytes)[..]].concat();
    Ipld::Link(cid::Cid::try_from(cid).unwrap())
}

fn has_doubles<T: PartialEq>(values: impl Iterator<Item = T>) -> bool {
    let values: Vec<_> = values.collect();
    let mut seconds = values.iter().enumerate().skip(1);
    seconds.any(|(place, value)| values[..place].contains(value))
}

/// Could it be a token at all? Of what the attacks here break.
fn is_in_form(draft: &Draft) -> bool {
    let field = |name: &str| draft.fields.get(name);
    let command = draft.text("cmd").unwrap_or_default();
    let has_command = command == "/"
        || command.strip_prefix('/').is_some_and(|names| {
            names.split('/').all(|name| !name.is_empty()) && names == names.to_lowercase()
        });
    let has_expiration = matches!(field("exp"), Some(Ipld::Null | Ipld::Integer(_)));
    let has_nonce = matches!(field("nonce"), Some(Ipld::Bytes(bytes)) if bytes.len() <= 64);
    let is_never = matches!(
        (field("nbf"), field("exp")),
        (Some(Ipld::Integer(start)), Some(Ipld::Integer(end))) if start > end
    );
    let names_one_twice = match field("prf") {
        Some(Ipld::List(names)) => has_doubles(names.iter()),
        _ => false,
    };
    has_command && has_expiration && has_nonce && !is_never && !names_one_twice
}

fn is_in_time(draft: &Draft) -> bool {
    let second = |name: &str| match draft.fields.get(name) {
        Some(Ipld::Integer(second)) => Some(*second),
        _ => None,
    };
    let now = i128::from(NOW);
    second("nbf").is_none_or(|start| start <= now) && second("exp").is_none_or(|end| now <= end)
}

/// The names between the slashes of its command.
fn segments(draft: &Draft) -> Vec<&str> {
    let command = draft.text("cmd").unwrap_or_default();
    command.split('/').filter(|name| !name.is_empty()).collect()
}

/// Does the call have the arguments that the link's policy wants? It knows only `==`.
fn is_true(link: &Draft, call: &Draft) -> bool {
    let (Some(Ipld::List(policy)), Some(Ipld::Map(arguments))) =
        (link.fields.get("pol"), call.fields.get("args"))
    else {
        return false;
    };
    policy.iter().all(|statement| {
        let Ipld::List(parts) = statement else {
            return false;
        };
        let [Ipld::String(operator), Ipld::String(selector), wanted] = &parts[..] else {
            return false;
        };
        let name = selector.strip_prefix('.').unwrap_or_default();
        operator == "==" && arguments.get(name) == Some(wanted)
    })
}

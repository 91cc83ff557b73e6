//! The fields that more than one payload has.

use std::collections::BTreeMap;

use ipld_core::ipld::Ipld;

use crate::capability::command::Command;
use crate::identity::did::Did;
use crate::token::decode_error::DecodeError;
use crate::token::nonce::Nonce;
use crate::token::time::{TimeBounds, Timestamp, TimestampError};
use crate::wire::cid::Cid;
use crate::wire::fields::{FieldError, Fields, mistyped};
use crate::wire::limits::{Limit, Limits};
use crate::wire::tree::{Node, View};

pub(super) fn did<const N: usize>(
    fields: &Fields<'_, '_, N>,
    name: &'static str,
) -> Result<Did, DecodeError> {
    fields
        .text(name)?
        .parse()
        .map_err(|cause| DecodeError::Did { name, cause })
}

pub(super) fn command<const N: usize>(fields: &Fields<'_, '_, N>) -> Result<Command, DecodeError> {
    fields.text("cmd")?.parse().map_err(DecodeError::Command)
}

pub(super) fn nonce<const N: usize>(fields: &Fields<'_, '_, N>) -> Result<Nonce, DecodeError> {
    Ok(Nonce::from_bytes(fields.bytes("nonce")?)?)
}

/// `nbf`, which may be missing, and `exp`, which may not: null is how it says never.
pub(super) fn bounds<const N: usize>(
    fields: &Fields<'_, '_, N>,
) -> Result<TimeBounds, DecodeError> {
    let expiration = match fields.required("exp")?.node() {
        Node::Null => None,
        node => Some(timestamp(node, "exp", "an integer or null")?),
    };
    Ok(TimeBounds::new(moment(fields, "nbf")?, expiration)?)
}

/// A time that may be missing.
pub(super) fn moment<const N: usize>(
    fields: &Fields<'_, '_, N>,
    name: &'static str,
) -> Result<Option<Timestamp>, DecodeError> {
    fields
        .optional(name)
        .map(|view| timestamp(view.node(), name, "an integer"))
        .transpose()
}

fn timestamp(
    node: Node<'_>,
    name: &'static str,
    wanted: &'static str,
) -> Result<Timestamp, DecodeError> {
    let Node::Integer(seconds) = node else {
        return Err(mistyped(name, wanted, node).into());
    };
    i64::try_from(seconds)
        .map_err(|_| TimestampError)
        .and_then(Timestamp::from_unix)
        .map_err(|cause| DecodeError::Time { name, cause })
}

pub(super) fn meta<const N: usize>(
    fields: &Fields<'_, '_, N>,
    limits: &Limits,
) -> Result<Option<BTreeMap<String, Ipld>>, DecodeError> {
    let Some(view) = fields.optional("meta") else {
        return Ok(None);
    };
    if view.map().is_some() {
        limits.check(Limit::MetaBytes, view.encoded_length())?;
    }
    map(view, "meta").map(Some)
}

pub(super) fn map(
    view: View<'_, '_>,
    name: &'static str,
) -> Result<BTreeMap<String, Ipld>, DecodeError> {
    if view.map().is_none() {
        return Err(mistyped(name, "a map", view.node()).into());
    }
    view.to_ipld_map().ok_or(DecodeError::Link { name })
}

pub(super) fn cid(view: View<'_, '_>, name: &'static str) -> Result<Cid, DecodeError> {
    let Node::Link(bytes) = view.node() else {
        return Err(mistyped(name, "a link", view.node()).into());
    };
    Cid::from_bytes(bytes).map_err(|cause| DecodeError::Cid { name, cause })
}

/// A list of links, each another one.
pub(super) fn cids(view: View<'_, '_>, name: &'static str) -> Result<Vec<Cid>, DecodeError> {
    let list = view.list().ok_or(FieldError::Mistyped {
        name,
        wanted: "a list of links",
        found: view.node().kind(),
    })?;
    let mut cids = Vec::with_capacity(list.clone().count());
    for view in list {
        let cid = cid(view, name)?;
        if cids.contains(&cid) {
            return Err(DecodeError::DuplicateLink { name, cid });
        }
        cids.push(cid);
    }
    Ok(cids)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::tree::Tree;

    #[test]
    fn a_map_that_links_to_nothing_is_refused() {
        let whole = Node::Map { length: 1, size: 3 };
        let tree = Tree::unchecked(vec![whole, Node::Text("a"), Node::Link(&[1])]);
        let refusal = map(tree.root(), "args").unwrap_err();
        assert!(matches!(refusal, DecodeError::Link { name: "args" }));
    }
}

//! How much memory does a value take? Never less than it does, and not much more.

use std::collections::BTreeMap;

use ipld_core::ipld::Ipld;
use smol_str::SmolStr;

/// What an allocation of this many bytes takes: allocators keep some bytes of their own, and round up.
pub(crate) const fn allocation(bytes: usize) -> usize {
    if bytes == 0 {
        return 0;
    }
    bytes.saturating_add(8).next_multiple_of(16)
}

/// What the box of a value takes.
pub(crate) const fn boxed<T>(_: &T) -> usize {
    allocation(size_of::<T>())
}

/// What a list of so many takes, without what each of them holds elsewhere.
pub(crate) const fn list<T>(capacity: usize) -> usize {
    allocation(capacity.saturating_mul(size_of::<T>()))
}

/// What a text takes besides itself.
pub(crate) fn text(text: &SmolStr) -> usize {
    if text.is_heap_allocated() {
        // With the two counts that all who share it keep.
        return allocation(text.len().saturating_add(16));
    }
    0
}

/// What a value takes besides itself.
pub(crate) fn value(value: &Ipld) -> usize {
    match value {
        Ipld::Null | Ipld::Bool(_) | Ipld::Integer(_) | Ipld::Float(_) | Ipld::Link(_) => 0,
        Ipld::String(text) => allocation(text.capacity()),
        Ipld::Bytes(bytes) => allocation(bytes.capacity()),
        Ipld::List(values) => sum(values).saturating_add(list::<Ipld>(values.capacity())),
        Ipld::Map(values) => map(values),
    }
}

/// What a map takes besides itself.
pub(crate) fn map(map: &BTreeMap<String, Ipld>) -> usize {
    if map.is_empty() {
        return 0;
    }
    // A node of a B-tree has room for eleven entries, and all but the first are at least half full; one
    // level up, there is one node for every six.
    const ENTRIES: usize = 11;
    let node = allocation(
        ENTRIES
            .saturating_mul(size_of::<(String, Ipld)>())
            .saturating_add(128),
    );
    let nodes = (map.len() / 5).saturating_add(1);
    let inner = nodes.div_ceil(5).min(nodes.saturating_sub(1));
    let keys = map.keys().map(|key| allocation(key.capacity()));
    keys.fold(0, usize::saturating_add)
        .saturating_add(sum(map.values()))
        .saturating_add(nodes.saturating_add(inner).saturating_mul(node))
}

fn sum<'a>(values: impl IntoIterator<Item = &'a Ipld>) -> usize {
    let each = values.into_iter().map(value);
    each.fold(0, usize::saturating_add)
}

//! What do the bytes say? Nothing in here knows what a UCAN is.

mod canonical;
pub(crate) mod cid;
pub(crate) mod dag_cbor;
pub(crate) mod dag_json;
pub(crate) mod fields;
pub(crate) mod footprint;
pub(crate) mod limits;
pub(crate) mod tree;

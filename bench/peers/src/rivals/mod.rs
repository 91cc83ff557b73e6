//! Who competes? One file each.

pub(crate) mod biscuit;
pub(crate) mod claims;
pub(crate) mod delegant;
pub(crate) mod introspection;
pub(crate) mod jwt;
pub(crate) mod kept;
pub(crate) mod tenuo;

//! The families of rows, a file each.

mod chain;
mod cid;
mod command;
mod container;
mod did;
mod encoding;
mod envelope;
mod glob;
mod limits;
mod order;
mod payload;
mod policy;
mod powerline;
mod promise;
mod receipt;
mod revocation;
mod selector;
mod signature;
mod time;
mod varsig;

use crate::row::Family;

/// All of them, in the order of the README.
pub(crate) fn all() -> Vec<Family> {
    vec![
        encoding::rows(),
        envelope::rows(),
        payload::rows(),
        did::rows(),
        cid::rows(),
        signature::rows(),
        varsig::rows(),
        command::rows(),
        policy::rows(),
        selector::rows(),
        glob::rows(),
        chain::rows(),
        powerline::rows(),
        time::rows(),
        revocation::rows(),
        order::rows(),
        promise::rows(),
        receipt::rows(),
        container::rows(),
        limits::rows(),
    ]
}

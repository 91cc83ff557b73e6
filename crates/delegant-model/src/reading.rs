//! How the rulings are read; and, for the test that a wrong reading is found, how they are misread.

use crate::policy::Truth;

/// The answers that a test may get wrong on purpose.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// `any` over an empty collection (ruling 18).
    pub any_of_none: Truth,
    /// `not` of undefined (ruling 18).
    pub not_undefined: Truth,
    /// Whether a token still holds in its last second (ruling 16).
    pub last_second: bool,
    /// Whether a powerline may stand at the root (ruling 13).
    pub powerline_at_root: bool,
    /// Whether a map's keys must ascend (ruling 4).
    pub ascending_keys: bool,
}

impl Reading {
    /// As ruled.
    pub const RULED: Self = Self {
        any_of_none: Truth::Undefined,
        not_undefined: Truth::Undefined,
        last_second: true,
        powerline_at_root: false,
        ascending_keys: true,
    };
}

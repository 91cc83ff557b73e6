//! What may be done? Subjects, commands, and policies over arguments.

pub(crate) mod command;
pub(crate) mod evaluate;
pub(crate) mod explanation;
pub(crate) mod fuel;
pub(crate) mod glob;
pub(crate) mod number;
pub(crate) mod operand;
pub mod policy;
pub(crate) mod policy_error;
pub(crate) mod selector;
pub(crate) mod statement;
pub(crate) mod step;
pub(crate) mod subject;

//! Which delegation would have allowed what was seen, and no more? From a record to policies.
//!
//! ```
//! use delegant_mcp::record::{Decided, Entry};
//! use delegant_mcp::suggest::{Choices, Survey};
//!
//! let call = |patient: &str| Entry {
//!     id: Entry::fresh_id(),
//!     time: 1_780_272_000,
//!     decided: Decided::LetThrough,
//!     code: "NoToken".to_owned(),
//!     method: "tools/call".to_owned(),
//!     name: Some("read_encounters".to_owned()),
//!     command: Some("/mcp/tools/call/read_encounters".to_owned()),
//!     arguments: Some(serde_json::json!({
//!         "name": "read_encounters",
//!         "arguments": { "patient": patient, "kind": "laboratory" },
//!     })),
//!     server: "did:web:records.example".to_owned(),
//!     invoker: None,
//!     subject: None,
//!     chain: Vec::new(),
//!     refusal: None,
//! };
//! let mut survey = Survey::default();
//! survey.add(&call("p-17"));
//! survey.add(&call("p-18"));
//! let suggestions = survey.suggest(&Choices::default())?;
//! assert_eq!(suggestions[0].command.as_str(), "/mcp/tools/call/read_encounters");
//! assert_eq!(
//!     suggestions[0].policy.to_string(),
//!     concat!(
//!         r#"[["==",".arguments.kind","laboratory"],"#,
//!         r#"["or",[["==",".arguments.patient","p-17"],["==",".arguments.patient","p-18"]]],"#,
//!         r#"["all",".arguments",["or",[["==",".","laboratory"],["==",".","p-17"],["==",".","p-18"]]]]]"#,
//!     ),
//! );
//! # Ok::<(), delegant_mcp::suggest::SuggestError>(())
//! ```
//!
//! # What a policy cannot say
//!
//! - That there is no other argument. A statement selects by name, and the names that nobody has seen
//!   are not known. So where a map was always the same, the whole of it is compared; and else the last
//!   statement about it (`all`, above) lets an argument of another name pass only with a value that some
//!   argument of this map may have. An unseen `"force": true` is refused, unless `true` was seen.
//! - That an argument must be absent, as against null: `.kind?` is null for both.
//! - In which combination values come: two patients and two kinds are four calls.
//! - What lies beside `.arguments` in a request, and was not seen: later revisions of the protocol may
//!   add to it.
//!
//! What was refused is not generalised from. What was let through in shadow mode is, an attack as well as
//! everything else: the values are shown so that somebody looks at them.

mod choices;
mod error;
mod finding;
#[cfg(test)]
mod laws;
mod learn;
mod render;
mod rule;
mod survey;
#[cfg(test)]
mod tests;

pub use choices::{Choice, Choices};
pub use error::SuggestError;
pub use finding::{Finding, Shape};
pub use survey::{PassedOver, Suggestion, Survey};

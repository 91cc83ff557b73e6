//! What met what? The part of a refusal that is for whoever signed the call.

use delegant::{Cid, Denial, Explanation, Ipld, to_dag_json};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::not_bound::NotBound;
use crate::text;

/// What kept a call from being allowed, and how to mend it. Each member is there where it applies.
///
/// It holds values from the call and from policies: for its signer, and not for logs.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Explained {
    /// The token at fault.
    #[serde(with = "text::optional", skip_serializing_if = "Option::is_none")]
    pub token: Option<Cid>,
    /// The argument or parameter at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub argument: Option<String>,
    /// Its signed value, as DAG-JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed: Option<Value>,
    /// What the request said instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent: Option<String>,
    /// Where in the policy the statement stands, such as `[2][1]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// The elements at which `all` failed, from the outermost quantifier inwards.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub elements: Vec<usize>,
    /// The statement, as DAG-JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<Value>,
    /// Its selector.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<String>,
    /// `false` or `undefined`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truth: Option<String>,
    /// What the selector found in the arguments, as DAG-JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<Value>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mend: Option<String>,
}

/// A value longer than this as JSON, in bytes, is left out of an explanation.
const LONGEST_VALUE: usize = 4096;

impl Explained {
    fn of_policy(explanation: &Explanation) -> Self {
        let statement = explanation.statement();
        Self {
            place: Some(explanation.place()),
            elements: explanation.elements().to_vec(),
            statement: short_json(&statement.to_string()),
            selector: statement
                .selector()
                .map(|selector| selector.as_str().to_owned()),
            truth: Some(explanation.truth().to_string()),
            found: explanation.found().and_then(as_json),
            mend: explanation.optional_selector().map(|optional| {
                format!(
                    "send the argument, or have the policy say `{optional}` if it may be absent"
                )
            }),
            ..Self::default()
        }
    }
}

impl From<&Denial> for Explained {
    fn from(denial: &Denial) -> Self {
        let policy = denial.reason.explanation().map(Self::of_policy);
        Self {
            token: Some(denial.token),
            ..policy.unwrap_or_default()
        }
    }
}

impl From<&NotBound> for Explained {
    fn from(refusal: &NotBound) -> Self {
        let (signed, sent) = match refusal {
            NotBound::Differs { signed, sent, .. } => (as_json(signed), Some(sent.clone())),
            NotBound::NotSigned { sent, .. } => (None, Some(sent.clone())),
            NotBound::OtherCommand { signed, wanted } => {
                (Some(signed.as_str().into()), Some(wanted.to_string()))
            }
            _ => (None, None),
        };
        Self {
            argument: refusal.argument().map(str::to_owned),
            signed,
            sent,
            mend: Some("sign what is sent, and send what was signed".to_owned()),
            ..Self::default()
        }
    }
}

impl std::fmt::Debug for Explained {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let place = self.place.as_deref().or(self.argument.as_deref());
        write!(formatter, "Explained({})", place.unwrap_or_default())
    }
}

fn as_json(value: &Ipld) -> Option<Value> {
    short_json(&to_dag_json(value).ok()?)
}

fn short_json(text: &str) -> Option<Value> {
    if text.len() > LONGEST_VALUE {
        return None;
    }
    serde_json::from_str(text).ok()
}

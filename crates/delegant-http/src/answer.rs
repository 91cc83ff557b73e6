//! What was answered? What a receipt for an ordinary request says.

use std::collections::BTreeMap;

use delegant::Ipld;
use thiserror::Error;

use crate::body_digest::BodyDigest;

/// The response that a receipt stands for: its status and its body. The receipt's outcome is this map,
/// under `ok` where the status is below 400 and under `error` else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// The status, from 100 to 599.
    pub status: u16,
    /// The digest of the body, be it empty.
    pub body: BodyDigest,
}

impl From<Answer> for Ipld {
    fn from(answer: Answer) -> Self {
        Self::Map(BTreeMap::from([
            ("status".to_owned(), Self::Integer(answer.status.into())),
            ("body".to_owned(), answer.body.into()),
        ]))
    }
}

impl TryFrom<&Ipld> for Answer {
    type Error = AnswerError;

    fn try_from(value: &Ipld) -> Result<Self, AnswerError> {
        let Ipld::Map(map) = value else {
            return Err(AnswerError);
        };
        let (Some(Ipld::Integer(status)), Some(Ipld::Bytes(body)), 2) =
            (map.get("status"), map.get("body"), map.len())
        else {
            return Err(AnswerError);
        };
        let status = u16::try_from(*status).map_err(|_| AnswerError)?;
        let body = body.as_slice().try_into().map_err(|_| AnswerError)?;
        if !(100..600).contains(&status) {
            return Err(AnswerError);
        }
        Ok(Self {
            status,
            body: BodyDigest::from_bytes(body),
        })
    }
}

/// The outcome of a receipt is not that of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not the outcome of a request: `status` (an integer) and `body` (a SHA-256)")]
pub struct AnswerError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comes_back_as_it_went() {
        let answer = Answer {
            status: 200,
            body: BodyDigest::of(b"[]"),
        };
        assert_eq!(Answer::try_from(&Ipld::from(answer)), Ok(answer));
    }

    #[test]
    fn has_two_fields_of_the_right_types() {
        let map = |status: i128, body: usize| {
            Ipld::Map(BTreeMap::from([
                ("status".to_owned(), Ipld::Integer(status)),
                ("body".to_owned(), Ipld::Bytes(vec![0; body])),
            ]))
        };
        assert!(Answer::try_from(&map(200, 32)).is_ok());
        for other in [
            map(99, 32),
            map(600, 32),
            map(-1, 32),
            map(200, 31),
            Ipld::Null,
        ] {
            assert_eq!(Answer::try_from(&other), Err(AnswerError), "{other:?}");
        }
    }
}

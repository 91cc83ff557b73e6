//! How does a container travel in a header? `Authorization: UCAN C…`, once.

use delegant::{Container, ContainerFormat, LimitExceeded};
use thiserror::Error;

use crate::names::{LONGEST_HEADER, SCHEME};

/// The value of the `Authorization` header for this container.
///
/// # Errors
/// [`WriteError::TooLong`] past 16 KiB: leave the proofs at the server first, or send the container in
/// a body.
pub fn write(container: &Container) -> Result<String, WriteError> {
    let text = container.encode(ContainerFormat::Base64Url)?;
    // Base64 and a letter: always text.
    let value = format!("{SCHEME} {}", String::from_utf8_lossy(&text));
    if value.len() > LONGEST_HEADER {
        return Err(WriteError::TooLong { bytes: value.len() });
    }
    Ok(value)
}

/// The container's text in a request, given the values of all its `Authorization` headers.
///
/// # Errors
/// [`CarrierError`] unless there is exactly one header with exactly one `UCAN` credential.
pub fn read<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Result<&'a [u8], CarrierError> {
    let mut values = values.into_iter();
    let value = values.next().ok_or(CarrierError::Absent)?;
    if values.next().is_some() {
        return Err(CarrierError::Several);
    }
    if value.len() > LONGEST_HEADER {
        return Err(CarrierError::TooLong);
    }
    let (scheme, text) = match value.iter().position(|byte| *byte == b' ') {
        Some(space) => value.split_at(space),
        None => (value, [].as_slice()),
    };
    if !scheme.eq_ignore_ascii_case(SCHEME.as_bytes()) {
        return Err(CarrierError::OtherScheme);
    }
    match text {
        [b' ', text @ ..] if is_container_text(text) => Ok(text),
        _ => Err(CarrierError::Spelling),
    }
}

/// A letter that announces base64url, with or without gzip, and its alphabet: no commas, spaces or `=`.
fn is_container_text(text: &[u8]) -> bool {
    matches!(text, [b'C' | b'P', ..])
        && text
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte))
}

/// A request does not carry exactly one container in its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CarrierError {
    /// No `Authorization` header.
    #[error("no `Authorization` header; send `Authorization: UCAN <container>`")]
    Absent,
    /// More than one.
    #[error("more than one `Authorization` header; send one")]
    Several,
    /// Another scheme, such as `Bearer`.
    #[error("`Authorization` with another scheme than `UCAN`")]
    OtherScheme,
    /// Not one container text behind one space.
    #[error(
        "behind `UCAN` and one space belongs one container in base64url, beginning with `C` or `P`"
    )]
    Spelling,
    /// More than 16 KiB.
    #[error(
        "`Authorization` of more than {LONGEST_HEADER} bytes; leave the proofs here first, or send the container in a body"
    )]
    TooLong,
}

/// A container that no header can carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WriteError {
    /// More than 16 KiB.
    #[error("{bytes} bytes, and a header holds {LONGEST_HEADER}")]
    TooLong {
        /// What it would take.
        bytes: usize,
    },
    /// Larger than any reader would accept.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[&str]) -> Result<Vec<u8>, CarrierError> {
        read(values.iter().map(|value| value.as_bytes())).map(<[u8]>::to_vec)
    }

    #[test]
    fn is_one_header_with_one_container() {
        assert_eq!(of(&["UCAN Cabc-_9"]), Ok(b"Cabc-_9".to_vec()));
        // RFC 9110: the scheme's case does not matter.
        assert_eq!(of(&["ucan Pabc"]), Ok(b"Pabc".to_vec()));
    }

    #[test]
    fn refuses_every_other_shape() {
        use CarrierError as E;
        let long = format!("UCAN C{}", "a".repeat(LONGEST_HEADER));
        for (values, error) in [
            (&[][..], E::Absent),
            (&["UCAN Ca", "UCAN Ca"], E::Several),
            (&["UCAN Ca", "Bearer x"], E::Several),
            (&["Bearer Ca"], E::OtherScheme),
            (&["bearer Ca"], E::OtherScheme),
            (&[""], E::OtherScheme),
            (&["Ca"], E::OtherScheme),
            (&["UCANCa"], E::OtherScheme),
            (&[" UCAN Ca"], E::OtherScheme),
            (&["UCAN\tCa"], E::OtherScheme),
            (&["UCAN"], E::Spelling),
            (&["UCAN "], E::Spelling),
            (&["UCAN  Ca"], E::Spelling),
            (&["UCAN Ca "], E::Spelling),
            (&["UCAN Ca,Cb"], E::Spelling),
            (&["UCAN Ca, UCAN Cb"], E::Spelling),
            (&["UCAN Ca, Bearer x"], E::Spelling),
            (&["UCAN token=Ca"], E::Spelling),
            (&["UCAN \"Ca\""], E::Spelling),
            (&["UCAN Ba=="], E::Spelling),
            (&["UCAN @a"], E::Spelling),
            (&["UCAN Cä"], E::Spelling),
            (&["ÜCAN Ca"], E::OtherScheme),
            (&[long.as_str()], E::TooLong),
        ] {
            assert_eq!(of(values), Err(error), "{values:?}");
        }
    }
}

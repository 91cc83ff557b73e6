//! How does a message carry a proof? In `params._meta`, beside everything else.

use serde_json::Value;
use thiserror::Error;

use crate::json::{JsonError, Members, with_deep};

/// The name of the extension, in `_meta` and in capabilities.
pub const EXTENSION: &str = "dev.delegant/proof";

/// What is said and read here.
pub const VERSION: u64 = 1;

/// The largest container text that is read, in bytes.
pub const LARGEST: usize = 65_536;

/// The container text that came with these `params`, if one did.
///
/// # Errors
/// [`ProofError`] where something is there in its place and is no proof.
pub fn read(params: Option<&str>) -> Result<Option<String>, ProofError> {
    let Some(params) = params else {
        return Ok(None);
    };
    let Some(meta) = Members::of(params)?.get("_meta") else {
        return Ok(None);
    };
    let Some(proof) = Members::of(meta)?.get(EXTENSION) else {
        return Ok(None);
    };
    let members = Members::of(proof)?;
    let version: Option<Value> = members
        .get("v")
        .and_then(|text| serde_json::from_str(text).ok());
    match version.as_ref().and_then(Value::as_u64) {
        Some(VERSION) => {}
        Some(found) => return Err(ProofError::Version { found }),
        None => return Err(ProofError::Shape),
    }
    if members
        .iter()
        .any(|(name, _)| !["v", "ctn"].contains(&name))
    {
        return Err(ProofError::Shape);
    }
    let text = members.get("ctn").ok_or(ProofError::Shape)?;
    if text.len() > LARGEST {
        return Err(ProofError::TooLarge);
    }
    let text: String = serde_json::from_str(text).map_err(|_| ProofError::Shape)?;
    if is_container_text(&text) {
        return Ok(Some(text));
    }
    Err(ProofError::Shape)
}

/// A letter that announces base64url, with or without gzip, and its alphabet.
fn is_container_text(text: &str) -> bool {
    text.starts_with(['C', 'P'])
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// The message with this container text, instead of whatever proof it had; everything else as it was.
///
/// # Errors
/// Its `params` or `_meta` are no objects, or something beside the proof has its name in other letters.
pub fn attach(message: &str, container: &str) -> Result<String, JsonError> {
    let proof = format!(r#"{{"v":{VERSION},"ctn":"{container}"}}"#);
    with_deep(message, &["params", "_meta", EXTENSION], &proof)
}

/// The message without a proof; everything else as it was.
///
/// # Errors
/// Its `params` or `_meta` are no objects.
pub fn detach(message: &str) -> Result<String, JsonError> {
    let whole = Members::of(message)?;
    let Some(params) = whole.get("params") else {
        return Ok(message.to_owned());
    };
    let inner = Members::of(params)?;
    let Some(meta) = inner.get("_meta") else {
        return Ok(message.to_owned());
    };
    let meta = Members::of(meta)?;
    if meta.get(EXTENSION).is_none() {
        return Ok(message.to_owned());
    }
    let params = if meta.is_only(EXTENSION) {
        inner.without("_meta")
    } else {
        inner.with("_meta", &meta.without(EXTENSION))
    };
    Ok(whole.with("params", &params))
}

/// What is in the place of a proof is none.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ProofError {
    /// Around it is no JSON.
    #[error("`_meta`: {0}")]
    Json(#[from] JsonError),
    /// Another version.
    #[error("`{EXTENSION}` of version {found}; version {VERSION} is read here")]
    Version {
        /// That version.
        found: u64,
    },
    /// Not `v` and `ctn`.
    #[error(
        "`{EXTENSION}` is {{\"v\":{VERSION},\"ctn\":…}} with the text of a container in base64url, beginning with `C` or `P`"
    )]
    Shape,
    /// More than is read.
    #[error("a proof of more than {LARGEST} bytes")]
    TooLarge,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_attached_is_read_and_detached_to_the_byte() {
        for text in [
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","arguments":{"n":1.0}}}"#,
            r#"{ "id" : 1 , "params" : { "_meta" : { "progressToken" : 7 } , "name" : "x" } , "method" : "m" }"#,
            r#"{"id":1,"method":"m","params":{}}"#,
        ] {
            let carried = attach(text, "Cabc-_9").unwrap();
            let params = Members::of(&carried)
                .unwrap()
                .get("params")
                .map(str::to_owned);
            assert_eq!(read(params.as_deref()).unwrap().as_deref(), Some("Cabc-_9"));
            assert_eq!(detach(&carried).unwrap(), text);
            assert_eq!(detach(text).unwrap(), text);
            // A second signer replaces the first one's.
            let again = attach(&carried, "Pother").unwrap();
            assert!(!again.contains("Cabc"), "{again}");
        }
        let bare = attach(r#"{"id":1,"method":"m"}"#, "Ca").unwrap();
        assert_eq!(
            detach(&bare).unwrap(),
            r#"{"id":1,"method":"m","params":{}}"#
        );
    }

    #[test]
    fn refuses_what_stands_in_its_place() {
        let of = |proof: &str| read(Some(&format!(r#"{{"_meta":{{"{EXTENSION}":{proof}}}}}"#)));
        for proof in [
            "null",
            "\"Cabc\"",
            "[]",
            "{}",
            r#"{"v":1}"#,
            r#"{"ctn":"Ca"}"#,
            r#"{"v":"1","ctn":"Ca"}"#,
            r#"{"v":1.0,"ctn":"Ca"}"#,
            r#"{"v":1,"ctn":7}"#,
            r#"{"v":1,"ctn":""}"#,
            r#"{"v":1,"ctn":"Ba"}"#,
            r#"{"v":1,"ctn":"Ca+"}"#,
            r#"{"v":1,"ctn":"Ca","x":1}"#,
            r#"{"v":1,"v":1,"ctn":"Ca"}"#,
        ] {
            assert!(of(proof).is_err(), "{proof}");
        }
        assert!(matches!(
            of(r#"{"v":2,"ctn":"Ca"}"#),
            Err(ProofError::Version { found: 2 })
        ));
        let long = format!(r#"{{"v":1,"ctn":"C{}"}}"#, "a".repeat(LARGEST));
        assert!(matches!(of(&long), Err(ProofError::TooLarge)));
        assert!(read(Some(r#"{"_meta":7}"#)).is_err());
        assert_eq!(read(Some(r#"{"_meta":{}}"#)).unwrap(), None);
        assert_eq!(read(None).unwrap(), None);
    }
}

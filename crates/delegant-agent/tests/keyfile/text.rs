//! What surrounds a key as text.

use delegant::{Algorithm, Signer as _};
use delegant_agent::{KeyFileError, ReadKeyError, StoredKey};

use crate::{decode, directory, encode, key, load_plain, plain, put, refusal};

#[test]
fn is_read_with_either_kind_of_line_end() {
    let alice = key(Algorithm::P256);
    let unix = plain(&alice);
    let windows = unix.replace('\n', "\r\n");
    let no_last_line_end = unix.trim_end();
    let blank_lines_at_the_end = format!("{unix}\n\n");
    for text in [&unix, &windows, no_last_line_end, &blank_lines_at_the_end] {
        match StoredKey::from_pem(text) {
            Ok(StoredKey::Plain(again)) => assert_eq!(again.did(), alice.did()),
            other => panic!("{text:?}: {other:?}"),
        }
    }
}

#[test]
fn is_one_block_and_nothing_else() {
    let one = plain(&key(Algorithm::Ed25519));
    let two = plain(&key(Algorithm::Ed25519));
    let label = |label| encode(label, b"whatever it holds");
    for (text, expected) in [
        (String::new(), ReadKeyError::NotPem),
        ("alice".into(), ReadKeyError::NotPem),
        (format!("\u{feff}{one}"), ReadKeyError::ByteOrderMark),
        (format!("my key\n{one}"), ReadKeyError::TextAround),
        (format!("\n{one}"), ReadKeyError::TextAround),
        (format!(" {one}"), ReadKeyError::TextAround),
        (format!("{one}my key"), ReadKeyError::TextAround),
        (format!("{one} \n"), ReadKeyError::TextAround),
        (format!("{one}{two}"), ReadKeyError::SeveralBlocks),
        (
            format!("{one}{}", label("CERTIFICATE")),
            ReadKeyError::SeveralBlocks,
        ),
        (label("PUBLIC KEY"), ReadKeyError::PublicKey),
        (label("EC PRIVATE KEY"), ReadKeyError::Sec1),
        (
            label("EC PARAMETERS") + &label("EC PRIVATE KEY"),
            ReadKeyError::Sec1,
        ),
        (label("OPENSSH PRIVATE KEY"), ReadKeyError::OtherKind),
        (label("RSA PRIVATE KEY"), ReadKeyError::OtherKind),
        (label("CERTIFICATE"), ReadKeyError::OtherKind),
        (label("PRIVATE KEY"), ReadKeyError::Malformed),
        (label("ENCRYPTED PRIVATE KEY"), ReadKeyError::Malformed),
        (encode("PRIVATE KEY", b""), ReadKeyError::Malformed),
    ] {
        assert_eq!(refusal(&text), expected, "{text}");
    }
}

#[test]
fn is_not_read_where_it_is_damaged() {
    let one = plain(&key(Algorithm::Ed25519));
    let body = one.lines().nth(1).unwrap();
    for text in [
        one.replace("-----END PRIVATE KEY-----", ""),
        one.replace("END PRIVATE", "END PUBLIC"),
        one.replace("BEGIN PRIVATE KEY-----", "BEGIN PRIVATE KEY----"),
        one.replace(body, ""),
        one.replace(body, &body[4..]),
        one.replace(body, &format!("{body}AAAA")),
        one.replace(body, &format!("*{}", &body[1..])),
        one.replace(body, &format!("{}\n{}", &body[..32], &body[32..])),
        one.replace(body, &format!("Comment: mine\n\n{body}")),
        one.replace(body, &format!(" {body}")),
    ] {
        assert_eq!(refusal(&text), ReadKeyError::Malformed, "{text}");
    }
}

#[test]
fn is_never_read_when_cut_short() {
    for algorithm in Algorithm::ALL {
        let text = plain(&key(algorithm));
        for length in 0..text.trim_end().len() {
            refusal(&text[..length]);
        }
        let der = decode(&text);
        for length in 0..der.len() {
            let error = refusal(&encode("PRIVATE KEY", &der[..length]));
            assert_eq!(error, ReadKeyError::Malformed, "{length}");
        }
        let error = refusal(&encode("PRIVATE KEY", &[&der[..], &[0]].concat()));
        assert_eq!(error, ReadKeyError::Malformed);
    }
}

#[test]
fn in_other_encodings_is_answered_with_the_way_out() {
    let (_directory, path) = directory();
    put(&path, decode(&plain(&key(Algorithm::P256))));
    let error = load_plain(&path).unwrap_err();
    assert!(matches!(
        error,
        KeyFileError::NotAKey {
            source: ReadKeyError::NotPem,
            ..
        }
    ));
    assert!(error.to_string().contains("openssl pkey -inform DER"));
    assert!(
        ReadKeyError::Sec1
            .to_string()
            .contains("openssl pkcs8 -topk8")
    );
}

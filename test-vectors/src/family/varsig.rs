//! The header `h`: one constant byte string for each type of key.

use crate::cbor::{Value, raw};
use crate::principal::{ALICE, BOB, PAULA, SAM};
use crate::row::{Case, Family, INVALID_SIGNATURE, MALFORMED, UNSUPPORTED_ALGORITHM, VALID};
use crate::text::{hex, unhex};
use crate::token::{delegation, invocation};

pub(super) fn rows() -> Family {
    let mut family = Family::new("varsig");
    let principals = [ALICE, PAULA, SAM];
    for signer in principals {
        for other in principals {
            let token = delegation(signer, BOB, signer)
                .header_bytes(&other.curve.header())
                .sign();
            let (key, header) = (signer.curve.name(), other.curve.name());
            let (says, verdict) = if signer == other {
                (format!("Key and header are both {key}."), VALID)
            } else {
                (
                    format!("The key is {key}, the header says {header}."),
                    INVALID_SIGNATURE,
                )
            };
            family.delegation(
                format!("{key}-under-{header}").to_lowercase(),
                says,
                &[3],
                &token,
                verdict,
            );
        }
    }
    for (key, header) in principals
        .into_iter()
        .flat_map(|key| principals.map(|header| (key, header)))
        .filter(|(key, header)| key != header)
    {
        let call = invocation(key, key, &[])
            .header_bytes(&header.curve.header())
            .sign();
        let says = format!(
            "The invoker's key is {}, its header says {}.",
            key.curve.name(),
            header.curve.name()
        );
        family.authorize(
            format!("invoker-{}-under-{}", key.curve.name(), header.curve.name()).to_lowercase(),
            says,
            &[3],
            &Case::new(&call, &[]).executor(key).at(&call),
            INVALID_SIGNATURE,
        );
    }
    for (name, says, header) in [
        ("rsa-2048", "RSA with 2048 bits", "3401852400128002 71"),
        ("rsa-4096", "RSA with 4096 bits", "3401852400128004 71"),
        ("p-384", "ECDSA over P-384", "3401ec01812420 71"),
        ("p-521", "ECDSA over P-521", "3401ec01822413 71"),
        ("p-256-sha-512", "P-256 with SHA-512", "3401ec0180241371"),
        (
            "secp256k1-keccak",
            "secp256k1 with Keccak-256",
            "3401ec01e7011b71",
        ),
        ("ed448", "Ed448", "3401ed01832471"),
        (
            "ed25519-sha-256",
            "Ed25519 with SHA-256",
            "3401ed01ed011271",
        ),
        (
            "eddsa-over-secp256k1",
            "EdDSA over secp256k1",
            "3401ed01e7011371",
        ),
        (
            "ecdsa-over-ed25519",
            "ECDSA over Edwards25519",
            "3401ec01ed011271",
        ),
        ("bls", "BLS12-381", "3401ea011271"),
        ("payload-raw", "Ed25519 over raw bytes", "3401ed01ed011355"),
        (
            "payload-identity",
            "Ed25519 over a payload in no encoding",
            "3401ed01ed01135f",
        ),
        ("payload-dag-pb", "Ed25519 over DAG-PB", "3401ed01ed011370"),
        (
            "payload-cbor",
            "Ed25519 over CBOR that is not DAG-CBOR",
            "3401ed01ed011351",
        ),
        (
            "payload-dag-json",
            "Ed25519 over DAG-JSON",
            "3401ed01ed0113a902",
        ),
        ("payload-jwt", "Ed25519 over a JWT", "3401ed01ed0113f7d401"),
        (
            "payload-eip-191",
            "secp256k1 over an Ethereum message",
            "3401ec01e7011b91c303",
        ),
        (
            "payload-missing",
            "Ed25519 without a payload encoding",
            "3401ed01ed0113",
        ),
        (
            "version-0",
            "the older form without a version",
            "34ed01ed011371",
        ),
        ("version-2", "varsig version 2", "3402ed01ed011371"),
        ("prefix", "another prefix than varsig's", "3501ed01ed011371"),
        ("no-prefix", "no prefix", "01ed01ed011371"),
        ("algorithm-alone", "the algorithm alone", "ed01"),
        ("empty", "nothing at all", ""),
        ("prefix-alone", "the prefix alone", "34"),
        (
            "trailing",
            "a byte behind the payload encoding",
            "3401ed01ed01137100",
        ),
        (
            "twice",
            "the header twice",
            "3401ed01ed0113713401ed01ed011371",
        ),
        (
            "padded-prefix",
            "the prefix as a longer varint",
            "b40001ed01ed011371",
        ),
        (
            "padded-version",
            "the version as a longer varint",
            "348100ed01ed011371",
        ),
        (
            "padded-algorithm",
            "the algorithm as a longer varint",
            "3401ed8100ed011371",
        ),
        (
            "padded-curve",
            "the curve as a longer varint",
            "3401ed01ed81001371",
        ),
        (
            "padded-hash",
            "the hash as a longer varint",
            "3401ed01ed01930071",
        ),
        (
            "padded-payload",
            "the payload encoding as a longer varint",
            "3401ed01ed0113f100",
        ),
        (
            "endless-varint",
            "a varint that does not end",
            "3401ed01ed011380",
        ),
        (
            "multibase",
            "the header as multibase text in bytes",
            "66333430316564",
        ),
    ] {
        let header = unhex(&header.replace(' ', ""));
        let token = delegation(ALICE, BOB, ALICE).header_bytes(&header).sign();
        let says = format!("The header says {says}.");
        family.delegation(name, says, &[3], &token, UNSUPPORTED_ALGORITHM);
    }
    for (name, says, header) in [
        ("text", "text", Value::Text(hex(&ALICE.curve.header()))),
        ("null", "null", Value::Null),
        (
            "list",
            "a list of integers",
            Value::List(
                ALICE
                    .curve
                    .header()
                    .map(|byte| i64::from(byte).into())
                    .into(),
            ),
        ),
        ("map", "a map", Value::Map(Vec::new())),
        ("integer", "an integer", 1.into()),
        (
            "raw-text",
            "text of the same bytes",
            raw(&[&[0x64, 0x34, 0x01][..], b"aa"].concat()),
        ),
    ] {
        let token = delegation(ALICE, BOB, ALICE).header(header).sign();
        family.delegation(
            format!("header-{name}"),
            format!("The header is {says}."),
            &[2, 3],
            &token,
            MALFORMED,
        );
    }
    family
}

//! Signatures: who signed, exactly what, and in which of its spellings.

use curve25519_dalek::constants::EIGHT_TORSION;
use curve25519_dalek::{EdwardsPoint, Scalar};
use sha2::{Digest, Sha512};

use crate::cbor::Value;
use crate::principal::{
    ALICE, BOB, CAROL, Curve, MALLORY, PAULA, PETER, Principal, SAM, SUE, did_key,
};
use crate::row::{Case, Family, INVALID_SIGNATURE, MALFORMED, UNSUPPORTED_ALGORITHM, VALID};
use crate::text::unhex;
use crate::token::{Draft, Token, delegation, invocation};

pub(super) fn rows() -> Family {
    let mut family = Family::new("signature");
    by_everyone(&mut family);
    lengths(&mut family);
    ed25519(&mut family);
    ecdsa(&mut family);
    keys(&mut family);
    family
}

const SIGNERS: [Principal; 3] = [ALICE, PAULA, SAM];

fn slug(signer: Principal) -> String {
    signer.curve.name().to_lowercase().replace('-', "")
}

fn by_everyone(family: &mut Family) {
    for (signer, twin) in SIGNERS.into_iter().zip([BOB, PETER, SUE]) {
        let draft = delegation(signer, BOB, signer);
        let token = draft.sign();
        let curve = signer.curve.name();
        let mut row = |name: &str, says: String, token: &Token, verdict| {
            family.delegation(
                format!("{}-{name}", slug(signer)),
                says,
                &[1, 8],
                token,
                verdict,
            );
        };
        row("sound", format!("{curve} signed it."), &token, VALID);
        row(
            "other-signer",
            format!("Another {curve} key signed it than `iss` says."),
            &draft.clone().signed_by(twin).sign(),
            INVALID_SIGNATURE,
        );
        row(
            "other-token",
            format!("The {curve} signature belongs to another token of the same issuer."),
            &token.resigned(|signature| {
                *signature = draft.clone().with("cmd", "/crm").sign().parts().0
            }),
            INVALID_SIGNATURE,
        );
        for (at, place) in [
            (0, "first"),
            (31, "thirty-second"),
            (32, "thirty-third"),
            (63, "last"),
        ] {
            row(
                &format!("bit-{at}"),
                format!("A bit of the {place} byte of the {curve} signature is flipped."),
                &token.resigned(|signature| signature[at] ^= 1),
                INVALID_SIGNATURE,
            );
        }
        row(
            "zeros",
            format!("The {curve} signature is 64 zeros."),
            &token.resigned(|signature| signature.fill(0)),
            INVALID_SIGNATURE,
        );
        row(
            "ones",
            format!("The {curve} signature is 64 bytes of ff."),
            &token.resigned(|signature| signature.fill(0xff)),
            INVALID_SIGNATURE,
        );
        row(
            "halves-swapped",
            format!("The two halves of the {curve} signature are swapped."),
            &token.resigned(|signature| signature.rotate_left(32)),
            INVALID_SIGNATURE,
        );
        row(
            "reversed",
            format!("The halves of the {curve} signature are in the other byte order."),
            &token.resigned(|signature| {
                signature[..32].reverse();
                signature[32..].reverse();
            }),
            INVALID_SIGNATURE,
        );
        for (field, value) in [
            ("aud", Value::from(CAROL.did())),
            ("cmd", "/".into()),
            ("exp", Value::Null),
            ("nonce", Value::Bytes(vec![9; 16])),
        ] {
            let (signature, _) = token.parts();
            let altered = draft.clone().with(field, value);
            row(
                &format!("altered-{field}"),
                format!("`{field}` was altered after {curve} signed."),
                &altered.with_signature(signature, altered.sig_payload()),
                INVALID_SIGNATURE,
            );
        }
    }
    let call = invocation(BOB, BOB, &[]);
    family.authorize(
        "invocation-forged",
        "Somebody else signed the invocation in Bob's name.",
        &[8, 12],
        &Case::new(&call.clone().signed_by(MALLORY).sign(), &[]).executor(BOB),
        INVALID_SIGNATURE,
    );
    family.authorize(
        "invocation-sound",
        "Bob signed his invocation himself.",
        &[8, 12, 15],
        &Case::new(&call.sign(), &[]).executor(BOB),
        VALID,
    );
}

fn lengths(family: &mut Family) {
    for signer in SIGNERS {
        let token = delegation(signer, BOB, signer).sign();
        let curve = signer.curve.name();
        for length in [0, 1, 32, 63, 65, 96, 128, 256] {
            let says = format!(
                "The {curve} signature is cut, or filled with zeros, to a length of {length}."
            );
            family.delegation(
                format!("{}-length-{length}", slug(signer)),
                says,
                &[1, 8, 12],
                &token.resigned(|signature| signature.resize(length, 0)),
                INVALID_SIGNATURE,
            );
        }
    }
    let call = invocation(ALICE, ALICE, &[])
        .sign()
        .resigned(|signature| signature.truncate(63));
    family.authorize(
        "short-invocation",
        "The invocation's signature has 63 bytes.",
        &[12],
        &Case::new(&call, &[]).at(&call),
        INVALID_SIGNATURE,
    );
}

fn ed25519(family: &mut Family) {
    let draft = delegation(ALICE, BOB, ALICE);
    let token = draft.sign();
    // The order of the group: adding it to `s` gives a second spelling.
    let order = unhex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    for (times, name) in [(1, "once"), (7, "seven times")] {
        let malleable = token.resigned(|signature| {
            for _ in 0..times {
                let mut carry = 0;
                for (byte, more) in signature[32..].iter_mut().zip(&order) {
                    let sum = u16::from(*byte) + u16::from(*more) + carry;
                    *byte = u8::try_from(sum & 0xff).unwrap();
                    carry = sum >> 8;
                }
            }
        });
        let says = format!("The group's order was added {name} to the scalar of the signature.");
        family.delegation(
            format!("ed25519-plus-order-{times}"),
            says,
            &[8],
            &malleable,
            INVALID_SIGNATURE,
        );
    }
    for (index, says) in [
        (0, "the identity"),
        (1, "of order eight"),
        (2, "of order four"),
        (4, "of order two"),
    ] {
        let token = with_small_r(&draft, EIGHT_TORSION[index]);
        family.delegation(
            format!("ed25519-small-r-{index}"),
            format!("The point R of the signature is {says}, which a lax check accepts."),
            &[8],
            &token,
            INVALID_SIGNATURE,
        );
    }
    for cofactorless in [true, false] {
        let (token, _) = mixed_order(cofactorless);
        let (name, says, verdict) = if cofactorless {
            (
                "ed25519-mixed-order-exact",
                "The key has a part of small order, and the equation holds without multiplying by the cofactor.",
                VALID,
            )
        } else {
            (
                "ed25519-mixed-order",
                "The key has a part of small order, and the equation holds only multiplied by the cofactor.",
                INVALID_SIGNATURE,
            )
        };
        family.delegation(name, says, &[8], &token, verdict);
    }
    let identity = did_key(
        &Curve::Ed25519.codec(),
        &unhex(&format!("01{}", "00".repeat(31))),
    );
    let weak = draft.with("iss", identity);
    let signed = weak.sig_payload();
    let signature = [unhex(&format!("01{}", "00".repeat(31))), vec![0; 32]].concat();
    family.delegation(
        "ed25519-identity-key",
        "The issuer's key is the identity, for which one signature holds over every message.",
        &[7, 8],
        &weak.with_signature(signature, signed),
        MALFORMED,
    );
}

/// `k` of RFC 8032: the hash of R, A and the message.
fn challenge(r: &[u8; 32], key: &[u8], message: &[u8]) -> Scalar {
    let hash: [u8; 64] = Sha512::new()
        .chain_update(r)
        .chain_update(key)
        .chain_update(message)
        .finalize()
        .into();
    Scalar::from_bytes_mod_order_wide(&hash)
}

/// Alice's signature with this R: without a nonce `s` is `k·a`, and `s·B = k·A`. With a point of
/// small order in the place of R the equation holds once it is multiplied by the cofactor.
fn with_small_r(draft: &Draft, r: EdwardsPoint) -> Token {
    let signed = draft.sig_payload();
    let r = r.compress().to_bytes();
    let k = challenge(&r, &ALICE.public(), &signed.encode());
    let s = k * ALICE.ed25519().to_scalar();
    draft.with_signature([r, s.to_bytes()].concat(), signed)
}

/// A token by Alice's key plus a point of order eight.
fn mixed_order(cofactorless: bool) -> (Token, EdwardsPoint) {
    let secret = ALICE.ed25519().to_scalar();
    let key = EdwardsPoint::mul_base(&secret) + EIGHT_TORSION[1];
    let public = key.compress().to_bytes();
    let did = did_key(&Curve::Ed25519.codec(), &public);
    let draft = delegation(ALICE, BOB, ALICE)
        .with("iss", did.clone())
        .with("sub", did);
    let signed = draft.sig_payload();
    let message = signed.encode();
    // Eight in every sixty-four nonces make the part of small order vanish.
    let (r, s, _) = (1_u64..)
        .map(|nonce| {
            let nonce = Scalar::from(nonce);
            let r = EdwardsPoint::mul_base(&nonce).compress().to_bytes();
            let k = challenge(&r, &public, &message);
            (r, nonce + k * secret, k.as_bytes()[0].is_multiple_of(8))
        })
        .find(|(.., vanishes)| *vanishes == cofactorless)
        .unwrap();
    (
        draft.with_signature([r, s.to_bytes()].concat(), signed),
        key,
    )
}

/// The other spelling of an ECDSA signature: `(r, n - s)`.
pub(super) fn twin(token: &Token, curve: Curve) -> Token {
    token.resigned(|signature| {
        *signature = match curve {
            Curve::P256 => {
                let (r, s) = p256::ecdsa::Signature::from_slice(signature)
                    .unwrap()
                    .split_scalars();
                p256::ecdsa::Signature::from_scalars(r, -s)
                    .unwrap()
                    .to_bytes()
                    .to_vec()
            }
            Curve::Secp256k1 => {
                let (r, s) = k256::ecdsa::Signature::from_slice(signature)
                    .unwrap()
                    .split_scalars();
                k256::ecdsa::Signature::from_scalars(r, -s)
                    .unwrap()
                    .to_bytes()
                    .to_vec()
            }
            Curve::Ed25519 => panic!("Ed25519 has no twins"),
        };
    })
}

fn ecdsa(family: &mut Family) {
    for (signer, order) in [
        (
            PAULA,
            "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
        ),
        (
            SAM,
            "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
        ),
    ] {
        let draft = delegation(signer, BOB, signer);
        let token = draft.sign();
        let curve = signer.curve.name();
        let order = unhex(order);
        let mut row = |name: &str, says: String, token: &Token, verdict| {
            family.delegation(
                format!("{}-{name}", slug(signer)),
                says,
                &[8],
                token,
                verdict,
            );
        };
        row(
            "high-s",
            format!("The {curve} signature is spelled with the high s, which is read as well."),
            &twin(&token, signer.curve),
            VALID,
        );
        row(
            "r-zero",
            format!("r of the {curve} signature is zero."),
            &token.resigned(|signature| signature[..32].fill(0)),
            INVALID_SIGNATURE,
        );
        row(
            "s-zero",
            format!("s of the {curve} signature is zero."),
            &token.resigned(|signature| signature[32..].fill(0)),
            INVALID_SIGNATURE,
        );
        row(
            "r-order",
            format!("r of the {curve} signature is the group's order."),
            &token.resigned(|signature| signature[..32].copy_from_slice(&order)),
            INVALID_SIGNATURE,
        );
        row(
            "s-order",
            format!("s of the {curve} signature is the group's order."),
            &token.resigned(|signature| signature[32..].copy_from_slice(&order)),
            INVALID_SIGNATURE,
        );
        row(
            "negative-r",
            format!("r of the {curve} signature is replaced by n - r."),
            &token.resigned(|signature| {
                let mut swapped = token.resigned(|signature| signature.rotate_left(32));
                swapped =
                    twin(&swapped, signer.curve).resigned(|signature| signature.rotate_left(32));
                *signature = swapped.parts().0;
            }),
            INVALID_SIGNATURE,
        );
        row(
            "der",
            format!("The {curve} signature is in DER."),
            &token.resigned(|signature| *signature = der(signature)),
            INVALID_SIGNATURE,
        );
        row(
            "recovery",
            format!("A recovery byte follows the {curve} signature."),
            &token.resigned(|signature| signature.push(0x1b)),
            INVALID_SIGNATURE,
        );
        row(
            "hash-twice",
            format!(
                "The {curve} signature covers the SHA-256 of what is signed, hashed once more."
            ),
            &{
                let signed = draft.sig_payload();
                draft.with_signature(
                    signer.sign(&crate::text::cid_of(&signed.encode())[4..]),
                    signed,
                )
            },
            INVALID_SIGNATURE,
        );
    }
}

/// A sequence of two integers.
fn der(signature: &[u8]) -> Vec<u8> {
    let integer = |bytes: &[u8]| {
        let sign: &[u8] = if bytes[0] < 0x80 { &[] } else { &[0] };
        let length = u8::try_from(sign.len() + bytes.len()).unwrap();
        [&[2, length], sign, bytes].concat()
    };
    let body = [integer(&signature[..32]), integer(&signature[32..])].concat();
    [&[0x30, u8::try_from(body.len()).unwrap()], &body[..]].concat()
}

fn keys(family: &mut Family) {
    // No point of secp256k1 has x = 5, no point of Edwards25519 y = 2.
    let ecdsa_key = [&[2][..], &[0; 31], &[5]].concat();
    let edwards_key = [&[2][..], &[0; 31]].concat();
    assert!(
        ed25519_dalek::VerifyingKey::from_bytes(edwards_key.as_slice().try_into().unwrap())
            .is_err()
    );
    assert!(k256::ecdsa::VerifyingKey::from_sec1_bytes(&ecdsa_key).is_err());
    for (signer, key) in [(ALICE, edwards_key), (SAM, ecdsa_key)] {
        let did = did_key(&signer.curve.codec(), &key);
        let token = delegation(signer, BOB, signer).with("iss", did).sign();
        let says = format!(
            "The issuer's {} key is no point of the curve, so nobody can have signed.",
            signer.curve.name()
        );
        family.delegation(
            format!("{}-off-curve", slug(signer)),
            says,
            &[8],
            &token,
            INVALID_SIGNATURE,
        );
    }
    let p384 = did_key(&[0x81, 0x24], &[&[2][..], &[0x30; 48]].concat());
    family.delegation(
        "p-384-issuer",
        "The issuer's key is a P-384 key.",
        &[7, 8],
        &delegation(ALICE, BOB, ALICE).with("iss", p384).sign(),
        UNSUPPORTED_ALGORITHM,
    );
    family.delegation(
        "web-issuer",
        "The issuer is a `did:web`, whose key is not at hand.",
        &[8],
        &delegation(ALICE, BOB, ALICE)
            .with("iss", "did:web:example.com")
            .sign(),
        INVALID_SIGNATURE,
    );
}

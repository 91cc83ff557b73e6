//! What an attacker tries first, where no row of the vectors and no law holds it already.
//!
//! `SECURITY.md` says which attack each of these is about.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by them"
)]

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::mem;
use std::time::Duration;

use allocation_counter::measure;
use delegant::{
    Algorithm, Authorization, BuildError, Command, Container, ContainerError, ContainerFormat,
    DagCborError, DecodeError, Delegation, Denial, Did, DidKeys, EncodeError, Evidence, Invocation,
    Ipld, Keys, Limit, Limits, Nonce, ParseDidError, Parsed, Policy, ProofCache, Revocations,
    SecretKey, SigPayload, SignError, Signer, Timestamp, Token, Verified, VerifyingKey, authorize,
    from_dag_cbor, from_dag_json, policy, to_dag_cbor,
};
use flate2::Compression;
use flate2::write::GzEncoder;

const NOW: i64 = 1_767_225_600;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(seconds).unwrap()
}

fn key(seed: u8) -> SecretKey {
    SecretKey::from_bytes(Algorithm::Ed25519, &[seed; 32]).unwrap()
}

fn read() -> Command {
    "/read".parse().unwrap()
}

fn given(from: &SecretKey, to: &SecretKey, policy: Policy, nonce: u8) -> Verified<Delegation> {
    Delegation::builder(to.did(), from.did(), read())
        .policy(policy)
        .never_expires()
        .sign(from, Nonce::from_bytes(&[nonce]).unwrap())
        .unwrap()
}

fn call(by: &SecretKey, on: &SecretKey, proof: &Verified<Delegation>) -> Verified<Invocation> {
    Invocation::builder(on.did(), read())
        .argument("patient", "p-17")
        .proofs([proof.cid()])
        .never_expires()
        .sign(by, Nonce::empty())
        .unwrap()
}

fn decide(
    call: Verified<Invocation>,
    proofs: &[Parsed<Delegation>],
    executor: &Did,
    keys: &impl Keys,
) -> Result<Authorization, Denial> {
    let evidence = Evidence {
        now: at(NOW),
        leeway: Duration::ZERO,
        executor,
        keys,
        proofs,
        revocations: &Revocations::none(),
        limits: &Limits::DEFAULT,
    };
    authorize(call, evidence)
}

#[test]
fn signs_the_same_token_the_same_way_and_with_the_low_s() {
    for algorithm in Algorithm::ALL {
        for seed in 1..20 {
            let alice = SecretKey::from_bytes(algorithm, &[seed; 32]).unwrap();
            let token = given(&alice, &alice, Policy::default(), seed);
            let again = given(&alice, &alice, Policy::default(), seed);
            // A nonce of ECDSA that were drawn could be drawn badly: here it follows from the bytes.
            assert_eq!(token.bytes(), again.bytes(), "{algorithm}");
            let signature = &token.bytes()[3..67];
            match algorithm {
                Algorithm::P256 => {
                    let signature = p256::ecdsa::Signature::from_slice(signature).unwrap();
                    assert_eq!(signature, signature.normalize_s());
                }
                Algorithm::Secp256k1 => {
                    let signature = k256::ecdsa::Signature::from_slice(signature).unwrap();
                    assert_eq!(signature, signature.normalize_s());
                }
                _ => {}
            }
        }
    }
}

#[test]
fn every_key_and_every_nonce_is_drawn_anew() {
    let nonces: BTreeSet<_> = (0..256)
        .map(|_| Nonce::random().unwrap().as_bytes().to_vec())
        .collect();
    assert_eq!(nonces.len(), 256);
    for algorithm in Algorithm::ALL {
        let keys: BTreeSet<_> = (0..32)
            .map(|_| SecretKey::generate(algorithm).unwrap().did())
            .collect();
        assert_eq!(keys.len(), 32);
    }
}

/// Signs with one key and says it is another.
struct Liar {
    signs: SecretKey,
    says: SecretKey,
}

impl Signer for Liar {
    fn public_key(&self) -> delegant::PublicKey {
        self.says.public_key()
    }

    fn sign(&self, payload: SigPayload<'_>) -> Result<[u8; 64], SignError> {
        self.signs.sign(payload)
    }
}

#[test]
fn a_signer_that_names_another_key_yields_no_token() {
    let liar = Liar {
        signs: key(1),
        says: key(2),
    };
    let built = Delegation::builder(key(3).did(), key(2).did(), read())
        .never_expires()
        .sign(&liar, Nonce::empty());
    assert!(matches!(built, Err(BuildError::WrongSignature(_))));
}

#[test]
fn a_did_is_measured_before_it_is_decoded() {
    // The second is no base58 at all: whoever decoded it first would say so.
    for letter in ["2", "0"] {
        let did = format!("did:key:z{}", letter.repeat(10_000));
        assert_eq!(did.parse::<Did>(), Err(ParseDidError::TooLong));
        let (alice, bob) = (key(1), key(2));
        let token = given(&alice, &bob, Policy::default(), 1);
        let mut fields = payload(token.bytes());
        for field in ["iss", "aud", "sub"] {
            let sound = fields.insert(field.to_owned(), Ipld::String(did.clone()));
            let refusal = Token::decode(&forged(fields.clone())).unwrap_err();
            let DecodeError::Did { name, cause } = refusal else {
                panic!("{refusal}");
            };
            assert_eq!((name, cause), (field, ParseDidError::TooLong));
            fields.insert(field.to_owned(), sound.unwrap());
        }
    }
}

const TAG: &str = "ucan/dlg@1.0.0";

/// The fields of a delegation.
fn payload(token: &[u8]) -> BTreeMap<String, Ipld> {
    let Ipld::List(parts) = from_dag_cbor(token, &Limits::DEFAULT).unwrap() else {
        panic!("a token is a list");
    };
    let Ipld::Map(signed) = &parts[1] else {
        panic!("what is signed is a map");
    };
    let Some(Ipld::Map(fields)) = signed.get(TAG) else {
        panic!("a delegation has its tag");
    };
    fields.clone()
}

/// A delegation with these fields and a signature of zeros.
fn forged(fields: BTreeMap<String, Ipld>) -> Vec<u8> {
    let header = Ipld::Bytes(vec![0x34, 0x01, 0xed, 0x01, 0xed, 0x01, 0x13, 0x71]);
    let signed = Ipld::Map(BTreeMap::from([
        ("h".to_owned(), header),
        (TAG.to_owned(), Ipld::Map(fields)),
    ]));
    to_dag_cbor(&Ipld::List(vec![Ipld::Bytes(vec![0; 64]), signed])).unwrap()
}

/// A list inside a list, so many times.
fn nested(levels: usize) -> Ipld {
    (0..levels).fold(Ipld::Null, |inner, _| Ipld::List(vec![inner]))
}

const FAR_TOO_DEEP: usize = 100_000;

#[test]
fn bytes_that_nest_without_end_are_refused_at_the_limit() {
    for head in [b"\x81".as_slice(), b"\xa1\x61a"] {
        let nest = |levels| [&head.repeat(levels), b"\xf6".as_slice()].concat();
        assert!(from_dag_cbor(&nest(64), &Limits::DEFAULT).is_ok());
        for levels in [65, 1_000, FAR_TOO_DEEP] {
            let refusal = from_dag_cbor(&nest(levels), &Limits::DEFAULT).unwrap_err();
            assert!(
                matches!(&refusal, DagCborError::Limit(exceeded) if exceeded.limit == Limit::Depth),
                "{levels}: {refusal}"
            );
        }
        // No raised limit takes it further: the stack is not the caller's to spend.
        let raised = Limits::DEFAULT.raise_beyond_default(Limit::Depth, FAR_TOO_DEEP);
        assert!(from_dag_cbor(&nest(65), &raised).is_err());
        let refusal = Token::decode(&nest(20_000)).unwrap_err();
        assert_eq!(refusal.code(), "LimitExceeded");
    }
}

#[test]
fn text_that_nests_without_end_is_refused() {
    let lists = "[".repeat(FAR_TOO_DEEP) + &"]".repeat(FAR_TOO_DEEP);
    let maps = r#"{"a":"#.repeat(FAR_TOO_DEEP) + "1" + &"}".repeat(FAR_TOO_DEEP);
    let policy = r#"["not","#.repeat(FAR_TOO_DEEP) + &"]".repeat(FAR_TOO_DEEP);
    for text in [&lists, &maps, &policy] {
        assert!(from_dag_json(text).is_err());
        assert!(text.parse::<Policy>().is_err());
    }
}

#[test]
fn a_value_that_nests_without_end_is_not_written() {
    for levels in [65, 1_000, FAR_TOO_DEEP] {
        let value = nested(levels);
        let refusal = to_dag_cbor(&value);
        // Dropping it would go down all its levels.
        mem::forget(value);
        assert!(matches!(refusal, Err(EncodeError::Limit(_))), "{levels}");
    }
    let alice = key(1);
    // Three levels and more belong to the token around it.
    for levels in [64, 200] {
        let argument = Invocation::builder(alice.did(), read())
            .argument("deep", nested(levels))
            .never_expires()
            .sign(&alice, Nonce::empty());
        assert!(matches!(argument, Err(BuildError::Encode(_))), "{levels}");
        let meta = Delegation::builder(alice.did(), alice.did(), read())
            .meta("deep", nested(levels))
            .never_expires()
            .sign(&alice, Nonce::empty());
        assert!(matches!(meta, Err(BuildError::Encode(_))), "{levels}");
        assert!(Policy::new([policy::equal(".deep", nested(levels))]).is_err());
        let statement = (0..levels).fold(policy::equal(".a", 1), |inner, _| policy::not(inner));
        assert!(Policy::new([statement]).is_err());
    }
}

#[test]
fn a_length_that_is_only_promised_takes_no_memory() {
    for major in [0x5b, 0x7b, 0x9b, 0xbb] {
        for length in [1 << 31, 1 << 40, 1 << 63, u64::MAX] {
            let promise = [&[major][..], &length.to_be_bytes()].concat();
            let inside = [&[0x82, 0x58, 0x40][..], &[0; 64], &promise].concat();
            for bytes in [&promise, &inside] {
                let used = measure(|| {
                    assert!(from_dag_cbor(bytes, &Limits::DEFAULT).is_err());
                    assert!(Token::decode(bytes).is_err());
                    let container = [b"@", bytes.as_slice()].concat();
                    assert!(Container::decode(&container).is_err());
                });
                assert!(used.bytes_max < 32 * 1024, "{used:?}");
            }
        }
    }
}

#[test]
fn the_smallest_values_take_no_more_memory_than_the_limit_of_values_allows() {
    // One byte each, and a whole token full of them.
    let count: u16 = 65_000;
    for value in [0xf6, 0x80, 0xa0, 0x60] {
        let list = [
            &[0x99][..],
            &count.to_be_bytes(),
            &vec![value; count.into()],
        ]
        .concat();
        let used = measure(|| {
            let refusal = Token::decode(&list).unwrap_err();
            assert_eq!(refusal.code(), "LimitExceeded");
        });
        assert!(used.bytes_max < 2 * 1024 * 1024, "{used:?}");
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_bomb_is_put_out_at_the_limit_whatever_is_wrapped_around_it() {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    let bomb = gzip(&vec![0; 64 * 1024 * 1024]);
    assert!(bomb.len() < 128 * 1024, "{}", bomb.len());
    for bytes in [
        [b"M", bomb.as_slice()].concat(),
        ["O", &STANDARD.encode(&bomb)].concat().into(),
        ["P", &URL_SAFE_NO_PAD.encode(&bomb)].concat().into(),
    ] {
        let used = measure(|| {
            let refusal = Container::decode(&bytes).unwrap_err();
            assert_eq!(refusal.code(), "LimitExceeded");
        });
        assert!(used.bytes_max < 1024 * 1024, "{used:?}");
    }
}

#[test]
fn empty_streams_in_a_row_are_refused_at_the_second() {
    let (alice, bob) = (key(1), key(2));
    let container = Container::from_iter([given(&alice, &bob, Policy::default(), 1)]);
    let sound = container.encode(ContainerFormat::BytesGzip).unwrap();
    assert!(Container::decode(&sound).is_ok());
    let empty = gzip(&[]);
    for bytes in [
        [sound.as_slice(), &empty.repeat(5_000)].concat(),
        [b"M", empty.repeat(5_000).as_slice(), &sound[1..]].concat(),
    ] {
        let refusal = Container::decode(&bytes).unwrap_err();
        assert!(
            matches!(refusal, DecodeError::Container(ContainerError::Gzip)),
            "{refusal}"
        );
    }
}

#[test]
fn six_first_bytes_of_256_begin_a_container() {
    let container = Container::from_iter([given(&key(1), &key(2), Policy::default(), 1)]);
    let known = ContainerFormat::ALL.map(ContainerFormat::header);
    assert_eq!(&known, b"@BCMOP");
    for format in ContainerFormat::ALL {
        let mut bytes = container.encode(format).unwrap();
        for first in 0..=u8::MAX {
            bytes[0] = first;
            match Container::decode(&bytes) {
                // Where nothing needs padding, the two alphabets may write the same.
                Ok(_) => assert!(known.contains(&first)),
                Err(DecodeError::Container(ContainerError::Header { found })) => {
                    assert_eq!(found, first);
                    assert!(!known.contains(&first));
                }
                Err(_) => assert!(known.contains(&first) && first != format.header()),
            }
        }
    }
}

#[test]
fn which_of_two_invocations_is_meant_is_not_guessed() {
    let (alice, bob) = (key(1), key(2));
    let proof = given(&alice, &bob, Policy::default(), 1);
    let other = given(&alice, &bob, Policy::default(), 2);
    let calls = [call(&bob, &alice, &proof), call(&bob, &alice, &other)];
    for (calls, number) in [(&calls[..0], 0), (&calls[..1], 1), (&calls[..], 2)] {
        let mut container = Container::from_iter([proof.clone(), other.clone()]);
        for call in calls {
            assert!(container.insert(call.clone()));
        }
        match container.invocation() {
            Ok(_) => assert_eq!(number, 1),
            Err(DecodeError::Container(ContainerError::Invocations { found })) => {
                assert_ne!(number, 1);
                assert_eq!(found, number);
            }
            Err(other) => panic!("{other}"),
        }
    }
}

/// Counts how often it is asked for a key, which is once for each signature that is checked.
#[derive(Default)]
struct Counting(Cell<usize>);

impl Keys for Counting {
    fn verifying_key(&self, did: &Did) -> Option<VerifyingKey> {
        self.0.set(self.0.get() + 1);
        DidKeys.verifying_key(did)
    }
}

#[test]
fn only_named_proofs_are_verified_however_many_are_at_hand() {
    let (alice, bob, mallory) = (key(1), key(2), key(3));
    let proof = given(&alice, &bob, Policy::default(), 0);
    let mut tokens: Vec<Token> = vec![proof.clone().into(), call(&bob, &alice, &proof).into()];
    // What Mallory gives Bob of Alice's, and what Alice gives Mallory: neither is of any use.
    for nonce in 0..31 {
        let of_alice = Delegation::builder(bob.did(), alice.did(), read())
            .never_expires()
            .sign(&mallory, Nonce::from_bytes(&[nonce]).unwrap());
        tokens.push(of_alice.unwrap().into());
        tokens.push(given(&alice, &mallory, Policy::default(), nonce).into());
    }
    assert_eq!(tokens.len(), 64);
    let bytes = Container::from_iter(tokens)
        .encode(ContainerFormat::Bytes)
        .unwrap();

    let container = Container::decode(&bytes).unwrap();
    let keys = Counting::default();
    let call = container.invocation().unwrap().verify(&keys).unwrap();
    let leave = decide(call, container.delegations(), &alice.did(), &keys).unwrap();
    assert_eq!(keys.0.get(), 2);
    let named: Vec<_> = leave.principals().map(|(_, cid)| cid).collect();
    assert_eq!(named, [proof.cid()]);
}

#[test]
fn a_chain_that_cannot_hold_costs_one_signature() {
    let (alice, bob) = (key(1), key(2));
    let proof = given(&alice, &bob, Policy::default(), 0);
    let call = call(&bob, &alice, &proof);
    let keys = Counting::default();
    let call = Parsed::<Invocation>::decode(call.bytes())
        .unwrap()
        .verify(&keys)
        .unwrap();
    let strangers: Vec<_> = (1..60)
        .map(|nonce| given(&alice, &bob, Policy::default(), nonce).to_parsed())
        .collect();
    let denial = decide(call, &strangers, &alice.did(), &keys).unwrap_err();
    assert_eq!(denial.reason.code(), "UnavailableProof");
    assert_eq!(keys.0.get(), 1);
}

#[test]
fn what_is_handed_over_is_what_was_judged() {
    let (alice, bob) = (key(1), key(2));
    let policy = Policy::new([policy::equal(".patient", "p-17")]).unwrap();
    let proof = given(&alice, &bob, policy, 0);
    let call = call(&bob, &alice, &proof);
    let leave = decide(call.clone(), &[proof.to_parsed()], &alice.did(), &DidKeys).unwrap();
    assert_eq!(leave.invocation().bytes(), call.bytes());
    assert_eq!(leave.arguments(), call.arguments());
    assert_eq!(leave.command(), call.command());
    assert_eq!(leave.subject(), &alice.did());
}

#[test]
fn a_cache_knows_a_token_by_the_bytes_it_hashed_itself() {
    let (alice, bob, mallory) = (key(1), key(2), key(3));
    let proof = given(&alice, &bob, Policy::default(), 0);
    let cache = ProofCache::with_capacity(1 << 20, Limits::default());
    // Mallory's own is sound, and takes nobody else's place.
    cache.insert(&given(&mallory, &bob, Policy::default(), 0));
    let bytes = Container::from_iter([proof.clone()])
        .encode(ContainerFormat::Bytes)
        .unwrap();
    let container = Container::decode_known(&bytes, &cache).unwrap();
    assert_eq!(container.delegations()[0].bytes(), proof.bytes());
}

#[test]
fn the_lock_file_holds_one_strict_decoder_and_no_lax_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock");
    let lock = std::fs::read_to_string(path).unwrap();
    let versions = |name: &str| -> Vec<String> {
        lock.split("[[package]]\n")
            .filter_map(|package| package.strip_prefix(&format!("name = \"{name}\"\nversion = \"")))
            .filter_map(|behind| Some(behind.split_once('"')?.0.to_owned()))
            .collect()
    };
    let [decoder] = &versions("serde_ipld_dagcbor")[..] else {
        panic!("two decoders");
    };
    assert!(decoder.starts_with("0.7."), "{decoder}");
    // From 4.1.3 on, its scalar arithmetic takes the same time whatever the secret.
    for version in versions("curve25519-dalek") {
        let major: u64 = version.split('.').next().unwrap().parse().unwrap();
        assert!(major >= 5, "{version}");
    }
}

/// Spelled in every way that a careless message would spell it.
fn spellings(canary: &[u8]) -> Vec<String> {
    let hex: String = canary.iter().map(|byte| format!("{byte:02x}")).collect();
    let list = format!("{canary:?}");
    vec![
        String::from_utf8(canary.to_vec()).unwrap(),
        hex.to_uppercase(),
        hex,
        list.trim_matches(['[', ']']).to_owned(),
    ]
}

/// Values that a token carries and no message may repeat.
const CANARIES: [&[u8]; 4] = [
    b"argument-canary",
    b"meta-canary",
    b"nonce-canary",
    b"policy-canary",
];

fn keeps_quiet(what: &str, text: &str) {
    for spelling in CANARIES.into_iter().flat_map(spellings) {
        assert!(!text.contains(&spelling), "{what}: {spelling} in {text}");
    }
}

fn said(error: &(impl std::error::Error + ?Sized)) -> String {
    let mut text = format!("{error} {error:?} {error:#?}");
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(" {error} {error:?}");
        cause = error.source();
    }
    text
}

/// Alice's delegation to Bob, and his call, both full of canaries; the policy refuses the call.
fn full_of_canaries(
    alice: &SecretKey,
    bob: &SecretKey,
) -> (Verified<Delegation>, Verified<Invocation>) {
    let policy = Policy::new([
        policy::not_equal(".text", "policy-canary"),
        policy::all(".texts", policy::equal(".", "policy-canary")),
    ]);
    let proof = Delegation::builder(bob.did(), alice.did(), read())
        .policy(policy.unwrap())
        .meta("note", "meta-canary")
        .meta("bytes", Ipld::Bytes(b"meta-canary".to_vec()))
        .never_expires()
        .sign(alice, Nonce::from_bytes(b"nonce-canary").unwrap())
        .unwrap();
    let texts = Ipld::List(vec![Ipld::String("argument-canary".into())]);
    let call = Invocation::builder(alice.did(), read())
        .argument("text", "argument-canary")
        .argument("bytes", Ipld::Bytes(b"argument-canary".to_vec()))
        .argument("texts", texts)
        .meta("note", "meta-canary")
        .proofs([proof.cid()])
        .never_expires()
        .sign(bob, Nonce::from_bytes(b"nonce-canary").unwrap())
        .unwrap();
    (proof, call)
}

#[test]
fn no_token_and_no_verdict_shows_what_the_token_carries() {
    let (alice, bob) = (key(1), key(2));
    let (proof, call) = full_of_canaries(&alice, &bob);
    let (parsed, container) = (call.to_parsed(), Container::from_iter([call.clone()]));
    keeps_quiet("verified", &format!("{proof:?} {call:?} {call:#?}"));
    keeps_quiet("parsed", &format!("{parsed:?} {container:?}"));
    keeps_quiet("token", &format!("{:?}", Token::from(call.clone())));

    let proofs = [proof.to_parsed()];
    let denial = decide(call.clone(), &proofs, &alice.did(), &DidKeys).unwrap_err();
    assert_eq!(denial.reason.code(), "MatchError");
    keeps_quiet("denial", &said(&denial));
    // The explanation is for whoever sent the arguments, and is asked for by name.
    let explanation = denial.reason.explanation().unwrap();
    assert!(explanation.to_string().contains("argument-canary"));
    keeps_quiet("explanation", &format!("{explanation:?}"));

    let denial = decide(call, &[], &alice.did(), &DidKeys).unwrap_err();
    keeps_quiet("denial", &said(&denial));
    let own = Invocation::builder(alice.did(), read())
        .argument("text", "argument-canary")
        .never_expires()
        .sign(&alice, Nonce::from_bytes(b"nonce-canary").unwrap());
    let leave = decide(own.unwrap(), &[], &alice.did(), &DidKeys).unwrap();
    keeps_quiet("authorization", &format!("{leave:?} {leave:#?}"));
}

#[test]
fn no_refusal_of_bytes_repeats_the_values_in_them() {
    let (alice, bob) = (key(1), key(2));
    let (proof, call) = full_of_canaries(&alice, &bob);
    let mut refusals = BTreeSet::new();
    for token in [proof.bytes(), call.bytes()] {
        // Every byte changed in three ways, every end cut off.
        for place in 0..token.len() {
            for change in [0x01, 0x20, 0x80] {
                let mut bytes = token.to_vec();
                bytes[place] ^= change;
                match Token::decode(&bytes) {
                    Err(refusal) => {
                        refusals.insert(kind(&refusal));
                        keeps_quiet("refusal", &said(&refusal));
                        let container = [
                            b"@\xa1\x66ctn-v1\x81\x59".as_slice(),
                            &u16::try_from(bytes.len()).unwrap().to_be_bytes(),
                            &bytes,
                        ]
                        .concat();
                        let refusal = Container::decode(&container).unwrap_err();
                        keeps_quiet("refusal", &said(&refusal));
                    }
                    Ok(Token::Delegation(token)) => {
                        keeps_quiet("signature", &said(&token.verify(&DidKeys).unwrap_err()));
                    }
                    Ok(Token::Invocation(token)) => {
                        keeps_quiet("signature", &said(&token.verify(&DidKeys).unwrap_err()));
                    }
                }
            }
            keeps_quiet("cut", &said(&Token::decode(&token[..place]).unwrap_err()));
        }
    }
    assert!(refusals.len() >= 8, "{refusals:?}");
}

/// The name of the variant.
fn kind(refusal: &DecodeError) -> String {
    format!("{refusal:?}")
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .next()
        .map_or_else(String::new, str::to_owned)
}

#[test]
fn no_refusal_of_a_field_repeats_what_the_field_holds() {
    let (alice, bob) = (key(1), key(2));
    let (proof, _) = full_of_canaries(&alice, &bob);
    let canary = "argument-canary";
    let text = || Ipld::String(canary.to_owned());
    let list = |values: &[Ipld]| Ipld::List(values.to_vec());
    let dot = || Ipld::String(".a".to_owned());
    let equal = || Ipld::String("==".to_owned());
    let like = || Ipld::String("like".to_owned());
    let slashed = || Ipld::String("a\\argument-canary".to_owned());
    for (field, value) in [
        ("iss", text()),
        ("aud", Ipld::String(format!("did:key:z{canary}"))),
        ("sub", Ipld::String(format!("did:web:a/{canary}"))),
        ("cmd", text()),
        ("cmd", Ipld::String(format!("/{canary}/"))),
        ("cmd", Ipld::String(format!("/{canary}/UPPER"))),
        ("pol", text()),
        ("pol", list(&[text()])),
        ("pol", list(&[list(&[equal(), text(), text()])])),
        ("pol", list(&[list(&[equal(), dot(), text(), text()])])),
        ("pol", list(&[list(&[like(), dot(), slashed()])])),
        ("exp", text()),
        ("nbf", text()),
        ("nonce", text()),
        ("nonce", Ipld::Bytes(canary.repeat(9).into_bytes())),
        ("meta", text()),
    ] {
        let mut fields = payload(proof.bytes());
        fields.insert(field.to_owned(), value);
        let refusal = Token::decode(&forged(fields)).unwrap_err();
        keeps_quiet(field, &said(&refusal));
    }
}

#[test]
fn no_key_and_nothing_to_be_signed_shows_itself() {
    struct Nosy(SecretKey, Cell<String>);

    impl Signer for Nosy {
        fn public_key(&self) -> delegant::PublicKey {
            self.0.public_key()
        }

        fn sign(&self, payload: SigPayload<'_>) -> Result<[u8; 64], SignError> {
            self.1.set(format!("{payload:?} {payload:#?}"));
            self.0.sign(payload)
        }
    }

    let seed = b"argument-canary-argument-canary!";
    for algorithm in Algorithm::ALL {
        let key = SecretKey::from_bytes(algorithm, seed).unwrap();
        keeps_quiet("key", &format!("{key:?} {key:#?}"));
        let nosy = Nosy(key, Cell::default());
        let token = Invocation::builder(nosy.did(), read())
            .argument("text", "argument-canary")
            .never_expires()
            .sign(&nosy, Nonce::empty());
        assert!(token.is_ok());
        keeps_quiet("what is signed", &nosy.1.take());
    }
}

#[test]
fn a_statement_that_nests_without_end_is_neither_written_nor_shown() {
    // Deep enough for a stack to end, and not so deep that dropping it would.
    let mut statement = policy::equal(".a", 1);
    for _ in 0..5_000 {
        statement = policy::not(statement);
    }
    let statement = statement.unwrap();
    assert!(statement.to_string().contains("too deep"));
    assert!(Policy::new([Ok(statement)]).is_err());

    let mut value = Ipld::Null;
    for _ in 0..2_000 {
        value = Ipld::List(vec![value]);
    }
    assert!(delegant::to_dag_json(&value).is_err());
    assert!(Policy::new([policy::equal(".a", value)]).is_err());
}

//! Can a token be written in another way? Every other spelling is refused, or is the same token.
//!
//! Replay and revocation go by who said what: the issuer and the digest of what it signed. Whatever
//! of these spellings is read and verifies must be known by that already.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where it fails"
)]

mod chains;
mod figures;
#[path = "chains/spellings.rs"]
mod spellings;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::slice;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use chains::{
    Actor, Chain, Draft, NOW, chains, container, envelope, exhaustive, judge, proofs, say,
};
use delegant::{
    Authorization, Cid, Container, ContainerFormat, Delegation, Did, DidKeys, Ipld, Parsed,
    Revocation, Revocations, SecretKey, Timestamp, Token, Verified, to_dag_cbor,
};
use figures::Figure;
use flate2::GzBuilder;
use multibase::Base;
use spellings::{
    GZIPPED, SIGNED, aliases, gzip, head, nodes, signatures, spellings, twin_token, wrap,
};

/// Spellings tried; those that are another identity to replay or revocation, or authorise.
static SPELLINGS: Figure = Figure::of(
    9,
    ["respellings", "respellings-new-identities"],
    "spellings",
);

/// Who said what.
type Identity = (String, [u8; 32]);

fn identity(token: &Token) -> Option<Identity> {
    Some(match token {
        Token::Delegation(token) => {
            let token = token.verify(&DidKeys).ok()?;
            (token.issuer().to_string(), token.payload_digest())
        }
        Token::Invocation(token) => {
            let token = token.verify(&DidKeys).ok()?;
            (token.issuer().to_string(), token.payload_digest())
        }
    })
}

/// A valid chain, and everything that is known of it.
struct Target {
    chain: Chain,
    executor: Did,
    tokens: Vec<Vec<u8>>,
    known: HashSet<Identity>,
}

/// Of so many, one is tried.
fn step() -> usize {
    if exhaustive() { 1 } else { 7 }
}

fn targets() -> Vec<Target> {
    let target = |chain: Chain| {
        let tokens = chain.tokens();
        let known = tokens
            .iter()
            .map(|token| identity(&Token::decode(token).unwrap()).unwrap());
        Target {
            executor: chain.executor.parse().unwrap(),
            known: known.collect(),
            tokens,
            chain,
        }
    };
    chains().into_iter().step_by(step()).map(target).collect()
}

impl Target {
    fn issuer(&self, place: usize) -> &Actor {
        &self.chain.actors[place]
    }

    /// What a token says.
    fn draft(&self, place: usize) -> Draft {
        let links = &self.chain.links;
        match links.get(place) {
            Some(link) => link.clone(),
            None => self
                .chain
                .call
                .with("prf", Some(proofs(&self.tokens[..links.len()]))),
        }
    }

    /// The tokens with this one at its place, and the call signed anew to name it where it is a link.
    fn with(&self, place: usize, token: &[u8]) -> Vec<Vec<u8>> {
        let mut tokens = self.tokens.clone();
        tokens[place] = token.to_vec();
        let last = tokens.len() - 1;
        if place < last {
            let call = self.chain.call.with("prf", Some(proofs(&tokens[..last])));
            tokens[last] = call.sign(self.issuer(last));
        }
        tokens
    }

    fn judge(&self, container: &[u8]) -> Option<Authorization> {
        judge(container, &self.executor, &Revocations::none()).ok()
    }
}

/// What became of the spellings.
#[derive(Default)]
struct Tally {
    tried: BTreeMap<&'static str, usize>,
    read: Vec<String>,
    new_identities: Vec<String>,
    authorised: Vec<String>,
}

impl Tally {
    /// Tries a token that should not be one.
    fn token(&mut self, target: &Target, place: usize, way: &'static str, bytes: &[u8]) {
        assert_ne!(bytes, target.tokens[place], "{way}");
        *self.tried.entry(way).or_default() += 1;
        let case = || format!("{}: {way}: {bytes:02x?}", target.chain.name);
        if let Ok(token) = Token::decode(bytes) {
            self.read.push(case());
            if identity(&token).is_some_and(|found| !target.known.contains(&found)) {
                self.new_identities.push(case());
            }
        }
        let whole = container(&target.with(place, bytes));
        if target.judge(&whole).is_some() {
            self.authorised.push(case());
        }
    }

    /// Tries a container that should not be one.
    fn container(&mut self, target: &Target, way: &'static str, bytes: &[u8]) {
        *self.tried.entry(way).or_default() += 1;
        let case = || format!("{}: {way}: {bytes:02x?}", target.chain.name);
        if Container::decode(bytes).is_ok() {
            self.read.push(case());
        }
        if target.judge(bytes).is_some() {
            self.authorised.push(case());
        }
    }

    /// All refused, and as many ways tried as there are.
    fn is_killed(&self, what: &str, ways: usize) {
        let tried: usize = self.tried.values().sum();
        say(&format!(
            "{what}: {tried} spellings {:?}; read {}, new identities {}, authorised {}",
            self.tried,
            self.read.len(),
            self.new_identities.len(),
            self.authorised.len(),
        ));
        SPELLINGS.add(tried, self.new_identities.len() + self.authorised.len());
        assert_eq!(self.new_identities, Vec::<String>::new());
        assert_eq!(self.authorised, Vec::<String>::new());
        assert_eq!(self.tried.len(), ways);
    }
}

#[test]
fn a_token_that_says_something_new_in_order_is_authorised_and_a_new_identity() {
    for target in targets() {
        for (place, token) in target.tokens.iter().enumerate() {
            let other = target.draft(place).with("nonce", Some(vec![9; 16].into()));
            let other = other.sign(target.issuer(place));
            assert_ne!(other, *token);
            let found = identity(&Token::decode(&other).unwrap()).unwrap();
            assert!(!target.known.contains(&found));
            let whole = container(&target.with(place, &other));
            assert!(target.judge(&whole).is_some(), "{}", target.chain.name);
        }
    }
}

#[test]
fn no_other_encoding_of_a_token_is_read_whoever_signs_it() {
    let mut tally = Tally::default();
    for target in targets() {
        for (place, token) in target.tokens.iter().enumerate() {
            let issuer = target.issuer(place);
            let resign = |signed: &[u8]| envelope(&issuer.sign(signed), signed);
            for node in nodes(token) {
                for (way, spelling) in spellings(token, &node) {
                    let (before, after) = (&token[..node.at.start], &token[node.at.end..]);
                    let other = [before, &spelling, after].concat();
                    tally.token(&target, place, way, &other);
                    if node.at.start >= SIGNED {
                        tally.token(&target, place, way, &resign(&other[SIGNED..]));
                    }
                }
            }
            for byte in (0..=u8::MAX).step_by(step()) {
                let longer = [token.as_slice(), &[byte]].concat();
                tally.token(&target, place, "byte behind", &longer);
                tally.token(&target, place, "byte behind", &resign(&longer[SIGNED..]));
                let more = [&[0x83], &token[1..], &[byte]].concat();
                tally.token(&target, place, "third element", &more);
                let more = [&[byte], token.as_slice()].concat();
                tally.token(&target, place, "byte in front", &more);
            }
        }
    }
    tally.is_killed("encodings of tokens", 14);
    assert_eq!(tally.read, Vec::<String>::new());
}

#[test]
fn no_other_encoding_of_a_container_is_read() {
    let mut tally = Tally::default();
    for target in targets() {
        let bytes = container(&target.tokens);
        let cbor = &bytes[1..];
        for node in nodes(cbor) {
            for (way, spelling) in spellings(cbor, &node) {
                let (before, after) = (&cbor[..node.at.start], &cbor[node.at.end..]);
                tally.container(&target, way, &[b"@", before, &spelling, after].concat());
            }
        }
        for byte in (0..=u8::MAX).step_by(step()) {
            tally.container(&target, "byte behind", &[&bytes, &[byte][..]].concat());
            tally.container(&target, "byte in front", &[b"@", &[byte], cbor].concat());
        }
        for token in &target.tokens {
            let doubled = [target.tokens.as_slice(), slice::from_ref(token)].concat();
            tally.container(&target, "doubled token", &container(&doubled));
        }
        let list = &cbor[8..];
        for key in ["ctn-v2", "ctn-v", "CTN-v1", "ctn-v1\0"] {
            let key = [&head(3, key.len()), key.as_bytes()].concat();
            tally.container(&target, "other key", &[b"@\xa1", &key[..], list].concat());
            let one_more = [b"@\xa2", &cbor[1..], &key, &[0x80]].concat();
            tally.container(&target, "other key", &one_more);
        }
        tally.container(&target, "no key", &[b"@", list].concat());
        tally.container(
            &target,
            "list in list",
            &[b"@", &cbor[..8], &[0x81], list].concat(),
        );
    }
    tally.is_killed("encodings of containers", 11);
    assert_eq!(tally.read, Vec::<String>::new());
}

#[test]
fn no_other_name_of_a_key_is_read_whichever_field_it_stands_in() {
    let mut tally = Tally::default();
    for target in targets() {
        for place in 0..target.tokens.len() {
            let (draft, issuer) = (target.draft(place), target.issuer(place));
            for (name, way) in [("iss", "issuer"), ("aud", "audience"), ("sub", "subject")] {
                // The name of whoever stands there; an executor may be none of the actors.
                let named = target
                    .chain
                    .actors
                    .iter()
                    .find(|actor| draft.text(name) == Some(&actor.did));
                for alias in named.map(aliases).unwrap_or_default() {
                    let token = draft.with(name, Some(alias.into())).sign(issuer);
                    tally.token(&target, place, way, &token);
                }
            }
        }
    }
    tally.is_killed("names of keys", 3);
    assert_eq!(tally.read, Vec::<String>::new());
}

#[test]
fn no_other_header_and_no_field_spelled_out_or_added_is_read() {
    let mut tally = Tally::default();
    for target in targets() {
        for place in 0..target.tokens.len() {
            let (draft, issuer) = (target.draft(place), target.issuer(place));
            let header = issuer.header();
            let mut headers = vec![[&header[..], &[0]].concat(), header[..7].to_vec(), vec![]];
            for byte in 0..header.len() {
                let padded = [header[byte] | 0x80, header[byte] >> 7];
                let spelled = [&header[..byte], &padded, &header[byte + 1..]].concat();
                headers.push(spelled);
            }
            // Raw bytes, DAG-PB, DAG-JSON, plain JSON and Ethereum's messages as what is signed.
            for encoding in [
                &[0x5f][..],
                &[0x55],
                &[0x70],
                &[0xa9, 0x02],
                &[0x80, 0x04],
                &[0x91, 0xc3, 0x03],
            ] {
                headers.push([&header[..7], encoding].concat());
            }
            for header in headers {
                let signed = draft.signed(header);
                let token = envelope(&issuer.sign(&signed), &signed);
                tally.token(&target, place, "header", &token);
            }
            for name in [
                "nbf", "iat", "cause", "meta", "aud", "pol", "args", "prf", "nonce",
            ] {
                if !draft.fields.contains_key(name) {
                    let token = draft.with(name, Some(Ipld::Null)).sign(issuer);
                    tally.token(&target, place, "null for absent", &token);
                }
            }
            for name in ["", "admin", "Iss", "exp ", "arg", "do", "with", "h"] {
                let token = draft.with(name, Some(Ipld::Null)).sign(issuer);
                tally.token(&target, place, "unknown field", &token);
            }
            for name in ["exp", "nbf", "iat"] {
                if let Some(Ipld::Integer(seconds)) = draft.fields.get(name) {
                    let text = Ipld::String(seconds.to_string());
                    #[expect(clippy::cast_precision_loss, reason = "times have few digits")]
                    let float = Ipld::Float(*seconds as f64);
                    for other in [float, text, Ipld::List(vec![Ipld::Integer(*seconds)])] {
                        let token = draft.with(name, Some(other)).sign(issuer);
                        tally.token(&target, place, "time", &token);
                    }
                }
            }
            for tag in [
                "ucan/dlg@1.0.1",
                "ucan/inv@1.0.1",
                "ucan/dlg@1.0.0 ",
                "UCAN/dlg@1.0.0",
                "ucan/dlg@1.0",
                "ucan/inv@1.0.0-rc.2",
                "ucan/dlg",
                "ucan/ran@1.0.0",
                "",
            ] {
                let mut other = draft.clone();
                other.tag = tag.to_owned();
                tally.token(&target, place, "tag", &other.sign(issuer));
            }
            let signed = BTreeMap::from([
                ("h".to_owned(), Ipld::Bytes(header)),
                ("g".to_owned(), Ipld::Null),
                (draft.tag.clone(), Ipld::Map(draft.fields.clone())),
            ]);
            let signed = to_dag_cbor(&Ipld::Map(signed)).unwrap();
            let token = envelope(&issuer.sign(&signed), &signed);
            tally.token(&target, place, "third key", &token);
            // The other edition is signed by nobody.
            let other = match draft.tag.strip_suffix("-rc.1") {
                Some(tag) => tag.to_owned(),
                None => format!("{}-rc.1", draft.tag),
            };
            let other = Draft {
                tag: other,
                ..draft
            };
            let signature = &target.tokens[place][3..SIGNED];
            let token = envelope(signature, &other.signed(issuer.header()));
            assert_eq!(identity(&Token::decode(&token).unwrap()), None);
        }
    }
    tally.is_killed("headers and fields", 6);
    assert_eq!(tally.read, Vec::<String>::new());
}

#[test]
fn the_twin_of_an_ecdsa_signature_makes_another_cid_but_the_same_token() {
    let (mut twins, mut without) = (0, 0);
    for target in targets() {
        let original = target.judge(&container(&target.tokens)).unwrap();
        for (place, token) in target.tokens.iter().enumerate() {
            let Some(twin) = twin_token(target.issuer(place), token) else {
                without += 1;
                continue;
            };
            twins += 1;
            assert_eq!(twin.len(), token.len());
            let differing = twin.iter().zip(token).filter(|(one, other)| one != other);
            assert!(differing.count() > 1, "one edit makes the twin");
            assert_ne!(Cid::of(&twin), Cid::of(token));
            let found = identity(&Token::decode(&twin).unwrap());
            let expected = identity(&Token::decode(token).unwrap());
            assert!(found.is_some());
            assert_eq!(found, expected);

            let leave = target
                .judge(&container(&target.with(place, &twin)))
                .unwrap();
            if place < target.chain.links.len() {
                let links = |leave: &Authorization| -> Vec<_> {
                    leave
                        .delegations()
                        .iter()
                        .map(Verified::payload_digest)
                        .collect()
                };
                assert_eq!(links(&leave), links(&original));
                assert_ne!(leave.delegations()[place].cid(), Cid::of(token));
            } else {
                let call = leave.invocation();
                assert_eq!(
                    call.payload_digest(),
                    original.invocation().payload_digest()
                );
                let both = [target.tokens.as_slice(), &[twin]].concat();
                assert!(
                    target.judge(&container(&both)).is_none(),
                    "two calls at once"
                );
            }
        }
    }
    say(&format!(
        "twins: {twins} tokens with one, {without} without"
    ));
    SPELLINGS.add(twins, 0);
    assert!(twins > without && without > 0);
}

#[test]
fn no_other_spelling_of_a_signature_verifies() {
    let mut tried = 0;
    for target in targets() {
        for (place, token) in target.tokens.iter().enumerate() {
            let issuer = target.issuer(place);
            let (signature, signed) = (&token[3..SIGNED], &token[SIGNED..]);
            for other in signatures(issuer.algorithm, signature) {
                tried += 1;
                let token = envelope(&other, signed);
                let token = Token::decode(&token).unwrap();
                assert_eq!(identity(&token), None, "{other:02x?}");
            }
        }
    }
    say(&format!("signatures: {tried} other spellings, 0 verified"));
    SPELLINGS.add(tried, 0);
    assert!(tried > 15 * targets().len());
}

#[test]
fn revoking_either_spelling_of_a_link_revokes_both() {
    let (mut refused, mut harmless) = (0, 0);
    for target in targets() {
        for place in 0..target.chain.links.len() {
            let original = target.tokens[place].clone();
            let twin = twin_token(target.issuer(place), &original);
            let spellings: Vec<_> = [original].into_iter().chain(twin).collect();
            for revoked in &spellings {
                // The issuer or anyone above it; whoever comes after has no say.
                for (revoker, actor) in target.chain.actors.iter().enumerate() {
                    let revocations = revoke(actor, revoked);
                    for used in &spellings {
                        let bytes = container(&target.with(place, used));
                        let verdict = judge(&bytes, &target.executor, &revocations);
                        assert_eq!(verdict.is_err(), revoker <= place);
                        match verdict {
                            Ok(_) => harmless += 1,
                            Err(_) => refused += 1,
                        }
                    }
                }
            }
        }
    }
    say(&format!(
        "revocations: {refused} refused, {harmless} by who has no say"
    ));
    assert!(refused > 0 && harmless > 0);
}

/// A revocation by this actor, in every spelling that it has itself.
fn revoke(actor: &Actor, token: &[u8]) -> Revocations {
    let key = SecretKey::from_bytes(actor.algorithm, &actor.seed).unwrap();
    let revocation = Revocation::builder(Cid::of(token)).sign(&key).unwrap();
    let spelled = twin_token(actor, revocation.bytes()).unwrap_or(revocation.bytes().to_vec());
    let parsed: Parsed<Revocation> = Parsed::decode(&spelled).unwrap();
    let same = parsed.verify(&DidKeys).unwrap();
    assert_eq!(same.payload_digest(), revocation.payload_digest());
    let mut revocations = Revocations::none();
    let now = Timestamp::from_unix(NOW).unwrap();
    let none: &[Parsed<Delegation>] = &[];
    revocations.add(&same, none, &DidKeys, now).unwrap();
    revocations
}

/// These in every order.
fn orders(tokens: &[Vec<u8>]) -> Vec<Vec<Vec<u8>>> {
    let mut orders = vec![Vec::new()];
    for token in tokens {
        let insert = |order: &Vec<Vec<u8>>| {
            (0..=order.len())
                .map(|place| {
                    let mut order = order.clone();
                    order.insert(place, token.clone());
                    order
                })
                .collect::<Vec<_>>()
        };
        orders = orders.iter().flat_map(insert).collect();
    }
    orders
}

#[test]
fn a_container_wrapped_anew_holds_the_same_tokens() {
    let mut wrapped = 0;
    for target in targets() {
        let mut wraps = Vec::new();
        for order in orders(&target.tokens) {
            let bytes = container(&order);
            let cbor = &bytes[1..];
            wraps.push(wrap(ContainerFormat::Base64, cbor));
            wraps.push(wrap(ContainerFormat::Base64Url, cbor));
            wraps.push(bytes.clone());
        }
        let bytes = container(&target.tokens);
        let cbor = &bytes[1..];
        for level in 0..=9 {
            for builder in [
                GzBuilder::new(),
                GzBuilder::new().filename("container.cbor"),
                GzBuilder::new().comment("sent again").operating_system(255),
                GzBuilder::new().extra(vec![b'x'; 40]).mtime(1_767_225_600),
            ] {
                let inside = gzip(builder, level, cbor);
                wraps.extend(GZIPPED.map(|format| wrap(format, &inside)));
            }
        }
        let read = Container::decode(&bytes).unwrap();
        wraps.extend(ContainerFormat::ALL.map(|format| read.encode(format).unwrap()));

        let expected: BTreeSet<_> = target.tokens.iter().map(|token| Cid::of(token)).collect();
        let mut executed = HashSet::new();
        for bytes in &wraps {
            let read = Container::decode(bytes).unwrap();
            let delegations = read.delegations().iter().map(Parsed::cid);
            let invocations = read.invocations().iter().map(Parsed::cid);
            assert_eq!(
                delegations.chain(invocations).collect::<BTreeSet<_>>(),
                expected
            );
            let leave = target.judge(bytes).unwrap();
            executed.insert((
                leave.invoker().to_string(),
                leave.invocation().payload_digest(),
            ));
            wrapped += 1;
        }
        assert_eq!(executed.len(), 1, "{}", target.chain.name);
        assert!(executed.is_subset(&target.known));
    }
    say(&format!(
        "containers wrapped anew: {wrapped}, each the same call as before"
    ));
    SPELLINGS.add(wrapped, 0);
    assert!(wrapped >= 120 * targets().len());
}

#[test]
fn no_loose_wrapping_of_a_container_is_read() {
    let mut tally = Tally::default();
    for target in targets() {
        let bytes = container(&target.tokens);
        let cbor = &bytes[1..];
        let zipped = gzip(GzBuilder::new(), 6, cbor);
        let mut loose = Vec::new();
        let empty = gzip(GzBuilder::new(), 6, b"");
        let halves = cbor.split_at(cbor.len() / 2);
        let mut wrong_sum = zipped.clone();
        *wrong_sum.iter_mut().rev().nth(5).unwrap() ^= 1;
        for inside in [
            [&zipped[..], &[0]].concat(),
            [&zipped[..], &empty].concat(),
            [&empty[..], &zipped].concat(),
            [&zipped[..], &zipped].concat(),
            [
                gzip(GzBuilder::new(), 6, halves.0),
                gzip(GzBuilder::new(), 6, halves.1),
            ]
            .concat(),
            zipped[..zipped.len() - 8].to_vec(),
            zipped[10..].to_vec(),
            gzip(GzBuilder::new(), 6, &zipped),
            wrong_sum,
            cbor.to_vec(),
        ] {
            loose.extend(GZIPPED.map(|format| ("gzip", wrap(format, &inside))));
        }
        for (inside, standard, url) in [(cbor, b'B', b'C'), (&zipped[..], b'O', b'P')] {
            let mut spell = |letter, text: String| {
                loose.push(("base64", [&[letter], text.as_bytes()].concat()));
            };
            let (padded, bare) = (STANDARD.encode(inside), URL_SAFE_NO_PAD.encode(inside));
            for (letter, text) in [(standard, &padded), (url, &bare)] {
                spell(letter, format!("{text}\n"));
                spell(letter, format!(" {text}"));
                spell(letter, format!("{text}="));
                let (front, rest) = text.split_at(76);
                spell(letter, format!("{front}\r\n{rest}"));
                spell(letter.to_ascii_lowercase(), text.clone());
                spell(b'm', text.clone());
                spell(b'u', text.clone());
                spell(b'@', text.clone());
            }
            // The other alphabet or padding, where that makes a difference.
            let unpadded = STANDARD_NO_PAD.encode(inside);
            let padded_url = URL_SAFE.encode(inside);
            if unpadded != padded {
                spell(standard, unpadded.clone());
                spell(url, padded_url.clone());
                // The bits behind the last byte, which say nothing.
                let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
                let mut letters: Vec<_> = bare.chars().collect();
                let last = letters.last_mut().unwrap();
                let place = alphabet
                    .iter()
                    .position(|letter| char::from(*letter) == *last);
                *last = char::from(alphabet[place.unwrap() | 1]);
                spell(url, letters.into_iter().collect());
            }
            if unpadded != bare {
                spell(url, unpadded);
                spell(standard, padded_url);
            }
        }
        for letter in (0..=u8::MAX).filter(|letter| *letter != b'@') {
            loose.push(("letter", [&[letter], cbor].concat()));
        }
        loose.push(("letter", cbor.to_vec()));
        loose.push(("letter", [b"@", &bytes[..]].concat()));
        for (way, bytes) in loose {
            tally.container(&target, way, &bytes);
        }
    }
    tally.is_killed("loose wrappings", 3);
    assert_eq!(tally.read, Vec::<String>::new());
}

#[test]
fn every_text_of_a_cid_is_the_one_cid_or_none() {
    let mut tried = 0;
    for target in targets() {
        for token in &target.tokens {
            let cid = Cid::of(token);
            let bytes = cid.to_bytes();
            let text = cid.to_string();
            let short = multibase::encode(Base::Base58Btc, bytes);
            assert_eq!(short.parse(), Ok(cid));
            let longer = [&bytes[..], &[0]].concat();
            for other in [
                text.to_uppercase(),
                format!("/ipfs/{text}"),
                format!("ipfs://{text}"),
                format!("https://x/ipfs/{text}"),
                format!("{text}/"),
                format!("{text}a"),
                format!("{text}="),
                format!("{text} "),
                short.replacen('z', "z1", 1),
                multibase::encode(Base::Base32Lower, &longer),
                multibase::encode(Base::Base58Btc, &longer),
                multibase::encode(Base::Base16Lower, bytes),
                multibase::encode(Base::Base32PadLower, bytes),
                multibase::encode(Base::Base32HexLower, bytes),
                multibase::encode(Base::Base36Lower, bytes),
                multibase::encode(Base::Base64Url, bytes),
                multibase::encode(Base::Base58Flickr, bytes),
                multibase::encode(Base::Identity, "no text"),
            ] {
                assert!(other.parse::<Cid>().is_err(), "{other}");
                tried += 1;
            }
        }
    }
    SPELLINGS.add(tried, 0);
    assert!(tried > 18 * targets().len());
}

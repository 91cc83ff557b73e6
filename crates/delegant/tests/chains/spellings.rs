//! How else could it be written? CBOR, links, names of keys, signatures and containers in every
//! spelling but their own, and in the one other that a signature has.

use std::io::Write as _;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use delegant::{Algorithm, ContainerFormat};
use flate2::{Compression, GzBuilder};
use multibase::Base;

use super::chains::{Actor, envelope};

/// Where in a token of a 64-byte signature that begins which it covers.
pub(crate) const SIGNED: usize = 67;

/// One value in shortest CBOR: where it stands, and what it is made of.
pub(crate) struct Node {
    pub(crate) at: Range<usize>,
    major: u8,
    argument: u64,
    /// Where the head ends.
    content: usize,
    /// The elements of a list, the keys and values of a map, or what is tagged.
    parts: Vec<Range<usize>>,
    is_key: bool,
}

/// Every value in these bytes, each before what it contains.
pub(crate) fn nodes(bytes: &[u8]) -> Vec<Node> {
    let mut nodes = Vec::new();
    let end = read(bytes, 0, false, &mut nodes);
    assert_eq!(end, bytes.len());
    nodes
}

fn read(bytes: &[u8], start: usize, is_key: bool, nodes: &mut Vec<Node>) -> usize {
    let (major, low) = (bytes[start] >> 5, bytes[start] & 31);
    let width = match low {
        0..24 => 0,
        24..28 => 1 << (low - 24),
        _ => panic!("no shortest head: {low}"),
    };
    let content = start + 1 + width;
    let argument = match width {
        0 => u64::from(low),
        _ => number(&bytes[start + 1..content]),
    };
    let index = nodes.len();
    nodes.push(Node {
        at: start..content,
        major,
        argument,
        content,
        parts: Vec::new(),
        is_key,
    });
    let count = usize::try_from(argument).unwrap_or(usize::MAX);
    let (length, count) = match major {
        2 | 3 => (count, 0),
        4 => (0, count),
        5 => (0, 2 * count),
        6 => (0, 1),
        _ => (0, 0),
    };
    let mut end = content + length;
    for part in 0..count {
        let begin = end;
        end = read(bytes, begin, major == 5 && part % 2 == 0, nodes);
        nodes[index].parts.push(begin..end);
    }
    nodes[index].at.end = end;
    end
}

fn number(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Every head of this value, the shortest first.
fn heads(major: u8, argument: u64) -> Vec<Vec<u8>> {
    let first = |low| (major << 5) | low;
    let bytes = argument.to_be_bytes();
    let mut heads = Vec::new();
    if argument < 24 {
        heads.push(vec![first(bytes[7])]);
    }
    for (low, width) in [(24, 1), (25, 2), (26, 4), (27, 8)] {
        if bytes[..8 - width].iter().all(|byte| *byte == 0) {
            heads.push([&[first(low)], &bytes[8 - width..]].concat());
        }
    }
    heads
}

pub(crate) fn head(major: u8, argument: usize) -> Vec<u8> {
    heads(major, argument as u64).swap_remove(0)
}

/// Every other way that CBOR and its readers have for a value: what is wrong with each, and its bytes.
pub(crate) fn spellings(bytes: &[u8], node: &Node) -> Vec<(&'static str, Vec<u8>)> {
    let whole = &bytes[node.at.clone()];
    let content = &bytes[node.content..node.at.end];
    let length = content.len();
    let major = node.major;
    let mut found = Vec::new();
    let mut add = |way, parts: &[&[u8]]| found.push((way, parts.concat()));
    add("tagged as CBOR", &[&[0xd9, 0xd9, 0xf7], whole]);
    if major < 7 {
        let heads = heads(major, node.argument);
        assert_eq!([&heads[0], content].concat(), whole);
        for wider in &heads[1..] {
            add("wider head", &[wider, content]);
        }
    }
    let indefinite = [(major << 5) | 31];
    match major {
        0 | 1 => {
            let number = node.argument.to_be_bytes();
            add("big integer", &[&[0xc2 | major, 0x48], &number]);
        }
        2 | 3 => {
            let (left, right) = content.split_at(length / 2);
            let (left_head, right_head) = (head(major, left.len()), head(major, right.len()));
            let empty = head(major, 0);
            add("indefinite length", &[&indefinite, whole, &[0xff]]);
            add("indefinite length", &[&indefinite, whole, &empty, &[0xff]]);
            let chunks = [&left_head, left, &right_head, right].concat();
            add("indefinite length", &[&indefinite, &chunks, &[0xff]]);
            if node.is_key {
                add("key as bytes", &[&head(2, length), content]);
            }
        }
        4 => add("indefinite length", &[&indefinite, content, &[0xff]]),
        5 => {
            add("indefinite length", &[&indefinite, content, &[0xff]]);
            let entries: Vec<_> = node
                .parts
                .chunks(2)
                .map(|pair| &bytes[pair[0].start..pair[1].end])
                .collect();
            let head_of_one_more = head(5, entries.len() + 1);
            for left in 0..entries.len() {
                let doubled = [&entries[..=left], &entries[left..]].concat().concat();
                add("doubled key", &[&head_of_one_more, &doubled]);
                add("doubled key", &[&head_of_one_more, content, entries[left]]);
                for right in left + 1..entries.len() {
                    let mut swapped = entries.clone();
                    swapped.swap(left, right);
                    add(
                        "order of keys",
                        &[&head(5, entries.len()), &swapped.concat()],
                    );
                }
            }
        }
        6 => {
            for link in links(&bytes[node.parts[0].clone()]) {
                add("link", &[&link]);
            }
        }
        _ => match whole {
            [0xfb, _, ..] => {
                assert_eq!(f64::from_bits(node.argument).to_bits(), 0.5_f64.to_bits());
                add("shorter float", &[&[0xfa], &0.5_f32.to_be_bytes()]);
                add("shorter float", &[&[0xf9, 0x38, 0x00]]);
            }
            [simple] => {
                add("simple value in two bytes", &[&[0xf8, simple & 31]]);
                if *simple == 0xf6 {
                    add("undefined for null", &[&[0xf7]]);
                }
            }
            other => panic!("{other:02x?}"),
        },
    }
    found
}

/// Other ways to write a link; its bytes are given with their head.
fn links(bytes: &[u8]) -> Vec<Vec<u8>> {
    let [0x58, _, 0x00, cid @ ..] = bytes else {
        panic!("{bytes:02x?}");
    };
    let text = multibase::encode(Base::Base32Lower, cid);
    let link = |content: &[u8]| [&[0xd8, 42], head(2, content.len()).as_slice(), content].concat();
    let mut links = vec![
        link(cid),
        link(&[&[0, 0], cid].concat()),
        link(&[&[1], cid].concat()),
        link(&[&[0], cid, &[0]].concat()),
        link(&[&[0], cid, &[0xff]].concat()),
        link(&[&[0], cid, cid].concat()),
        link(&[&[0], text.as_bytes()].concat()),
        link(text.as_bytes()),
        [&[0xd8, 42], head(3, text.len()).as_slice(), text.as_bytes()].concat(),
        [&[0xd8, 43], bytes].concat(),
        [&[0xd8, 42, 0xd8, 42], bytes].concat(),
    ];
    // The four numbers in front of the digest, each with bytes that add nothing to it, and with a
    // bit that is beyond the 64 which its readers keep.
    let mut start = 0;
    for _ in 0..4 {
        let length = 1 + cid[start..]
            .iter()
            .take_while(|byte| **byte >= 0x80)
            .count();
        let end = start + length;
        let (number, last) = (&cid[start..end - 1], cid[end - 1]);
        let padding = [0x80; 9];
        let mut others = vec![[number, &[last | 0x80, 0]].concat()];
        match padding.get(length..) {
            Some(padding) => {
                others.push([number, &[last | 0x80, 0x80, 0]].concat());
                others.push([number, &[last | 0x80], padding, &[2]].concat());
            }
            None => others.push([number, &[last | 2]].concat()),
        }
        for other in others {
            links.push(link(&[&[0], &cid[..start], &other, &cid[end..]].concat()));
        }
        start = end;
    }
    links
}

/// Other names for a key, as readers of DIDs are known to take them.
pub(crate) fn aliases(actor: &Actor) -> Vec<String> {
    let encoded = actor.did.strip_prefix("did:key:z").unwrap();
    let bytes = bs58::decode(encoded).into_vec().unwrap();
    let (codec, key) = bytes.split_at(2);
    let mut aliases: Vec<_> = [
        Base::Base2,
        Base::Base8,
        Base::Base10,
        Base::Base16Lower,
        Base::Base16Upper,
        Base::Base32Lower,
        Base::Base32Upper,
        Base::Base32PadLower,
        Base::Base32PadUpper,
        Base::Base32HexLower,
        Base::Base32HexUpper,
        Base::Base32HexPadLower,
        Base::Base32HexPadUpper,
        Base::Base32Z,
        Base::Base36Lower,
        Base::Base36Upper,
        Base::Base58Flickr,
        Base::Base64,
        Base::Base64Pad,
        Base::Base64Url,
        Base::Base64UrlPad,
    ]
    .map(|base| format!("did:key:{}", multibase::encode(base, &bytes)))
    .into();
    for (front, behind) in [
        ("DID:key:z", ""),
        ("did:KEY:z", ""),
        ("did:Key:z", ""),
        ("did:key:Z", ""),
        ("did:key:", ""),
        ("did:key::z", ""),
        ("did:key:zz", ""),
        ("did:key:z1", ""),
        ("did:key:z11", ""),
        ("did:key:1:z", ""),
        ("did:key:1.1:z", ""),
        ("did:key:%7A", ""),
        ("did:key:%7a", ""),
        ("did%3Akey:z", ""),
        (" did:key:z", ""),
        ("did:key: z", ""),
        ("\u{feff}did:key:z", ""),
        ("key:z", ""),
        ("z", ""),
        ("did:key:z", " "),
        ("did:key:z", "\n"),
        ("did:key:z", "\0"),
        ("did:key:z", "\u{200b}"),
        ("did:key:z", "#"),
        ("did:key:z", "#key-1"),
        ("did:key:z", "?"),
        ("did:key:z", "?versionTime=2026-01-01T00:00:00Z"),
        ("did:key:z", "/"),
        ("did:key:z", "/path"),
        ("did:key:z", ";service=files"),
        ("did:key:z", ":"),
        ("did:key:z", "="),
        ("did:key:z", "%00"),
    ] {
        aliases.push(format!("{front}{encoded}{behind}"));
    }
    aliases.push(format!("{0}#z{encoded}", actor.did));
    let mut keys: Vec<Vec<u8>> = vec![
        [&bytes[..], &[0]].concat(),
        [&[0], &bytes[..]].concat(),
        // The codec with bytes that add nothing to its number, or none at all.
        [&[codec[0], codec[1] | 0x80, 0], key].concat(),
        [&[codec[0], codec[1] | 0x80, 0x80, 0], key].concat(),
        key.to_vec(),
    ];
    let points = match actor.algorithm {
        Algorithm::P256 => {
            let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(key).unwrap();
            vec![key.to_sec1_point(false).as_bytes().to_vec()]
        }
        Algorithm::Secp256k1 => {
            let key = k256::ecdsa::VerifyingKey::from_sec1_bytes(key).unwrap();
            vec![key.to_sec1_point(false).as_bytes().to_vec()]
        }
        _ => Vec::new(),
    };
    for uncompressed in points {
        let coordinates = &uncompressed[1..];
        let hybrid = 6 | (coordinates[63] & 1);
        keys.push([codec, &uncompressed].concat());
        keys.push([codec, &[hybrid], coordinates].concat());
        keys.push([codec, coordinates].concat());
        keys.push([codec, &[5], &key[1..]].concat());
        keys.push([codec, &key[1..]].concat());
    }
    let spelled = |key: &Vec<u8>| format!("did:key:z{}", bs58::encode(key).into_string());
    aliases.extend(keys.iter().map(spelled));
    aliases
}

/// The other spelling of an ECDSA signature: `(r, n − s)`.
pub(crate) fn twin(algorithm: Algorithm, signature: &[u8]) -> Option<Vec<u8>> {
    match algorithm {
        Algorithm::P256 => {
            let signature = p256::ecdsa::Signature::from_slice(signature).unwrap();
            let (r, s) = signature.split_scalars();
            let twin = p256::ecdsa::Signature::from_scalars(r, -s).unwrap();
            Some(twin.to_vec())
        }
        Algorithm::Secp256k1 => {
            let signature = k256::ecdsa::Signature::from_slice(signature).unwrap();
            let (r, s) = signature.split_scalars();
            let twin = k256::ecdsa::Signature::from_scalars(r, -s).unwrap();
            Some(twin.to_vec())
        }
        _ => None,
    }
}

/// The token with the other spelling of its signature, where it has one.
pub(crate) fn twin_token(issuer: &Actor, token: &[u8]) -> Option<Vec<u8>> {
    let twin = twin(issuer.algorithm, &token[3..SIGNED])?;
    Some(envelope(&twin, &token[SIGNED..]))
}

/// Other ways to write a signature, as protocols have them, and numbers that are equal to its own
/// modulo the order of the group.
pub(crate) fn signatures(algorithm: Algorithm, signature: &[u8]) -> Vec<Vec<u8>> {
    let (r, s) = signature.split_at(32);
    let mut others = vec![
        Vec::new(),
        r.to_vec(),
        s.to_vec(),
        [s, r].concat(),
        [r, &[0; 32]].concat(),
        [&[0; 32], s].concat(),
        vec![0; 64],
        signature[..63].to_vec(),
        [signature, &[0]].concat(),
        [&[0], signature].concat(),
        [&[27], signature].concat(),
        [signature, &[1]].concat(),
        [&[0], r, &[0], s].concat(),
        [signature, signature].concat(),
    ];
    match twin(algorithm, signature) {
        Some(twin) => {
            let (_, high) = twin.split_at(32);
            for s in [s, high] {
                let der = der(r, s);
                others.push([&[0x30, 0x81], &der[1..]].concat());
                others.push(der);
            }
            others.push([high, r].concat());
        }
        None => {
            let mut larger: [u8; 32] = s.try_into().unwrap();
            while let Some(next) = sum(&larger, &ED25519_ORDER) {
                others.push([r, &next].concat());
                larger = next;
            }
        }
    }
    others
}

/// ASN.1, as most other protocols have it.
fn der(r: &[u8], s: &[u8]) -> Vec<u8> {
    let integer = |number: &[u8]| {
        let leading = number.iter().take_while(|byte| **byte == 0).count();
        let sign = if number[leading] >= 0x80 {
            &[0][..]
        } else {
            &[]
        };
        let number = [sign, &number[leading..]].concat();
        [&[2, u8::try_from(number.len()).unwrap()], &number[..]].concat()
    };
    let both = [integer(r), integer(s)].concat();
    [&[0x30, u8::try_from(both.len()).unwrap()], &both[..]].concat()
}

/// The order of Ed25519's group, least significant byte first.
const ED25519_ORDER: [u8; 32] = *b"\xed\xd3\xf5\x5c\x1a\x63\x12\x58\xd6\x9c\xf7\xa2\xde\xf9\xde\x14\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x10";

/// The sum of two numbers, least significant byte first, unless it takes 33 bytes.
fn sum(left: &[u8; 32], right: &[u8; 32]) -> Option<[u8; 32]> {
    let mut sum = [0; 32];
    let mut carry = 0;
    for (place, byte) in sum.iter_mut().enumerate() {
        let both = u16::from(left[place]) + u16::from(right[place]) + carry;
        let [high, low] = both.to_be_bytes();
        *byte = low;
        carry = u16::from(high);
    }
    (carry == 0).then_some(sum)
}

/// CBOR in a format's letter and base64, where it has it; what is inside is given.
pub(crate) fn wrap(format: ContainerFormat, inside: &[u8]) -> Vec<u8> {
    let text = match format {
        ContainerFormat::Bytes | ContainerFormat::BytesGzip => inside.to_vec(),
        ContainerFormat::Base64 | ContainerFormat::Base64Gzip => STANDARD.encode(inside).into(),
        ContainerFormat::Base64Url | ContainerFormat::Base64UrlGzip => {
            URL_SAFE_NO_PAD.encode(inside).into()
        }
    };
    [&[format.header()], &text[..]].concat()
}

pub(crate) const GZIPPED: [ContainerFormat; 3] = [
    ContainerFormat::BytesGzip,
    ContainerFormat::Base64Gzip,
    ContainerFormat::Base64UrlGzip,
];

pub(crate) fn gzip(builder: GzBuilder, level: u32, cbor: &[u8]) -> Vec<u8> {
    let mut encoder = builder.write(Vec::new(), Compression::new(level));
    encoder.write_all(cbor).unwrap();
    encoder.finish().unwrap()
}

//! Containers. A first byte of `b c m o p` instead of `B C M O P` asks the target to put on base64
//! and gzip, as mutating them seldom leads to what is sound: `b` and `c` before CBOR, the others
//! before a deflate stream.
#![no_main]

use std::io::Read as _;

use delegant::{Cid, Container, ContainerFormat, Limits, Token};
use delegant_fuzz::{begin, bounded};
use flate2::Crc;
use flate2::read::DeflateDecoder;
use libfuzzer_sys::fuzz_target;
use multibase::Base;

/// More than is read.
const CAP: u64 = 300 << 10;

fuzz_target!(init: begin(), |data: &[u8]| {
    let Some((header, content)) = data.split_first() else {
        check(data);
        return;
    };
    let Some(format) = ContainerFormat::of(header.to_ascii_uppercase())
        .filter(|_| header.is_ascii_lowercase())
    else {
        check(data);
        return;
    };
    let (content, plain) = match format {
        ContainerFormat::Base64 | ContainerFormat::Base64Url => {
            (content.to_vec(), Some(content.to_vec()))
        }
        _ => zipped(content),
    };
    let content = match format {
        ContainerFormat::Base64 | ContainerFormat::Base64Gzip => {
            Base::Base64Pad.encode(content).into_bytes()
        }
        ContainerFormat::Base64Url | ContainerFormat::Base64UrlGzip => {
            Base::Base64Url.encode(content).into_bytes()
        }
        _ => content,
    };
    let dressed = [&[format.header()], content.as_slice()].concat();
    let container = check(&dressed);
    // Undressed it says the same.
    let plain = plain.and_then(|plain| check(&[&[b'@'], plain.as_slice()].concat()));
    assert_eq!(container, plain);
});

/// A gzip member around a deflate stream, whose checksum is right; and what it holds, if it is whole and
/// nothing stands behind it.
fn zipped(stream: &[u8]) -> (Vec<u8>, Option<Vec<u8>>) {
    let mut decoder = DeflateDecoder::new(stream);
    let mut plain = Vec::new();
    let whole = decoder.by_ref().take(CAP).read_to_end(&mut plain).is_ok()
        && decoder.total_in() == stream.len() as u64;
    let mut crc = Crc::new();
    crc.update(&plain);
    let head = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    let tail = [crc.sum(), crc.amount()].map(u32::to_le_bytes).concat();
    (
        [&head, stream, tail.as_slice()].concat(),
        whole.then_some(plain),
    )
}

/// The CIDs of what is in a container.
fn check(data: &[u8]) -> Option<Vec<Cid>> {
    let decoded = bounded(|| Container::decode(data));
    let split = bounded(|| Container::split(data, &Limits::DEFAULT)).ok();
    // It is read if all of it are tokens, and none is there twice.
    let mut cids: Vec<Cid> = split.iter().flatten().map(|bytes| Cid::of(bytes)).collect();
    let count = cids.len();
    cids.sort();
    cids.dedup();
    let sound = split.is_some_and(|tokens| {
        cids.len() == count && tokens.iter().all(|bytes| Token::decode(bytes).is_ok())
    });
    let decoded = match decoded {
        // All of them together may be more values than a container holds.
        Err(error) => {
            assert!(!sound || error.code() == "LimitExceeded", "{error}");
            return None;
        }
        Ok(decoded) => decoded,
    };
    assert!(sound);
    assert_eq!(cids, contents(&decoded));
    assert_eq!(
        decoded.invocation().is_ok(),
        decoded.invocations().len() == 1
    );
    // Compressing takes its time: one of the formats, and the plain one.
    let format = ContainerFormat::ALL[data.len() % ContainerFormat::ALL.len()];
    for format in [ContainerFormat::Bytes, format] {
        let written = bounded(|| decoded.encode(format)).expect("it was read");
        let again = Container::decode(&written).expect("it was written");
        assert_eq!(contents(&again), cids);
        assert_eq!(again.encode(format).expect("it was read"), written);
    }
    Some(cids)
}

fn contents(container: &Container) -> Vec<Cid> {
    let delegations = container.delegations().iter().map(|token| token.cid());
    let invocations = container.invocations().iter().map(|token| token.cid());
    let mut cids: Vec<Cid> = delegations.chain(invocations).collect();
    cids.sort();
    cids
}

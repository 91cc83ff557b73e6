//! CIDs of tokens: two spellings of 36 bytes, and no third. Behind a first byte 0xff stand bytes.
#![no_main]

use delegant::Cid;
use delegant_fuzz::{begin, bounded};
use delegant_model::did::to_base58;
use libfuzzer_sys::fuzz_target;
use multibase::Base;

const PREFIX: [u8; 4] = [0x01, 0x71, 0x12, 0x20];

fuzz_target!(init: begin(), |data: &[u8]| {
    match data {
        [0xff, bytes @ ..] => {
            let is_one = bytes.len() == 36 && bytes.starts_with(&PREFIX);
            let read = bounded(|| Cid::from_bytes(bytes));
            assert_eq!(read.is_ok(), is_one);
            let base32 = multibase::encode(Base::Base32Lower, bytes);
            let base58 = format!("z{}", to_base58(bytes));
            assert_eq!(base32.parse::<Cid>().ok(), read.ok(), "{base32}");
            assert_eq!(base58.parse::<Cid>().ok(), read.ok(), "{base58}");
            if let Ok(cid) = read {
                assert_eq!(cid.to_bytes(), bytes);
                assert_eq!(cid.to_string(), base32);
            }
        }
        text => {
            let Ok(text) = std::str::from_utf8(text) else {
                return;
            };
            if let Ok(cid) = bounded(|| text.parse::<Cid>()) {
                let base58 = format!("z{}", to_base58(&cid.to_bytes()));
                assert!(text == cid.to_string() || text == base58, "{text}");
            }
        }
    }
});

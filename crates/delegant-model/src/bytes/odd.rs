//! Values, fields, DIDs and commands that are odd, and some that are not.

use crate::random::Random;
use crate::value::Value;
use crate::{did, policies, token};

/// A value with odd links and odd places.
pub(super) fn odd_value(random: &mut Random, depth: usize) -> Value {
    match random.below(10) {
        0 => Value::Link(odd_cid(random)),
        1 if depth > 0 => Value::List(
            (0..random.below(4))
                .map(|_| odd_value(random, depth - 1))
                .collect(),
        ),
        2 if depth > 0 => Value::map((0..random.below(4)).map(|_| {
            (
                random
                    .of::<&str>(&["a", "b", "aa", "ab", "", "é", "\0"])
                    .to_string(),
                odd_value(random, depth - 1),
            )
        })),
        _ => policies::value(random, 2),
    }
}

fn odd_cid(random: &mut Random) -> Vec<u8> {
    let digest = random.bytes(32);
    let with = |prefix: &[u8], digest: &[u8]| [prefix, digest].concat();
    match random.below(16) {
        0..=4 => with(&[0x01, 0x71, 0x12, 0x20], &digest),
        5 => with(&[0x12, 0x20], &digest),
        6 => with(&[0x01, 0x55, 0x12, 0x20], &digest),
        7 => with(&[0x01, 0x71, 0x00, 0x03], &digest[..3]),
        8 => with(&[0x01, 0x71, 0x13, 0x20], &digest),
        9 => with(&[0x01, 0x71, 0x12, 0x20], &digest[..31]),
        10 => with(&[0x01, 0x71, 0x12, 0x20], &[&digest[..], &[0]].concat()),
        11 => with(&[0x01, 0x71, 0x12, 0x00], &[]),
        12 => with(&[0x01, 0xf1, 0x00, 0x12, 0x20], &digest),
        13 => with(
            &[0x01, 0x71, 0x13, 0x40],
            &[&digest[..], &digest[..]].concat(),
        ),
        14 => with(&[0x02, 0x71, 0x12, 0x20], &digest),
        _ => with(
            &[
                0x01,
                0xff,
                0xff,
                0xff,
                0xff,
                0xff,
                0xff,
                0xff,
                0xff,
                0xff,
                *random.of(&[0x00, 0x01, 0x02, 0x7f]),
                0x12,
                0x20,
            ],
            &digest,
        ),
    }
}

/// A field with a value that is odd for it, or is not.
pub(super) fn odd_field(random: &mut Random, name: &str) -> (String, Value) {
    let field = *random.of(&[
        "iss", "aud", "aud", "sub", "sub", "cmd", "cmd", "cmd", "pol", "nonce", "exp", "nbf",
        "iat", "meta", "args", "prf", "cause", "x", "",
    ]);
    let value = match field {
        _ if random.percent(8) => odd_value(random, 1),
        "iss" | "aud" | "sub" => Value::Text(odd_did(random, name)),
        "cmd" => Value::Text(odd_command(random)),
        "pol" => {
            let arguments = policies::arguments(random);
            policies::policy(random, &arguments)
        }
        "nonce" => {
            let length = *random.of(&[0, 1, 12, 63, 64, 65]);
            Value::Bytes(random.bytes(length))
        }
        "exp" | "nbf" | "iat" => {
            const LAST: i128 = (1 << 53) - 1;
            let moments = [
                0,
                1,
                -1,
                LAST,
                LAST + 1,
                -LAST,
                -LAST - 1,
                1_767_225_600,
                u64::MAX as i128,
                i64::MIN as i128,
            ];
            if random.percent(10) {
                Value::Float(1.0)
            } else {
                Value::Integer(*random.of(&moments))
            }
        }
        "meta" => {
            let length = 8 * 1024 - 6 + random.below(5);
            match random.below(3) {
                0 => Value::map([("k".to_owned(), Value::Text("m".repeat(length)))]),
                1 => odd_value(random, 2),
                _ => policies::arguments(random),
            }
        }
        "args" => odd_value(random, 2),
        "prf" => {
            let count = *random.of(&[1, 1, 2, 2, 3, 31, 32, 33]);
            Value::List(
                (0..count)
                    .map(|_| {
                        Value::Link(if random.percent(5) {
                            odd_cid(random)
                        } else {
                            token::cid(&random.bytes(2)).to_vec()
                        })
                    })
                    .collect(),
            )
        }
        "cause" => Value::Link(odd_cid(random)),
        _ => Value::Null,
    };
    (field.to_owned(), value)
}

fn odd_did(random: &mut Random, name: &str) -> String {
    const WEAK: [u8; 32] = [
        1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0,
    ];
    let of_key =
        |code: &[u8], key: &[u8]| format!("did:key:z{}", did::to_base58(&[code, key].concat()));
    let mut key = random.bytes(33);
    key[0] = *random.of(&[2, 3, 2, 3, 0, 4, 5, 6]);
    match random.below(22) {
        0 => of_key(&[0xed, 0x01], &key[1..]),
        1 => of_key(&[0x80, 0x24], &key),
        2 => of_key(&[0xe7, 0x01], &key),
        3 => of_key(&[0xec, 0x01], &key[1..]),
        4 => of_key(&[0xed, 0x01], &key),
        5 => of_key(&[0xed, 0x01], &WEAK),
        6 => {
            // y is p − 1 to p + 4: of small order, or not canonical.
            let mut edge = [0xff; 32];
            edge[0] = 0xec + random.below(6) as u8;
            edge[31] = *random.of(&[0x7f, 0xff]);
            of_key(&[0xed, 0x01], &edge)
        }
        7 => of_key(&[0xed, 0x01], &[0; 32]),
        8 => format!("{name}#{}", name.replace("did:key:", "")),
        9 => format!("{name}{}", random.of(&["?a=b", "/a", " ", "1", "\n", "O"])),
        10 => name.replace(
            "did:key:z",
            random.of::<&str>(&[
                "did:key:",
                "did:key:u",
                "did:key:z1",
                "DID:key:z",
                "did:KEY:z",
                " did:key:z",
                "did:key:Z",
            ]),
        ),
        11 => format!("did:key:z{}", "6".repeat(100 + random.below(40))),
        12 => of_key(&[0xe7, 0x01], &[&[4], &key[1..], &key[1..]].concat()),
        13 => {
            // Text of just about 128 characters.
            let length = 84 + random.below(6);
            let long = random.bytes(length);
            of_key(&[0xed, 0x01], &long)
        }
        14..=17 => {
            const TEXTS: [&str; 22] = [
                "did:web:example.com",
                "did:web:example.com:a:b",
                "did:web:example.com%3A8080",
                "did:web:example.com%3a",
                "did:web:example.com%3",
                "did:web:example.com%zz",
                "did:web:",
                "did:web",
                "did:web::",
                "did:web:a:",
                "did:web:a::b",
                "did:web::a",
                "did::a",
                "did:Web:a",
                "did:web2:a_b-c.d",
                "did:web:a#b",
                "did:web:a?b",
                "did:web:a/b",
                "did:web:a;b",
                "did:web:é",
                "did:key",
                "",
            ];
            random.of(&TEXTS).to_string()
        }
        18 => {
            let length = *random.of(&[
                100, 110, 116, 120, 121, 250, 300, 2_000, 2_048, 2_100, 4_000,
            ]);
            format!("did:web:{}", "a".repeat(length))
        }
        _ => name.to_owned(),
    }
}

fn odd_command(random: &mut Random) -> String {
    if random.percent(20) {
        let length = 254 + random.below(4);
        return format!("/{}", "a".repeat(length));
    }
    if random.percent(20) {
        return "/a".repeat(14 + random.below(5));
    }
    const PARTS: [&str; 22] = [
        "/", "/", "/", "/", "a", "b", "A", "é", "É", "ǅ", "ß", "İ", "ı", ".", "..", "-", " ", "\0",
        "\u{7f}", "\u{85}", "ほげ", "%2f",
    ];
    let mut command = if random.percent(95) {
        "/".to_owned()
    } else {
        String::new()
    };
    for _ in 0..random.below(5) {
        command.push_str(random.of::<&str>(&PARTS));
    }
    command
}

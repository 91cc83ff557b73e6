//! What is around: base64 and gzip.

use crate::gzip::Gzip;
use crate::principal::BOB;
use crate::row::{Family, LIMIT_EXCEEDED, VALID};
use crate::text::{BASE64, unhex};
use crate::token::invocation;

use super::{cbor, refuse, row, text, tokens};

pub(super) fn base64s(family: &mut Family) {
    // Content whose base64 has padding, and whose last letter has unused bits.
    let tokens = [invocation(BOB, BOB, &[]).sign()];
    let content = cbor(&tokens);
    let (padded, url) = (text(&content, false), text(&content, true));
    let letters = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (padded, url) = (letters(&padded), letters(&url));
    assert!(padded.ends_with('=') && padded.contains(['+', '/']));
    let next = |text: &str| {
        // The next letter of the alphabet differs in the lowest bit, which is not used.
        let end = text.trim_end_matches('=');
        let (rest, last) = end.split_at(end.len() - 1);
        let place = BASE64
            .iter()
            .position(|letter| *letter == last.as_bytes()[0])
            .unwrap();
        format!("{rest}{}{}", BASE64[place + 1] as char, &text[end.len()..])
    };
    for (name, says, bytes) in [
        (
            "no-padding",
            "Base64 without its padding.",
            format!("B{}", padded.trim_end_matches('=')),
        ),
        (
            "more-padding",
            "Base64 with more padding than it needs.",
            format!("B{padded}="),
        ),
        (
            "padding-inside",
            "Base64 with padding inside.",
            format!("B=={padded}"),
        ),
        (
            "url-alphabet",
            "The letters of base64url where base64 belongs.",
            format!("B{}", padded.replace('+', "-").replace('/', "_")),
        ),
        (
            "trailing-bits",
            "Base64 whose last letter has bits that say nothing.",
            format!("B{}", next(&padded)),
        ),
        (
            "newline",
            "Base64 with a newline at its end.",
            format!("B{padded}\n"),
        ),
        (
            "lines",
            "Base64 in lines.",
            format!("B{}\n{}", &padded[..76], &padded[76..]),
        ),
        ("space", "Base64 behind a space.", format!("B {padded}")),
        (
            "star",
            "Base64 with a letter that it does not have.",
            format!("B*{}", &padded[1..]),
        ),
        (
            "url-padding",
            "Base64url with padding.",
            format!("C{url}{}", "=".repeat((4 - url.len() % 4) % 4)),
        ),
        (
            "url-standard-alphabet",
            "The letters of base64 where base64url belongs.",
            format!("C{}", url.replace('-', "+").replace('_', "/")),
        ),
        (
            "url-trailing-bits",
            "Base64url whose last letter has bits that say nothing.",
            format!("C{}", next(&url)),
        ),
        (
            "url-newline",
            "Base64url with a newline at its end.",
            format!("C{url}\r\n"),
        ),
        (
            "url-one-letter",
            "Base64url with one letter too many, which is no byte.",
            format!("C{url}AAA"),
        ),
        (
            "percent",
            "Base64url in percent encoding.",
            format!("C%{url}"),
        ),
    ] {
        refuse(family, &format!("base64-{name}"), says, bytes.as_bytes());
    }
    row(
        family,
        "base64-sound",
        "Base64 with padding, sound.",
        &[9],
        format!("B{padded}").as_bytes(),
        &tokens,
        VALID,
    );
    row(
        family,
        "base64-url-sound",
        "The same in base64url, sound.",
        &[9],
        format!("C{url}").as_bytes(),
        &tokens,
        VALID,
    );
}

pub(super) fn gzips(family: &mut Family) {
    let tokens = tokens();
    let content = cbor(&tokens);
    let sound = Gzip::default().write(&content);
    for (name, says, bytes) in [
        (
            "checksum",
            "The checksum is wrong.",
            Gzip {
                wrong_checksum: true,
                ..Gzip::default()
            }
            .write(&content),
        ),
        (
            "length",
            "The length is wrong.",
            Gzip {
                wrong_length: true,
                ..Gzip::default()
            }
            .write(&content),
        ),
        (
            "magic",
            "The first two bytes are not gzip's.",
            Gzip {
                wrong_magic: true,
                ..Gzip::default()
            }
            .write(&content),
        ),
        (
            "method",
            "The method is not deflate.",
            Gzip {
                wrong_method: true,
                ..Gzip::default()
            }
            .write(&content),
        ),
        (
            "cut-last",
            "The last byte is missing.",
            Gzip {
                cut: 1,
                ..Gzip::default()
            }
            .write(&content),
        ),
        (
            "cut-trailer",
            "The checksum and the length are missing.",
            Gzip {
                cut: 8,
                ..Gzip::default()
            }
            .write(&content),
        ),
        (
            "cut-half",
            "Half of the stream is missing.",
            Gzip {
                cut: sound.len() / 2,
                ..Gzip::default()
            }
            .write(&content),
        ),
        (
            "trailing-zero",
            "A zero byte follows the stream.",
            [&sound[..], &[0]].concat(),
        ),
        (
            "trailing-text",
            "Text follows the stream.",
            [&sound[..], b"and more"].concat(),
        ),
        (
            "second-member",
            "An empty second member follows.",
            [sound.clone(), Gzip::default().write(&[])].concat(),
        ),
        (
            "two-members",
            "The content is spread over two members.",
            [
                Gzip::default().write(&content[..100]),
                Gzip::default().write(&content[100..]),
            ]
            .concat(),
        ),
        (
            "twice",
            "The content is compressed twice.",
            Gzip::default().write(&sound),
        ),
        (
            "empty",
            "The stream holds nothing.",
            Gzip::default().write(&[]),
        ),
        (
            "zlib",
            "A zlib header stands in the place of gzip's.",
            [&unhex("789c")[..], &sound[10..]].concat(),
        ),
        (
            "raw",
            "There is no gzip header around the deflate stream.",
            sound[10..].to_vec(),
        ),
        (
            "trailing-cbor",
            "A byte follows the map inside the stream.",
            Gzip::default().write(&[&content[..], &[0]].concat()),
        ),
    ] {
        refuse(
            family,
            &format!("gzip-{name}"),
            says,
            &[b"M", &bytes[..]].concat(),
        );
        if ["checksum", "trailing-zero", "second-member"].contains(&name) {
            let says = says
                .replace("stream", "stream in base64url")
                .replace("The checksum", "In base64url, the checksum")
                .replace("An empty second", "In base64url, an empty second");
            refuse(
                family,
                &format!("gzip-{name}-base64url"),
                &says,
                &[b"P", &text(&bytes, true)[..]].concat(),
            );
        }
    }
    // Two hundred times smaller than what it inflates to.
    let bomb = Gzip::default().write(&vec![0; 1 << 20]);
    for (header, body) in [(b'M', bomb.clone()), (b'P', text(&bomb, true))] {
        let name = format!("gzip-bomb-{}", header as char);
        row(
            family,
            &name,
            "A few bytes that inflate to 1 MiB of zeros.",
            &[9, 17],
            &[&[header], &body[..]].concat(),
            &[],
            LIMIT_EXCEEDED,
        );
    }
}

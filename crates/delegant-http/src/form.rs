//! What does a query say? `application/x-www-form-urlencoded`, read strictly.

/// The pairs of a query, in order; `None` where one of them has no single reading.
///
/// `+` is a space, `%` begins two hexadecimal digits, what comes out is UTF-8; a name without `=` has
/// the empty value; a pair without a name is none.
pub(crate) fn pairs(query: &str) -> Option<Vec<(String, String)>> {
    if query.is_empty() {
        return Some(Vec::new());
    }
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decode(name)?;
        (!name.is_empty()).then_some((name, decode(value)?))
    };
    query.split('&').map(pair).collect()
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, behind @ ..] = rest {
        rest = behind;
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let [high, low, behind @ ..] = rest else {
                    return None;
                };
                bytes.push(digit(*high)? << 4 | digit(*low)?);
                rest = behind;
            }
            other => bytes.push(*other),
        }
    }
    String::from_utf8(bytes).ok()
}

const fn digit(letter: u8) -> Option<u8> {
    match letter {
        b'0'..=b'9' => Some(letter - b'0'),
        b'a'..=b'f' => Some(letter - b'a' + 10),
        b'A'..=b'F' => Some(letter - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_has_one_reading() {
        let read = |query| {
            pairs(query).map(|pairs| {
                let text = |(name, value): &(String, String)| format!("{name}={value}");
                pairs.iter().map(text).collect::<Vec<_>>().join("|")
            })
        };
        for (query, wanted) in [
            ("", Some("")),
            ("a=1", Some("a=1")),
            ("a=1&b=x+y%2b%C3%a4", Some("a=1|b=x y+ä")),
            ("a", Some("a=")),
            ("a=b=c", Some("a=b=c")),
            ("a=1&a=2", Some("a=1|a=2")),
            ("&a=1", None),
            ("a=1&", None),
            ("=1", None),
            ("a=%", None),
            ("a=%4", None),
            ("a=%zz", None),
            ("a=%+1", None),
            ("a=%ff", None),
            ("%ff=a", None),
        ] {
            assert_eq!(read(query).as_deref(), wanted, "{query}");
        }
    }
}

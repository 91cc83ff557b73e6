//! What is refused at the edges of bytes and texts, and with which words.

use std::collections::BTreeMap;

use delegant::{
    Cid, DagJsonError, Ipld, Limits, ParseCidError, Policy, from_dag_cbor, from_dag_json,
    to_dag_cbor, to_dag_json,
};

#[test]
fn a_text_of_more_than_64_letters_is_no_cid_unread() {
    let read = |letters: usize| format!("b{}", "a".repeat(letters - 1)).parse::<Cid>();
    assert_eq!(read(64), Err(ParseCidError::NotATokensCid));
    assert_eq!(read(65), Err(ParseCidError::Spelling));
    assert_eq!(read(8000), Err(ParseCidError::Spelling));
}

#[test]
fn nothing_nests_deeper_than_64_levels_in_lists_or_in_maps() {
    let list = |value| Ipld::List(vec![value]);
    let map = |value| Ipld::Map(BTreeMap::from([("a".to_owned(), value)]));
    for wrap in [list as fn(Ipld) -> Ipld, map] {
        let nested = |levels| (0..levels).fold(Ipld::Null, |value, _| wrap(value));
        let bytes = to_dag_cbor(&nested(64)).unwrap();
        assert_eq!(from_dag_cbor(&bytes, &Limits::DEFAULT).unwrap(), nested(64));
        assert!(to_dag_cbor(&nested(65)).is_err());
        assert!(to_dag_json(&nested(64)).is_ok());
        assert!(to_dag_json(&nested(65)).is_err());
    }
}

#[test]
fn a_map_with_the_key_of_a_link_has_no_json_wherever_it_stands() {
    let reserved = Ipld::Map(BTreeMap::from([("/".to_owned(), Ipld::Null)]));
    let inside = Ipld::Map(BTreeMap::from([("a".to_owned(), reserved.clone())]));
    for value in [reserved.clone(), Ipld::List(vec![reserved]), inside] {
        assert!(matches!(
            to_dag_json(&value),
            Err(DagJsonError::ReservedKey)
        ));
    }
}

#[test]
fn json_numbers_are_measured_outside_of_texts_alone() {
    let wide = "99999999999999999999";
    for (text, is_read) in [
        (format!(r#"["{wide}"]"#), true),
        (format!(r#"["a\"{wide}"]"#), true),
        (format!(r#"["a\\",{wide}]"#), false),
        (format!(r#"["a\\\"{wide}",1]"#), true),
        (format!(r#"["",{wide}]"#), false),
        (format!(r#"[{wide},""]"#), false),
        (format!("[-{wide}]"), false),
        (format!("[{wide}.5]"), true),
        (format!("[{wide}e2]"), true),
        (
            "[-9223372036854775808,18446744073709551615]".to_owned(),
            true,
        ),
    ] {
        assert_eq!(from_dag_json(&text).is_ok(), is_read, "{text}");
    }
}

#[test]
fn what_was_found_instead_is_called_by_its_noun() {
    for (found, noun) in [
        (Ipld::Null, "null"),
        (Ipld::Bool(true), "a boolean"),
        (Ipld::Integer(1), "an integer"),
        (Ipld::Float(1.5), "a float"),
        (Ipld::String("a".to_owned()), "text"),
        (Ipld::Bytes(vec![1]), "bytes"),
        (Cid::of(b"").into(), "a link"),
        (Ipld::Map(BTreeMap::new()), "a map"),
    ] {
        let refusal = Policy::from_ipld(&found).unwrap_err();
        assert_eq!(refusal.to_string(), format!("must be a list, is {noun}"));
    }
    let selector_is_a_list = r#"[["==",[],1]]"#.parse::<Policy>().unwrap_err();
    assert!(selector_is_a_list.to_string().ends_with("found a list"));
}

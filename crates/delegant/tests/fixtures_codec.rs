//! Do we read and write DAG-CBOR as the published fixtures do?
#![expect(
    clippy::unwrap_used,
    reason = "a fixture that is not as expected fails its test"
)]

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use delegant::{
    Cid, DagCborError, DagJsonError, Limits, from_dag_cbor, from_dag_json, to_dag_cbor, to_dag_json,
};
use figures::Figure;
use ipld_core::ipld::Ipld;
use serde_json::Value;

mod figures;
mod fixtures;

/// Byte strings of DASL and IPLD; one wrongly read or refused fails its test.
static STRINGS: Figure = Figure::of(4, ["fixtures-codec", "fixtures-codec-wrong"], "strings");

/// One of the cases in `dasl/*.json`.
struct Case {
    name: String,
    kind: String,
    tags: Vec<String>,
    bytes: Vec<u8>,
}

/// Which rules a case is about; the first of its tags that is one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Profile {
    DagCbor,
    /// What every profile agrees on.
    Basic,
    /// DAG-CBOR with fewer kinds of CID.
    DaslCid,
    /// Other profiles of CBOR, whose rules are not ours.
    Other,
}

impl Case {
    fn profile(&self) -> Profile {
        [
            ("dag-cbor", Profile::DagCbor),
            ("basic", Profile::Basic),
            ("dasl-cid", Profile::DaslCid),
        ]
        .into_iter()
        .find(|(tag, _)| self.tags.iter().any(|own| own == tag))
        .map_or(Profile::Other, |(_, profile)| profile)
    }
}

/// What the `dasl-cid` profile refuses and we read, because an argument may link to anything: a
/// link must be one CID to its last byte, of whatever kind. A token's own CID has one kind only.
const LINKS_THAT_ARGUMENTS_MAY_HOLD: [(&str, &str); 6] = [
    ("CIDv0", "IPFS still names files so"),
    ("empty CID", "a digest of no bytes is well-formed"),
    ("short hash digest", "a multihash may be truncated"),
    ("long hash digest", "a multihash says its own length"),
    (
        "CIDv1 that isn't raw or cbor",
        "what it links to need not be DAG-CBOR",
    ),
    (
        "disallowed hash type (SHA-1)",
        "git objects are linked to so",
    ),
];

#[test]
fn the_dasl_cases_are_all_there() {
    let Some(cases) = dasl_cases() else { return };
    let mut counts = BTreeMap::new();
    for case in &cases {
        *counts.entry(case.profile()).or_insert(0) += 1;
    }
    let expected = [
        (Profile::DagCbor, 68),
        (Profile::Basic, 17),
        (Profile::DaslCid, 7),
        (Profile::Other, 13),
    ];
    assert_eq!(counts, BTreeMap::from(expected));
}

#[test]
fn dasl_round_trips_come_back_byte_for_byte() {
    let Some(cases) = dasl_cases() else { return };
    let mut count = 0;
    for case in our_cases(&cases, "roundtrip") {
        let value = decode(&case.bytes).unwrap();
        assert_eq!(to_dag_cbor(&value).unwrap(), case.bytes, "{}", case.name);
        count += 1;
    }
    assert_eq!(count, 23);
    STRINGS.add(count, 0);
}

#[test]
fn what_dasl_must_not_read_is_refused_but_for_six_kinds_of_link() {
    let Some(cases) = dasl_cases() else { return };
    let mut refused = 0;
    let mut exceptions = Vec::new();
    for case in our_cases(&cases, "invalid_in") {
        match decode(&case.bytes) {
            Err(_) => refused += 1,
            Ok(Ipld::Link(link)) if case.profile() == Profile::DaslCid => {
                assert_eq!(to_dag_cbor(&link.into()).unwrap(), case.bytes);
                assert!(Cid::from_bytes(&link.to_bytes()).is_err(), "{}", case.name);
                exceptions.push(case.name.as_str());
            }
            Ok(value) => panic!("{}: read as {value:?}", case.name),
        }
    }
    let expected = LINKS_THAT_ARGUMENTS_MAY_HOLD.map(|(name, _)| name);
    assert_eq!(exceptions, expected);
    assert_eq!(refused, 54);
    STRINGS.add(refused + exceptions.len(), 0);
}

#[test]
fn what_dasl_must_not_write_is_never_written() {
    let Some(cases) = dasl_cases() else { return };
    let mut count = 0;
    for case in our_cases(&cases, "invalid_out") {
        assert!(decode(&case.bytes).is_err(), "{}", case.name);
        let written = match case.name.as_str() {
            "NaN" => to_dag_cbor(&Ipld::Float(f64::NAN)),
            "Inf" => to_dag_cbor(&Ipld::Float(f64::INFINITY)),
            "-Inf" => to_dag_cbor(&Ipld::Float(f64::NEG_INFINITY)),
            "bignum" => to_dag_cbor(&Ipld::Integer(1 << 64)),
            "negative zero" => {
                // Written, but as the one zero that there is.
                let written = to_dag_cbor(&Ipld::Float(-0.0)).unwrap();
                assert_eq!(written, to_dag_cbor(&Ipld::Float(0.0)).unwrap());
                assert_ne!(written, case.bytes);
                count += 1;
                continue;
            }
            // The data model has no such values, so there is nothing to write.
            "map with int key"
            | "simple value 'undefined'"
            | "unassigned simple value"
            | "tagged object (datetime)" => {
                count += 1;
                continue;
            }
            name => panic!("{name}: what is it as a value?"),
        };
        assert!(written.is_err(), "{}: written as {written:?}", case.name);
        count += 1;
    }
    assert_eq!(count, 9);
}

#[test]
fn integers_end_where_64_bits_and_a_sign_end() {
    for (value, fits) in [
        (i128::from(u64::MAX), true),
        (i128::from(u64::MAX) + 1, false),
        (-1 - i128::from(u64::MAX), true),
        (-2 - i128::from(u64::MAX), false),
        (i128::MAX, false),
        (i128::MIN, false),
    ] {
        assert_eq!(to_dag_cbor(&Ipld::Integer(value)).is_ok(), fits, "{value}");
    }
}

#[test]
fn a_link_is_one_cid_to_its_last_byte() {
    let link = to_dag_cbor(&Cid::of(b"").into()).unwrap();
    assert!(decode(&link).is_ok());
    let mut longer = link.clone();
    longer[3] += 1;
    longer.push(0);
    assert!(matches!(decode(&longer), Err(DagCborError::Link)));
}

/// One value in both of its published forms.
struct Pair {
    name: String,
    /// The file name is the CID.
    cid: String,
    cbor: Vec<u8>,
    json: String,
}

#[test]
fn every_dag_cbor_fixture_comes_back_byte_for_byte() {
    let Some(pairs) = pairs() else { return };
    assert_eq!(pairs.len(), 109);
    for pair in &pairs {
        let value = decode(&pair.cbor).unwrap();
        assert_eq!(to_dag_cbor(&value).unwrap(), pair.cbor, "{}", pair.name);
    }
    STRINGS.add(pairs.len(), 0);
}

#[test]
fn the_cid_of_every_dag_cbor_fixture_is_its_file_name() {
    let Some(pairs) = pairs() else { return };
    for pair in &pairs {
        let cid = Cid::of(&pair.cbor);
        assert_eq!(cid.to_string(), pair.cid, "{}", pair.name);
        assert_eq!(pair.cid.parse(), Ok(cid), "{}", pair.name);
    }
}

#[test]
fn every_dag_json_fixture_says_the_same_as_its_twin_and_prints_back() {
    let Some(pairs) = pairs() else { return };
    let mut count = 0;
    let mut too_wide = Vec::new();
    for pair in &pairs {
        let value = decode(&pair.cbor).unwrap();
        assert_eq!(to_dag_json(&value).unwrap(), pair.json, "{}", pair.name);
        match from_dag_json(&pair.json) {
            Ok(twin) => {
                assert_eq!(twin, value, "{}", pair.name);
                assert_eq!(to_dag_cbor(&twin).unwrap(), pair.cbor, "{}", pair.name);
                count += 1;
            }
            Err(DagJsonError::Integer) => too_wide.push(pair.name.as_str()),
            Err(error) => panic!("{}: {error}", pair.name),
        }
    }
    // Printed exactly, but not read: it lies below −2^63, where JSON numbers are rounded.
    assert_eq!(too_wide, ["int--11959030306112471732"]);
    assert_eq!(count, 108);
}

#[test]
fn json_refuses_the_integers_that_it_would_round() {
    for (text, value) in [
        ("18446744073709551615", Some(Ipld::Integer(u64::MAX.into()))),
        ("18446744073709551616", None),
        ("-9223372036854775808", Some(Ipld::Integer(i64::MIN.into()))),
        ("-9223372036854775809", None),
        ("18446744073709551616.0", Some(Ipld::Float(2_f64.powi(64)))),
        ("1e30", Some(Ipld::Float(1e30))),
        (r#"{"a":[1,{"b":18446744073709551616}]}"#, None),
        (r#"["\\",18446744073709551616]"#, None),
        (r#"["\"",18446744073709551616,"\""]"#, None),
        (
            r#""\" 18446744073709551616""#,
            Some(Ipld::from("\" 18446744073709551616")),
        ),
    ] {
        assert_eq!(from_dag_json(text).ok(), value, "{text}");
    }
}

#[test]
fn the_negative_dag_cbor_fixtures_are_refused() {
    let Some(folder) = fixtures::path("dag-cbor/invalid") else {
        return;
    };
    let mut count = 0;
    for file in files(&folder) {
        for case in json(&file) {
            let bytes = hex(&case["hex"]);
            assert!(decode(&bytes).is_err(), "{}", case["name"]);
            count += 1;
        }
    }
    assert_eq!(count, 1);
    STRINGS.add(count, 0);
}

#[test]
fn no_prefix_and_no_extension_of_a_fixture_is_read() {
    let Some(pairs) = pairs() else { return };
    let mut count = 0;
    for pair in &pairs {
        for end in 0..pair.cbor.len() {
            assert!(decode(&pair.cbor[..end]).is_err(), "{} {end}", pair.name);
            count += 1;
        }
        for byte in 0..=u8::MAX {
            let longer = [pair.cbor.as_slice(), &[byte]].concat();
            assert!(decode(&longer).is_err(), "{} {byte}", pair.name);
            count += 1;
        }
    }
    assert!(count > 50_000, "{count}");
}

fn decode(bytes: &[u8]) -> Result<Ipld, DagCborError> {
    from_dag_cbor(bytes, &Limits::default())
}

fn dasl_cases() -> Option<Vec<Case>> {
    let folder = fixtures::path("dasl")?;
    let cases = files(&folder).into_iter().flat_map(|file| json(&file));
    Some(cases.map(|case| read_case(&case)).collect())
}

fn read_case(case: &Value) -> Case {
    Case {
        name: text(&case["name"]),
        kind: text(&case["type"]),
        tags: case["tags"].as_array().unwrap().iter().map(text).collect(),
        bytes: hex(&case["data"]),
    }
}

/// The cases of one kind that are about our rules.
fn our_cases<'c>(cases: &'c [Case], kind: &'static str) -> impl Iterator<Item = &'c Case> {
    cases
        .iter()
        .filter(move |case| case.kind == kind && case.profile() != Profile::Other)
}

fn pairs() -> Option<Vec<Pair>> {
    let folder = fixtures::path("dag-cbor/valid")?;
    Some(files(&folder).iter().map(|folder| pair(folder)).collect())
}

fn pair(folder: &Path) -> Pair {
    let files = files(folder);
    assert_eq!(files.len(), 2, "{}", folder.display());
    let of_kind = |kind: &str| {
        let is_it = |file: &&PathBuf| file.extension() == Some(OsStr::new(kind));
        files.iter().find(is_it).unwrap()
    };
    let (cbor, json) = (of_kind("dag-cbor"), of_kind("dag-json"));
    Pair {
        name: folder.file_name().unwrap().to_str().unwrap().to_owned(),
        cid: cbor.file_stem().unwrap().to_str().unwrap().to_owned(),
        cbor: fs::read(cbor).unwrap(),
        json: fs::read_to_string(json).unwrap(),
    }
}

/// What a folder contains, sorted.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// The elements of a JSON file that is a list.
fn json(file: &Path) -> Vec<Value> {
    serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn hex(value: &Value) -> Vec<u8> {
    HEXLOWER.decode(value.as_str().unwrap().as_bytes()).unwrap()
}

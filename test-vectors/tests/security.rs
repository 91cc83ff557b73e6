//! Keeps the threats in `SECURITY.md` honest: each is there once, and what holds it is there.
#![expect(
    clippy::unwrap_used,
    reason = "a claim that does not hold fails its test"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use claims::{is_test, root, rows};

mod claims;

/// The threats by their letters, and how many there are of each.
const THREATS: [(char, usize); 11] = [
    ('S', 20),
    ('D', 9),
    ('E', 17),
    ('C', 19),
    ('P', 14),
    ('T', 6),
    ('R', 10),
    ('V', 10),
    ('H', 22),
    ('K', 12),
    ('M', 11),
];

/// The section about threats: its tables, and behind them what is not here.
fn section() -> (String, String) {
    let text = fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let (_, behind) = text
        .split_once("\n## Threats and what holds them\n")
        .unwrap();
    let section = behind.split("\n## ").next().unwrap();
    let (tables, not_here) = section.split_once("\n**Not here**\n").unwrap();
    (tables.to_owned(), not_here.to_owned())
}

fn is_threat(word: &str) -> bool {
    let mut letters = word.chars();
    let letter = letters.next();
    let number = letters.as_str().parse().unwrap_or(0);
    let is_known =
        |(known, count): &(char, usize)| letter == Some(*known) && (1..=*count).contains(&number);
    THREATS.iter().any(is_known)
}

/// Each threat of the tables, with what stands in backticks in its last column.
fn held() -> Vec<(String, Vec<String>)> {
    let (tables, _) = section();
    let mut held = Vec::new();
    for line in tables.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let ["", id, attack, answer, held_by, ""] = cells.as_slice() else {
            assert!(!line.starts_with('|'), "not four columns: {line}");
            continue;
        };
        if *id == "id" || id.starts_with('-') {
            continue;
        }
        assert!(!attack.is_empty() && !answer.is_empty(), "{line}");
        let names = held_by.split('`').skip(1).step_by(2).map(str::to_owned);
        held.push(((*id).to_owned(), names.collect()));
    }
    held
}

/// The threats before the colon of each item, and the sentence behind it.
fn not_here() -> Vec<(Vec<String>, String)> {
    let (_, list) = section();
    let items = list.split("\n- ").skip(1);
    items
        .map(|item| {
            let (ids, why) = item.split_once(": ").unwrap();
            let ids = ids.split(", ").map(str::to_owned).collect();
            (ids, why.trim().to_owned())
        })
        .collect()
}

#[test]
fn every_threat_is_there_once() {
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    let absent = not_here().into_iter().flat_map(|(ids, _)| ids);
    for id in held().into_iter().map(|(id, _)| id).chain(absent) {
        assert!(is_threat(&id), "{id}");
        *found.entry(id).or_default() += 1;
    }
    for (letter, count) in THREATS {
        for number in 1..=count {
            let id = format!("{letter}{number}");
            assert_eq!(found.get(&id), Some(&1), "{id}");
        }
    }
}

#[test]
fn everything_that_is_said_to_hold_a_threat_exists() {
    let rows = rows();
    let mut missing = Vec::new();
    for (id, names) in held() {
        assert!((1..=3).contains(&names.len()), "{id}: {names:?}");
        for name in names {
            let exists = match name.split_once(": ") {
                Some((file, test)) if file.starts_with("test-vectors/") => is_test(file, test),
                Some((file, test)) => is_test(&format!("crates/{file}"), test),
                None => rows.contains_key(&name),
            };
            if !exists {
                missing.push(format!("{id}: {name}"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn what_is_not_here_has_a_reason() {
    for (ids, why) in not_here() {
        assert!(
            why.contains("because") && why.ends_with('.'),
            "{ids:?}: {why}"
        );
    }
}

#[test]
fn a_test_that_is_not_there_is_missed() {
    let here = "test-vectors/tests/security.rs";
    assert!(is_test(here, "a_test_that_is_not_there_is_missed"));
    assert!(is_test(
        "crates/delegant/tests/laws.rs",
        "a_policy_reads_as_what_it_was_written"
    ));
    assert!(!is_test(here, "a_test_that_is_not_there"));
    // A function, but no test.
    assert!(!is_test(here, "held"));
    assert!(!is_test("test-vectors/tests/nothing.rs", "held"));
    // A suite lists its tests.
    let suite = "crates/delegant-store/tests/contract/main.rs";
    assert!(is_test(suite, "of_64_copies_one_is_the_first"));
    assert!(!is_test(suite, "of_64_copies_all_are_the_first"));
    assert!(!is_test(suite, "redemptions"));
}

/// The Rust files in a folder and below.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn no_map_brings_a_hash_of_its_own() {
    let mut files = Vec::new();
    for part in [
        "delegant",
        "delegant-agent",
        "delegant-axum",
        "delegant-cli",
        "delegant-http",
        "delegant-store",
    ] {
        sources(&root().join("crates").join(part).join("src"), &mut files);
    }
    assert!(files.len() > 50, "{}", files.len());
    for file in files {
        let code = fs::read_to_string(&file).unwrap();
        for word in [
            "BuildHasher",
            "with_hasher",
            "impl Hasher",
            "hashbrown",
            "FxHash",
        ] {
            assert!(!code.contains(word), "{word} in {}", file.display());
        }
    }
    // The caches' maps hash with the standard library unless a feature of theirs is on.
    let manifest = fs::read_to_string(root().join("crates/delegant/Cargo.toml")).unwrap();
    let cache = manifest
        .lines()
        .find(|line| line.starts_with("quick_cache = "))
        .unwrap();
    assert!(cache.contains("default-features = false"), "{cache}");
    assert!(!cache.contains("features = ["), "{cache}");
}

//! Is there an input for every error? Each variant of each error of the core is raised here, or it
//! stands in `NOT_HERE` with the test that raises it.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "an error that is not raised fails its test"
)]

mod denials;
#[path = "../figures/mod.rs"]
mod figures;
mod nouns;
mod tokens;

use std::any::type_name;
use std::borrow::Borrow;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::fs;
use std::path::Path;

use figures::Figure;

/// Variants of all errors; those that no test raises.
static VARIANTS: Figure = Figure::of(
    18,
    ["error-variants", "error-variants-unraised"],
    "variants",
);

/// Where else a variant is raised: the file and the test.
const NOT_HERE: [(&str, &str, &str); 7] = [
    (
        "RandomError::System",
        "src/identity/secret.rs",
        "a_system_without_randomness_gives_no_key",
    ),
    (
        "RandomError::NotRandom",
        "src/identity/secret.rs",
        "randomness_that_never_makes_a_key_gives_none",
    ),
    // The next three stand behind a check that refuses first.
    (
        "DagCborError::NotCanonical",
        "src/wire/dag_cbor.rs",
        "a_tree_that_encodes_to_other_bytes_is_not_canonical",
    ),
    (
        "DecodeError::Link",
        "src/token/read.rs",
        "a_map_that_links_to_nothing_is_refused",
    ),
    (
        "PolicyProblem::Link",
        "src/capability/statement.rs",
        "an_operand_that_links_to_nothing_is_refused_with_its_place",
    ),
    (
        "Reason::Replayed",
        "../delegant-store/tests/verifier.rs",
        "lets_a_proven_call_through_once",
    ),
    (
        "Reason::LifetimeTooLong",
        "../delegant-store/tests/verifier.rs",
        "refuses_what_lives_too_long_and_what_never_ends",
    ),
];

/// Is there a test of this name in this file?
fn is_test(file: &str, test: &str) -> bool {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let code = fs::read_to_string(file).unwrap_or_default();
    let lines: Vec<&str> = code.lines().map(str::trim).collect();
    lines
        .windows(2)
        .any(|pair| pair[0].ends_with("test]") && pair[1].contains(&format!("fn {test}(")))
}

/// What failed, of what must not have succeeded.
fn error<T, E>(outcome: Result<T, E>) -> E {
    match outcome {
        Ok(_) => panic!("no {}", type_name::<E>()),
        Err(error) => error,
    }
}

fn name<E>() -> &'static str {
    type_name::<E>().rsplit("::").next().unwrap()
}

/// These are all variants of this error, but for those that are not for here.
fn are_all<E: Debug>(raised: impl IntoIterator<Item: Borrow<E>>) {
    let raised: BTreeSet<String> = raised
        .into_iter()
        .map(|error| {
            let shown = format!("{:?}", error.borrow());
            let end = shown.find(|letter: char| !letter.is_alphanumeric());
            format!(
                "{}::{}",
                name::<E>(),
                shown.split_at(end.unwrap_or(shown.len())).0
            )
        })
        .collect();
    let declared = errors().into_iter().find(|(error, _)| error == name::<E>());
    let (_, declared) = declared.unwrap();
    let found = NOT_HERE.map(|(variant, file, test)| is_test(file, test).then_some(variant));
    let elsewhere: BTreeSet<String> = found
        .into_iter()
        .flatten()
        .map(str::to_owned)
        .filter(|variant| declared.contains(variant))
        .collect();
    let all: BTreeSet<String> = raised.union(&elsewhere).cloned().collect();
    VARIANTS.add(declared.len(), declared.difference(&all).count());
    assert!(raised.is_disjoint(&elsewhere), "{raised:?}");
    assert_eq!(all, declared);
}

/// The enums of the core that are errors, with their variants, as the sources declare them.
fn errors() -> Vec<(String, BTreeSet<String>)> {
    let mut errors = Vec::new();
    for room in ["wire", "identity", "capability", "token", "validator"] {
        let room = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(room);
        for entry in fs::read_dir(room).unwrap() {
            let code = fs::read_to_string(entry.unwrap().path()).unwrap();
            for behind in code.split("#[derive(").skip(1) {
                let (traits, behind) = behind.split_once(")]").unwrap();
                let item = behind.lines().find(|line| line.starts_with("pub "));
                let declares = item.and_then(|item| item.strip_prefix("pub enum "));
                if let (true, Some(declares)) = (traits.ends_with("Error"), declares) {
                    errors.push(declared(declares.trim_end_matches(" {"), behind));
                }
            }
        }
    }
    errors
}

/// The variants of the enum of this name, which stands first in this code.
fn declared(name: &str, code: &str) -> (String, BTreeSet<String>) {
    let (_, body) = code.split_once(" {\n").unwrap();
    let (body, _) = body.split_once("\n}").unwrap();
    let variant = |line: &str| {
        let line = line.strip_prefix("    ")?;
        let is_variant = line.starts_with(|letter: char| letter.is_uppercase());
        let end = line.find(|letter: char| !letter.is_alphanumeric())?;
        is_variant.then(|| format!("{name}::{}", line.split_at(end).0))
    };
    (name.to_owned(), body.lines().filter_map(variant).collect())
}

#[test]
fn every_error_of_the_core_is_asked_for() {
    let tests = [
        include_str!("denials.rs"),
        include_str!("nouns.rs"),
        include_str!("tokens.rs"),
    ];
    let errors = errors();
    assert_eq!(errors.len(), 18);
    for (error, variants) in errors {
        assert!(!variants.is_empty(), "{error}");
        let asked = format!("are_all::<{error}>(");
        assert!(tests.iter().any(|test| test.contains(&asked)), "{error}");
    }
}

#[test]
fn what_is_not_raised_here_is_raised_where_it_is_said_to_be() {
    let errors = errors();
    let declared = |variant: &str| errors.iter().any(|(_, all)| all.contains(variant));
    for (variant, file, test) in NOT_HERE {
        assert!(declared(variant), "{variant}");
        assert!(is_test(file, test), "{variant}: {test}");
    }
    let here = "tests/errors/main.rs";
    assert!(is_test(here, "every_error_of_the_core_is_asked_for"));
    assert!(!is_test(here, "is_test"));
}

//! The story as a person runs it.

use std::process::Command;

#[test]
fn every_answer_is_as_it_should_be() {
    let played = Command::new(env!("CARGO_BIN_EXE_hospital"))
        .output()
        .unwrap();
    let told = String::from_utf8(played.stdout).unwrap();
    assert!(played.status.success(), "{told}");
    for line in [
        "→ allowed: 2 found",
        "→ refused, MatchError",
        "→ refused, NotServed",
        "→ refused, InvalidAudience",
        "→ refused, NotBound",
        "→ refused, Replayed",
        "→ refused, Revoked",
        "answers were as they should be.",
    ] {
        assert!(told.contains(line), "{line} in {told}");
    }
    assert!(!told.contains("UNEXPECTED"), "{told}");
}

//! The story as a person runs it.

use std::process::Command;

#[test]
fn every_answer_is_as_it_should_be() {
    let played = Command::new(env!("CARGO_BIN_EXE_mcp-clinic"))
        .output()
        .unwrap();
    let told = String::from_utf8(played.stdout).unwrap();
    let complained = String::from_utf8(played.stderr).unwrap();
    assert!(played.status.success(), "{told}\n{complained}");
    for line in [
        // Without a guard it happens.
        "exported 5 entries to https://evil.example/in",
        "→ allowed",
        "→ not sent (NoProof)",
        "allows `/mcp/tools/call/write_note`; a delegation comes close, but `.arguments.patient` is \"p-18\"",
        "→ nothing was handed over",
        "→ refused (NoToken)",
        "→ refused (NotBound)",
        "→ refused (Replayed)",
        "→ refused (InvalidAudience)",
        "→ refused (CommandNotCovered)",
        "→ refused (MatchError)",
        "for the assistant, for Dr. Ada, for the clinic",
        "as they should be.",
    ] {
        assert!(told.contains(line), "{line} in {told}");
    }
    assert!(!told.contains("UNEXPECTED"), "{told}");
    assert!(!told.contains("PRIVATE KEY"), "no key is shown");
}

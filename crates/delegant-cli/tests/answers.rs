//! What the command answers, as files: `tests/cmd`.

#![cfg(all(feature = "http", feature = "mcp", feature = "store", unix))]

#[test]
fn answers_as_written_down() {
    trycmd::TestCases::new()
        .case("tests/cmd/*.trycmd")
        .env("NO_COLOR", "1");
}

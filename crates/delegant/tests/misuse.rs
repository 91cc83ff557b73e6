//! Misuse that must not compile: each file in `misuse/` with the error that its author would see.

#[test]
fn misuse_does_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/misuse/*.rs");
}

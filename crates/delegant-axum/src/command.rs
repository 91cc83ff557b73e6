//! Is a constant a command? Asked while compiling.

/// Does not compile where `text` is no command, or one with letters beyond ASCII.
pub(crate) const fn assert_is_command(text: &str) {
    let mut rest = text.as_bytes();
    assert!(rest.len() <= 256, "a command has at most 256 bytes");
    assert!(
        matches!(rest, [b'/', ..]),
        "`Arguments::COMMAND` is a command: it starts with `/`"
    );
    let mut segments = 0;
    let mut last = 0;
    while let [byte, behind @ ..] = rest {
        match *byte {
            b'/' => {
                assert!(last != b'/', "a command has no empty segment");
                segments += 1;
            }
            b'.' => assert!(
                last != b'/' || !matches!(behind, [] | [b'/', ..] | [b'.'] | [b'.', b'/', ..]),
                "a command has no segment `.` or `..`"
            ),
            byte => {
                assert!(!byte.is_ascii_uppercase(), "a command is in lower case");
                assert!(
                    byte.is_ascii_graphic(),
                    "a command is written in visible ASCII"
                );
            }
        }
        last = *byte;
        rest = behind;
    }
    assert!(
        last != b'/' || text.len() == 1,
        "a command has no `/` at its end"
    );
    assert!(segments <= 16, "a command has at most 16 segments");
}

#[cfg(test)]
mod tests {
    use delegant::Command;

    use super::assert_is_command;

    #[test]
    fn accepts_nothing_that_is_no_command() {
        for text in [
            "/", "/a", "/a/b", "/a.b/..c", "/...", "/~!", "", "a", "//", "/a/", "/a//b", "/.",
            "/..", "/./a", "/a/.", "/a/..", "/a/../b", "/A", "/a b", "/ä", "/a\u{7f}",
        ] {
            let accepted = std::panic::catch_unwind(|| assert_is_command(text)).is_ok();
            let read = text.parse::<Command>().is_ok();
            // Stricter by letters beyond ASCII and by spaces, which a command may have.
            assert!(!accepted || read, "{text}");
            assert_eq!(
                accepted,
                read && text.bytes().all(|byte| byte.is_ascii_graphic()),
                "{text}"
            );
        }
        let long = format!("/{}", "a".repeat(256));
        assert!(std::panic::catch_unwind(|| assert_is_command(&long)).is_err());
        let deep = "/a".repeat(17);
        assert!(std::panic::catch_unwind(|| assert_is_command(&deep)).is_err());
    }
}

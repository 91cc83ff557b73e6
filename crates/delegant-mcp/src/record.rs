//! What was decided? One line of JSON for each call, in a file of the operator's own.

mod entries;
mod entry;
mod error;
mod recorder;

pub use entries::{Entries, read};
pub use entry::{Decided, Entry, Link};
pub use error::RecordError;
pub use recorder::Recorder;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};
    use std::sync::Arc;
    use std::thread;

    use proptest::prelude::*;
    use tempfile::TempDir;

    use super::*;

    fn entry(code: &str) -> Entry {
        Entry {
            id: Entry::fresh_id(),
            time: 1_780_272_000,
            decided: Decided::Refused,
            code: code.to_owned(),
            method: "tools/call".to_owned(),
            name: Some("x".to_owned()),
            command: None,
            arguments: Some(serde_json::json!({ "note": "two\nlines" })),
            server: "did:web:a.example".to_owned(),
            invoker: None,
            subject: None,
            chain: Vec::new(),
            refusal: None,
        }
    }

    fn record() -> (TempDir, PathBuf) {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("record.jsonl");
        (folder, path)
    }

    fn codes(path: &Path) -> Vec<String> {
        read(path)
            .unwrap()
            .map(|entry| entry.unwrap().code)
            .collect()
    }

    #[test]
    fn what_was_written_is_read_in_its_order_across_openings() {
        let (_folder, path) = record();
        let first = entry("NoToken");
        Recorder::open(&path).unwrap().write(&first).unwrap();
        Recorder::open(&path)
            .unwrap()
            .write(&entry("Replayed"))
            .unwrap();
        assert_eq!(codes(&path), ["NoToken", "Replayed"]);
        let again = read(&path).unwrap().next().unwrap().unwrap();
        assert!(again == first, "an entry comes back as it was");
    }

    #[test]
    fn each_entry_has_a_name_of_its_own() {
        let names: BTreeSet<_> = (0..1000).map(|_| Entry::fresh_id()).collect();
        assert_eq!(names.len(), 1000);
        assert!(names.iter().all(|name| name.len() == 16));
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_can_read_a_new_record() {
        use std::os::unix::fs::MetadataExt as _;
        let (_folder, path) = record();
        Recorder::open(&path).unwrap();
        assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn lines_of_several_writers_do_not_mix() {
        let (_folder, path) = record();
        let recorders: Vec<_> = (0..4)
            .map(|_| Arc::new(Recorder::open(&path).unwrap()))
            .collect();
        thread::scope(|scope| {
            for recorder in recorders.iter().chain(&recorders) {
                scope.spawn(move || {
                    for _ in 0..50 {
                        recorder.write(&entry("NoToken")).unwrap();
                    }
                });
            }
        });
        assert_eq!(codes(&path).len(), 400);
    }

    #[test]
    fn a_last_line_cut_short_is_passed_over_and_told_and_hurts_nothing_after_it() {
        let (_folder, path) = record();
        let recorder = Recorder::open(&path).unwrap();
        recorder.write(&entry("NoToken")).unwrap();
        recorder.write(&entry("Replayed")).unwrap();
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() - 20]).unwrap();
        let mut entries = read(&path).unwrap();
        assert!(entries.next().unwrap().is_ok());
        assert!(entries.next().is_none());
        assert_eq!(entries.cut_short(), Some(2));

        Recorder::open(&path)
            .unwrap()
            .write(&entry("NoRule"))
            .unwrap();
        let read: Vec<_> = read(&path).unwrap().collect();
        assert_eq!(read.len(), 3);
        let error = read[1].as_ref().err().unwrap().to_string();
        assert!(error.contains("record.jsonl`, line 2"), "{error}");
        assert_eq!(read[2].as_ref().ok().unwrap().code, "NoRule");
    }

    #[test]
    fn says_what_is_wrong_with_a_record() {
        let (folder, path) = record();
        let error = Recorder::open(folder.path()).unwrap_err().to_string();
        assert!(error.contains("is not a file"), "{error}");
        let error = read(folder.path()).unwrap_err().to_string();
        assert!(error.contains("is not a file"), "{error}");
        let error = read(&path).unwrap_err().to_string();
        assert!(error.contains("record.jsonl"), "{error}");
        let below = path.join("below");
        let error = Recorder::open(&below).unwrap_err().to_string();
        assert!(error.contains("below"), "{error}");
    }

    proptest! {
        #[test]
        fn whatever_is_in_the_file_what_is_written_after_it_is_read(
            damage in prop::collection::vec(any::<u8>(), 0..200),
            text in ".{0,100}",
        ) {
            let (_folder, path) = record();
            fs::write(&path, [&damage[..], text.as_bytes()].concat()).unwrap();
            let written = entry(&text);
            Recorder::open(&path).unwrap().write(&written).unwrap();
            let last = read(&path).unwrap().last().unwrap();
            prop_assert!(last.ok() == Some(written));
        }
    }
}

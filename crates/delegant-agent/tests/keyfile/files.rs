//! Who can touch a key file, and what becomes of it when something goes wrong.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use delegant::Algorithm;
use delegant_agent::{KeyFileError, Protection, keyfile};

use crate::{directory, key, load_plain, plain, put};

/// Set for a child process: where it shall create a key file.
const CREATE: &str = "KEYFILE_TEST_CREATE";

/// Runs one test of this file again in a shell of its own, behind `preparation`.
fn again(preparation: &str, test: &str, path: &Path) -> Output {
    Command::new("sh")
        .arg("-c")
        .arg(format!(
            "{preparation}; exec \"$0\" --exact \"$1\" --nocapture"
        ))
        .arg(std::env::current_exe().unwrap())
        .arg(test)
        .env(CREATE, path)
        .output()
        .unwrap()
}

fn asked_to_create() -> Option<PathBuf> {
    std::env::var_os(CREATE).map(PathBuf::from)
}

#[test]
fn are_for_their_owner_alone_whatever_the_umask() {
    if let Some(path) = asked_to_create() {
        keyfile::create(path, &key(Algorithm::Ed25519), Protection::Plain).unwrap();
        return;
    }
    for umask in ["000", "022", "077"] {
        let (_directory, path) = directory();
        let child = again(
            &format!("umask {umask}"),
            "files::are_for_their_owner_alone_whatever_the_umask",
            &path,
        );
        assert!(child.status.success(), "{child:?}");
        let mode = fs::metadata(&path).unwrap().mode() & 0o7777;
        assert_eq!(mode, 0o600, "umask {umask}: {mode:o}");
        load_plain(&path).unwrap();
    }
}

#[test]
fn leave_nothing_behind_where_writing_fails() {
    if let Some(path) = asked_to_create() {
        let error = keyfile::create(path, &key(Algorithm::Ed25519), Protection::Plain).unwrap_err();
        assert!(matches!(error, KeyFileError::Write { .. }), "{error}");
        return;
    }
    let (directory, path) = directory();
    let child = again(
        // No file may grow, and the signal that says so is ignored: the write fails.
        "trap '' XFSZ; ulimit -f 0",
        "files::leave_nothing_behind_where_writing_fails",
        &path,
    );
    assert!(child.status.success(), "{child:?}");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn are_never_overwritten() {
    let (_directory, path) = directory();
    put(&path, "what was here before");
    let error = keyfile::create(&path, &key(Algorithm::Ed25519), Protection::Plain).unwrap_err();
    assert!(matches!(error, KeyFileError::Exists { .. }), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "what was here before");
}

#[test]
fn are_not_created_through_a_link() {
    let (directory, path) = directory();
    let elsewhere = directory.path().join("elsewhere");
    symlink(&elsewhere, &path).unwrap();
    let create = || keyfile::create(&path, &key(Algorithm::Ed25519), Protection::Plain);
    assert!(matches!(create(), Err(KeyFileError::Exists { .. })));
    assert!(!elsewhere.exists());

    put(&elsewhere, "what was here before");
    assert!(matches!(create(), Err(KeyFileError::Exists { .. })));
    assert_eq!(
        fs::read_to_string(&elsewhere).unwrap(),
        "what was here before"
    );
    assert!(path.is_symlink());
}

#[test]
fn are_created_beside_the_process_by_a_bare_name() {
    if let Some(path) = asked_to_create() {
        keyfile::create(path, &key(Algorithm::Ed25519), Protection::Plain).unwrap();
        return;
    }
    let (directory, path) = directory();
    let child = again(
        &format!("cd '{}'", directory.path().display()),
        "files::are_created_beside_the_process_by_a_bare_name",
        Path::new("alice.pem"),
    );
    assert!(child.status.success(), "{child:?}");
    load_plain(&path).unwrap();
}

#[test]
fn are_refused_where_others_can_read_them_with_the_command_that_mends_it() {
    let (directory, plain_name) = directory();
    let odd_name = directory.path().join("alice's key $HOME.pem");
    for path in [plain_name, odd_name] {
        for mode in [0o640, 0o604, 0o644, 0o620, 0o610, 0o660] {
            put(&path, plain(&key(Algorithm::Ed25519)));
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let error = load_plain(&path).unwrap_err();
            assert!(
                matches!(&error, KeyFileError::Exposed { mode: found, .. } if *found == mode),
                "{error}"
            );
            let text = error.to_string();
            assert!(text.contains(&format!("(mode {mode:o})")), "{text}");
            let (_, command) = text.split_once("close it with `").unwrap();
            let command = command.strip_suffix('`').unwrap();
            assert!(command.starts_with("chmod 600 "), "{command}");
            let mended = Command::new("sh").arg("-c").arg(command).status().unwrap();
            assert!(mended.success());
            load_plain(&path).unwrap();
        }
    }
}

#[test]
fn are_read_through_a_link_and_judged_by_what_it_leads_to() {
    let (directory, path) = directory();
    let target = directory.path().join("target.pem");
    put(&target, plain(&key(Algorithm::Ed25519)));
    symlink(&target, &path).unwrap();
    load_plain(&path).unwrap();
    fs::set_permissions(&target, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(
        load_plain(&path),
        Err(KeyFileError::Exposed { .. })
    ));
}

#[test]
fn are_regular_files_of_a_modest_length() {
    let (directory, path) = directory();
    assert!(matches!(
        load_plain(directory.path()),
        Err(KeyFileError::NotAFile { .. })
    ));
    assert!(matches!(
        load_plain(Path::new("/dev/zero")),
        Err(KeyFileError::NotAFile { .. })
    ));
    let pipe = directory.path().join("pipe");
    let made = Command::new("mkfifo")
        .args(["-m", "600"])
        .arg(&pipe)
        .status()
        .unwrap();
    assert!(made.success());
    assert!(matches!(
        load_plain(&pipe),
        Err(KeyFileError::NotAFile { .. })
    ));

    put(&path, "-".repeat(16 * 1024 + 1));
    assert!(matches!(
        load_plain(&path),
        Err(KeyFileError::TooLong { .. })
    ));
    put(&path, "-".repeat(16 * 1024));
    assert!(matches!(
        load_plain(&path),
        Err(KeyFileError::NotAKey { .. })
    ));
}

#[test]
fn are_named_where_they_are_missing() {
    let (directory, path) = directory();
    let error = load_plain(&path).unwrap_err();
    assert!(matches!(error, KeyFileError::Read { .. }));
    assert!(error.to_string().contains(path.to_str().unwrap()));

    let nowhere = directory.path().join("nowhere/alice.pem");
    let error = keyfile::create(&nowhere, &key(Algorithm::Ed25519), Protection::Plain).unwrap_err();
    assert!(matches!(error, KeyFileError::Write { .. }));
    assert!(error.to_string().contains(nowhere.to_str().unwrap()));
}

#[test]
fn have_names_that_cannot_command_a_terminal() {
    let error = load_plain(Path::new("alice\u{1b}[2J\n.pem")).unwrap_err();
    assert!(!error.to_string().contains(char::is_control), "{error:?}");
}

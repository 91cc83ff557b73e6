//! How are programs run, so that none outlives its test?

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use delegant_testing::{Server, free_port};

const PATIENCE: Duration = Duration::from_secs(120);

/// What a program said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs a program to its end, in this folder, which is also its home.
///
/// # Panics
/// It, or something that it started, is still there after two minutes.
pub(crate) fn run(command: &[String], folder: &Path, environment: &[(&str, &str)]) -> Said {
    let child = Command::new(&command[0])
        .args(&command[1..])
        .current_dir(folder)
        .env("HOME", folder)
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap();
    let group = format!("-{}", child.id());
    let (send, ended) = channel();
    thread::spawn(move || send.send(child.wait_with_output()));
    let Ok(output) = ended.recv_timeout(PATIENCE) else {
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        panic!("this does not end: {command:?}");
    };
    let output = output.unwrap();
    Said {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Starts a program that listens on a port, which the command is made for; it ends when this is dropped.
pub(crate) fn listen(folder: &Path, command: impl FnOnce(u16) -> Vec<String>) -> (Server, u16) {
    let port = free_port();
    let log = folder.join(format!("log-{port}"));
    let server = Server::start(command(port), Path::new(""), &log, "TERM");
    server.wait_for(port, &log);
    (server, port)
}

/// Waits until no program is at work in this folder any more.
///
/// # Panics
/// One still is.
pub(crate) fn nobody_is_left(folder: &Path) {
    let folder = fs::canonicalize(folder).unwrap();
    let began = Instant::now();
    loop {
        let left = at_work(&folder);
        if left.is_empty() {
            return;
        }
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "left behind: {left:?}"
        );
        thread::sleep(Duration::from_millis(50));
    }
}

/// The command lines of programs whose working directory is this folder; none where there is no `/proc`.
fn at_work(folder: &Path) -> Vec<String> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter(|process| fs::read_link(process.path().join("cwd")).is_ok_and(|at| at == folder))
        .map(|process| fs::read_to_string(process.path().join("cmdline")).unwrap_or_default())
        .filter(|line| !line.is_empty())
        .map(|line| line.replace('\0', " "))
        .collect()
}

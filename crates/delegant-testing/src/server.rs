//! A program that runs for as long as a test does.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A port that nobody listens on.
#[must_use]
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// Where a program is: on the `PATH`, or in one of the usual places; `*` stands for a version.
///
/// # Panics
/// Under `CI=true`, where it is nowhere.
#[must_use]
pub fn installed(program: &str, places: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    for place in places {
        match place.split_once('*') {
            None => folders.push(place.into()),
            Some((above, below)) => {
                let versions = fs::read_dir(above).into_iter().flatten().flatten();
                let mut versions: Vec<PathBuf> = versions.map(|entry| entry.path()).collect();
                versions.sort();
                folders.extend(
                    versions
                        .into_iter()
                        .rev()
                        .map(|version| version.join(below)),
                );
            }
        }
    }
    let mut places = folders.into_iter().map(|folder| folder.join(program));
    let found = places.find(|program| program.is_file());
    if found.is_none() {
        let is_ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
        assert!(!is_ci, "`{program}` is not installed, and CI must run this");
        eprintln!("skipped: `{program}` is not installed");
    }
    found
}

/// Runs until it is dropped, or this process ends in whatever way.
#[derive(Debug)]
pub struct Server {
    watcher: Child,
    pid: String,
}

/// Keeps the server as long as somebody holds the other end of its input.
const WATCH: &str = r#"
"$@" </dev/null >"$LOG" 2>&1 &
server=$!
echo $server
cat >/dev/null
kill -$STOP $server 2>/dev/null
wait $server
if [ -n "$FOLDER" ]; then rm -rf "$FOLDER"; fi
"#;

impl Server {
    /// Starts a program; when this process ends, it gets the signal `stop`, and `folder` is removed where
    /// it is not empty text.
    ///
    /// # Panics
    /// There is no shell.
    pub fn start<S: AsRef<OsStr>>(
        program: impl IntoIterator<Item = S>,
        folder: &Path,
        log: &Path,
        stop: &str,
    ) -> Self {
        let mut watcher = Command::new("sh")
            .args(["-c", WATCH, "sh"])
            .args(program)
            .env("LOG", log)
            .env("FOLDER", folder)
            .env("STOP", stop)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Who reads what the test says must not wait for the watcher.
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let output = watcher.stdout.take().unwrap();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(output), &mut line).unwrap();
        Self {
            watcher,
            pid: line.trim().to_owned(),
        }
    }

    /// Waits until it answers on a port.
    ///
    /// # Panics
    /// It does not within a minute; says what is in `log`.
    pub fn wait_for(&self, port: u16, log: &Path) {
        let began = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if began.elapsed() > Duration::from_secs(60) {
                panic!("no answer: {}", fs::read_to_string(log).unwrap_or_default());
            }
            sleep(Duration::from_millis(20));
        }
    }

    /// Sends it a signal by name.
    pub(crate) fn signal(&self, name: &str) {
        let _ = Command::new("kill")
            .args([&format!("-{name}"), &self.pid])
            .status();
    }

    /// Ends it with this signal, and leaves its folder.
    pub(crate) fn end(&mut self, signal: &str) {
        self.signal(signal);
        // Whatever else happens, the watcher must not remove the folder: it is going to be used again.
        let _ = self.watcher.kill();
        let _ = self.watcher.wait();
        let began = Instant::now();
        while Path::new("/proc").join(&self.pid).join("exe").exists()
            && began.elapsed() < Duration::from_secs(10)
        {
            sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut input) = self.watcher.stdin.take() {
            let _ = input.flush();
        }
        let _ = self.watcher.wait();
    }
}

//! PostgreSQL.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;

use crate::server::{Server, free_port, installed};

const PLACES: [&str; 3] = [
    "/usr/lib/postgresql/*bin",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/bin",
];

/// A PostgreSQL server of one's own.
#[derive(Debug)]
pub struct Postgres {
    server: Option<Server>,
    programs: PathBuf,
    folder: TempDir,
    port: u16,
    settings: Vec<String>,
    databases: AtomicU32,
}

impl Postgres {
    /// Starts one; `None` where PostgreSQL is not installed.
    #[must_use]
    pub fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    /// Starts one with further settings, such as `max_connections=500`.
    ///
    /// # Panics
    /// Where it does not start.
    #[must_use]
    pub fn start_with(settings: &[&str]) -> Option<Self> {
        let initdb = installed("initdb", &PLACES)?;
        let programs = fs::canonicalize(initdb)
            .unwrap()
            .parent()
            .unwrap()
            .to_owned();
        let folder = tempfile::Builder::new()
            .prefix("delegant-postgres-")
            .tempdir()
            .unwrap();
        let data = folder.path().join("data");
        fs::create_dir(&data).unwrap();
        own(&[folder.path(), &data]);
        let made = Command::new("sh")
            .args(["-c", "exec \"$@\" >/dev/null", "sh"])
            .args(as_postgres())
            .arg(programs.join("initdb"))
            .args([
                "--no-sync",
                "--no-instructions",
                "--auth=trust",
                "--username=postgres",
            ])
            .args(["--encoding=UTF8", "--locale=C", "--pgdata"])
            .arg(&data)
            .current_dir("/")
            .stdin(Stdio::null())
            .status()
            .unwrap();
        assert!(made.success(), "initdb failed");
        let mut postgres = Self {
            server: None,
            programs,
            folder,
            port: free_port(),
            settings: settings
                .iter()
                .map(|setting| (*setting).to_owned())
                .collect(),
            databases: AtomicU32::new(0),
        };
        postgres.run();
        Some(postgres)
    }

    fn run(&mut self) {
        let log = self.folder.path().join("log");
        let mut command: Vec<String> = as_postgres();
        command.push(self.programs.join("postgres").display().to_string());
        command.extend([
            "-D".into(),
            self.folder.path().join("data").display().to_string(),
        ]);
        command.extend(["-k".into(), self.folder.path().display().to_string()]);
        command.extend(["-p".into(), self.port.to_string()]);
        let settings = [
            "listen_addresses=127.0.0.1",
            "shared_buffers=16MB",
            "max_connections=100",
        ];
        let settings = settings
            .into_iter()
            .map(str::to_owned)
            .chain(self.settings.clone());
        command.extend(settings.flat_map(|setting| ["-c".to_owned(), setting]));
        let server = Server::start(command, self.folder.path(), &log, "QUIT");
        server.wait_for(self.port, &log);
        self.server = Some(server);
        // It listens before it answers.
        while self
            .sql("postgres", "SELECT 1")
            .is_none_or(|answer| answer != "1")
        {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    /// Makes a new, empty database, and says where it is.
    ///
    /// # Panics
    /// Where that fails.
    #[must_use]
    pub fn database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        assert!(
            self.sql("postgres", &format!("CREATE DATABASE {name}"))
                .is_some()
        );
        self.url(&name)
    }

    /// Where this database is.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// What it answers to a statement; `None` where that fails.
    #[must_use]
    pub fn sql(&self, database: &str, statement: &str) -> Option<String> {
        let output = Command::new(self.programs.join("psql"))
            .args([
                "-h",
                "127.0.0.1",
                "-U",
                "postgres",
                "-qtA",
                "-p",
                &self.port.to_string(),
            ])
            .args(["-d", database, "-c", statement])
            .stderr(Stdio::null())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        output.status.success().then_some(text)
    }

    /// Ends it at once, as a lost machine does: `kill -9` for it and all its processes.
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            // Its processes end when they miss it; QUIT makes sure that they do before the next start.
            server.end("QUIT");
        }
    }

    /// Starts it again on the same port and data.
    pub fn restart(&mut self) {
        self.kill();
        self.run();
    }

    /// Makes it stop answering, without losing a connection.
    pub fn freeze(&self) {
        for pid in self.processes() {
            let _ = Command::new("kill").args(["-STOP", &pid]).status();
        }
    }

    /// Lets it answer again.
    pub fn thaw(&self) {
        for pid in self.processes() {
            let _ = Command::new("kill").args(["-CONT", &pid]).status();
        }
    }

    /// It and its children.
    fn processes(&self) -> Vec<String> {
        let pid = fs::read_to_string(self.folder.path().join("data/postmaster.pid")).unwrap();
        let pid = pid.lines().next().unwrap_or_default().to_owned();
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
        let children = children.unwrap_or_default();
        let children = children.split_whitespace().map(str::to_owned);
        children.chain([pid.clone()]).collect()
    }
}

/// PostgreSQL does not run as root.
fn as_postgres() -> Vec<String> {
    let words: &[&str] = if is_root() {
        &[
            "setpriv",
            "--reuid=postgres",
            "--regid=postgres",
            "--clear-groups",
            "--",
        ]
    } else {
        &[]
    };
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn is_root() -> bool {
    id(&["-u"]) == Some(0)
}

fn id(arguments: &[&str]) -> Option<u32> {
    let output = Command::new("id").args(arguments).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

fn own(folders: &[&Path]) {
    if is_root() {
        let (user, group) = (id(&["-u", "postgres"]), id(&["-g", "postgres"]));
        for folder in folders {
            std::os::unix::fs::chown(folder, user, group).unwrap();
        }
    }
}

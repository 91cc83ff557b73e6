//! Redis or Valkey.

use std::path::PathBuf;

use tempfile::TempDir;

use crate::server::{Server, free_port, installed};

/// A Redis server of one's own, which keeps what it acknowledges (`appendfsync always`) unless told
/// otherwise.
#[derive(Debug)]
pub struct Redis {
    server: Option<Server>,
    program: PathBuf,
    folder: TempDir,
    port: u16,
    settings: Vec<String>,
}

impl Redis {
    /// Starts one; `None` where Redis is not installed.
    #[must_use]
    pub fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    /// Starts one with further settings, such as `["appendfsync", "everysec"]`; several values have a space between
    /// them.
    ///
    /// # Panics
    /// Where it does not start.
    #[must_use]
    pub fn start_with(settings: &[[&str; 2]]) -> Option<Self> {
        let program = installed("redis-server", &["/usr/local/bin", "/opt/homebrew/bin"])?;
        let settings = settings.iter().flat_map(|[name, values]| {
            let values = values.split(' ').map(str::to_owned);
            [format!("--{name}")].into_iter().chain(values)
        });
        let mut redis = Self {
            server: None,
            program,
            folder: tempfile::Builder::new()
                .prefix("delegant-redis-")
                .tempdir()
                .unwrap(),
            port: free_port(),
            settings: settings.collect(),
        };
        redis.run();
        Some(redis)
    }

    fn run(&mut self) {
        let log = self.folder.path().join("log");
        let mut command = vec![self.program.display().to_string()];
        let port = self.port.to_string();
        let folder = self.folder.path().display().to_string();
        for word in [
            "--port",
            &port,
            "--bind",
            "127.0.0.1",
            "--dir",
            &folder,
            "--save",
            "",
            "--appendonly",
            "yes",
            "--appendfsync",
            "always",
        ] {
            command.push(word.to_owned());
        }
        command.extend(self.settings.clone());
        let server = Server::start(command, self.folder.path(), &log, "KILL");
        server.wait_for(self.port, &log);
        self.server = Some(server);
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// Where one of its databases is.
    #[must_use]
    pub fn database(&self, number: u8) -> String {
        format!("redis://127.0.0.1:{}/{number}", self.port)
    }

    /// Ends it at once: `kill -9`.
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.end("KILL");
        }
    }

    /// Starts it again on the same port and data.
    pub fn restart(&mut self) {
        self.kill();
        self.run();
    }

    /// Makes it stop answering, without losing a connection.
    pub fn freeze(&self) {
        if let Some(server) = &self.server {
            server.signal("STOP");
        }
    }

    /// Lets it answer again.
    pub fn thaw(&self) {
        if let Some(server) = &self.server {
            server.signal("CONT");
        }
    }
}

//! Where it is measured.

use std::fs::File;

use delegant_testing::{Postgres, Redis};
use tempfile::TempDir;

/// Private servers, and a folder for files.
pub(crate) struct Places {
    folder: TempDir,
    postgres: Postgres,
    redis: Redis,
}

impl Places {
    pub(crate) fn start() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            postgres: Postgres::start_with(&["max_connections=600"]).unwrap(),
            redis: Redis::start_with(&[["databases", "64"]]).unwrap(),
        }
    }

    /// A new file beside the store's.
    pub(crate) fn file(&self, name: &str) -> File {
        File::create(self.folder.path().join(name)).unwrap()
    }

    /// The names of the back ends that several processes can share, each with an address.
    pub(crate) fn shared(&self) -> [(&'static str, String); 3] {
        let file = self.folder.path().join("delegant.db");
        [
            ("sqlite", format!("sqlite:{}", file.display())),
            ("postgres", self.postgres.database()),
            ("redis", self.redis.url()),
        ]
    }
}

//! Where the contract is tested.

use delegant_store::Store;
use tempfile::TempDir;

/// A place with nothing in it.
pub(crate) enum Place {
    /// In this process alone.
    Memory(Store),
    /// At an address.
    At {
        address: String,
        _folder: Option<TempDir>,
    },
}

impl Place {
    pub(crate) fn memory() -> Option<Self> {
        Some(Self::Memory(Store::memory()))
    }

    #[cfg(feature = "sqlite")]
    pub(crate) fn sqlite() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("delegant.db");
        Some(Self::At {
            address: format!("sqlite:{}", file.display()),
            _folder: Some(folder),
        })
    }

    #[cfg(feature = "postgres")]
    pub(crate) fn postgres() -> Option<Self> {
        use delegant_testing::Postgres;
        // One for all tests, each with a database of its own; it ends with this process.
        static SERVER: std::sync::OnceLock<Option<Postgres>> = std::sync::OnceLock::new();
        let server = SERVER.get_or_init(|| Postgres::start_with(&["max_connections=300"]));
        Some(Self::At {
            address: server.as_ref()?.database(),
            _folder: None,
        })
    }

    #[cfg(feature = "redis")]
    pub(crate) fn redis() -> Option<Self> {
        use std::sync::atomic::{AtomicU8, Ordering};

        use delegant_testing::Redis;
        static SERVER: std::sync::OnceLock<Option<Redis>> = std::sync::OnceLock::new();
        static DATABASES: AtomicU8 = AtomicU8::new(0);
        let server = SERVER.get_or_init(|| Redis::start_with(&[["databases", "256"]]));
        let number = DATABASES.fetch_add(1, Ordering::Relaxed);
        Some(Self::At {
            address: server.as_ref()?.database(number),
            _folder: None,
        })
    }

    /// Opens it, as a process of its own would.
    pub(crate) async fn open(&self) -> Store {
        match self {
            Self::Memory(store) => store.clone(),
            Self::At { address, .. } => Store::open(address).await.unwrap(),
        }
    }
}

//! What do the disk and the servers do by themselves? One bare write, then the next.

use std::fs::File;
use std::io::Write;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use sqlx::{Connection, PgConnection};

use crate::place::Places;

const LONG: Duration = Duration::from_secs(2);

/// Somewhere to write to.
pub(crate) enum Bare {
    Disk(Mutex<File>),
    Postgres(String),
    Redis(MultiplexedConnection),
}

impl Bare {
    pub(crate) async fn open(name: &str, places: &Places, address: &str) -> Self {
        match name {
            "sqlite" => Self::Disk(Mutex::new(places.file("bare"))),
            "postgres" => Self::Postgres(address.to_owned()),
            _ => {
                let client = redis::Client::open(address).unwrap();
                Self::Redis(client.get_multiplexed_async_connection().await.unwrap())
            }
        }
    }

    /// In words.
    pub(crate) fn what(name: &str) -> &'static str {
        match name {
            "sqlite" => "4 KiB appended to a file and `fdatasync`",
            "postgres" => "`INSERT` of a key, each its own commit",
            _ => "`SET` of a key with `NX` and `PX`",
        }
    }

    /// Writes in a second.
    pub(crate) async fn rate(&self) -> f64 {
        let (mut writes, began) = (0_u64, Instant::now());
        let start = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos();
        match self {
            Self::Disk(file) => {
                let mut file = file.lock().unwrap();
                while began.elapsed() < LONG {
                    file.write_all(&[7; 4096]).unwrap();
                    file.sync_data().unwrap();
                    writes += 1;
                }
            }
            Self::Postgres(address) => {
                let mut connection = PgConnection::connect(address).await.unwrap();
                let table = "CREATE TABLE IF NOT EXISTS bare (key text PRIMARY KEY)";
                sqlx::query(table).execute(&mut connection).await.unwrap();
                while began.elapsed() < LONG {
                    sqlx::query("INSERT INTO bare VALUES ($1)")
                        .bind(format!("{start}-{writes}"))
                        .execute(&mut connection)
                        .await
                        .unwrap();
                    writes += 1;
                }
            }
            Self::Redis(connection) => {
                let mut connection = connection.clone();
                while began.elapsed() < LONG {
                    let key = format!("bare-{start}-{writes}");
                    let mut set = redis::cmd("SET");
                    let set = set.arg(key).arg("1").arg("NX").arg("PX").arg(600_000);
                    let () = set.query_async(&mut connection).await.unwrap();
                    writes += 1;
                }
            }
        }
        writes as f64 / began.elapsed().as_secs_f64()
    }
}

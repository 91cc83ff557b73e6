//! In a file of SQLite: for one machine, with nothing to set up.
//!
//! Writes go through one task, which commits all that have come in while it was at the last commit:
//! one fsync for many callers (`PRAGMA synchronous = FULL` in WAL mode). Reads do not wait for it.

use std::sync::Arc;
use std::time::Duration;

use delegant::{Cid, Did, Timestamp};
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, ConnectOptions, SqlSafeStr};
use tokio::sync::Notify;

use crate::backend::{
    Answer, Backend, Entry, Followed, KeptProof, Progress, Proofs, Record, Redeemed, Redemption,
    Redemptions, RevocationLog, Sequence,
};
use crate::error::{Full, StoreError};
use crate::mark::Mark;
use crate::queue::Queue;
use crate::rows::{Row, entry, followed, signed};
use crate::sqlite::writer::{Job, Writer};

mod redeem;
mod writer;

/// Statements of each length are prepared once.
const STATEMENTS: usize = 1024;

/// Other processes may write to the file: look so often.
const LOOK: Duration = Duration::from_millis(200);

pub(crate) struct Sqlite {
    readers: SqlitePool,
    writer: Queue<Job>,
    changed: Arc<Notify>,
}

impl Sqlite {
    /// Opens the file, and makes it where there is none.
    pub(crate) async fn open(file: &str) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5))
            .statement_cache_capacity(STATEMENTS)
            .disable_statement_logging();
        let mut connection = options.connect().await.map_err(error)?;
        keeps_what_it_acknowledges(&mut connection).await?;
        migrate(&mut connection).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(4)
            .acquire_timeout(Duration::from_secs(5))
            .test_before_acquire(false)
            .connect_with(options.clone())
            .await
            .map_err(error)?;
        let (writer, jobs) = Queue::new();
        let changed = Arc::new(Notify::new());
        tokio::spawn(Writer::new(options, connection, Arc::clone(&changed)).work(jobs));
        Ok(Self {
            readers,
            writer,
            changed,
        })
    }
}

/// Some file systems cannot, and SQLite takes something weaker without a word.
async fn keeps_what_it_acknowledges(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&mut *connection)
        .await
        .map_err(error)?;
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous")
        .fetch_one(&mut *connection)
        .await
        .map_err(error)?;
    if journal != "wal" || synchronous < 2 {
        return Err(StoreError::NotDurable {
            found: format!("journal_mode is `{journal}`, synchronous is {synchronous}"),
            way_out: "put the file on a local disk",
        });
    }
    Ok(())
}

async fn migrate(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let migrator = Migrator::with_migrations(vec![Migration::new(
        1,
        "what must outlive a request".into(),
        MigrationType::Simple,
        include_str!("sqlite/schema.sql").into_sql_str(),
        false,
    )]);
    // Another process may be making the same tables: then they are there the next time.
    let mut tries = 0;
    loop {
        match migrator.run(&mut *connection).await {
            Ok(()) => return Ok(()),
            Err(cause) if tries == 5 => return Err(error(cause.into())),
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
        tries += 1;
    }
}

impl Backend for Sqlite {}

impl Proofs for Sqlite {
    fn proofs<'a>(&'a self, cids: &'a [Cid]) -> Answer<'a, Vec<Vec<u8>>> {
        Box::pin(async move {
            let sql = format!(
                "SELECT bytes FROM proof WHERE cid IN ({})",
                places(cids.len())
            );
            let mut query = sqlx::query_scalar(AssertSqlSafe(sql));
            for cid in cids {
                query = query.bind(cid.to_bytes().to_vec());
            }
            query.fetch_all(&self.readers).await.map_err(error)
        })
    }

    fn keep<'a>(&'a self, proofs: &'a [KeptProof], now: Timestamp) -> Answer<'a, ()> {
        let proofs = proofs.to_vec();
        Box::pin(self.writer.ask(move |reply| Job::Keep(proofs, now, reply)))
    }
}

impl RevocationLog for Sqlite {
    fn append<'a>(&'a self, record: &'a Record) -> Answer<'a, Sequence> {
        let record = record.clone();
        Box::pin(self.writer.ask(move |reply| Job::Append(record, reply)))
    }

    fn marked<'a>(&'a self, marks: &'a [Mark]) -> Answer<'a, Vec<Entry>> {
        Box::pin(async move {
            let sql = format!(
                "SELECT sequence, accepted_at, container FROM revocation WHERE sequence IN \
                 (SELECT sequence FROM mark WHERE digest IN ({}))",
                places(marks.len())
            );
            let mut query = sqlx::query_as::<_, Row>(AssertSqlSafe(sql));
            for mark in marks {
                query = query.bind(mark.digest().to_vec());
            }
            let rows = query.fetch_all(&self.readers).await.map_err(error)?;
            rows.into_iter().map(entry).collect()
        })
    }

    fn after(&self, sequence: Sequence, limit: usize) -> Answer<'_, Vec<Entry>> {
        Box::pin(async move {
            let rows = sqlx::query_as::<_, Row>(
                "SELECT sequence, accepted_at, container FROM revocation \
                 WHERE sequence > ? ORDER BY sequence LIMIT ?",
            )
            .bind(signed(sequence))
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&self.readers)
            .await
            .map_err(error)?;
            rows.into_iter().map(entry).collect()
        })
    }

    fn prints(&self, after: Sequence, through: Sequence) -> Answer<'_, Vec<u64>> {
        Box::pin(async move {
            let prints: Vec<i64> =
                sqlx::query_scalar("SELECT print FROM mark WHERE sequence > ? AND sequence <= ?")
                    .bind(signed(after))
                    .bind(signed(through))
                    .fetch_all(&self.readers)
                    .await
                    .map_err(error)?;
            Ok(prints.into_iter().map(i64::cast_unsigned).collect())
        })
    }

    fn set_refused<'a>(&'a self, principal: &'a Did, refused: bool) -> Answer<'a, ()> {
        let principal = principal.clone();
        Box::pin(
            self.writer
                .ask(move |reply| Job::Refuse(principal, refused, reply)),
        )
    }

    fn refused(&self) -> Answer<'_, Vec<Did>> {
        Box::pin(async move {
            let names: Vec<String> = sqlx::query_scalar("SELECT principal FROM refused")
                .fetch_all(&self.readers)
                .await
                .map_err(error)?;
            let dids = names.iter().map(|name| name.parse());
            dids.collect::<Result<_, _>>()
                .map_err(|_| StoreError::Corrupt {
                    what: "a principal that is refused has a name that is no DID",
                })
        })
    }

    fn set_followed<'a>(&'a self, followed: &'a Followed) -> Answer<'a, ()> {
        let followed = followed.clone();
        Box::pin(self.writer.ask(move |reply| Job::Follow(followed, reply)))
    }

    fn unfollow<'a>(&'a self, service: &'a Did) -> Answer<'a, ()> {
        let service = service.clone();
        Box::pin(self.writer.ask(move |reply| Job::Unfollow(service, reply)))
    }

    fn followed(&self) -> Answer<'_, Vec<Followed>> {
        Box::pin(async move {
            let rows: Vec<(String, i64, i64)> =
                sqlx::query_as("SELECT service, sequence, known_at FROM followed")
                    .fetch_all(&self.readers)
                    .await
                    .map_err(error)?;
            rows.into_iter().map(followed).collect()
        })
    }

    fn progress(&self) -> Answer<'_, Progress> {
        Box::pin(async move {
            let (newest, refusals, follows): (i64, i64, i64) = sqlx::query_as(
                "SELECT (SELECT value FROM state WHERE name = 'newest'), \
                 (SELECT value FROM state WHERE name = 'refusals'), \
                 (SELECT value FROM state WHERE name = 'follows')",
            )
            .fetch_one(&self.readers)
            .await
            .map_err(error)?;
            Ok(Progress {
                newest: newest.cast_unsigned(),
                refusals: refusals.cast_unsigned(),
                follows: follows.cast_unsigned(),
            })
        })
    }

    fn changed(&self) -> Answer<'_, ()> {
        Box::pin(async move {
            let _ = tokio::time::timeout(LOOK, self.changed.notified()).await;
            Ok(())
        })
    }

    fn forget(&self, now: Timestamp) -> Answer<'_, ()> {
        Box::pin(self.writer.ask(move |reply| Job::Forget(now, reply)))
    }
}

impl Redemptions for Sqlite {
    fn redeem<'a>(&'a self, redemption: &'a Redemption) -> Answer<'a, Redeemed> {
        let redemption = redemption.clone();
        Box::pin(self.writer.ask(move |reply| Job::Redeem(redemption, reply)))
    }
}

/// So many places for values.
fn places(count: usize) -> String {
    vec!["?"; count].join(",")
}

/// What the driver says, as what it means here.
fn error(cause: sqlx::Error) -> StoreError {
    if let sqlx::Error::Migrate(migrating) = cause {
        return match *migrating {
            MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _) => error(cause),
            other => StoreError::unavailable(other),
        };
    }
    let code = cause
        .as_database_error()
        .and_then(|error| error.code())
        .and_then(|code| code.parse::<u32>().ok());
    // The low byte is the primary code: https://sqlite.org/rescode.html
    match code.map(|code| code & 0xff) {
        Some(11) => StoreError::Corrupt {
            what: "SQLite finds the file malformed",
        },
        Some(13) => StoreError::Full(Full::Space),
        Some(26) => StoreError::Corrupt {
            what: "the file is no SQLite database",
        },
        _ => StoreError::unavailable(cause),
    }
}

//! In PostgreSQL: for many machines that share one state.
//!
//! Redemptions are committed in batches by a few connections of their own. Revocations are numbered
//! under a row lock that is held until the commit, so readers see the numbers in order and miss none;
//! `NOTIFY` says that there are some, and nothing depends on it but speed.

use std::sync::Arc;
use std::time::Duration;

use delegant::{Cid, Timestamp};
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::postgres::{PgConnectOptions, PgListener, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, SqlSafeStr};
use tokio::sync::{Mutex, Notify};
use tokio::task::AbortHandle;

use crate::backend::{Answer, Backend, KeptProof, Proofs, Redeemed, Redemption, Redemptions};
use crate::durability::Durability;
use crate::error::{Full, StoreError};
use crate::postgres::writer::{Asked, Writer};
use crate::queue::Queue;

mod log;
mod writer;

/// So many commits at a time, each for all that waited while it waited.
const WRITERS: usize = 3;

/// Looked at so often, where nothing is heard.
const LOOK: Duration = Duration::from_secs(1);

/// So many delegations are kept, the latest.
const PROOFS: i64 = 1_000_000;

pub(crate) struct Postgres {
    pool: PgPool,
    queue: Queue<Asked>,
    changed: Arc<Notify>,
    tasks: Vec<AbortHandle>,
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

impl Postgres {
    pub(crate) async fn open(address: &str) -> Result<Self, StoreError> {
        let (address, accepted) = Durability::take(address)?;
        let options: PgConnectOptions = address.parse().map_err(|_| StoreError::Address {
            problem: "PostgreSQL's driver cannot read it",
        })?;
        let options = options
            .application_name("delegant")
            .disable_statement_logging();
        let pool = PgPoolOptions::new()
            .min_connections(0)
            .max_connections(4)
            .acquire_timeout(Duration::from_secs(5))
            .idle_timeout(Duration::from_secs(60))
            .after_connect(|connection, _| {
                Box::pin(async move {
                    // Whatever is the default of the database: a commit is on disk, and each
                    // statement sees what was committed before it.
                    let session = "SET synchronous_commit = on; \
                                   SET default_transaction_isolation = 'read committed'";
                    sqlx::raw_sql(session).execute(connection).await.map(drop)
                })
            })
            .connect_with(options.clone())
            .await
            .map_err(error)?;
        keeps_what_it_acknowledges(&pool, accepted).await?;
        migrate(&pool).await?;
        let changed = Arc::new(Notify::new());
        let (queue, jobs) = Queue::new();
        let jobs = Arc::new(Mutex::new(jobs));
        let mut tasks = vec![
            tokio::spawn(listen(options.clone(), Arc::clone(&changed))).abort_handle(),
            tokio::spawn(forget(pool.clone())).abort_handle(),
        ];
        // Not among the tasks to end: they end by themselves, once what was asked of them is done.
        for _ in 0..WRITERS {
            tokio::spawn(Writer::new(options.clone()).work(Arc::clone(&jobs)));
        }
        tasks.shrink_to_fit();
        Ok(Self {
            pool,
            queue,
            changed,
            tasks,
        })
    }
}

async fn keeps_what_it_acknowledges(pool: &PgPool, accepted: Durability) -> Result<(), StoreError> {
    let fsync: String = sqlx::query_scalar("SELECT current_setting('fsync')")
        .fetch_one(pool)
        .await
        .map_err(error)?;
    if fsync != "on" && accepted > Durability::None {
        return Err(StoreError::NotDurable {
            found: format!("PostgreSQL's `fsync` is `{fsync}`"),
            way_out: "set it to `on`, or accept that with `?durability=none`",
        });
    }
    Ok(())
}

async fn migrate(pool: &PgPool) -> Result<(), StoreError> {
    let mut migrator = Migrator::with_migrations(vec![Migration::new(
        1,
        "what must outlive a request".into(),
        MigrationType::Simple,
        include_str!("postgres/schema.sql").into_sql_str(),
        false,
    )]);
    migrator.dangerous_set_table_name("delegant_migrations");
    migrator
        .run(pool)
        .await
        .map_err(|cause| error(cause.into()))
}

/// Tells that there may be something new, until it is ended.
async fn listen(options: PgConnectOptions, changed: Arc<Notify>) {
    loop {
        if let Err(_lost) = listen_once(&options, &changed).await {
            // What is missed meanwhile is found by looking.
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

async fn listen_once(options: &PgConnectOptions, changed: &Notify) -> Result<(), sqlx::Error> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .max_lifetime(None)
        .idle_timeout(None)
        .connect_with(options.clone())
        .await?;
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.listen("delegant").await?;
    loop {
        // Also where the connection was lost and is there again: something may have been said meanwhile.
        changed.notify_one();
        listener.try_recv().await?;
    }
}

/// Forgets what is over, a little at a time, until it is ended.
async fn forget(pool: PgPool) {
    const AT_MOST: i64 = 2_000;
    loop {
        let forgotten = writer::forget(&pool, AT_MOST).await;
        if !matches!(forgotten, Ok(AT_MOST..)) {
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
    }
}

impl Backend for Postgres {}

impl Proofs for Postgres {
    fn proofs<'a>(&'a self, cids: &'a [Cid]) -> Answer<'a, Vec<Vec<u8>>> {
        Box::pin(async move {
            let cids: Vec<Vec<u8>> = cids.iter().map(|cid| cid.to_bytes().to_vec()).collect();
            sqlx::query_scalar("SELECT bytes FROM delegant_proof WHERE cid = ANY ($1)")
                .bind(cids)
                .fetch_all(&self.pool)
                .await
                .map_err(error)
        })
    }

    fn keep<'a>(&'a self, proofs: &'a [KeptProof], now: Timestamp) -> Answer<'a, ()> {
        Box::pin(async move {
            // In one order, so that nobody waits in a circle.
            let mut proofs: Vec<&KeptProof> = proofs.iter().collect();
            proofs.sort_by_key(|proof| proof.cid);
            let cids: Vec<Vec<u8>> = proofs
                .iter()
                .map(|proof| proof.cid.to_bytes().to_vec())
                .collect();
            let ends: Vec<Option<i64>> = proofs
                .iter()
                .map(|proof| proof.until.map(Timestamp::to_unix))
                .collect();
            let bytes: Vec<&[u8]> = proofs.iter().map(|proof| proof.bytes.as_slice()).collect();
            sqlx::query(
                "INSERT INTO delegant_proof (cid, until, bytes) \
                 SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::bytea[]) \
                 ON CONFLICT (cid) DO UPDATE SET bytes = excluded.bytes",
            )
            .bind(cids)
            .bind(ends)
            .bind(bytes)
            .execute(&self.pool)
            .await
            .map_err(error)?;
            sqlx::query(
                "DELETE FROM delegant_proof WHERE id IN (SELECT id FROM delegant_proof \
                 WHERE until < $1 OR id <= (SELECT max(id) FROM delegant_proof) - $2 \
                 LIMIT 100 FOR UPDATE SKIP LOCKED)",
            )
            .bind(now.to_unix())
            .bind(PROOFS)
            .execute(&self.pool)
            .await
            .map_err(error)?;
            Ok(())
        })
    }
}

impl Redemptions for Postgres {
    fn redeem<'a>(&'a self, redemption: &'a Redemption) -> Answer<'a, Redeemed> {
        let redemption = redemption.clone();
        Box::pin(self.queue.ask(move |reply| Asked { redemption, reply }))
    }
}

/// What the driver says, as what it means here.
fn error(cause: sqlx::Error) -> StoreError {
    if let sqlx::Error::Migrate(migrating) = cause {
        return match *migrating {
            MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _) => error(cause),
            other => StoreError::unavailable(other),
        };
    }
    let code = cause.as_database_error().and_then(|error| error.code());
    // https://www.postgresql.org/docs/current/errcodes-appendix.html
    match code.as_deref() {
        Some("53100") => StoreError::Full(Full::Space),
        Some("XX001" | "XX002") => StoreError::Corrupt {
            what: "PostgreSQL finds its data or an index corrupted",
        },
        _ => StoreError::unavailable(cause),
    }
}

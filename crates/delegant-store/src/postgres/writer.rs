//! Uses many invocations in one commit.

use std::collections::BTreeMap;
use std::sync::Arc;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool};
use sqlx::{ConnectOptions, Executor};
use tokio::sync::{Mutex, mpsc};

use crate::backend::{Redeemed, Redemption};
use crate::error::StoreError;
use crate::ledger::{ALL, Ledger};
use crate::postgres::error;
use crate::queue::Reply;

/// An invocation to be used, and where the answer goes.
pub(super) struct Asked {
    pub(super) redemption: Redemption,
    pub(super) reply: Reply<Redeemed>,
}

/// So many go into one commit at most.
const BATCH: usize = 256;

/// So many leave at once where there is no room.
const FORGET_FOR_ROOM: i64 = 10_000;

pub(super) struct Writer {
    options: PgConnectOptions,
    /// Given up where anything failed.
    connection: Option<PgConnection>,
    /// Where it counts, so that it waits for nobody who counts elsewhere.
    lane: i16,
}

impl Writer {
    pub(super) fn new(options: PgConnectOptions) -> Self {
        Self {
            options,
            connection: None,
            lane: 0,
        }
    }

    /// Until nobody is there to ask any more.
    pub(super) async fn work(mut self, jobs: Arc<Mutex<mpsc::Receiver<Asked>>>) {
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            // One waits for the next to come, the others for that one.
            if jobs.lock().await.recv_many(&mut batch, BATCH).await == 0 {
                return;
            }
            let redemptions: Vec<&Redemption> =
                batch.iter().map(|asked| &asked.redemption).collect();
            let outcomes = self.redeem(&redemptions).await;
            match outcomes {
                Ok(outcomes) => {
                    for (asked, outcome) in batch.drain(..).zip(outcomes) {
                        drop(asked.reply.send(outcome));
                    }
                }
                Err(cause) => {
                    // Whether it was committed is not known, nor what state this is in.
                    self.connection = None;
                    let error = error(cause);
                    for asked in batch.drain(..) {
                        drop(asked.reply.send(Err(error.clone())));
                    }
                }
            }
        }
    }

    async fn redeem(
        &mut self,
        redemptions: &[&Redemption],
    ) -> Result<Vec<Result<Redeemed, StoreError>>, sqlx::Error> {
        let mut ledger = self.look(redemptions).await?;
        let mut outcomes = ledger.judge(redemptions);
        let connection = self.connected().await?;
        let is_full = |outcome: &Result<_, _>| matches!(outcome, Err(StoreError::Full(_)));
        if outcomes.iter().any(is_full) {
            let now = redemptions.iter().map(|one| one.now.to_unix()).min();
            forget_until(&mut *connection, now.unwrap_or(i64::MIN), FORGET_FOR_ROOM).await?;
            ledger = look(connection, redemptions).await?;
            outcomes = ledger.judge(redemptions);
        }
        let chosen = redemptions.iter().zip(&outcomes);
        // In the order of their keys.
        let chosen: BTreeMap<&[u8], &Redemption> = chosen
            .filter(|(_, outcome)| matches!(outcome, Ok(Redeemed::First)))
            .map(|(redemption, _)| (redemption.key.invocation().as_slice(), *redemption))
            .collect();
        if chosen.is_empty() {
            return Ok(outcomes);
        }
        let lane = self.lane;
        let connection = self.connected().await?;
        let invocations: Vec<&[u8]> = chosen.keys().copied().collect();
        let issuers: Vec<&[u8]> = chosen
            .values()
            .map(|one| one.key.issuer().as_slice())
            .collect();
        let untils: Vec<i64> = chosen.values().map(|one| one.until.to_unix()).collect();
        let won: Vec<Vec<u8>> = sqlx::query_scalar("SELECT delegant_use($1, $2, $3, $4)")
            .bind(invocations)
            .bind(issuers)
            .bind(untils)
            .bind(lane)
            .fetch_one(&mut *connection)
            .await?;
        // Another process was faster with some.
        for (redemption, outcome) in redemptions.iter().zip(&mut outcomes) {
            let has_won = won
                .iter()
                .any(|won| won.as_slice() == redemption.key.invocation());
            if matches!(outcome, Ok(Redeemed::First)) && !has_won {
                *outcome = Ok(Redeemed::Again);
            }
        }
        Ok(outcomes)
    }

    /// A look changes nothing: where the connection was lost since the last, there is another.
    async fn look(&mut self, redemptions: &[&Redemption]) -> Result<Ledger, sqlx::Error> {
        let connection = self.connected().await?;
        match look(connection, redemptions).await {
            Ok(ledger) => Ok(ledger),
            Err(_) => {
                self.connection = None;
                look(self.connected().await?, redemptions).await
            }
        }
    }

    async fn connected(&mut self) -> Result<&mut PgConnection, sqlx::Error> {
        if self.connection.is_none() {
            let mut connection = self.options.connect().await?;
            connection
                .execute(
                    "SET synchronous_commit = on; \
                     SET default_transaction_isolation = 'read committed'",
                )
                .await?;
            let process: i32 = sqlx::query_scalar("SELECT pg_backend_pid()")
                .fetch_one(&mut connection)
                .await?;
            self.lane = i16::try_from(process.rem_euclid(64)).unwrap_or(0);
            self.connection = Some(connection);
        }
        self.connection.as_mut().ok_or(sqlx::Error::WorkerCrashed)
    }
}

async fn look(
    connection: &mut PgConnection,
    redemptions: &[&Redemption],
) -> Result<Ledger, sqlx::Error> {
    let invocations: Vec<&[u8]> = redemptions
        .iter()
        .map(|redemption| redemption.key.invocation().as_slice())
        .collect();
    let mut issuers: Vec<&[u8]> = redemptions
        .iter()
        .map(|redemption| redemption.key.issuer().as_slice())
        .chain([ALL])
        .collect();
    issuers.sort_unstable();
    issuers.dedup();
    let rows: Vec<(i16, Vec<u8>, i64)> = sqlx::query_as(
        "SELECT 0::smallint, ''::bytea, value FROM delegant_state WHERE name = 'horizon' \
         UNION ALL SELECT 1::smallint, invocation, 0 FROM delegant_redeemed WHERE invocation = ANY ($1) \
         UNION ALL SELECT 2::smallint, issuer, sum(live)::bigint FROM delegant_redeemer \
         WHERE issuer = ANY ($2) GROUP BY issuer",
    )
    .bind(invocations)
    .bind(issuers)
    .fetch_all(&mut *connection)
    .await?;
    let mut ledger = Ledger {
        // Where it cannot be read, everything may be forgotten.
        horizon: i64::MAX,
        ..Ledger::default()
    };
    for (what, bytes, number) in rows {
        match what {
            0 => ledger.horizon = number,
            1 => drop(ledger.there.insert(bytes)),
            _ => drop(ledger.before.insert(bytes, number)),
        }
    }
    Ok(ledger)
}

/// Forgets what is over by the server's clock, and says how much.
pub(super) async fn forget(pool: &PgPool, at_most: i64) -> Result<i64, sqlx::Error> {
    let mut connection = pool.acquire().await?;
    forget_until(&mut connection, i64::MAX, at_most).await
}

async fn forget_until(
    connection: &mut PgConnection,
    now: i64,
    at_most: i64,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT delegant_forget($1, $2)")
        .bind(now)
        .bind(at_most)
        .fetch_one(connection)
        .await
}

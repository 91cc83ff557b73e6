//! The one task that writes: everything that waits goes into one commit.

use std::sync::Arc;

use delegant::{Did, Timestamp};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use tokio::sync::{Notify, mpsc};

use crate::backend::{Followed, KeptProof, Record, Redeemed, Redemption, Sequence};
use crate::error::StoreError;
use crate::queue::Reply;
use crate::rows::signed;
use crate::sqlite::error;
use crate::sqlite::redeem::redeem;

/// What is to be written, and where the answer goes.
pub(super) enum Job {
    Redeem(Redemption, Reply<Redeemed>),
    Append(Record, Reply<Sequence>),
    Refuse(Did, bool, Reply<()>),
    Keep(Vec<KeptProof>, Timestamp, Reply<()>),
    Forget(Timestamp, Reply<()>),
    Follow(Followed, Reply<()>),
    Unfollow(Did, Reply<()>),
}

/// So many go into one commit at most.
const BATCH: usize = 128;

/// So many delegations are kept, the latest.
const PROOFS: i64 = 100_000;

/// So many of what is over go at a time.
const FORGET: i64 = 100;

pub(super) struct Writer {
    options: SqliteConnectOptions,
    /// Given up where anything failed: what state it is in is anybody's guess.
    connection: Option<SqliteConnection>,
    changed: Arc<Notify>,
}

impl Writer {
    pub(super) const fn new(
        options: SqliteConnectOptions,
        connection: SqliteConnection,
        changed: Arc<Notify>,
    ) -> Self {
        Self {
            options,
            connection: Some(connection),
            changed,
        }
    }

    /// Until nobody is there to ask any more.
    pub(super) async fn work(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut batch = Vec::with_capacity(BATCH);
        while jobs.recv_many(&mut batch, BATCH).await > 0 {
            let mut log_changed = false;
            let mut connection = match self.connection.take() {
                Some(connection) => connection,
                None => match self.options.connect().await {
                    Ok(connection) => connection,
                    Err(cause) => {
                        let error = error(cause);
                        batch.drain(..).for_each(|job| job.fail(&error));
                        continue;
                    }
                },
            };
            match commit(&mut connection, &batch).await {
                Ok(done) => {
                    self.connection = Some(connection);
                    for (job, done) in batch.drain(..).zip(done) {
                        log_changed |= job.changes_the_log();
                        job.answer(done);
                    }
                }
                Err(cause) => {
                    let error = error(cause);
                    batch.drain(..).for_each(|job| job.fail(&error));
                }
            }
            if log_changed {
                // One waits, and it learns of this even where it comes later.
                self.changed.notify_one();
            }
        }
    }
}

/// What was done, to be told once it is committed.
enum Done {
    Redeemed(Result<Redeemed, StoreError>),
    Appended(Sequence),
    Else,
}

impl Job {
    const fn changes_the_log(&self) -> bool {
        matches!(
            self,
            Self::Append(..) | Self::Refuse(..) | Self::Follow(..) | Self::Unfollow(..)
        )
    }

    /// Nobody there any more is no reason not to have done it.
    fn answer(self, done: Done) {
        match (self, done) {
            (Self::Redeem(_, reply), Done::Redeemed(outcome)) => drop(reply.send(outcome)),
            (Self::Append(_, reply), Done::Appended(sequence)) => drop(reply.send(Ok(sequence))),
            (
                Self::Refuse(_, _, reply)
                | Self::Keep(_, _, reply)
                | Self::Forget(_, reply)
                | Self::Follow(_, reply)
                | Self::Unfollow(_, reply),
                Done::Else,
            ) => drop(reply.send(Ok(()))),
            // Whoever waits learns that the answer was lost.
            _ => {}
        }
    }

    fn fail(self, error: &StoreError) {
        match self {
            Self::Redeem(_, reply) => drop(reply.send(Err(error.clone()))),
            Self::Append(_, reply) => drop(reply.send(Err(error.clone()))),
            Self::Refuse(_, _, reply)
            | Self::Keep(_, _, reply)
            | Self::Forget(_, reply)
            | Self::Follow(_, reply)
            | Self::Unfollow(_, reply) => {
                drop(reply.send(Err(error.clone())));
            }
        }
    }
}

/// Does all of them, in their order but for redemptions, which come first, and commits.
async fn commit(
    connection: &mut SqliteConnection,
    batch: &[Job],
) -> Result<Vec<Done>, sqlx::Error> {
    // At once, so that nobody else can write in between: what is read here stays true.
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let redemptions: Vec<&Redemption> = batch
        .iter()
        .filter_map(|job| match job {
            Job::Redeem(redemption, _) => Some(redemption),
            _ => None,
        })
        .collect();
    let mut redeemed = redeem(&mut transaction, &redemptions).await?.into_iter();
    let mut done = Vec::with_capacity(batch.len());
    for job in batch {
        done.push(match job {
            Job::Redeem(..) => match redeemed.next() {
                Some(outcome) => Done::Redeemed(outcome),
                None => Done::Else,
            },
            Job::Append(record, _) => Done::Appended(append(&mut transaction, record).await?),
            Job::Refuse(principal, refused, _) => {
                refuse(&mut transaction, principal, *refused).await?;
                Done::Else
            }
            Job::Keep(proofs, now, _) => {
                keep(&mut transaction, proofs, *now).await?;
                Done::Else
            }
            Job::Forget(now, _) => {
                forget(&mut transaction, *now).await?;
                Done::Else
            }
            Job::Follow(followed, _) => {
                follow(&mut transaction, followed).await?;
                Done::Else
            }
            Job::Unfollow(service, _) => {
                unfollow(&mut transaction, service).await?;
                Done::Else
            }
        });
    }
    transaction.commit().await?;
    Ok(done)
}

async fn append(
    connection: &mut SqliteConnection,
    record: &Record,
) -> Result<Sequence, sqlx::Error> {
    let mut earlier = None;
    let mut says_something_new = false;
    for mark in &record.marks {
        let there: Option<i64> = sqlx::query_scalar("SELECT sequence FROM mark WHERE digest = ?")
            .bind(mark.digest().to_vec())
            .fetch_optional(&mut *connection)
            .await?;
        says_something_new |= there.is_none();
        earlier = earlier.or(there);
    }
    if let (Some(sequence), false) = (earlier, says_something_new) {
        return Ok(sequence.cast_unsigned());
    }
    let sequence: i64 = sqlx::query_scalar(
        "UPDATE state SET value = value + 1 WHERE name = 'newest' RETURNING value",
    )
    .fetch_one(&mut *connection)
    .await?;
    sqlx::query(
        "INSERT INTO revocation (sequence, accepted_at, until, container) VALUES (?, ?, ?, ?)",
    )
    .bind(sequence)
    .bind(record.accepted_at.to_unix())
    .bind(record.until.map(Timestamp::to_unix))
    .bind(record.container.as_slice())
    .execute(&mut *connection)
    .await?;
    for mark in &record.marks {
        sqlx::query("INSERT OR IGNORE INTO mark (digest, print, sequence) VALUES (?, ?, ?)")
            .bind(mark.digest().to_vec())
            .bind(mark.print().cast_signed())
            .bind(sequence)
            .execute(&mut *connection)
            .await?;
    }
    Ok(sequence.cast_unsigned())
}

async fn refuse(
    connection: &mut SqliteConnection,
    principal: &Did,
    refused: bool,
) -> Result<(), sqlx::Error> {
    let sql = if refused {
        "INSERT OR IGNORE INTO refused (principal) VALUES (?)"
    } else {
        "DELETE FROM refused WHERE principal = ?"
    };
    let changed = sqlx::query(sql)
        .bind(principal.to_string())
        .execute(&mut *connection)
        .await?;
    sqlx::query("UPDATE state SET value = value + ? WHERE name = 'refusals'")
        .bind(i64::from(changed.rows_affected() > 0))
        .execute(&mut *connection)
        .await?;
    Ok(())
}

const COUNT_FOLLOWS: &str = "UPDATE state SET value = value + 1 WHERE name = 'follows'";

async fn follow(connection: &mut SqliteConnection, followed: &Followed) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO followed (service, sequence, known_at) VALUES (?, ?, ?) \
         ON CONFLICT (service) DO UPDATE SET \
         sequence = max(sequence, excluded.sequence), known_at = max(known_at, excluded.known_at)",
    )
    .bind(followed.service.to_string())
    .bind(signed(followed.sequence))
    .bind(followed.known_at.to_unix())
    .execute(&mut *connection)
    .await?;
    sqlx::query(COUNT_FOLLOWS).execute(&mut *connection).await?;
    Ok(())
}

async fn unfollow(connection: &mut SqliteConnection, service: &Did) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM followed WHERE service = ?")
        .bind(service.to_string())
        .execute(&mut *connection)
        .await?;
    sqlx::query(COUNT_FOLLOWS).execute(&mut *connection).await?;
    Ok(())
}

async fn keep(
    connection: &mut SqliteConnection,
    proofs: &[KeptProof],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    for proof in proofs {
        sqlx::query(
            "INSERT INTO proof (cid, until, bytes) VALUES (?, ?, ?) \
             ON CONFLICT (cid) DO UPDATE SET bytes = excluded.bytes",
        )
        .bind(proof.cid.to_bytes().to_vec())
        .bind(proof.until.map(Timestamp::to_unix))
        .bind(proof.bytes.as_slice())
        .execute(&mut *connection)
        .await?;
    }
    sqlx::query("DELETE FROM proof WHERE id <= (SELECT max(id) FROM proof) - ?")
        .bind(PROOFS)
        .execute(&mut *connection)
        .await?;
    sqlx::query("DELETE FROM proof WHERE id IN (SELECT id FROM proof WHERE until < ? LIMIT ?)")
        .bind(now.to_unix())
        .bind(FORGET)
        .execute(&mut *connection)
        .await?;
    Ok(())
}

async fn forget(connection: &mut SqliteConnection, now: Timestamp) -> Result<(), sqlx::Error> {
    let over: Vec<i64> =
        sqlx::query_scalar("SELECT sequence FROM revocation WHERE until < ? LIMIT ?")
            .bind(now.to_unix())
            .bind(FORGET)
            .fetch_all(&mut *connection)
            .await?;
    for sequence in over {
        for sql in [
            "DELETE FROM revocation WHERE sequence = ?",
            "DELETE FROM mark WHERE sequence = ?",
        ] {
            sqlx::query(sql)
                .bind(sequence)
                .execute(&mut *connection)
                .await?;
        }
    }
    Ok(())
}

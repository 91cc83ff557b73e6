//! Revocations, numbered in the order of their commits.

use delegant::{Did, Timestamp};

use crate::backend::{Answer, Entry, Followed, Progress, Record, RevocationLog, Sequence};
use crate::error::StoreError;
use crate::mark::Mark;
use crate::postgres::{LOOK, Postgres, error};
use crate::rows::{Row, entry, followed, signed};

impl RevocationLog for Postgres {
    fn append<'a>(&'a self, record: &'a Record) -> Answer<'a, Sequence> {
        Box::pin(async move {
            let digests: Vec<&[u8]> = record
                .marks
                .iter()
                .map(|mark| mark.digest().as_slice())
                .collect();
            let prints: Vec<i64> = record
                .marks
                .iter()
                .map(|mark| mark.print().cast_signed())
                .collect();
            let sequence: i64 = sqlx::query_scalar("SELECT delegant_append($1, $2, $3, $4, $5)")
                .bind(record.accepted_at.to_unix())
                .bind(record.until.map(Timestamp::to_unix))
                .bind(record.container.as_slice())
                .bind(digests)
                .bind(prints)
                .fetch_one(&self.pool)
                .await
                .map_err(error)?;
            Ok(sequence.cast_unsigned())
        })
    }

    fn marked<'a>(&'a self, marks: &'a [Mark]) -> Answer<'a, Vec<Entry>> {
        Box::pin(async move {
            let digests: Vec<&[u8]> = marks.iter().map(|mark| mark.digest().as_slice()).collect();
            let rows = sqlx::query_as::<_, Row>(
                "SELECT sequence, accepted_at, container FROM delegant_revocation WHERE sequence IN \
                 (SELECT sequence FROM delegant_mark WHERE digest = ANY ($1))",
            )
            .bind(digests)
            .fetch_all(&self.pool)
            .await
            .map_err(error)?;
            rows.into_iter().map(entry).collect()
        })
    }

    fn after(&self, sequence: Sequence, limit: usize) -> Answer<'_, Vec<Entry>> {
        Box::pin(async move {
            let rows = sqlx::query_as::<_, Row>(
                "SELECT sequence, accepted_at, container FROM delegant_revocation \
                 WHERE sequence > $1 ORDER BY sequence LIMIT $2",
            )
            .bind(signed(sequence))
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&self.pool)
            .await
            .map_err(error)?;
            rows.into_iter().map(entry).collect()
        })
    }

    fn prints(&self, after: Sequence, through: Sequence) -> Answer<'_, Vec<u64>> {
        Box::pin(async move {
            let prints: Vec<i64> = sqlx::query_scalar(
                "SELECT print FROM delegant_mark WHERE sequence > $1 AND sequence <= $2",
            )
            .bind(signed(after))
            .bind(signed(through))
            .fetch_all(&self.pool)
            .await
            .map_err(error)?;
            Ok(prints.into_iter().map(i64::cast_unsigned).collect())
        })
    }

    fn set_refused<'a>(&'a self, principal: &'a Did, refused: bool) -> Answer<'a, ()> {
        Box::pin(async move {
            sqlx::query("SELECT delegant_refuse($1, $2)")
                .bind(principal.to_string())
                .bind(refused)
                .execute(&self.pool)
                .await
                .map_err(error)?;
            Ok(())
        })
    }

    fn refused(&self) -> Answer<'_, Vec<Did>> {
        Box::pin(async move {
            let names: Vec<String> = sqlx::query_scalar("SELECT principal FROM delegant_refused")
                .fetch_all(&self.pool)
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
        Box::pin(async move {
            sqlx::query("SELECT delegant_follow($1, $2, $3)")
                .bind(followed.service.to_string())
                .bind(signed(followed.sequence))
                .bind(followed.known_at.to_unix())
                .execute(&self.pool)
                .await
                .map_err(error)?;
            Ok(())
        })
    }

    fn unfollow<'a>(&'a self, service: &'a Did) -> Answer<'a, ()> {
        Box::pin(async move {
            sqlx::query("SELECT delegant_unfollow($1)")
                .bind(service.to_string())
                .execute(&self.pool)
                .await
                .map_err(error)?;
            Ok(())
        })
    }

    fn followed(&self) -> Answer<'_, Vec<Followed>> {
        Box::pin(async move {
            let rows: Vec<(String, i64, i64)> =
                sqlx::query_as("SELECT service, sequence, known_at FROM delegant_followed")
                    .fetch_all(&self.pool)
                    .await
                    .map_err(error)?;
            rows.into_iter().map(followed).collect()
        })
    }

    fn progress(&self) -> Answer<'_, Progress> {
        Box::pin(async move {
            let (newest, refusals, follows): (i64, i64, i64) = sqlx::query_as(
                "SELECT (SELECT value FROM delegant_state WHERE name = 'newest'), \
                 (SELECT value FROM delegant_state WHERE name = 'refusals'), \
                 (SELECT value FROM delegant_state WHERE name = 'follows')",
            )
            .fetch_one(&self.pool)
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
        Box::pin(async move {
            // By the later of two clocks something might go too early.
            sqlx::query(
                "WITH gone AS (DELETE FROM delegant_revocation WHERE sequence IN \
                 (SELECT sequence FROM delegant_revocation WHERE until < least($1, \
                 floor(extract(epoch FROM clock_timestamp()))::bigint) LIMIT 100 \
                 FOR UPDATE SKIP LOCKED) RETURNING sequence) \
                 DELETE FROM delegant_mark USING gone WHERE delegant_mark.sequence = gone.sequence",
            )
            .bind(now.to_unix())
            .execute(&self.pool)
            .await
            .map_err(error)?;
            Ok(())
        })
    }
}

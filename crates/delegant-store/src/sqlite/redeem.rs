//! Many invocations are used in one transaction that nobody else can write beside.

use std::collections::HashSet;

use delegant::Timestamp;
use sqlx::AssertSqlSafe;
use sqlx::sqlite::SqliteConnection;

use crate::backend::{Redeemed, Redemption};
use crate::error::StoreError;
use crate::ledger::{ALL, Ledger};
use crate::sqlite::places;

/// Twice as many leave as come, so they never pile up and nobody waits for them.
const FORGET_FOR_EACH: i64 = 2;

/// So many leave at once where there is no room.
const FORGET_FOR_ROOM: i64 = 10_000;

/// One outcome for each, in their order.
pub(super) async fn redeem(
    connection: &mut SqliteConnection,
    redemptions: &[&Redemption],
) -> Result<Vec<Result<Redeemed, StoreError>>, sqlx::Error> {
    let Some(now) = redemptions.iter().map(|one| one.now).min() else {
        return Ok(Vec::new());
    };
    let count = i64::try_from(redemptions.len()).unwrap_or(i64::MAX);
    let mut ledger = Ledger::default();
    forget(connection, now, count * FORGET_FOR_EACH, &mut ledger).await?;
    read(connection, redemptions, &mut ledger).await?;
    let mut outcomes = ledger.judge(redemptions);
    if outcomes
        .iter()
        .any(|outcome| matches!(outcome, Err(StoreError::Full(_))))
    {
        forget(connection, now, FORGET_FOR_ROOM, &mut ledger).await?;
        outcomes = ledger.judge(redemptions);
    }
    let first = redemptions.iter().zip(&outcomes);
    let first: Vec<&Redemption> = first
        .filter(|(_, outcome)| matches!(outcome, Ok(Redeemed::First)))
        .map(|(redemption, _)| *redemption)
        .collect();
    insert(connection, &first, &mut ledger).await?;
    write(connection, &ledger).await?;
    Ok(outcomes)
}

async fn read(
    connection: &mut SqliteConnection,
    redemptions: &[&Redemption],
    ledger: &mut Ledger,
) -> Result<(), sqlx::Error> {
    ledger.horizon = sqlx::query_scalar("SELECT value FROM state WHERE name = 'horizon'")
        .fetch_one(&mut *connection)
        .await?;
    let sql = format!(
        "SELECT invocation FROM redeemed WHERE invocation IN ({})",
        places(redemptions.len())
    );
    let mut query = sqlx::query_scalar(AssertSqlSafe(sql));
    for redemption in redemptions {
        query = query.bind(redemption.key.invocation().as_slice());
    }
    ledger.there = query
        .fetch_all(&mut *connection)
        .await?
        .into_iter()
        .collect();
    let issuers: HashSet<&[u8]> = redemptions
        .iter()
        .map(|redemption| redemption.key.issuer().as_slice())
        .chain([ALL])
        .collect();
    let sql = format!(
        "SELECT issuer, live FROM redeemer WHERE issuer IN ({})",
        places(issuers.len())
    );
    let mut query = sqlx::query_as(AssertSqlSafe(sql));
    for issuer in issuers {
        query = query.bind(issuer);
    }
    ledger.before = query
        .fetch_all(&mut *connection)
        .await?
        .into_iter()
        .collect();
    Ok(())
}

async fn write(connection: &mut SqliteConnection, ledger: &Ledger) -> Result<(), sqlx::Error> {
    for (issuer, change) in &ledger.change {
        if *change == 0 {
            continue;
        }
        let live: i64 = sqlx::query_scalar(
            "INSERT INTO redeemer (issuer, live) VALUES (?, ?) \
                 ON CONFLICT (issuer) DO UPDATE SET live = live + excluded.live RETURNING live",
        )
        .bind(issuer.as_slice())
        .bind(change)
        .fetch_one(&mut *connection)
        .await?;
        if live <= 0 {
            sqlx::query("DELETE FROM redeemer WHERE issuer = ?")
                .bind(issuer.as_slice())
                .execute(&mut *connection)
                .await?;
        }
    }
    if let Some(end) = ledger.forgotten {
        sqlx::query("UPDATE state SET value = max(value, ?) WHERE name = 'horizon'")
            .bind(end)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

async fn forget(
    connection: &mut SqliteConnection,
    now: Timestamp,
    at_most: i64,
    ledger: &mut Ledger,
) -> Result<(), sqlx::Error> {
    let left: Vec<(Vec<u8>, i64)> = sqlx::query_as(
        "DELETE FROM redeemed WHERE invocation IN \
         (SELECT invocation FROM redeemed WHERE until < ? ORDER BY until LIMIT ?) \
         RETURNING issuer, until",
    )
    .bind(now.to_unix())
    .bind(at_most)
    .fetch_all(&mut *connection)
    .await?;
    for (issuer, until) in left {
        count(ledger, &issuer, -1);
        ledger.forgotten = ledger.forgotten.max(Some(until));
    }
    Ok(())
}

async fn insert(
    connection: &mut SqliteConnection,
    redemptions: &[&Redemption],
    ledger: &mut Ledger,
) -> Result<(), sqlx::Error> {
    if redemptions.is_empty() {
        return Ok(());
    }
    let rows = vec!["(?,?,?)"; redemptions.len()].join(",");
    let sql = format!("INSERT INTO redeemed (invocation, issuer, until) VALUES {rows}");
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for redemption in redemptions {
        query = query
            .bind(redemption.key.invocation().as_slice())
            .bind(redemption.key.issuer().as_slice())
            .bind(redemption.until.to_unix());
        count(ledger, redemption.key.issuer(), 1);
    }
    query.execute(&mut *connection).await?;
    Ok(())
}

fn count(ledger: &mut Ledger, issuer: &[u8], change: i64) {
    *ledger.change.entry(issuer.to_vec()).or_default() += change;
    *ledger.change.entry(ALL.to_vec()).or_default() += change;
}

//! In Redis or Valkey: for many machines that share one state, as durable as that is set up.
//!
//! Each question is one script, so nothing comes in between. What was used is a key that the server
//! lets go of by itself (`SET … NX PXAT`); revocations are a stream, whose entries have their numbers as
//! IDs. All keys have one hash tag, so that a cluster keeps them together.

use std::time::Duration;

use delegant::{Cid, Timestamp};
use redis::aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection};
use redis::streams::StreamRangeReply;
use redis::{Client, FromRedisValue, RedisError, Script, ScriptInvocation};
use tokio::sync::Mutex;

use crate::backend::{Answer, Backend, KeptProof, Proofs, Redeemed, Redemption, Redemptions};
use crate::durability::Durability;
use crate::error::{Full, StoreError};

mod log;

/// Looked at so often, where nothing is heard.
const LOOK: Duration = Duration::from_secs(1);

/// So many delegations are kept, the latest, for so long.
const PROOFS: u32 = 1_000_000;
const PROOF_SECONDS: i64 = 30 * 24 * 60 * 60;

/// The names of keys.
const FEED: &str = "{delegant}:feed";
const MARKS: &str = "{delegant}:marks";
const PRINTS: &str = "{delegant}:prints";
const ENDS: &str = "{delegant}:ends";
const STATE: &str = "{delegant}:state";
const REFUSED: &str = "{delegant}:refused";
const NEWS: &str = "{delegant}:news";
const FOLLOWED: &str = "{delegant}:followed";
const FOLLOWED_AT: &str = "{delegant}:followed:at";
const HORIZON: &str = "{delegant}:horizon";
const USED: &[u8] = b"{delegant}:used:";
const COUNT: &[u8] = b"{delegant}:count:";
const PROOF: &[u8] = b"{delegant}:proof:";
const RING: &str = "{delegant}:proofs";
const NEXT: &str = "{delegant}:proofs:next";

pub(crate) struct Redis {
    client: Client,
    connection: ConnectionManager,
    scripts: Scripts,
    news: Mutex<News>,
}

struct Scripts {
    redeem: Script,
    append: Script,
    marked: Script,
    forget: Script,
    refuse: Script,
    follow: Script,
    keep: Script,
}

/// Where the news are heard.
struct News {
    /// Given up where anything failed.
    connection: Option<MultiplexedConnection>,
    /// The last that was heard.
    last: String,
}

impl Redis {
    pub(crate) async fn open(address: &str) -> Result<Self, StoreError> {
        let (address, accepted) = Durability::take(address)?;
        #[cfg(feature = "tls")]
        if address.starts_with("rediss:") {
            // Where somebody has chosen another already, that one does as well.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let client = Client::open(address).map_err(|_| StoreError::Address {
            problem: "Redis's driver cannot read it",
        })?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(Duration::from_secs(2)))
            // The store has a patience of its own.
            .set_response_timeout(None)
            .set_max_delay(Duration::from_millis(500));
        let mut connection = ConnectionManager::new_with_config(client.clone(), config)
            .await
            .map_err(error)?;
        keeps_what_it_acknowledges(&mut connection, accepted).await?;
        // Before anything else is read, so that nothing falls in between.
        let newest: StreamRangeReply = redis::cmd("XREVRANGE")
            .arg(&[NEWS, "+", "-", "COUNT", "1"])
            .query_async(&mut connection)
            .await
            .map_err(error)?;
        let last = newest
            .ids
            .first()
            .map_or_else(|| "0-0".to_owned(), |entry| entry.id.clone());
        Ok(Self {
            client,
            connection,
            scripts: Scripts {
                redeem: Script::new(include_str!("redis/redeem.lua")),
                append: Script::new(include_str!("redis/append.lua")),
                marked: Script::new(include_str!("redis/marked.lua")),
                forget: Script::new(include_str!("redis/forget.lua")),
                refuse: Script::new(include_str!("redis/refuse.lua")),
                follow: Script::new(include_str!("redis/follow.lua")),
                keep: Script::new(include_str!("redis/keep.lua")),
            },
            news: Mutex::new(News {
                connection: None,
                last,
            }),
        })
    }

    async fn run<T: FromRedisValue>(
        &self,
        invocation: &ScriptInvocation<'_>,
    ) -> Result<T, StoreError> {
        let mut connection = self.connection.clone();
        invocation
            .invoke_async(&mut connection)
            .await
            .map_err(error)
    }

    async fn ask<T: FromRedisValue>(&self, command: &redis::Cmd) -> Result<T, StoreError> {
        let mut connection = self.connection.clone();
        command.query_async(&mut connection).await.map_err(error)
    }
}

/// It may forget on a restart, and it may forget for want of memory.
async fn keeps_what_it_acknowledges(
    connection: &mut ConnectionManager,
    accepted: Durability,
) -> Result<(), StoreError> {
    if accepted == Durability::None {
        return Ok(());
    }
    let mut ask = redis::cmd("CONFIG");
    ask.arg("GET")
        .arg(&["appendonly", "appendfsync", "maxmemory", "maxmemory-policy"]);
    let settings: Vec<(String, String)> = match ask.query_async(connection).await {
        Ok(settings) => settings,
        Err(cause) if cause.is_io_error() => return Err(error(cause)),
        Err(_) => {
            return Err(StoreError::NotDurable {
                found: "Redis does not say how durable it is (`CONFIG GET`)".to_owned(),
                way_out: "let it say so, or accept whatever it is with `?durability=none`",
            });
        }
    };
    let setting = |name: &str| {
        let found = settings.iter().find(|(setting, _)| setting == name);
        found.map_or("", |(_, value)| value.as_str())
    };
    if setting("maxmemory") != "0" && setting("maxmemory-policy") != "noeviction" {
        return Err(StoreError::NotDurable {
            found: format!(
                "Redis throws out what still counts for want of memory (`maxmemory-policy {}`)",
                setting("maxmemory-policy")
            ),
            way_out: "set `maxmemory-policy noeviction`",
        });
    }
    let found = match (setting("appendonly"), setting("appendfsync")) {
        ("yes", "always") => Durability::Always,
        ("yes", "everysec") => Durability::EverySecond,
        _ => Durability::None,
    };
    if found < accepted {
        return Err(StoreError::NotDurable {
            found: format!(
                "Redis has `appendonly {}`, `appendfsync {}`",
                setting("appendonly"),
                setting("appendfsync")
            ),
            way_out: "set `appendonly yes` and `appendfsync always`, or accept the loss of the last \
                      second with `?durability=everysec`, of anything with `?durability=none`",
        });
    }
    Ok(())
}

impl Backend for Redis {}

impl Proofs for Redis {
    fn proofs<'a>(&'a self, cids: &'a [Cid]) -> Answer<'a, Vec<Vec<u8>>> {
        Box::pin(async move {
            let mut ask = redis::cmd("MGET");
            for cid in cids {
                ask.arg(key(PROOF, cid.digest()));
            }
            let found: Vec<Option<Vec<u8>>> = self.ask(&ask).await?;
            Ok(found.into_iter().flatten().collect())
        })
    }

    fn keep<'a>(&'a self, proofs: &'a [KeptProof], now: Timestamp) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut keep = self.scripts.keep.prepare_invoke();
            keep.key(RING).key(NEXT).arg(PROOFS);
            for proof in proofs {
                let rest = proof.until.map_or(PROOF_SECONDS, |until| {
                    until.to_unix().saturating_sub(now.to_unix())
                });
                keep.key(key(PROOF, proof.cid.digest()))
                    .arg(proof.bytes.as_slice())
                    .arg(rest.clamp(1, PROOF_SECONDS));
            }
            self.run(&keep).await
        })
    }
}

impl Redemptions for Redis {
    fn redeem<'a>(&'a self, redemption: &'a Redemption) -> Answer<'a, Redeemed> {
        Box::pin(async move {
            let Redemption {
                key: used,
                until,
                quota,
                ..
            } = redemption;
            let mut redeem = self.scripts.redeem.prepare_invoke();
            redeem
                .key(key(USED, used.invocation()))
                .key(key(COUNT, used.issuer()))
                .key(key(COUNT, &[]))
                .key(HORIZON)
                .arg(until.to_unix())
                .arg(until.to_unix().saturating_add(1).saturating_mul(1000))
                .arg(quota.per_issuer)
                .arg(quota.total);
            let (outcome, horizon): (i64, i64) = self.run(&redeem).await?;
            match outcome {
                0 => Ok(Redeemed::First),
                1 => Ok(Redeemed::Again),
                2 => Err(StoreError::Forgotten {
                    until: *until,
                    horizon: Timestamp::from_unix(horizon).unwrap_or(Timestamp::MAX),
                }),
                3 => Err(StoreError::Full(Full::Issuer {
                    maximum: quota.per_issuer,
                })),
                _ => Err(StoreError::Full(Full::Total {
                    maximum: quota.total,
                })),
            }
        })
    }
}

fn key(prefix: &[u8], name: &[u8]) -> Vec<u8> {
    [prefix, name].concat()
}

/// What the driver says, as what it means here.
fn error(cause: RedisError) -> StoreError {
    match cause.code() {
        Some("OOM") => StoreError::Full(Full::Space),
        _ => StoreError::unavailable(cause),
    }
}

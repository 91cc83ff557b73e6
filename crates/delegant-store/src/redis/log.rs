//! Revocations in a stream, and what says that there are new ones.

use std::collections::BTreeMap;
use std::time::Duration;

use delegant::{Did, Timestamp};
use redis::streams::{StreamRangeReply, StreamReadReply};
use redis::{AsyncConnectionConfig, RedisError};

use crate::backend::{Answer, Entry, Followed, Progress, Record, RevocationLog, Sequence};
use crate::error::StoreError;
use crate::mark::Mark;
use crate::redis::{
    ENDS, FEED, FOLLOWED, FOLLOWED_AT, LOOK, MARKS, NEWS, News, PRINTS, REFUSED, Redis, STATE,
    error,
};
use crate::rows::{entry_of, followed, signed};

impl RevocationLog for Redis {
    fn append<'a>(&'a self, record: &'a Record) -> Answer<'a, Sequence> {
        Box::pin(async move {
            let mut append = self.scripts.append.prepare_invoke();
            for name in [MARKS, STATE, FEED, PRINTS, ENDS, NEWS] {
                append.key(name);
            }
            let end = record.until.map(|until| until.to_unix().to_string());
            append
                .arg(record.accepted_at.to_unix())
                .arg(end.unwrap_or_default())
                .arg(record.container.as_slice());
            for mark in &record.marks {
                append
                    .arg(mark.digest().as_slice())
                    .arg(mark.print().to_be_bytes().as_slice());
            }
            self.run(&append).await
        })
    }

    fn marked<'a>(&'a self, marks: &'a [Mark]) -> Answer<'a, Vec<Entry>> {
        Box::pin(async move {
            let mut marked = self.scripts.marked.prepare_invoke();
            marked.key(MARKS).key(FEED);
            for mark in marks {
                marked.arg(mark.digest().as_slice());
            }
            let found: Vec<(Sequence, i64, Vec<u8>)> = self.run(&marked).await?;
            found
                .into_iter()
                .map(|(number, accepted, container)| entry_of(number, accepted, container))
                .collect()
        })
    }

    fn after(&self, sequence: Sequence, limit: usize) -> Answer<'_, Vec<Entry>> {
        Box::pin(async move {
            let mut ask = redis::cmd("XRANGE");
            ask.arg(FEED)
                .arg(format!("({sequence}-0"))
                .arg("+")
                .arg("COUNT")
                .arg(limit);
            let found: StreamRangeReply = self.ask(&ask).await?;
            let damaged = || StoreError::Corrupt {
                what: "a revocation in the stream lacks its number, time or container",
            };
            let read = found.ids.iter().map(|found| {
                let number = found
                    .id
                    .strip_suffix("-0")
                    .and_then(|number| number.parse().ok());
                let accepted = found.get("accepted");
                let container = found.get("container");
                let (Some(number), Some(accepted), Some(container)) = (number, accepted, container)
                else {
                    return Err(damaged());
                };
                entry_of(number, accepted, container)
            });
            read.collect()
        })
    }

    fn prints(&self, after: Sequence, through: Sequence) -> Answer<'_, Vec<u64>> {
        Box::pin(async move {
            let mut ask = redis::cmd("ZRANGEBYSCORE");
            ask.arg(PRINTS).arg(format!("({after}")).arg(through);
            let found: Vec<Vec<u8>> = self.ask(&ask).await?;
            let prints = found.into_iter().map(|bytes| {
                bytes
                    .try_into()
                    .map(u64::from_be_bytes)
                    .map_err(|_| StoreError::Corrupt {
                        what: "the print of a revocation has not eight bytes",
                    })
            });
            prints.collect()
        })
    }

    fn set_refused<'a>(&'a self, principal: &'a Did, refused: bool) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut refuse = self.scripts.refuse.prepare_invoke();
            refuse.key(REFUSED).key(STATE).key(NEWS);
            refuse
                .arg(if refused { "SADD" } else { "SREM" })
                .arg(principal.to_string());
            self.run(&refuse).await
        })
    }

    fn refused(&self) -> Answer<'_, Vec<Did>> {
        Box::pin(async move {
            let mut ask = redis::cmd("SMEMBERS");
            let names: Vec<String> = self.ask(ask.arg(REFUSED)).await?;
            let dids = names.iter().map(|name| name.parse());
            dids.collect::<Result<_, _>>()
                .map_err(|_| StoreError::Corrupt {
                    what: "a principal that is refused has a name that is no DID",
                })
        })
    }

    fn set_followed<'a>(&'a self, followed: &'a Followed) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut follow = self.scripts.follow.prepare_invoke();
            for name in [FOLLOWED, FOLLOWED_AT, STATE, NEWS] {
                follow.key(name);
            }
            follow
                .arg(followed.service.to_string())
                .arg(signed(followed.sequence))
                .arg(followed.known_at.to_unix());
            self.run(&follow).await
        })
    }

    fn unfollow<'a>(&'a self, service: &'a Did) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut pipe = redis::pipe();
            let name = service.to_string();
            pipe.atomic()
                .cmd("HDEL")
                .arg(FOLLOWED)
                .arg(&name)
                .ignore()
                .cmd("HDEL")
                .arg(FOLLOWED_AT)
                .arg(&name)
                .ignore()
                .cmd("HINCRBY")
                .arg(STATE)
                .arg("follows")
                .arg(1)
                .ignore()
                .cmd("XADD")
                .arg(&[NEWS, "MAXLEN", "~", "1000", "*", "followed", ""])
                .ignore();
            let mut connection = self.connection.clone();
            pipe.query_async(&mut connection).await.map_err(error)
        })
    }

    fn followed(&self) -> Answer<'_, Vec<Followed>> {
        Box::pin(async move {
            let mut pipe = redis::pipe();
            pipe.atomic()
                .cmd("HGETALL")
                .arg(FOLLOWED)
                .cmd("HGETALL")
                .arg(FOLLOWED_AT);
            let mut connection = self.connection.clone();
            let (sequences, times): (BTreeMap<String, i64>, BTreeMap<String, i64>) =
                pipe.query_async(&mut connection).await.map_err(error)?;
            let rows = sequences.into_iter().map(|(service, sequence)| {
                // Where there is no time, nothing is known since ever.
                let at = times.get(&service).copied().unwrap_or(0);
                followed((service, sequence, at))
            });
            rows.collect()
        })
    }

    fn progress(&self) -> Answer<'_, Progress> {
        Box::pin(async move {
            let mut ask = redis::cmd("HMGET");
            let ask = ask.arg(&[STATE, "newest", "refusals", "follows"]);
            let (newest, refusals, follows): (Option<u64>, Option<u64>, Option<u64>) =
                self.ask(ask).await?;
            Ok(Progress {
                newest: newest.unwrap_or(0),
                refusals: refusals.unwrap_or(0),
                follows: follows.unwrap_or(0),
            })
        })
    }

    fn changed(&self) -> Answer<'_, ()> {
        Box::pin(async move {
            let mut news = self.news.lock().await;
            let heard = self.listen(&mut news).await;
            if heard.is_err() {
                news.connection = None;
            }
            heard.map_err(error)
        })
    }

    fn forget(&self, now: Timestamp) -> Answer<'_, ()> {
        Box::pin(async move {
            let mut forget = self.scripts.forget.prepare_invoke();
            for name in [MARKS, FEED, PRINTS, ENDS] {
                forget.key(name);
            }
            let _: u64 = self.run(forget.arg(now.to_unix())).await?;
            Ok(())
        })
    }
}

impl Redis {
    async fn listen(&self, news: &mut News) -> Result<(), RedisError> {
        if news.connection.is_none() {
            let config = AsyncConnectionConfig::new()
                .set_connection_timeout(Some(Duration::from_secs(2)))
                .set_response_timeout(Some(LOOK + Duration::from_secs(2)));
            let made = self
                .client
                .get_multiplexed_async_connection_with_config(&config);
            news.connection = Some(made.await?);
        }
        let Some(connection) = &mut news.connection else {
            return Ok(());
        };
        let mut ask = redis::cmd("XREAD");
        ask.arg("COUNT")
            .arg(1000)
            .arg("BLOCK")
            .arg(LOOK.as_millis().to_string());
        ask.arg("STREAMS").arg(NEWS).arg(&news.last);
        let heard: Option<StreamReadReply> = ask.query_async(connection).await?;
        let latest = heard.and_then(|mut heard| heard.keys.pop()?.ids.pop());
        if let Some(latest) = latest {
            news.last = latest.id;
        }
        Ok(())
    }
}

//! How many calls are answered in a moment of full load, and how long does each take?

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::task::LocalSet;

use crate::Failure;
use crate::socket::Socket;

/// Requests, ready to be sent.
pub(crate) enum Supply {
    /// The same each time: a bearer's.
    Same(Vec<u8>),
    /// Each once.
    Once(Vec<Vec<u8>>),
}

impl Supply {
    fn request(&self, number: usize) -> Option<&[u8]> {
        match self {
            Self::Same(request) => Some(request),
            Self::Once(requests) => requests.get(number).map(Vec::as_slice),
        }
    }
}

/// What came of a moment.
pub(crate) struct Slice {
    /// Answers in a second.
    pub(crate) rate: f64,
    /// How long each took, in ascending order.
    pub(crate) times: Vec<Duration>,
}

impl Slice {
    /// The time that so many thousandths of the answers took at most, in milliseconds.
    pub(crate) fn at(&self, part: usize) -> f64 {
        let last = self.times.len().saturating_sub(1);
        let time = self.times.get((self.times.len() * part / 1000).min(last));
        time.map_or(f64::NAN, |time| time.as_secs_f64() * 1000.0)
    }
}

/// Calls over so many connections, as fast as answers come, until the time or the supply is over. An answer
/// other than 200 ends the measurement.
pub(crate) async fn slice(
    address: SocketAddr,
    connections: usize,
    supply: Supply,
    length: Duration,
) -> Result<Slice, Failure> {
    let mut sockets = Vec::new();
    for _ in 0..connections {
        sockets.push(Socket::connect(address).await?);
    }
    let (supply, next) = (Rc::new(supply), Rc::new(Cell::new(0_usize)));
    let local = LocalSet::new();
    let began = Instant::now();
    let callers: Vec<_> = sockets
        .into_iter()
        .map(|mut socket| {
            let (supply, next) = (Rc::clone(&supply), Rc::clone(&next));
            local.spawn_local(async move {
                let mut times = Vec::new();
                while began.elapsed() < length {
                    let number = next.replace(next.get() + 1);
                    let Some(request) = supply.request(number) else {
                        break;
                    };
                    let asked = Instant::now();
                    let answer = socket.call(request).await?;
                    times.push(asked.elapsed());
                    if answer.status != 200 {
                        let body = String::from_utf8_lossy(&answer.body).into_owned();
                        return Err(format!("{} {body}", answer.status).into());
                    }
                }
                Ok::<_, Failure>(times)
            })
        })
        .collect();
    local
        .run_until(async move {
            let mut times = Vec::new();
            for caller in callers {
                times.extend(caller.await??);
            }
            let rate = times.len() as f64 / began.elapsed().as_secs_f64();
            times.sort_unstable();
            Ok(Slice { rate, times })
        })
        .await
}

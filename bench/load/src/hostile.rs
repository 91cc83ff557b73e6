//! Honest callers on a service that is under attack: are all answers right, does it stay small, and how
//! long do the honest wait?

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::task::LocalSet;
use tokio::time::{sleep, timeout};

use crate::Failure;
use crate::attack::{Callers, KINDS, Sent};
use crate::partner::Partner;
use crate::socket::Socket;

/// Honest callers, and as many hostile ones.
const PAIRS: u64 = 16;
/// Sockets that send a byte a second.
const SLOW: usize = 2000;
/// The honest alone, before the attack.
const BEFORE: Duration = Duration::from_secs(20);

/// What was seen.
#[derive(Default)]
struct Seen {
    /// How long the honest waited.
    times: Vec<Duration>,
    hostile: u64,
    wrong: u64,
    /// Connections that were closed before an answer could be read.
    cut_off: u64,
    slow: u64,
    longest_slow: Duration,
}

impl Seen {
    fn is_wrong(&mut self, sent: &Sent, answered: &str) {
        self.wrong += 1;
        if self.wrong <= 10 {
            eprintln!("WRONG: {} was answered {answered}", sent.what);
        }
    }

    /// A thousandth of all, in milliseconds.
    fn at(&mut self, part: usize) -> f64 {
        self.times.sort_unstable();
        let last = self.times.len().saturating_sub(1);
        let time = self.times.get((self.times.len() * part / 1000).min(last));
        time.map_or(f64::NAN, |time| time.as_secs_f64() * 1000.0)
    }
}

type Shared = Rc<RefCell<Seen>>;

pub(crate) async fn measure(seconds: u64) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let database = folder.path().join("delegant.db").display().to_string();
    let target = Partner::start(&["target", &database])?;
    let callers = Rc::new(Callers::new()?);
    let mut socket = Socket::connect(target.address).await?;
    let first = callers.first()?;
    if !first.is_answered_by(&socket.call(&first.request).await?) {
        return Err("the first call was refused".into());
    }
    drop(socket);

    let mut before = run(&target, &callers, BEFORE, false).await?.0;
    let length = Duration::from_secs(seconds);
    let (mut seen, sizes) = run(&target, &callers, length, true).await?;

    let alone = before.times.len() as f64 / BEFORE.as_secs_f64();
    let goodput = seen.times.len() as f64 / length.as_secs_f64();
    let honest = u64::try_from(seen.times.len())?;
    println!(
        "figure hostile-calls {} calls in {seconds} s, {} of them hostile, beside {SLOW} slow sockets",
        honest + seen.hostile,
        seen.hostile
    );
    println!(
        "figure hostile-wrong {} verdicts {} connections were closed while too much was being sent",
        seen.wrong + before.wrong,
        seen.cut_off
    );
    println!(
        "figure hostile-goodput {goodput:.0} requests/s honest ones, one after another from {PAIRS} callers; {alone:.0} without the attack"
    );
    println!(
        "figure hostile-p99 {:.1} ms of honest calls; p50 {:.1} ms; without the attack {:.1} ms and {:.1} ms",
        seen.at(990),
        seen.at(500),
        before.at(990),
        before.at(500)
    );
    println!(
        "figure hostile-slow {:.0} s the longest that a slow socket was kept; {} were closed",
        seen.longest_slow.as_secs_f64(),
        seen.slow
    );
    tell_sizes(&sizes);
    Ok(())
}

/// In bytes, one a second.
fn tell_sizes(sizes: &[u64]) {
    let mebibytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let peak = sizes.iter().copied().max().unwrap_or_default();
    println!(
        "figure hostile-memory {:.0} MiB the most of the server's",
        mebibytes(peak)
    );
    // What a call leaves behind lasts three minutes; then it should be as it will be.
    let settled = sizes.len().saturating_sub(60).min(180);
    let mean = |sizes: &[u64]| {
        let count = u64::try_from(sizes.len()).unwrap_or(1).max(1);
        mebibytes(sizes.iter().sum::<u64>() / count)
    };
    let early = mean(sizes.get(settled..settled + 60).unwrap_or(sizes));
    let late = mean(sizes.get(sizes.len().saturating_sub(60)..).unwrap_or(sizes));
    println!(
        "figure hostile-memory-growth {:.1} % {early:.1} MiB in the fourth minute, {late:.1} MiB in the last",
        100.0 * (late / early - 1.0)
    );
}

/// Lets them call for so long; gives what was seen, and the server's size each second.
async fn run(
    target: &Partner,
    callers: &Rc<Callers>,
    length: Duration,
    under_attack: bool,
) -> Result<(Seen, Vec<u64>), Failure> {
    let (seen, until) = (Shared::default(), Instant::now() + length);
    let address = target.address;
    let local = LocalSet::new();
    let mut tasks = Vec::new();
    for pair in 0..PAIRS {
        let (seen, callers) = (Rc::clone(&seen), Rc::clone(callers));
        tasks.push(local.spawn_local(async move {
            call(address, pair, &callers, &seen, until, under_attack).await
        }));
    }
    for number in (0..SLOW).filter(|_| under_attack) {
        let (seen, callers) = (Rc::clone(&seen), Rc::clone(callers));
        tasks.push(local.spawn_local(async move {
            // Not all at once.
            sleep(Duration::from_millis(u64::try_from(number)?)).await;
            while Instant::now() < until {
                dawdle(address, number, &callers, &seen, until).await?;
            }
            Ok(())
        }));
    }
    let sizes = local
        .run_until(async move {
            let mut sizes = Vec::new();
            while Instant::now() < until {
                sleep(Duration::from_secs(1)).await;
                sizes.push(target.resident()?);
            }
            for task in tasks {
                task.await??;
            }
            Ok::<_, Failure>(sizes)
        })
        .await?;
    drop(local);
    let seen = Rc::into_inner(seen).ok_or("somebody still calls")?;
    Ok((seen.into_inner(), sizes))
}

/// One honest call, one hostile one, and so on.
async fn call(
    address: SocketAddr,
    pair: u64,
    callers: &Callers,
    seen: &RefCell<Seen>,
    until: Instant,
    under_attack: bool,
) -> Result<(), Failure> {
    let mut honest = Socket::connect(address).await?;
    let mut hostile = None;
    let mut kind = usize::try_from(pair)?;
    for number in pair.. {
        if Instant::now() >= until {
            break;
        }
        let sent = callers.honest(number)?;
        let asked = Instant::now();
        match honest.call(&sent.request).await {
            Ok(answer) if sent.is_answered_by(&answer) => {
                seen.borrow_mut().times.push(asked.elapsed());
            }
            Ok(answer) => {
                let body = String::from_utf8_lossy(&answer.body).into_owned();
                seen.borrow_mut()
                    .is_wrong(&sent, &format!("{} {body}", answer.status));
            }
            Err(error) => {
                seen.borrow_mut().is_wrong(&sent, &error.to_string());
                honest = Socket::connect(address).await?;
            }
        }
        if !under_attack {
            continue;
        }
        kind = (kind + 1) % (KINDS + 1);
        let sent = match kind {
            KINDS => sent.replayed(),
            kind => callers.hostile(kind)?,
        };
        attack(address, &mut hostile, &sent, seen).await?;
    }
    Ok(())
}

async fn attack(
    address: SocketAddr,
    connection: &mut Option<Socket>,
    sent: &Sent,
    seen: &RefCell<Seen>,
) -> Result<(), Failure> {
    let mut socket = match connection.take() {
        Some(socket) if !sent.may_be_cut_off() => socket,
        _ => Socket::connect(address).await?,
    };
    let answer = socket.call(&sent.request).await;
    let mut seen = seen.borrow_mut();
    seen.hostile += 1;
    match answer {
        Ok(answer) => {
            if !sent.is_answered_by(&answer) {
                let body = String::from_utf8_lossy(&answer.body).into_owned();
                seen.is_wrong(sent, &format!("{} {body}", answer.status));
            }
            *connection = (answer.stays && !sent.may_be_cut_off()).then_some(socket);
        }
        Err(_) if sent.may_be_cut_off() => seen.cut_off += 1,
        Err(error) => seen.is_wrong(sent, &error.to_string()),
    }
    Ok(())
}

/// Sends a byte a second until the server has had enough.
async fn dawdle(
    address: SocketAddr,
    number: usize,
    callers: &Callers,
    seen: &RefCell<Seen>,
    until: Instant,
) -> Result<(), Failure> {
    let began = Instant::now();
    let mut socket = Socket::connect(address).await?;
    let mut is_open = socket.dribble(&callers.slow(number)?).await.is_ok();
    while is_open && Instant::now() < until {
        // An answer or an end: either way it is done with this one.
        is_open = timeout(Duration::from_secs(1), socket.answer())
            .await
            .is_err()
            && socket.dribble(b"x").await.is_ok();
    }
    let mut seen = seen.borrow_mut();
    seen.longest_slow = seen.longest_slow.max(began.elapsed());
    seen.slow += u64::from(!is_open);
    Ok(())
}

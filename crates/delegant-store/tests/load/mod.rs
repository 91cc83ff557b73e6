//! A process that uses and revokes as fast as it can until it is killed, and one that checks what
//! became of what it was told.

use std::collections::HashSet;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use delegant::{Cid, Container, DidKeys, Parsed, Revocation, SecretKey, Signer};
use delegant_store::{Quota, Redeemed, RedemptionKey, Store};
use delegant_testing::tokens::{key, now};

pub(crate) mod race;

/// What is said of each: its letter and number, once it is acknowledged.
const USED: char = 'u';
const REVOKED: char = 'r';

/// Where the address and the number of the run stand.
const ADDRESS: &str = "DELEGANT_LOAD_ADDRESS";
const RUN: &str = "DELEGANT_LOAD_RUN";

/// Where it says after how long it ends.
const MILLISECONDS: &str = "DELEGANT_LOAD_MILLISECONDS";

/// It ends by itself after so long, should nobody end it.
const LONGEST: Duration = Duration::from_secs(30);

fn used(run: u32, number: u32) -> RedemptionKey {
    let mut digest = [0; 32];
    digest
        .first_chunk_mut()
        .unwrap()
        .clone_from(&run.to_be_bytes());
    digest
        .last_chunk_mut()
        .unwrap()
        .clone_from(&number.to_be_bytes());
    RedemptionKey::new(&key(1).did(), None, &digest)
}

fn revoked(run: u32, number: u32) -> Cid {
    Cid::of(format!("{run} {number}").as_bytes())
}

/// The store at this address, without a limit that would be reached.
pub(crate) async fn open(address: &str) -> Store {
    Store::open(address).await.unwrap().quota(Quota {
        per_issuer: u64::MAX >> 1,
        total: u64::MAX >> 1,
    })
}

fn say(what: char, number: u32) {
    // One write for each, so that nothing is said by halves.
    let line = format!("{what}{number}\n");
    let mut output = std::io::stdout().lock();
    let _ = output.write_all(line.as_bytes());
    let _ = output.flush();
}

/// Is this process the one that works? Then it does, and does not come back.
pub(crate) fn work_if_asked() {
    let (Ok(address), Ok(run)) = (std::env::var(ADDRESS), std::env::var(RUN)) else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let longest = std::env::var(MILLISECONDS)
        .map_or(LONGEST, |text| Duration::from_millis(text.parse().unwrap()));
    let working = work(&address, run.parse().unwrap());
    let _ = runtime.block_on(async { tokio::time::timeout(longest, working).await });
    // At once, whatever it is doing.
    std::process::exit(0);
}

async fn work(address: &str, run: u32) {
    let store = open(address).await;
    let (uses, revocations) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let (store, uses) = (store.clone(), Arc::clone(&uses));
        tasks.spawn(async move {
            loop {
                let number = uses.fetch_add(1, Ordering::Relaxed);
                let until = now().saturating_add(Duration::from_secs(3600));
                match store.redeem(used(run, number), until, now()).await {
                    Ok(Redeemed::First) => say(USED, number),
                    Ok(Redeemed::Again) => say('!', number),
                    Err(_) => {
                        say('x', number);
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                }
            }
        });
    }
    for _ in 0..2 {
        let (store, revocations) = (store.clone(), Arc::clone(&revocations));
        tasks.spawn(async move {
            let revoker: SecretKey = key(1);
            loop {
                let number = revocations.fetch_add(1, Ordering::Relaxed);
                let revocation = Revocation::builder(revoked(run, number))
                    .sign(&revoker)
                    .unwrap();
                match store.add(&revocation, &[], &DidKeys, now()).await {
                    Ok(_) => say(REVOKED, number),
                    Err(_) => {
                        say('x', number);
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                }
            }
        });
    }
    while tasks.join_next().await.is_some() {}
}

/// A process at work.
pub(crate) struct Worker {
    child: Child,
    run: u32,
    reader: std::thread::JoinHandle<Acknowledged>,
}

/// What it was told is done.
#[derive(Debug, Default)]
pub(crate) struct Acknowledged {
    pub(crate) used: Vec<u32>,
    pub(crate) revoked: Vec<u32>,
    /// Told to have been used before, though it was not.
    pub(crate) wrong: Vec<u32>,
    /// Told that it could not be done.
    pub(crate) refused: Vec<u32>,
}

impl Worker {
    /// Starts this very program again, with these arguments, to call [`work_if_asked`].
    pub(crate) fn start(arguments: &[&str], address: &str, run: u32) -> Self {
        let program = std::env::current_exe().unwrap().into_os_string();
        let mut words = vec![program];
        words.extend(arguments.iter().map(OsString::from));
        Self::start_program(&words, address, run, None)
    }

    /// Starts it by another program; it ends by itself after so many milliseconds.
    pub(crate) fn start_program(
        words: &[OsString],
        address: &str,
        run: u32,
        milliseconds: Option<u64>,
    ) -> Self {
        let (program, arguments) = words.split_first().unwrap();
        let mut child = Command::new(program)
            .args(arguments)
            .env(ADDRESS, address)
            .env(RUN, run.to_string())
            .envs(milliseconds.map(|number| (MILLISECONDS, number.to_string())))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let reader = std::thread::spawn(move || {
            let mut acknowledged = Acknowledged::default();
            for line in output.lines().map_while(Result::ok) {
                let mut letters = line.chars();
                let what = letters.next();
                let Ok(number) = letters.as_str().parse() else {
                    continue;
                };
                match what {
                    Some(USED) => acknowledged.used.push(number),
                    Some(REVOKED) => acknowledged.revoked.push(number),
                    Some('x') => acknowledged.refused.push(number),
                    Some('!') => acknowledged.wrong.push(number),
                    _ => {}
                }
            }
            acknowledged
        });
        Self { child, run, reader }
    }

    /// `kill -9`, at whatever it is doing.
    pub(crate) fn kill(self) -> (u32, Acknowledged) {
        self.end(true)
    }

    /// Ends it at once, or waits until it has ended by itself.
    pub(crate) fn end(mut self, at_once: bool) -> (u32, Acknowledged) {
        if at_once {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
        (self.run, self.reader.join().unwrap())
    }
}

/// How much of what was acknowledged in this run is forgotten.
pub(crate) async fn forgotten(
    store: &Store,
    run: u32,
    acknowledged: &Acknowledged,
    behind: u64,
) -> usize {
    let mut forgotten = 0;
    let until = now().saturating_add(Duration::from_secs(3600));
    for chunk in acknowledged.used.chunks(256) {
        let asked = chunk.iter().map(|number| {
            let (store, key) = (store.clone(), used(run, *number));
            tokio::spawn(async move { store.redeem(key, until, now()).await.unwrap() })
        });
        for answer in asked.collect::<Vec<_>>() {
            forgotten += usize::from(answer.await.unwrap() == Redeemed::First);
        }
    }
    let mut there = HashSet::new();
    let mut last = behind;
    loop {
        let entries = store.after(last, 1000).await.unwrap();
        let Some(entry) = entries.last() else {
            break;
        };
        last = entry.sequence;
        for entry in &entries {
            let container = Container::decode(&entry.container).unwrap();
            let bytes = container.invocation().unwrap().bytes().to_vec();
            let revocation = Parsed::<Revocation>::decode(&bytes).unwrap();
            there.insert(revocation.unverified().revoked());
        }
    }
    let gone = acknowledged
        .revoked
        .iter()
        .filter(|number| !there.contains(&revoked(run, **number)));
    forgotten + gone.count()
}

/// Different each time, and said where something fails.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new() -> Self {
        let since = std::time::UNIX_EPOCH.elapsed().unwrap();
        Self(u64::try_from(since.as_nanos() & u128::from(u64::MAX)).unwrap() | 1)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

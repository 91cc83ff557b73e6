//! Copies of one invocation, used at once in two processes.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use delegant::Signer;
use delegant_store::{Redeemed, RedemptionKey, Store};
use delegant_testing::tokens::{key, now};
use tokio::task::JoinSet;

use crate::load::open;

/// Where the address stands, for the second process.
const ADDRESS: &str = "DELEGANT_RACE_ADDRESS";

/// So many copies in each of two processes, or twice as many in one.
pub(crate) const COPIES: usize = 32;

fn used(number: u32) -> RedemptionKey {
    let mut digest = [7; 32];
    digest
        .first_chunk_mut()
        .unwrap()
        .clone_from(&number.to_be_bytes());
    RedemptionKey::new(&key(1).did(), None, &digest)
}

/// How many of so many copies of one invocation are the first.
pub(crate) async fn winners(store: &Store, number: u32, copies: usize) -> usize {
    let until = now().saturating_add(Duration::from_secs(3600));
    let mut racing = JoinSet::new();
    for _ in 0..copies {
        let store = store.clone();
        racing.spawn(async move { store.redeem(used(number), until, now()).await.unwrap() });
    }
    let outcomes = racing.join_all().await;
    outcomes
        .iter()
        .filter(|outcome| **outcome == Redeemed::First)
        .count()
}

/// Is this the second process? Then it races until its input ends.
pub(crate) fn race_if_asked() {
    let Ok(address) = std::env::var(ADDRESS) else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let store = runtime.block_on(open(&address));
    for line in std::io::stdin().lines() {
        let number = line.unwrap().parse().unwrap();
        let won = runtime.block_on(winners(&store, number, COPIES));
        // Words of the test harness may stand before it, but not on this line.
        let mut output = std::io::stdout().lock();
        writeln!(output, "\nwon {won}").unwrap();
        output.flush().unwrap();
    }
    std::process::exit(0);
}

/// The second process.
pub(crate) struct Rival {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Rival {
    /// Starts this very program again, with these arguments, to call [`race_if_asked`].
    pub(crate) fn start(arguments: &[&str], address: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(arguments)
            .env(ADDRESS, address)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self {
            child,
            input,
            output,
        }
    }

    /// How many of all copies in both processes are the first.
    pub(crate) async fn winners(&mut self, store: &Store, number: u32) -> usize {
        writeln!(self.input, "{number}").unwrap();
        let here = winners(store, number, COPIES).await;
        loop {
            let mut line = String::new();
            assert!(
                self.output.read_line(&mut line).unwrap() > 0,
                "the rival is gone"
            );
            if let Some(there) = line.trim().strip_prefix("won ") {
                return here + there.parse::<usize>().unwrap();
            }
        }
    }
}

impl Drop for Rival {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

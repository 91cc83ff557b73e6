//! What every target shares: how much one input may cost, and how structured inputs are mutated.

#![forbid(unsafe_code)]

mod mutate;

pub use mutate::{cross_over, mutate};

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// The most that one input may take: time of this thread, not of the machine.
const MOST_TIME: Duration = Duration::from_millis(50);
/// The most that one input may add to the memory in use.
const MOST_BYTES: u64 = 64 << 20;

/// Does the work within the limits of one input, and gives what came of it.
///
/// What takes too long is given two more chances: the time counts faults of the page tables, too.
pub fn bounded<T>(work: impl Fn() -> T) -> T {
    let mut took = Duration::ZERO;
    for _ in 0..3 {
        let mut result = None;
        let start = now();
        let memory = allocation_counter::measure(|| result = Some(work()));
        took = now().saturating_sub(start);
        assert!(
            memory.bytes_max <= MOST_BYTES,
            "took {} bytes of memory",
            memory.bytes_max
        );
        match result {
            Some(result) if took <= MOST_TIME => return result,
            _ => {}
        }
    }
    panic!("took {took:?}, three times over");
}

fn now() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        time.tv_sec.try_into().unwrap_or(0),
        time.tv_nsec.try_into().unwrap_or(0),
    )
}

/// Before the first input: what is fuzzed is as strict as what is shipped, and its tables are made.
pub fn begin() {
    delegant::self_test().expect("nothing is weakened here");
}

/// The two halves of an input around the first byte that no UTF-8 has.
pub fn halves(data: &[u8]) -> (&[u8], Option<&[u8]>) {
    let mut halves = data.splitn(2, |byte| *byte == 0xff);
    (halves.next().unwrap_or_default(), halves.next())
}

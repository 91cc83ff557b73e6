//! How much longer does a call take through signer and guard than without, in the same run and in turn?
//! And do they hold more memory after ten thousand calls than after one thousand?

use std::time::Duration;

use crate::line::{Line, call, timed};
use crate::resident::resident;
use crate::stage::Kept;
use crate::{Failure, figure};

/// So many calls one way, then so many the other.
const TURN: usize = 50;

/// What a process takes before it has seen a tenth of all calls is its start.
const START: usize = 10;

/// Calls both ways, and prints what came of it.
pub(crate) fn measure(
    transport: &str,
    kept: Kept,
    calls: usize,
    mut alone: impl Line,
    mut through: impl Line,
) -> Result<(), Failure> {
    let (mut without, mut with) = (Vec::new(), Vec::new());
    let mut early = Vec::new();
    let warm = calls / START;
    for number in 0..calls {
        if number == warm {
            early = memory(&through)?;
        }
        if number % TURN == 0 {
            for number in number..number + TURN {
                without.push(timed(&mut alone, &call(number))?.0);
            }
        }
        let message = call(number);
        let (time, answer) = timed(&mut through, &message)?;
        if !answer.contains(r#""result""#) || !answer.contains("20261122") {
            return Err(format!("call {number} came back as {answer}").into());
        }
        with.push(time);
    }
    let late = memory(&through)?;
    // Warm: the start has been.
    let mut with = with.split_off(warm);
    let mut without = without.split_off(warm);
    with.sort_unstable();
    without.sort_unstable();
    let name = format!("mcp-{transport}-{}", kept.name());
    for part in [50, 99] {
        let (with, without) = (at(&with, part), at(&without, part));
        let note = format!("{without:.3} ms without, {with:.3} ms with");
        let added = format!("{:.3}", with - without);
        figure(&format!("{name}-p{part}"), added, "ms", &note);
    }
    for ((who, before), (_, after)) in early.iter().zip(&late) {
        let mib = |kib: u64| kib as f64 / 1024.0;
        let grown = mib(*after) - mib(*before);
        let note = format!("{:.1} MiB after {warm} calls", mib(*before));
        let held = format!("{:.1}", mib(*after));
        figure(&format!("{name}-{who}"), held, "MiB", "");
        figure(
            &format!("{name}-{who}-grown"),
            format!("{grown:.2}"),
            "MiB",
            &note,
        );
    }
    Ok(())
}

/// What each in between holds, in KiB.
fn memory(line: &impl Line) -> Result<Vec<(&'static str, u64)>, Failure> {
    let between = line.between()?.into_iter();
    between
        .map(|(name, process)| Ok((name, resident(process)?)))
        .collect()
}

/// The time that so many hundredths took at most, in milliseconds; of times in ascending order.
pub(crate) fn at(times: &[Duration], part: usize) -> f64 {
    let last = times.len().saturating_sub(1);
    let time = times.get((times.len() * part / 100).min(last));
    time.map_or(f64::NAN, |time| time.as_secs_f64() * 1000.0)
}

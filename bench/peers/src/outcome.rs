//! What came out, over several processes?

use std::env;
use std::process::{Command, Stdio};

use crate::contest::Sample;
use crate::entrants::{ENTRANTS, Entrant};
use crate::rival::{Failure, refuse};
use crate::story::HOPS;

/// How many processes share the rounds: where the system puts code and stack changes the times of a whole
/// process, and by more than the rounds of one differ.
pub(crate) const PROCESSES: usize = 15;

/// The argument with which this program calls itself.
pub(crate) const ONE_PROCESS: &str = "--one-process";

/// What came out.
pub(crate) struct Outcome {
    /// One bare `verify_strict`, in microseconds: the median of the processes.
    pub(crate) unit: f64,
    /// Over how many bytes.
    pub(crate) length: usize,
    /// How often every process timed everything.
    pub(crate) rounds: usize,
    /// One row per entrant, in their order.
    pub(crate) rows: Vec<Row>,
}

/// One entrant's figures, in the order of [`HOPS`].
pub(crate) struct Row {
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    pub(crate) cells: Vec<Cell>,
}

/// One entrant at one depth.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell {
    pub(crate) hops: usize,
    /// The median of the processes, in units of one `verify_strict`.
    pub(crate) ratio: f64,
    /// The quartiles of the processes around it.
    pub(crate) quartiles: (f64, f64),
    /// The values of the headers together.
    pub(crate) bytes: usize,
}

/// Runs all processes, one after the other.
pub(crate) fn measure(rounds: usize) -> Result<Outcome, Failure> {
    let program = env::current_exe()?;
    let samples = (0..PROCESSES)
        .map(|_| {
            let output = Command::new(&program)
                .args([ONE_PROCESS, "--rounds", &rounds.to_string()])
                .stderr(Stdio::inherit())
                .output()?;
            if !output.status.success() {
                return Err(refuse("one of the processes failed"));
            }
            Ok(serde_json::from_slice(&output.stdout)?)
        })
        .collect::<Result<Vec<Sample>, Failure>>()?;
    Ok(merge(&samples, rounds))
}

fn merge(samples: &[Sample], rounds: usize) -> Outcome {
    let mut units: Vec<f64> = samples.iter().map(|sample| sample.unit).collect();
    let row = |(place, entrant): (usize, &'static Entrant)| {
        let cell = |(depth, hops): (usize, usize)| {
            let index = place * HOPS.len() + depth;
            let marks = || samples.iter().filter_map(|sample| sample.marks.get(index));
            let mut ratios: Vec<f64> = marks().map(|mark| mark.ratio).collect();
            let mut bytes: Vec<usize> = marks().map(|mark| mark.bytes).collect();
            bytes.sort_unstable();
            Cell {
                hops,
                ratio: at(&mut ratios, 0.5),
                quartiles: (at(&mut ratios, 0.25), at(&mut ratios, 0.75)),
                bytes: bytes.get(bytes.len() / 2).copied().unwrap_or(0),
            }
        };
        Row {
            id: entrant.id,
            title: entrant.title,
            cells: HOPS.into_iter().enumerate().map(cell).collect(),
        }
    };
    Outcome {
        unit: at(&mut units, 0.5),
        length: samples.first().map_or(0, |sample| sample.length),
        rounds,
        rows: ENTRANTS.iter().enumerate().map(row).collect(),
    }
}

/// The value below which this part of the values lies.
pub(crate) fn at(values: &mut [f64], part: f64) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let index = (values.len() as f64 * part) as usize;
    values.get(index).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::{at, merge};
    use crate::contest::{Mark, Sample};
    use crate::entrants::ENTRANTS;
    use crate::story::HOPS;

    #[test]
    fn every_mark_goes_to_its_entrant_and_depth() {
        let mark = |index: usize, factor: f64| Mark {
            ratio: index as f64 * factor,
            bytes: index,
        };
        let sample = |factor| Sample {
            unit: factor,
            length: 300,
            marks: (0..ENTRANTS.len() * HOPS.len())
                .map(|index| mark(index, factor))
                .collect(),
        };
        let outcome = merge(&[sample(9.0), sample(1.0), sample(2.0)], 7);
        assert_eq!((outcome.unit, outcome.length), (2.0, 300));
        for (place, row) in outcome.rows.iter().enumerate() {
            assert_eq!(row.id, ENTRANTS[place].id);
            for (depth, cell) in row.cells.iter().enumerate() {
                let index = place * HOPS.len() + depth;
                assert_eq!((cell.hops, cell.bytes), (HOPS[depth], index));
                assert_eq!(cell.ratio, 2.0 * index as f64);
            }
        }
    }

    #[test]
    fn the_middle_of_an_odd_number_of_values_is_one_of_them() {
        assert_eq!(at(&mut [3.0, 1.0, 2.0], 0.5), 2.0);
        assert!(at(&mut [], 0.5).is_nan());
    }
}

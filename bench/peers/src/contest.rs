//! How long does each take, in one process?

use std::hint::black_box;
use std::time::Instant;

use delegant::Container;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::entrants::{ENTRANTS, Entrant, Field};
use crate::outcome::at;
use crate::rival::{Failure, Headers, Rival};
use crate::rivals::delegant::{Delegant, PLAIN};
use crate::story::{COPIES, Call, HOPS, Scene, secret};
use crate::trials::examine;

/// What one process measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sample {
    /// One bare `verify_strict`, in microseconds: the median of the rounds.
    pub(crate) unit: f64,
    /// Over how many bytes.
    pub(crate) length: usize,
    /// For every entrant at every depth of [`HOPS`], in their order.
    pub(crate) marks: Vec<Mark>,
}

/// What one process measured of one entrant at one depth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Mark {
    /// The median of the rounds, in units of the `verify_strict` of the same round.
    pub(crate) ratio: f64,
    /// The values of the headers together: the median of the copies.
    pub(crate) bytes: usize,
}

/// One entrant at one depth, while it is being timed.
struct Course {
    copies: Vec<(Box<dyn Rival>, Headers)>,
    ratios: Vec<f64>,
}

/// Examines everyone, then times them in turn.
pub(crate) fn hold(rounds: usize) -> Result<Sample, Failure> {
    let field = Field::new()?;
    let mut courses = Vec::new();
    for entrant in &ENTRANTS {
        for hops in HOPS {
            courses.push(course(&field, entrant, hops)?);
        }
    }
    let unit = Unit::new(token_length()?);
    let mut units = Vec::new();
    for _ in 0..rounds {
        let floor = unit.time()?;
        units.push(floor * 1e6);
        for course in &mut courses {
            course.ratios.push(course.time()? / floor);
        }
    }
    Ok(Sample {
        unit: at(&mut units, 0.5),
        length: unit.length,
        marks: courses.into_iter().map(Course::mark).collect(),
    })
}

/// All copies of one story; the first one is put through every trial.
fn course(field: &Field, entrant: &Entrant, hops: usize) -> Result<Course, Failure> {
    let copies = (0..COPIES)
        .map(|copy| {
            let rival = (entrant.make)(field, hops, copy)?;
            if copy == 0 {
                let failed = |cause| format!("{} at {hops}: {cause}", entrant.id);
                examine(&*rival, hops).map_err(failed)?;
            }
            let headers = rival.present(&Call::GOOD)?;
            Ok((rival, headers))
        })
        .collect::<Result<_, Failure>>()?;
    Ok(Course {
        copies,
        ratios: Vec::new(),
    })
}

impl Course {
    fn time(&self) -> Result<f64, Failure> {
        middle(&self.copies, |(rival, headers)| {
            rival.decide(Scene::GOOD, black_box(headers), &Call::GOOD)
        })
    }

    fn mark(mut self) -> Mark {
        let length = |(_, headers): &(_, Headers)| headers.iter().map(String::len).sum::<usize>();
        let mut bytes: Vec<usize> = self.copies.iter().map(length).collect();
        bytes.sort_unstable();
        Mark {
            ratio: at(&mut self.ratios, 0.5),
            bytes: bytes.get(bytes.len() / 2).copied().unwrap_or(0),
        }
    }
}

/// The median time that the copies take, in seconds, after one that brings code near.
///
/// Each is timed on its own: what else a machine does then falsifies one of them, and not their mean.
fn middle<T>(copies: &[T], run: impl Fn(&T) -> Result<(), Failure>) -> Result<f64, Failure> {
    copies.first().map_or(Ok(()), &run)?;
    let mut times = Vec::with_capacity(copies.len());
    for copy in copies {
        let start = Instant::now();
        let verdict = run(black_box(copy));
        times.push(start.elapsed().as_secs_f64());
        black_box(verdict)?;
    }
    Ok(at(&mut times, 0.5))
}

/// What everything is measured in: one `verify_strict`, over as many bytes as a delegation signs.
struct Unit {
    length: usize,
    signed: Vec<(VerifyingKey, Signature, Vec<u8>)>,
}

impl Unit {
    fn new(length: usize) -> Self {
        let signed = (0..COPIES).map(|copy| {
            let key = SigningKey::from_bytes(&secret(copy, 0));
            let message = vec![u8::try_from(copy).unwrap_or(u8::MAX); length];
            (key.verifying_key(), key.sign(&message), message)
        });
        Self {
            length,
            signed: signed.collect(),
        }
    }

    fn time(&self) -> Result<f64, Failure> {
        middle(&self.signed, |(key, signature, message)| {
            Ok(key.verify_strict(black_box(message), signature)?)
        })
    }
}

/// How much of a delegation its signature covers, in bytes.
fn token_length() -> Result<usize, Failure> {
    let headers = Delegant::new(1, 0, PLAIN, None)?.present(&Call::GOOD)?;
    let container = Container::decode(headers.concat().as_bytes())?;
    let delegation = container.delegations().first().ok_or("no delegation")?;
    // All but the envelope's head and the signature itself.
    Ok(delegation.bytes().len() - 67)
}

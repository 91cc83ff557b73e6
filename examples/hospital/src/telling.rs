//! How is it told, and did everything come as it should?

use std::io::Write;

use delegant::Did;
use serde_json::Value;

use crate::process::Failure;
use crate::summary::Outcome;

/// What should come of a scene.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scene {
    /// A bundle of so many resources.
    Allowed(u64),
    /// An answer of another shape.
    Answered,
    /// A refusal with this code.
    Refused(&'static str),
}

/// The teller.
pub(crate) struct Telling {
    out: Box<dyn Write + Send>,
    unexpected: u32,
    scenes: u32,
}

impl Telling {
    pub(crate) fn new(out: impl Write + Send + 'static) -> Self {
        Self {
            out: Box::new(out),
            unexpected: 0,
            scenes: 0,
        }
    }

    pub(crate) fn say(&mut self, words: &str) -> Result<(), Failure> {
        Ok(writeln!(self.out, "\n{words}")?)
    }

    /// Tells what was asked and what came of it.
    pub(crate) fn scene(
        &mut self,
        expected: Scene,
        words: &str,
        outcome: Outcome,
    ) -> Result<(), Failure> {
        self.scenes += 1;
        let (came, told) = match &outcome {
            Outcome::Read(value) => match value.get("total").and_then(Value::as_u64) {
                Some(total) => (Scene::Allowed(total), format!("allowed: {total} found")),
                None => (Scene::Answered, "allowed".to_owned()),
            },
            Outcome::Refused { code, why } => {
                let came = match expected {
                    Scene::Refused(wanted) if wanted == code => expected,
                    _ => Scene::Refused("another code"),
                };
                (came, format!("refused, {code}: {why}"))
            }
            Outcome::Done | Outcome::Gave(_) => (Scene::Answered, "done".to_owned()),
        };
        writeln!(self.out, "\n{words}\n  → {}", told.replace('\n', "\n    "))?;
        if came != expected {
            self.unexpected += 1;
            writeln!(self.out, "  UNEXPECTED: it should have been {expected:?}")?;
        }
        Ok(())
    }

    /// The log names the emergency, and everyone between the hospital and the helper.
    pub(crate) fn accesses(
        &mut self,
        outcome: &Outcome,
        on_duty: &Did,
        helper: &Did,
    ) -> Result<(), Failure> {
        let accesses: Vec<Value> = match outcome {
            Outcome::Read(Value::Array(accesses)) => accesses.clone(),
            _ => Vec::new(),
        };
        let by = |did: &Did| {
            let name = did.to_string();
            accesses
                .iter()
                .find(|access| access.get("invoker").and_then(Value::as_str) == Some(&name))
        };
        let flagged = by(on_duty).and_then(|access| access.get("break_glass")?.as_str());
        let through = by(helper).and_then(|access| Some(access.get("through")?.as_array()?.len()));
        if (flagged, through) != (Some("found unconscious"), Some(4)) {
            self.unexpected += 1;
            writeln!(
                self.out,
                "  UNEXPECTED: the log says {flagged:?} and {through:?}"
            )?;
        }
        Ok(())
    }

    /// The end; `false` where something came otherwise than it should.
    pub(crate) fn end(mut self) -> Result<bool, Failure> {
        let as_expected = self.unexpected == 0;
        match as_expected {
            true => writeln!(
                self.out,
                "\nAll {} answers were as they should be.",
                self.scenes
            )?,
            false => writeln!(
                self.out,
                "\n{} of {} answers were not as they should be.",
                self.unexpected, self.scenes
            )?,
        }
        Ok(as_expected)
    }
}

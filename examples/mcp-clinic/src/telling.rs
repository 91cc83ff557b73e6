//! How is it told, and did everything come as it should?

use std::io::Write;

use crate::Failure;
use crate::tried::Outcome;

/// What should come of a scene.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scene {
    /// An answer.
    Allowed,
    /// A refusal with this code.
    Refused(&'static str),
}

/// The teller.
pub(crate) struct Telling {
    out: Box<dyn Write + Send>,
    answers: u32,
    unexpected: u32,
}

impl Telling {
    pub(crate) fn new(out: impl Write + Send + 'static) -> Self {
        Self {
            out: Box::new(out),
            answers: 0,
            unexpected: 0,
        }
    }

    pub(crate) fn say(&mut self, words: &str) -> Result<(), Failure> {
        Ok(writeln!(self.out, "\n{words}")?)
    }

    /// One of several lines.
    pub(crate) fn line(&mut self, words: &str) -> Result<(), Failure> {
        Ok(writeln!(self.out, "  {words}")?)
    }

    /// Tells what was asked and what came of it.
    pub(crate) fn scene(
        &mut self,
        expected: Scene,
        words: &str,
        outcome: &Outcome,
    ) -> Result<(), Failure> {
        self.answers += 1;
        let (is_expected, told) = match outcome {
            Outcome::Answer(_) => (expected == Scene::Allowed, "allowed".to_owned()),
            Outcome::Refused { code, why } => (
                matches!(expected, Scene::Refused(wanted) if wanted == code),
                why.clone(),
            ),
        };
        writeln!(self.out, "\n{words}\n  → {}", told.replace('\n', "\n    "))?;
        self.counts(is_expected, &format!("{expected:?}"))
    }

    /// Tells something that can be looked up, and whether it is so.
    pub(crate) fn fact(&mut self, is_so: bool, words: &str) -> Result<(), Failure> {
        self.answers += 1;
        writeln!(self.out, "\n{words}")?;
        self.counts(is_so, "so")
    }

    fn counts(&mut self, is_expected: bool, wanted: &str) -> Result<(), Failure> {
        if !is_expected {
            self.unexpected += 1;
            writeln!(self.out, "  UNEXPECTED: it should have been {wanted}")?;
        }
        Ok(())
    }

    /// The end; `false` where something came otherwise than it should.
    pub(crate) fn end(mut self) -> Result<bool, Failure> {
        let right = self.answers - self.unexpected;
        writeln!(
            self.out,
            "\n{} answers, {right} as they should be.",
            self.answers
        )?;
        Ok(self.unexpected == 0)
    }
}

//! How is what was counted told?

use std::sync::{Mutex, PoisonError};

/// What the tests of one file count together: how many were tried, and how many went wrong.
pub(crate) struct Figure {
    /// The names of both figures.
    names: [&'static str; 2],
    unit: &'static str,
    counted: Mutex<Counted>,
}

struct Counted {
    missing: usize,
    tried: usize,
    wrong: usize,
}

impl Figure {
    /// To which so many tests add.
    pub(crate) const fn of(tests: usize, names: [&'static str; 2], unit: &'static str) -> Self {
        let counted = Mutex::new(Counted {
            missing: tests,
            tried: 0,
            wrong: 0,
        });
        Self {
            names,
            unit,
            counted,
        }
    }

    /// Adds what one test counted. The last of them prints both, which is seen with `--nocapture`.
    #[expect(
        clippy::print_stdout,
        reason = "whoever asks for the figures reads them here"
    )]
    pub(crate) fn add(&self, tried: usize, wrong: usize) {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        counted.missing -= 1;
        counted.tried += tried;
        counted.wrong += wrong;
        if counted.missing == 0 {
            let ([tried, wrong], unit) = (self.names, self.unit);
            println!("figure {tried} {} {unit}", counted.tried);
            println!("figure {wrong} {} {unit}", counted.wrong);
        }
    }
}

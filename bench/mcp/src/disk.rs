//! How long does the disk take to say that something is on it?

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use crate::pairs::at;
use crate::{Failure, figure};

const TIMES: usize = 500;

/// Appends a page and waits until it is on the disk, again and again, where the guard's store was.
pub(crate) fn measure(folder: &Path) -> Result<(), Failure> {
    let path = folder.join("page");
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let began = Instant::now();
        file.write_all(&[0; 4096])?;
        file.sync_data()?;
        times.push(began.elapsed());
    }
    times.sort_unstable();
    let note = format!("p99 {:.2} ms", at(&times, 99));
    figure(
        "mcp-disk-p50",
        format!("{:.2}", at(&times, 50)),
        "ms",
        &note,
    );
    Ok(())
}

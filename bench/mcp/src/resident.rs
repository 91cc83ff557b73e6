//! How much memory does a process hold? As the system counts it.

use std::fs;

use crate::Failure;

/// The resident set, in KiB.
pub(crate) fn resident(process: u32) -> Result<u64, Failure> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let words = line.ok_or("no resident set")?;
    let number = words.split_whitespace().next().unwrap_or_default();
    Ok(number.parse()?)
}

/// The one child of a process.
pub(crate) fn child_of(parent: u32) -> Result<u32, Failure> {
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(process) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        // It may be gone meanwhile.
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        // Behind the name, which may have any letter: the state, and the parent.
        let behind = stat.rsplit_once(") ").map_or("", |(_, behind)| behind);
        if behind.split_whitespace().nth(1) == Some(&parent.to_string()) {
            return Ok(process);
        }
    }
    Err(format!("{parent} has no child").into())
}

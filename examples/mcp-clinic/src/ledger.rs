//! Who did what, on whose behalf? From what the guard wrote down, and what the server really did.

use std::collections::BTreeMap;
use std::path::Path;

use delegant::Did;
use delegant_mcp::record::{Decided, Entry, read};
use serde_json::Value;

use crate::Failure;
use crate::telling::Telling;

/// Names for DIDs.
pub(crate) struct Names(BTreeMap<String, &'static str>);

impl Names {
    pub(crate) fn new(names: impl IntoIterator<Item = (Did, &'static str)>) -> Self {
        let names = names.into_iter();
        Self(names.map(|(did, name)| (did.to_string(), name)).collect())
    }

    fn of(&self, did: &str) -> &'static str {
        self.0.get(did).copied().unwrap_or("somebody")
    }
}

/// Tells the record, line by line; how many calls were allowed, and how many refused.
pub(crate) fn tell(
    telling: &mut Telling,
    record: &Path,
    names: &Names,
) -> Result<(usize, usize), Failure> {
    let (mut allowed, mut refused) = (0, 0);
    for entry in read(record)? {
        let entry = entry?;
        match entry.decided {
            Decided::Allowed => allowed += 1,
            _ => refused += 1,
        }
        telling.line(&told(&entry, names))?;
    }
    Ok((allowed, refused))
}

fn told(entry: &Entry, names: &Names) -> String {
    let tool = entry.name.as_deref().unwrap_or("?");
    let arguments = entry.arguments.as_ref();
    let patient = arguments.and_then(|arguments| arguments.pointer("/arguments/patient"));
    let patient = patient.and_then(Value::as_str).unwrap_or("-");
    let asked = match &entry.invoker {
        Some(invoker) => names.of(invoker),
        None => "nobody knows who",
    };
    let what = format!("{tool:<16} {patient:<5} {asked:<17}");
    match entry.decided {
        Decided::Allowed => {
            let above: Vec<&str> = upwards(entry, names).skip(1).collect();
            format!("allowed  {what} for {}", above.join(", for "))
        }
        _ => format!("refused  {what} {}", entry.code),
    }
}

/// Everyone that a call stands on: who asked, those through whom the authority came, and whose it is.
fn upwards<'a>(entry: &'a Entry, names: &'a Names) -> impl Iterator<Item = &'static str> + 'a {
    let through = entry.chain.iter().rev().map(|link| &link.principal);
    through
        .chain(&entry.subject)
        .map(|principal| names.of(principal))
}

/// On whose behalf was the last call of this agent that was allowed: everyone, the agent first.
pub(crate) fn behind(
    record: &Path,
    names: &Names,
    agent: &str,
) -> Result<Vec<&'static str>, Failure> {
    let mut behind = Vec::new();
    for entry in read(record)? {
        let entry = entry?;
        let by = entry.invoker.as_deref().map(|invoker| names.of(invoker));
        if entry.decided == Decided::Allowed && by == Some(agent) {
            behind = upwards(&entry, names).collect();
        }
    }
    Ok(behind)
}

/// What the server did, in its own words.
pub(crate) fn done(journal: &Path) -> Result<Vec<String>, Failure> {
    let journal = std::fs::read_to_string(journal)?;
    Ok(journal.lines().map(str::to_owned).collect())
}

//! What does a command print, here and now?

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{self, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{fs, io};

use crate::list::Command;
use crate::reading::{Reading, reading};
use crate::records::Record;

/// Files that measuring itself writes: they do not make a working tree unclean.
const WRITTEN: [&str; 2] = ["bench/figures.json", "SCOREBOARD.md"];

/// When and where something is measured.
pub(crate) struct Here {
    date: String,
    commit: String,
    machine: String,
}

impl Here {
    /// Today, this commit, this machine.
    pub(crate) fn now(root: &Path) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            date: date(since.map_or(0, |since| since.as_secs())),
            commit: commit(root),
            machine: machine(),
        }
    }
}

/// Runs a command, and gives a record for each figure of its list: all of them, or the reason.
pub(crate) fn measure(
    root: &Path,
    command: &Command,
    here: &Here,
    echo: impl Fn(&str),
) -> Result<Vec<(String, Record)>, String> {
    let start = Instant::now();
    let lines = lines(root, &command.run, echo)?;
    recorded(command, &lines, start.elapsed().as_secs(), here)
}

/// The same from a file that its output went to, while it took its hours elsewhere.
pub(crate) fn printed(
    file: &Path,
    command: &Command,
    here: &Here,
) -> Result<Vec<(String, Record)>, String> {
    let unreadable = |error: io::Error| format!("{}: {error}", file.display());
    let text = fs::read_to_string(file).map_err(unreadable)?;
    let about = file.metadata().map_err(unreadable)?;
    let (begun, ended) = (about.created(), about.modified().map_err(unreadable)?);
    let took = begun.map_or(Duration::ZERO, |begun| {
        ended.duration_since(begun).unwrap_or_default()
    });
    let lines: Vec<String> = text.lines().map(ToOwned::to_owned).collect();
    recorded(command, &lines, took.as_secs(), here)
}

fn recorded(
    command: &Command,
    lines: &[String],
    seconds: u64,
    here: &Here,
) -> Result<Vec<(String, Record)>, String> {
    let readings = readings(command, lines)?;
    let record = |reading: Reading| {
        let record = Record {
            value: reading.value,
            unit: reading.unit,
            note: reading.note,
            command: command.run.clone(),
            seconds,
            date: here.date.clone(),
            commit: here.commit.clone(),
            machine: here.machine.clone(),
        };
        (reading.id, record)
    };
    Ok(readings.into_iter().map(record).collect())
}

/// What a command writes to its output, shown while it runs.
fn lines(root: &Path, run: &str, echo: impl Fn(&str)) -> Result<Vec<String>, String> {
    let mut shell = process::Command::new("sh");
    shell
        .args(["-c", run])
        .current_dir(root)
        .stdout(Stdio::piped());
    // `cargo run` tells us about ourselves; build scripts below would take it for news.
    for (name, _) in std::env::vars_os() {
        let is_ours = name.to_str().is_some_and(|name| {
            let ours = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"];
            ours.iter().any(|ours| name.starts_with(ours))
        });
        if is_ours {
            shell.env_remove(name);
        }
    }
    let mut child = shell.spawn().map_err(|error| format!("sh: {error}"))?;
    let mut lines = Vec::new();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).lines() {
            let line = line.map_err(|error| format!("its output: {error}"))?;
            echo(&line);
            lines.push(line);
        }
    }
    match child.wait() {
        Ok(status) if status.success() => Ok(lines),
        Ok(status) => Err(format!("it ended with {status}")),
        Err(error) => Err(error.to_string()),
    }
}

/// Exactly the figures of the list, each once.
fn readings(command: &Command, lines: &[String]) -> Result<Vec<Reading>, String> {
    let mut found = BTreeMap::new();
    for line in lines.iter().filter_map(|line| reading(line)) {
        let reading = line.map_err(|line| {
            format!("`{line}` is no figure: write `figure <id> <number> <unit> [note]`")
        })?;
        if !command.figures.iter().any(|figure| figure.id == reading.id) {
            return Err(format!("it prints `{}`, which is not listed", reading.id));
        }
        if let Some(twice) = found.insert(reading.id.clone(), reading) {
            return Err(format!("it prints `{}` twice", twice.id));
        }
    }
    let missing = command
        .figures
        .iter()
        .find(|figure| !found.contains_key(&figure.id));
    match missing {
        Some(figure) => Err(format!("it does not print `{}`", figure.id)),
        None => Ok(found.into_values().collect()),
    }
}

/// The day in UTC of a Unix time, by the calendar's rule of 400 years.
fn date(unix: u64) -> String {
    // Days since 1 March of the year 0, so that a leap day is the last of its year.
    let days = unix / 86_400 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

fn commit(root: &Path) -> String {
    let git = |arguments: &[&str]| {
        let output = process::Command::new("git")
            .args(arguments)
            .current_dir(root)
            .output()
            .ok()
            .filter(|output| output.status.success())?;
        String::from_utf8(output.stdout).ok()
    };
    let Some(commit) = git(&["rev-parse", "--short=7", "HEAD"]) else {
        return "unknown".to_owned();
    };
    let status = git(&["status", "--porcelain"]).unwrap_or_default();
    let is_unclean = status
        .lines()
        .any(|line| !WRITTEN.iter().any(|file| line.ends_with(file)));
    format!("{}{}", commit.trim(), if is_unclean { "+" } else { "" })
}

fn machine() -> String {
    let described = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = described.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == "model name").then(|| value.trim().to_owned())
    });
    let model = model.unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{model}, {cores} cores")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Here, date, measure, printed};
    use crate::list::{Class, Command, List};
    use crate::records::Record;

    fn command(run: &str) -> Command {
        let list = r#"
            section = [{ id = "s", title = "S" }]
            [[command]]
            name = "c"
            run = ""
            class = "quick"
            section = "s"
            figures = [{ id = "a", title = "A" }, { id = "b", title = "B" }]
        "#;
        let mut command = List::read(list).unwrap().commands.remove(0);
        assert_eq!(command.class, Class::Quick);
        command.run = run.to_owned();
        command
    }

    fn here() -> Here {
        Here {
            date: "2026-11-24".to_owned(),
            commit: "fde11db".to_owned(),
            machine: "a machine".to_owned(),
        }
    }

    fn told(records: Vec<(String, Record)>) -> Vec<String> {
        records
            .into_iter()
            .map(|(id, record)| format!("{id} {} {}", record.value, record.unit))
            .collect()
    }

    fn run(run: &str) -> Result<Vec<String>, String> {
        measure(Path::new("."), &command(run), &here(), |_| ()).map(told)
    }

    #[test]
    fn what_a_command_prints_is_recorded() {
        let figures = run("echo figure b 2 x; echo hello; echo figure a 1.50 y");
        assert_eq!(figures.unwrap(), ["a 1.50 y", "b 2 x"]);
    }

    #[test]
    fn what_was_printed_before_is_recorded_alike() {
        let file = std::env::temp_dir().join(format!("printed-{}", std::process::id()));
        let read = |text: &str| {
            std::fs::write(&file, text).unwrap();
            let records = printed(&file, &command("true"), &here());
            std::fs::remove_file(&file).unwrap();
            records.map(told)
        };
        let figures = read("figure b 2 x\nhello\nfigure a 1.50 y\n").unwrap();
        assert_eq!(figures, ["a 1.50 y", "b 2 x"]);
        assert_eq!(read("figure a 1 x\n").unwrap_err(), "it does not print `b`");
        let missing = printed(&file, &command("true"), &here());
        assert!(missing.is_err(), "there is no file");
    }

    #[test]
    fn a_command_that_fails_after_its_figures_yields_none() {
        let error = run("echo figure a 1 x; echo figure b 2 x; false").unwrap_err();
        assert!(error.starts_with("it ended with"), "{error}");
    }

    #[test]
    fn each_figure_is_printed_once_and_no_other() {
        let because = |printed: &str| {
            let figures = printed
                .split(' ')
                .map(|id| format!("echo figure {id} 1 x; "));
            run(&figures.collect::<String>()).unwrap_err()
        };
        assert_eq!(because("a"), "it does not print `b`");
        assert_eq!(because("a b c"), "it prints `c`, which is not listed");
        assert_eq!(because("a b a"), "it prints `a` twice");
    }

    #[test]
    fn a_day_is_named_as_in_the_calendar() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(951_782_399), "2000-02-28");
        assert_eq!(date(951_782_400), "2000-02-29");
        assert_eq!(date(1_767_225_599), "2025-12-31");
        assert_eq!(date(1_767_225_600), "2026-01-01");
    }
}

//! Measures what `bench/figures.toml` lists, and writes `SCOREBOARD.md`.
//!
//! A command prints `figure <id> <number> <unit> [note]` for each of its figures; everything else
//! that it prints is for people. Nothing is recorded from a command that fails.

mod exists;
mod list;
mod measure;
mod reading;
mod records;
mod render;
mod target;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use list::{Class, Command, List};
use measure::{Here, measure, printed};
use records::Records;
use render::{is_missed, render};

const LIST: &str = "bench/figures.toml";
const RECORDS: &str = "bench/figures.json";
const PAGE: &str = "SCOREBOARD.md";

const HELP: &str = "\
measures what `bench/figures.toml` lists, and writes `SCOREBOARD.md`

usage: just scoreboard [--long | --only NAME… | --printed NAME FILE | --render | --check | --help]

  (nothing)     runs the quick commands
  --long        runs all commands
  --only NAME   runs the command of this name, or the one that prints this figure; may be repeated
  --printed NAME FILE
                runs nothing: takes what the command of this name printed before, of this very commit
  --render      runs nothing: writes the page from the records
  --check       runs and writes nothing: fails where the page, the records and the list differ";

/// What is asked for.
#[derive(Debug, PartialEq)]
enum Task {
    Quick,
    Long,
    Only(Vec<String>),
    Printed(String, PathBuf),
    Render,
    Check,
    Help,
}

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let board = Board { root };
    let complaints = match task(std::env::args().skip(1)) {
        Ok(Task::Help) => {
            say(HELP);
            Ok(Vec::new())
        }
        Ok(Task::Check) => board.check(),
        Ok(task) => board.update(&task),
        Err(error) => Err(error),
    };
    let complaints = complaints.unwrap_or_else(|error| vec![error]);
    for complaint in &complaints {
        say(&format!("scoreboard: {complaint}"));
    }
    match complaints.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

#[expect(
    clippy::print_stderr,
    reason = "it is told to people, beside what commands print"
)]
fn say(text: &str) {
    eprintln!("{text}");
}

fn task(mut arguments: impl Iterator<Item = String>) -> Result<Task, String> {
    let mut task = Task::Quick;
    while let Some(argument) = arguments.next() {
        let next = match argument.as_str() {
            "--long" => Task::Long,
            "--printed" => match (arguments.next(), arguments.next()) {
                (Some(name), Some(file)) => Task::Printed(name, file.into()),
                _ => return Err("`--printed` wants a name and a file".to_owned()),
            },
            "--render" => Task::Render,
            "--check" => Task::Check,
            "--help" | "-h" => Task::Help,
            "--only" => Task::Only(vec![arguments.next().ok_or("`--only` wants a name")?]),
            other => return Err(format!("`{other}` is not known; see `--help`")),
        };
        task = match (task, next) {
            (Task::Quick, next) => next,
            (Task::Only(mut names), Task::Only(more)) => {
                names.extend(more);
                Task::Only(names)
            }
            _ => {
                return Err(format!(
                    "`{argument}` does not go with what stands before it"
                ));
            }
        };
    }
    Ok(task)
}

/// The three files, and where they are.
struct Board {
    root: PathBuf,
}

impl Board {
    fn file(&self, name: &str) -> Result<String, String> {
        fs::read_to_string(self.root.join(name)).map_err(|error| format!("{name}: {error}"))
    }

    /// Writes a file whole or not at all.
    fn write(&self, name: &str, text: &str) -> Result<(), String> {
        let (to, from) = (self.root.join(name), self.root.join(format!("{name}.new")));
        let written = fs::write(&from, text).and_then(|()| fs::rename(&from, to));
        written.map_err(|error| format!("{name}: {error}"))
    }

    fn list(&self) -> Result<List, String> {
        List::read(&self.file(LIST)?).map_err(|error| format!("{LIST}: {error}"))
    }

    fn records(&self) -> Result<Records, String> {
        match self.root.join(RECORDS).exists() {
            true => {
                records::read(&self.file(RECORDS)?).map_err(|error| format!("{RECORDS}: {error}"))
            }
            false => Ok(Records::new()),
        }
    }

    /// Runs what is asked for and writes what it printed; gives what went wrong.
    fn update(&self, task: &Task) -> Result<Vec<String>, String> {
        let list = self.list()?;
        let mut records = self.records()?;
        let here = Here::now(&self.root);
        let mut complaints = Vec::new();
        for command in chosen(&list, task)? {
            say(&format!("== {}: {}", command.name, command.run));
            let measured = match task {
                Task::Printed(_, file) => printed(file, command, &here),
                _ => measure(&self.root, command, &here, say),
            };
            match measured {
                Ok(measured) => {
                    records.extend(measured);
                    self.write(RECORDS, &records::write(&records)?)?;
                    self.write(PAGE, &render(&list, &records))?;
                }
                Err(error) => complaints.push(format!(
                    "`{}`: {error}; its figures stay as they were",
                    command.name
                )),
            }
        }
        self.write(PAGE, &render(&list, &records))?;
        complaints.extend(unexplained(&list, &records));
        Ok(complaints)
    }

    /// Everything in which the list, the records and the page differ.
    fn check(&self) -> Result<Vec<String>, String> {
        let (list, records) = (self.list()?, self.records()?);
        let mut complaints = self.differences(&list, &records)?;
        let not_measured = list
            .figures()
            .filter(|(_, figure)| !records.contains_key(&figure.id));
        complaints.extend(not_measured.map(|(command, figure)| {
            let (id, name) = (&figure.id, &command.name);
            format!("`{id}` was never measured: `just scoreboard --only {name}`")
        }));
        let by_another = list.figures().filter(|(command, figure)| {
            let record = records.get(&figure.id);
            record.is_some_and(|record| record.command != command.run)
        });
        complaints.extend(by_another.map(|(command, figure)| {
            let (id, name) = (&figure.id, &command.name);
            format!("`{id}` was measured by another command: `just scoreboard --only {name}`")
        }));
        Ok(complaints)
    }

    fn differences(&self, list: &List, records: &Records) -> Result<Vec<String>, String> {
        let mut complaints = unexplained(list, records);
        let is_listed = |id: &str| list.figures().any(|(_, figure)| figure.id == id);
        let strays = records.keys().filter(|id| !is_listed(id));
        complaints.extend(strays.map(|id| format!("`{id}` is in {RECORDS} and not in {LIST}")));
        for command in &list.commands {
            if let Some(missing) = exists::missing(&self.root, &command.run) {
                complaints.push(format!("`{}`: there is no {missing}", command.name));
            }
        }
        if self.file(PAGE)? != render(list, records) {
            complaints.push(format!(
                "{PAGE} is not what the records say: `just scoreboard --render`"
            ));
        }
        Ok(complaints)
    }
}

/// The commands that are to run.
fn chosen<'a>(list: &'a List, task: &Task) -> Result<Vec<&'a Command>, String> {
    let is_named = |command: &Command, name: &String| {
        command.name == *name || command.figures.iter().any(|figure| figure.id == *name)
    };
    let named = match task {
        Task::Only(names) => names.as_slice(),
        Task::Printed(name, _) => std::slice::from_ref(name),
        _ => &[],
    };
    let is_known = |name: &&String| list.commands.iter().any(|command| is_named(command, name));
    if let Some(unknown) = named.iter().find(|name| !is_known(name)) {
        return Err(format!(
            "`{unknown}` is neither a command nor a figure of {LIST}"
        ));
    }
    let is_chosen = |command: &&Command| match task {
        Task::Quick => command.class == Class::Quick,
        Task::Long => true,
        Task::Only(_) | Task::Printed(..) => named.iter().any(|name| is_named(command, name)),
        Task::Render | Task::Check | Task::Help => false,
    };
    Ok(list.commands.iter().filter(is_chosen).collect())
}

/// The figures that are missed and have no reason beside them.
fn unexplained(list: &List, records: &Records) -> Vec<String> {
    let figures = list.figures().map(|(_, figure)| figure);
    let is_unexplained = |figure: &&list::Figure| {
        figure.missed.is_none() && is_missed(figure, records.get(&figure.id))
    };
    let complaint = |figure: &list::Figure| {
        format!(
            "`{}` is missed: say why in {LIST}, as `missed = \"…\"`",
            figure.id
        )
    };
    figures.filter(is_unexplained).map(complaint).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Board, Task, chosen, task, unexplained};
    use crate::list::List;
    use crate::records::read;

    fn board() -> Board {
        Board {
            root: Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."),
        }
    }

    fn asked(arguments: &[&str]) -> Result<Task, String> {
        task(arguments.iter().map(|argument| (*argument).to_owned()))
    }

    const LIST: &str = r#"
        section = [{ id = "s", title = "S" }]
        [[command]]
        name = "short"
        run = "just test"
        class = "quick"
        section = "s"
        figures = [{ id = "a", title = "A", target = "<= 1" }]
        [[command]]
        name = "endless"
        run = "just test"
        class = "long"
        section = "s"
        figures = [{ id = "b", title = "B", target = "<= 1", missed = "so it is." }]
    "#;

    #[test]
    fn the_page_the_records_and_the_list_agree() {
        let board = board();
        let (list, records) = (board.list().unwrap(), board.records().unwrap());
        let complaints = board.differences(&list, &records).unwrap();
        assert!(complaints.is_empty(), "{complaints:#?}");
    }

    #[test]
    fn arguments_say_what_to_run() {
        assert_eq!(asked(&[]), Ok(Task::Quick));
        assert_eq!(asked(&["--long"]), Ok(Task::Long));
        let names = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(
            asked(&["--only", "a", "--only", "b"]),
            Ok(Task::Only(names))
        );
        assert_eq!(
            asked(&["--printed", "a", "b.log"]),
            Ok(Task::Printed("a".to_owned(), "b.log".into()))
        );
        for refused in [
            &["--only"][..],
            &["--printed", "a"],
            &["--loud"],
            &["--check", "--long"],
        ] {
            assert!(asked(refused).is_err(), "{refused:?}");
        }
    }

    #[test]
    fn what_runs_is_what_was_asked_for() {
        let list = List::read(LIST).unwrap();
        let names = |task: Task| {
            let chosen = chosen(&list, &task).unwrap();
            chosen
                .into_iter()
                .map(|command| command.name.as_str())
                .collect::<Vec<_>>()
        };
        assert_eq!(names(Task::Quick), ["short"]);
        assert_eq!(names(Task::Long), ["short", "endless"]);
        assert_eq!(names(Task::Only(vec!["b".to_owned()])), ["endless"]);
        assert_eq!(names(Task::Only(vec!["short".to_owned()])), ["short"]);
        assert!(names(Task::Render).is_empty());
        assert!(chosen(&list, &Task::Only(vec!["c".to_owned()])).is_err());
    }

    #[test]
    fn a_missed_figure_without_a_reason_is_complained_about() {
        let record = r#"{"value":2,"unit":"x","command":"just test","seconds":1,"date":"2026-11-24","commit":"fde11db","machine":"a machine"}"#;
        let records = read(&format!(r#"{{"a":{record},"b":{record}}}"#)).unwrap();
        let complaints = unexplained(&List::read(LIST).unwrap(), &records);
        assert_eq!(
            complaints,
            ["`a` is missed: say why in bench/figures.toml, as `missed = \"…\"`"]
        );
    }
}

//! How is it shown?

use std::fmt::Write;

use crate::list::{Class, Command, Figure, List};
use crate::records::{Record, Records};

const HEAD: &str = "\
# Scoreboard

What we say about Delegant in numbers: each with what it is to be, and with the command that measures
it. Nothing here is typed in by hand: `just scoreboard` runs the commands that `bench/figures.toml`
lists, keeps what they print in `bench/figures.json`, and writes this page.

```console
$ just scoreboard                 # measures what takes minutes, and writes this page anew
$ just scoreboard --long          # measures everything
$ just scoreboard --only NAME     # one figure or one command, by the names below
$ just scoreboard --printed NAME FILE   # the same, from a file that its output went to for some hours
$ just scoreboard --check         # is this page what the records say, and is nothing missing?
```

Without `just`, it is `cargo run --release -p delegant-scoreboard -- --long`, and so on. A commit with a
`+` had changes beside it that were not committed.
";

/// `SCOREBOARD.md`.
pub(crate) fn render(list: &List, records: &Records) -> String {
    let mut page = String::from(HEAD);
    page.push_str(&summary(list, records));
    for section in &list.sections {
        let mut figures = list.of_section(&section.id).peekable();
        if figures.peek().is_none() {
            continue;
        }
        line(&mut page, &format!("\n## {}\n", section.title));
        if !section.about.is_empty() {
            line(&mut page, &format!("{}\n", section.about.trim()));
        }
        line(
            &mut page,
            "| id | figure | value | target | | command | date | commit |",
        );
        line(&mut page, "|---|---|---:|---:|---|---|---|---|");
        let mut reasons = String::new();
        for (command, figure) in figures {
            let record = records.get(&figure.id);
            line(&mut page, &row(command, figure, record));
            if is_missed(figure, record) {
                let why = figure
                    .missed
                    .as_deref()
                    .unwrap_or("nobody has said why yet.");
                line(&mut reasons, &format!("- `{}`: {}", figure.id, why.trim()));
            }
        }
        if !reasons.is_empty() {
            let _ = write!(page, "\nMissed, and why:\n\n{reasons}");
        }
    }
    page.push_str(&commands(list, records));
    page
}

/// Whether a figure was measured and is not what it was to be.
pub(crate) fn is_missed(figure: &Figure, record: Option<&Record>) -> bool {
    let number = record.and_then(Record::number);
    let target = figure.target();
    matches!((target, number), (Some(target), Some(number)) if !target.is_met_by(number))
}

fn line(page: &mut String, text: &str) {
    page.push_str(text);
    page.push('\n');
}

fn summary(list: &List, records: &Records) -> String {
    let (mut figures, mut targets, mut missed, mut absent) = (0_u32, 0_u32, 0_u32, 0_u32);
    for (_, figure) in list.figures() {
        let record = records.get(&figure.id);
        figures += 1;
        targets += u32::from(figure.target.is_some() && record.is_some());
        missed += u32::from(is_missed(figure, record));
        absent += u32::from(record.is_none());
    }
    let mut text = format!(
        "\n**{figures} figures. Of {targets} with a target, {} are met and {missed} missed.**",
        targets - missed
    );
    if absent > 0 {
        let _ = write!(text, " Not measured yet: {absent}.");
    }
    text.push('\n');
    text
}

fn row(command: &Command, figure: &Figure, record: Option<&Record>) -> String {
    let target = figure
        .target()
        .map(|target| target.show(number))
        .unwrap_or_default();
    let verdict = match (record, &figure.target) {
        (None, _) | (_, None) => "",
        (Some(_), Some(_)) if is_missed(figure, record) => "**missed**",
        (Some(_), Some(_)) => "met",
    };
    let (value, date, commit, note) = match record {
        Some(record) => (
            format!("{} {}", number(record.value.get()), record.unit),
            record.date.as_str(),
            format!("`{}`", record.commit),
            record.note.as_str(),
        ),
        None => ("not measured yet".to_owned(), "", String::new(), ""),
    };
    let mut title = figure.title.clone();
    if !note.is_empty() {
        let _ = write!(title, " ({note})");
    }
    let cells = [
        format!("`{}`", figure.id),
        title,
        value,
        target,
        verdict.to_owned(),
        format!("[`{}`](#commands)", command.name),
        date.to_owned(),
        commit,
    ];
    let cells = cells.map(|cell| cell.replace('|', "\\|"));
    format!("| {} |", cells.join(" | "))
}

fn commands(list: &List, records: &Records) -> String {
    let mut text = String::from("\n## Commands\n\n");
    line(&mut text, "| name | command | | took | on |");
    line(&mut text, "|---|---|---|---:|---|");
    for command in &list.commands {
        let record = command
            .figures
            .iter()
            .find_map(|figure| records.get(&figure.id));
        let class = match command.class {
            Class::Quick => "quick",
            Class::Long => "long",
        };
        let run = command.run.replace('|', "\\|");
        let took = record
            .map(|record| duration(record.seconds))
            .unwrap_or_default();
        let machine = record.map_or("", |record| record.machine.as_str());
        let name = &command.name;
        line(
            &mut text,
            &format!("| `{name}` | `{run}` | {class} | {took} | {machine} |"),
        );
    }
    text
}

fn duration(seconds: u64) -> String {
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min", seconds / 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

/// A number with its digits before the point in groups of three.
fn number(text: &str) -> String {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (whole, rest) = text.split_at(digits);
    if digits < 5 || rest.starts_with(['e', 'E']) {
        return text.to_owned();
    }
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (digits - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + rest
}

#[cfg(test)]
mod tests {
    use super::{duration, number, render};
    use crate::list::List;
    use crate::records::read;

    const LIST: &str = r#"
        [[section]]
        id = "fast"
        title = "Fast"
        about = "In units of one signature."

        [[section]]
        id = "empty"
        title = "Empty"

        [[command]]
        name = "ratio"
        run = "cargo bench | cat"
        class = "quick"
        section = "fast"
        figures = [
            { id = "cold-1", title = "nothing known", target = "<= 1.10", missed = "it is slow." },
            { id = "warm-1", title = "all known", target = "<= 1.25", missed = "never shown." },
            { id = "bytes", title = "on the wire" },
            { id = "later", title = "some day", target = "= 0" },
        ]
    "#;

    fn page() -> String {
        let record = |value: &str, unit: &str, note: &str| {
            format!(
                r#"{{"value":{value},"unit":"{unit}","note":"{note}","command":"cargo bench","seconds":300,"date":"2026-11-24","commit":"fde11db+","machine":"a machine, 2 cores"}}"#
            )
        };
        let records = format!(
            r#"{{"cold-1":{},"warm-1":{},"bytes":{}}}"#,
            record("1.20", "signatures", ""),
            record("1.1", "signatures", "100 rounds"),
            record("1048576", "bytes", "")
        );
        render(&List::read(LIST).unwrap(), &read(&records).unwrap())
    }

    #[track_caller]
    fn shows(expected: &str) {
        let page = page();
        assert!(page.contains(expected), "{page}");
    }

    #[test]
    fn a_missed_target_is_marked_and_has_its_reason() {
        shows(
            "\n| `cold-1` | nothing known | 1.20 signatures | ≤ 1.10 | **missed** | [`ratio`](#commands) | 2026-11-24 | `fde11db+` |\n",
        );
        shows("\nMissed, and why:\n\n- `cold-1`: it is slow.\n");
    }

    #[test]
    fn a_met_target_is_said_to_be_met_and_its_excuse_is_not_shown() {
        shows("| `warm-1` | all known (100 rounds) | 1.1 signatures | ≤ 1.25 | met |");
        assert!(!page().contains("never shown"));
    }

    #[test]
    fn a_figure_without_a_target_has_no_verdict() {
        shows("| `bytes` | on the wire | 1,048,576 bytes |  |  |");
    }

    #[test]
    fn a_figure_without_a_record_says_so_and_counts_as_neither() {
        shows("| `later` | some day | not measured yet | = 0 |  |");
        shows("**4 figures. Of 2 with a target, 1 are met and 1 missed.** Not measured yet: 1.");
    }

    #[test]
    fn a_section_has_its_words_and_an_empty_one_is_left_out() {
        shows("\n## Fast\n\nIn units of one signature.\n\n| id | figure |");
        assert!(!page().contains("Empty"));
    }

    #[test]
    fn a_command_is_shown_whole_with_how_long_it_took() {
        shows("| `ratio` | `cargo bench \\| cat` | quick | 5 min | a machine, 2 cores |");
    }

    #[test]
    fn numbers_are_grouped_from_five_digits_on() {
        for (text, shown) in [
            ("0", "0"),
            ("1234", "1234"),
            ("12345", "12,345"),
            ("60138937", "60,138,937"),
            ("123456.789", "123,456.789"),
            ("-5", "-5"),
            ("1e8", "1e8"),
        ] {
            assert_eq!(number(text), shown);
        }
    }

    #[test]
    fn durations_are_read_at_a_glance() {
        for (seconds, shown) in [(9, "9 s"), (120, "2 min"), (7_200, "2 h 0 min")] {
            assert_eq!(duration(seconds), shown);
        }
    }
}

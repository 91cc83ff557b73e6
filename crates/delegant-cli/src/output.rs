//! What reaches the terminal? Everything is printed here, and nothing before it was made harmless.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal, Read, Write};
use std::path::Path;

use anstyle::{AnsiColor, Style};
use serde_json::Value;

use crate::failure::Failure;

/// How a piece of text is to be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tint {
    Plain,
    Strong,
    Faint,
    Good,
    Bad,
    Warning,
    Name,
}

impl Tint {
    const fn style(self) -> Style {
        let style = Style::new();
        match self {
            Self::Plain => style,
            Self::Strong => style.bold(),
            Self::Faint => style.dimmed(),
            Self::Good => AnsiColor::Green.on_default().bold(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
            Self::Warning => AnsiColor::Yellow.on_default().bold(),
            Self::Name => AnsiColor::Cyan.on_default(),
        }
    }
}

/// One line of text in pieces. The pieces may hold anything: they are made harmless when printed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line(Vec<(Tint, String)>);

impl Line {
    pub(crate) fn new(text: impl ToString) -> Self {
        Self::default().plain(text)
    }

    pub(crate) fn tinted(tint: Tint, text: impl ToString) -> Self {
        Self::default().push(tint, text)
    }

    pub(crate) fn push(mut self, tint: Tint, text: impl ToString) -> Self {
        self.0.push((tint, text.to_string()));
        self
    }

    pub(crate) fn plain(self, text: impl ToString) -> Self {
        self.push(Tint::Plain, text)
    }

    pub(crate) fn faint(self, text: impl ToString) -> Self {
        self.push(Tint::Faint, text)
    }

    pub(crate) fn name(self, text: impl ToString) -> Self {
        self.push(Tint::Name, text)
    }

    /// This line behind another.
    pub(crate) fn behind(self, mut first: Self) -> Self {
        first.0.extend(self.0);
        first
    }

    fn write(&self, to: &mut impl Write) -> io::Result<()> {
        for (tint, text) in &self.0 {
            let style = tint.style();
            write!(to, "{style}{}{style:#}", harmless(text))?;
        }
        writeln!(to)
    }
}

impl<T: ToString> From<T> for Line {
    fn from(text: T) -> Self {
        Self::new(text)
    }
}

/// Where a verb speaks to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(crate) const fn new(json: bool) -> Self {
        Self { json }
    }

    /// Does a program read the answer?
    pub(crate) const fn is_json(self) -> bool {
        self.json
    }

    /// A line of the answer.
    pub(crate) fn say(self, line: impl Into<Line>) -> io::Result<()> {
        unless_gone(line.into().write(&mut anstream::stdout().lock()))
    }

    /// Lines of the answer.
    pub(crate) fn say_all(self, lines: impl IntoIterator<Item = Line>) -> io::Result<()> {
        lines.into_iter().try_for_each(|line| self.say(line))
    }

    /// The answer for programs, on one line.
    pub(crate) fn json(self, value: &Value) -> io::Result<()> {
        let mut text = json_text(value);
        text.push('\n');
        unless_gone(io::stdout().lock().write_all(text.as_bytes()))
    }

    /// Something beside the answer, for a person.
    pub(crate) fn note(self, line: impl Into<Line>) -> io::Result<()> {
        unless_gone(line.into().write(&mut anstream::stderr().lock()))
    }

    pub(crate) fn warn(self, text: impl ToString) -> io::Result<()> {
        self.note(Line::tinted(Tint::Warning, "warning: ").plain(text))
    }

    pub(crate) fn hint(self, text: impl ToString) -> io::Result<()> {
        self.note(Line::tinted(Tint::Name, "hint: ").plain(text))
    }

    pub(crate) fn fail(self, failure: &Failure) -> io::Result<()> {
        self.note(Line::tinted(Tint::Bad, "error: ").plain(failure.message()))?;
        failure
            .ways_out()
            .iter()
            .try_for_each(|hint| self.hint(hint))
    }

    /// The answer where it is itself text or bytes: to a file, or to where the answer goes.
    ///
    /// Text gets a line end where people may see it, and none in a file.
    pub(crate) fn deliver(
        self,
        bytes: &[u8],
        is_text: bool,
        to: Option<&Path>,
    ) -> Result<(), Failure> {
        if let Some(path) = to.filter(|path| *path != Path::new("-")) {
            return write_file(path, bytes);
        }
        if !is_text && io::stdout().is_terminal() {
            return Err(Failure::usage("bytes would garble the terminal").hint(
                "write them to a file with `--output FILE`, or choose `--format base64url`",
            ));
        }
        let mut stdout = io::stdout().lock();
        let end: &[u8] = if is_text { b"\n" } else { b"" };
        let written = stdout
            .write_all(bytes)
            .and_then(|()| stdout.write_all(end))
            .and_then(|()| stdout.flush());
        Ok(unless_gone(written)?)
    }

    /// What a stranger wrote: as it is for a file or a program, and harmless on a screen.
    #[cfg(feature = "http")]
    pub(crate) fn relay(self, bytes: &[u8], to: Option<&Path>) -> Result<(), Failure> {
        if let Some(path) = to.filter(|path| *path != Path::new("-")) {
            return write_file(path, bytes);
        }
        if !io::stdout().is_terminal() {
            let mut stdout = io::stdout().lock();
            return Ok(unless_gone(
                stdout.write_all(bytes).and_then(|()| stdout.flush()),
            )?);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| {
            Failure::usage("bytes would garble the terminal")
                .hint("write them to a file with `--output FILE`")
        })?;
        text.lines().try_for_each(|line| self.say(line))?;
        Ok(())
    }
}

/// Whoever stops reading has seen enough.
fn unless_gone(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(cause) if cause.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = |cause| Failure::usage(format_args!("cannot write `{}`: {cause}", path.display()));
    if holds_a_key(path) {
        return Err(Failure::usage(format_args!(
            "`{}` is a key file, and would be lost",
            path.display()
        ))
        .hint("choose another name for `--output`"));
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)
        .map_err(failed)?;
    file.write_all(bytes).map_err(failed)
}

fn holds_a_key(path: &Path) -> bool {
    let mut start = [0; 5];
    path.is_file()
        && File::open(path)
            .and_then(|mut file| file.read_exact(&mut start))
            .is_ok_and(|()| start == *b"-----")
}

/// Text from outside, with whatever could move a cursor or turn the writing around spelled out.
pub(crate) fn harmless(text: &str) -> String {
    spelled_out(text, |letter, to| {
        write!(to, "\\u{{{:x}}}", u32::from(letter))
    })
}

/// JSON on one line; control characters only ever stand inside its strings.
pub(crate) fn json_text(value: &Value) -> String {
    harmless_json(&value.to_string())
}

/// As [`json_text`], of what is written already.
pub(crate) fn harmless_json(text: &str) -> String {
    spelled_out(text, |letter, to| {
        let mut units = [0; 2];
        letter
            .encode_utf16(&mut units)
            .iter()
            .try_for_each(|unit| write!(to, "\\u{unit:04x}"))
    })
}

fn spelled_out(text: &str, spell: impl Fn(char, &mut String) -> std::fmt::Result) -> String {
    let mut harmless = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_harmful(letter) {
            // Writing to a string does not fail.
            let _ = spell(letter, &mut harmless);
        } else {
            harmless.push(letter);
        }
    }
    harmless
}

/// Control characters, and those that make a text look like another.
fn is_harmful(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spells_out_what_could_deceive() {
        assert_eq!(harmless("a\u{1b}[31mb\nc"), "a\\u{1b}[31mb\\u{a}c");
        assert_eq!(harmless("\u{202e}evil\u{9b}"), "\\u{202e}evil\\u{9b}");
        assert_eq!(harmless("Zoë → 病院 ✓"), "Zoë → 病院 ✓");
    }

    #[test]
    fn json_stays_json_and_keeps_its_content() {
        let value = serde_json::json!({ "a\u{9b}": "\u{202e}\u{1b}\u{e0041}" });
        let text = json_text(&value);
        assert!(text.is_ascii(), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}

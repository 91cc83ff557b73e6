//! Which figures are there, what prints them, and what are they to be?

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::target::Target;

/// `bench/figures.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct List {
    #[serde(rename = "section")]
    pub(crate) sections: Vec<Section>,
    #[serde(rename = "command")]
    pub(crate) commands: Vec<Command>,
}

/// A heading of the scoreboard.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Section {
    pub(crate) id: String,
    pub(crate) title: String,
    /// What a reader should know before the table.
    #[serde(default)]
    pub(crate) about: String,
}

/// What is run, and the figures that it prints.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Command {
    pub(crate) name: String,
    /// A line for the shell, at the root of the project.
    pub(crate) run: String,
    pub(crate) class: Class,
    /// The section of its figures, unless a figure names another.
    pub(crate) section: String,
    pub(crate) figures: Vec<Figure>,
}

/// How long a command takes.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Class {
    /// Some minutes: run without being asked for.
    Quick,
    /// Longer: run with `--long`, or by name.
    Long,
}

/// One figure.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Figure {
    pub(crate) id: String,
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) target: Option<String>,
    /// Why it is not what it was to be; shown only where that is so.
    #[serde(default)]
    pub(crate) missed: Option<String>,
    #[serde(default)]
    section: Option<String>,
}

impl Figure {
    /// What it is to be. That it reads is checked with the list.
    pub(crate) fn target(&self) -> Option<Target> {
        self.target.as_ref().and_then(|text| text.parse().ok())
    }
}

impl List {
    /// Reads the list and looks for what contradicts itself in it.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let list: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        let sections: BTreeSet<&str> = list.sections.iter().map(|s| s.id.as_str()).collect();
        let mut names = BTreeSet::new();
        for command in &list.commands {
            if !names.insert(command.name.as_str()) {
                return Err(format!("`{}` is there twice", command.name));
            }
            for figure in &command.figures {
                let id = &figure.id;
                if !names.insert(id) {
                    return Err(format!("`{id}` is there twice"));
                }
                let section = figure.section.as_ref().unwrap_or(&command.section);
                if !sections.contains(section.as_str()) {
                    return Err(format!("`{id}`: there is no section `{section}`"));
                }
                if let Some(Err(error)) = figure.target.as_deref().map(str::parse::<Target>) {
                    return Err(format!("`{id}`: {error}"));
                }
            }
        }
        Ok(list)
    }

    /// Each figure, with its command.
    pub(crate) fn figures(&self) -> impl Iterator<Item = (&Command, &Figure)> {
        let of = |command| move |figure| (command, figure);
        let commands = self.commands.iter();
        commands.flat_map(move |command| command.figures.iter().map(of(command)))
    }

    /// The figures of one section, in the order of the list.
    pub(crate) fn of_section(&self, id: &str) -> impl Iterator<Item = (&Command, &Figure)> {
        let is_here = move |(command, figure): &(&Command, &Figure)| {
            figure.section.as_ref().unwrap_or(&command.section) == id
        };
        self.figures().filter(is_here)
    }
}

#[cfg(test)]
mod tests {
    use super::List;

    const LIST: &str = r#"
        [[section]]
        id = "fast"
        title = "Fast"

        [[command]]
        name = "ratio"
        run = "cargo bench"
        class = "quick"
        section = "fast"
        figures = [{ id = "cold-1", title = "cold, 1", target = "<= 1.22" }]
    "#;

    #[track_caller]
    fn refused(list: &str, because: &str) {
        let error = List::read(list).unwrap_err();
        assert!(error.contains(because), "{error}");
    }

    #[test]
    fn a_list_is_read() {
        let list = List::read(LIST).unwrap();
        assert_eq!(list.of_section("fast").count(), 1);
        assert_eq!(list.of_section("right").count(), 0);
    }

    #[test]
    fn a_name_is_there_once() {
        refused(&LIST.replace("cold-1", "ratio"), "`ratio` is there twice");
    }

    #[test]
    fn a_section_exists() {
        let list = LIST.replace("section = \"fast\"", "section = \"slow\"");
        refused(&list, "there is no section `slow`");
    }

    #[test]
    fn a_target_is_one() {
        refused(&LIST.replace("<= 1.22", "small"), "`small` is no target");
    }

    #[test]
    fn a_misspelled_key_is_refused() {
        refused(&LIST.replace("target =", "tarqet ="), "tarqet");
    }
}

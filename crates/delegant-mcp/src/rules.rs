//! What does a guard let through, and whom does it ask? The operator's file, `guard.toml`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use delegant::{Did, ParseDidError};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How a guard is set up.
///
/// ```
/// use delegant_mcp::Rules;
///
/// let rules = Rules::parse(r#"
///     server = "did:web:records.example"
///     mode = "enforce"
///     store = "sqlite:guard.db"
///
///     [tools.read_encounters]
///     [tools.opening_hours]
///     open = true
/// "#)?;
/// assert!(rules.tools.contains_key("read_encounters"));
/// # Ok::<(), delegant_mcp::RulesError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Rules {
    /// The DID that calls must be for.
    #[serde(deserialize_with = "did")]
    pub server: Did,
    /// Whose resources are served; the server's own where none is said.
    #[serde(default, deserialize_with = "dids")]
    pub subjects: Vec<Did>,
    /// Whether refused calls are refused. Shadow where nothing is said, so that nothing breaks on the
    /// first day.
    #[serde(default)]
    pub mode: Mode,
    /// Where it is kept what was used and revoked: `memory:`, `sqlite:FILE`, `postgres://…`, `redis://…`.
    #[serde(default = "in_memory")]
    pub store: String,
    /// The file in which decisions are recorded.
    #[serde(default)]
    pub record: Option<PathBuf>,
    /// Whether the arguments of calls are recorded as well; in shadow mode they are unless this says no.
    #[serde(default)]
    pub record_arguments: Option<bool>,
    /// Where to ask for a delegation; told to who is refused.
    #[serde(default)]
    pub ask: Option<String>,
    /// How long an invocation may live, in seconds.
    #[serde(default = "a_minute")]
    pub longest_lifetime: u64,
    /// Methods that need no proof, beside those that never do.
    #[serde(default)]
    pub open: Vec<String>,
    /// Methods that do, although they are open where nothing is said.
    #[serde(default)]
    pub closed: Vec<String>,
    /// Whether `tools/list` shows only the tools that have a rule.
    #[serde(default)]
    pub hide_tools: bool,
    /// The tools, by name; `*` is for all that have no entry of their own.
    #[serde(default)]
    pub tools: BTreeMap<String, Tool>,
}

/// Whether refused calls are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Decide, record, and let through.
    #[default]
    Shadow,
    /// Decide, and refuse.
    Enforce,
}

/// The rule for one tool. An empty one says that each call needs a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Tool {
    /// It needs no proof.
    pub open: bool,
    /// The same invocation may come again. For tools that only read and that may be called twice.
    pub repeatable: bool,
}

/// What a request needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing.
    Nothing,
    /// A proof, and that it was not used before.
    ProofOnce,
    /// A proof.
    Proof,
    /// Nobody said, so that nobody may.
    Rule,
}

impl Rules {
    /// Shadow mode, and every tool needs a proof.
    #[must_use]
    pub fn for_server(server: Did) -> Self {
        Self {
            server,
            subjects: Vec::new(),
            mode: Mode::Shadow,
            store: in_memory(),
            record: None,
            record_arguments: None,
            ask: None,
            longest_lifetime: a_minute(),
            open: Vec::new(),
            closed: Vec::new(),
            hide_tools: false,
            tools: BTreeMap::from([("*".to_owned(), Tool::default())]),
        }
    }

    /// Reads the file.
    ///
    /// # Errors
    /// [`RulesError`]
    pub fn read(path: &Path) -> Result<Self, RulesError> {
        let text = fs::read_to_string(path).map_err(|cause| RulesError::Read {
            path: path.to_owned(),
            cause,
        })?;
        Self::parse(&text)
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// [`RulesError`] names the line.
    pub fn parse(text: &str) -> Result<Self, RulesError> {
        let rules: Self =
            toml::from_str(text).map_err(|cause| RulesError::Syntax(Box::new(cause)))?;
        if rules.longest_lifetime == 0 || rules.longest_lifetime > LONGEST_LIFETIME {
            return Err(RulesError::Lifetime);
        }
        let both = |method: &&String| rules.closed.contains(method);
        if let Some(method) = rules.open.iter().find(both) {
            let method = method.clone();
            return Err(RulesError::OpenAndClosed { method });
        }
        let wrong = |(_, tool): &(&String, &Tool)| tool.open && tool.repeatable;
        if let Some((name, _)) = rules.tools.iter().find(wrong) {
            return Err(RulesError::Idle { tool: name.clone() });
        }
        Ok(rules)
    }

    /// What a request of this method needs, and of this tool where it calls one.
    #[must_use]
    pub fn needs(&self, method: &str, name: Option<&str>) -> Needs {
        let among = |list: &[String]| list.iter().any(|listed| listed == method);
        if method == TOOL_CALL {
            let named = name.and_then(|name| self.tools.get(name));
            return match named.or_else(|| self.tools.get("*")) {
                None => Needs::Rule,
                Some(Tool { open: true, .. }) => Needs::Nothing,
                Some(Tool {
                    repeatable: true, ..
                }) => Needs::Proof,
                Some(_) => Needs::ProofOnce,
            };
        }
        if among(&self.open) || (is_open(method) && !among(&self.closed)) {
            return Needs::Nothing;
        }
        Needs::ProofOnce
    }

    /// Is this tool shown in `tools/list`?
    #[must_use]
    pub fn shows(&self, tool: &str) -> bool {
        !self.hide_tools || self.needs(TOOL_CALL, Some(tool)) != Needs::Rule
    }

    /// Are arguments recorded?
    #[must_use]
    pub fn records_arguments(&self) -> bool {
        self.record_arguments.unwrap_or(self.mode == Mode::Shadow)
    }

    /// How long an invocation may live.
    #[must_use]
    pub const fn lifetime(&self) -> Duration {
        Duration::from_secs(self.longest_lifetime)
    }
}

/// The method that calls a tool.
pub(crate) const TOOL_CALL: &str = "tools/call";

/// Does this method need no proof unless the operator says so? It shakes hands, or lists what there is.
#[must_use]
pub fn is_open(method: &str) -> bool {
    [
        "initialize",
        "server/discover",
        "ping",
        "tools/list",
        "prompts/list",
        "resources/list",
        "resources/templates/list",
        "logging/setLevel",
        "subscriptions/listen",
    ]
    .contains(&method)
}

const LONGEST_LIFETIME: u64 = 15 * 60;

const fn a_minute() -> u64 {
    60
}

fn in_memory() -> String {
    "memory:".to_owned()
}

fn did<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Did, D::Error> {
    let text = String::deserialize(deserializer)?;
    read_did(&text).map_err(serde::de::Error::custom)
}

fn dids<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Did>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    let read = |text: &String| read_did(text).map_err(serde::de::Error::custom);
    texts.iter().map(read).collect()
}

fn read_did(text: &str) -> Result<Did, String> {
    text.parse()
        .map_err(|cause: ParseDidError| format!("not a DID: {cause}"))
}

/// Why a file says no rules.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RulesError {
    /// It cannot be read.
    #[error("cannot read `{path}`: {cause}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// It is no TOML, or says something that there is not.
    #[error("{0}")]
    Syntax(#[source] Box<toml::de::Error>),
    /// Invocations would live too long, or not at all.
    #[error("`longest_lifetime` is from 1 to {LONGEST_LIFETIME} seconds")]
    Lifetime,
    /// A method that is both.
    #[error("`{method}` is both in `open` and in `closed`")]
    OpenAndClosed {
        /// The method.
        method: String,
    },
    /// A tool that needs no proof has none that could be repeated.
    #[error(
        "`tools.{tool}` is `open` and `repeatable`: an open tool needs no proof, so leave the second out"
    )]
    Idle {
        /// The tool.
        tool: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Rules, RulesError> {
        Rules::parse(&format!("server = \"did:web:a.example\"\n{text}"))
    }

    #[test]
    fn begins_in_shadow_and_with_no_tool_allowed() {
        let rules = parse("").unwrap();
        assert_eq!(rules.mode, Mode::Shadow);
        assert_eq!(rules.needs("tools/call", Some("x")), Needs::Rule);
        assert_eq!(rules.needs("tools/call", None), Needs::Rule);
        assert_eq!(
            rules.needs("resources/read", Some("file:///a")),
            Needs::ProofOnce
        );
        assert_eq!(rules.needs("tasks/result", None), Needs::ProofOnce);
        assert_eq!(rules.needs("Tools/List", None), Needs::ProofOnce);
        assert_eq!(rules.needs("tools/list", None), Needs::Nothing);
        assert!(rules.records_arguments());
    }

    #[test]
    fn each_tool_has_its_rule_and_the_star_is_for_the_rest() {
        let rules = parse(
            "open = [\"completion/complete\"]\nclosed = [\"tools/list\"]\nhide_tools = true\nmode = \"enforce\"\n\
             [tools.a]\n[tools.b]\nopen = true\n[tools.c]\nrepeatable = true",
        );
        let mut rules = rules.unwrap();
        assert_eq!(rules.needs("tools/call", Some("a")), Needs::ProofOnce);
        assert_eq!(rules.needs("tools/call", Some("b")), Needs::Nothing);
        assert_eq!(rules.needs("tools/call", Some("c")), Needs::Proof);
        assert_eq!(rules.needs("tools/call", Some("d")), Needs::Rule);
        assert_eq!(rules.needs("completion/complete", None), Needs::Nothing);
        assert_eq!(rules.needs("tools/list", None), Needs::ProofOnce);
        assert!(rules.shows("a") && !rules.shows("d"));
        assert!(!rules.records_arguments());
        rules.tools.insert("*".to_owned(), Tool::default());
        assert_eq!(rules.needs("tools/call", Some("d")), Needs::ProofOnce);
    }

    #[test]
    fn says_what_is_wrong_with_a_file() {
        for (text, says) in [
            ("mode = \"strict\"", "mode"),
            ("tool = 1", "tool"),
            ("longest_lifetime = 0", "longest_lifetime"),
            ("longest_lifetime = 100000", "longest_lifetime"),
            ("subjects = [\"alice\"]", "not a DID"),
            ("open = [\"x\"]\nclosed = [\"x\"]", "`x`"),
            ("[tools.a]\nopne = true", "opne"),
            ("[tools.a]\nopen = true\nrepeatable = true", "tools.a"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
        assert!(Rules::parse("").unwrap_err().to_string().contains("server"));
        let missing = Rules::read(Path::new("/nowhere/guard.toml")).unwrap_err();
        assert!(missing.to_string().contains("/nowhere/guard.toml"));
    }
}

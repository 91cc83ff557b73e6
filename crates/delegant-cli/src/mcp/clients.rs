//! How does each client write down which servers it starts?

use clap::ValueEnum;
use serde_json::{Value, json};

/// A client with a configuration file of its own form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Client {
    /// Claude Desktop
    ClaudeDesktop,
    /// Claude Code
    ClaudeCode,
    /// Cursor
    Cursor,
    /// Visual Studio Code
    #[value(name = "vscode")]
    VsCode,
    /// Windsurf
    Windsurf,
    /// Zed
    Zed,
    /// Codex CLI
    Codex,
    /// Gemini CLI
    Gemini,
    /// Any other that takes `mcpServers`
    Generic,
}

/// What a client is to start.
#[derive(Debug, Clone)]
pub(crate) struct Launch {
    /// How the client shows it.
    pub(crate) name: String,
    /// The program.
    pub(crate) command: String,
    /// Its arguments.
    pub(crate) arguments: Vec<String>,
}

impl Client {
    /// Where it belongs, for a person.
    pub(crate) const fn file(self) -> &'static str {
        match self {
            Self::ClaudeDesktop => {
                "~/Library/Application Support/Claude/claude_desktop_config.json, \
                 on Windows %APPDATA%\\Claude\\claude_desktop_config.json"
            }
            Self::ClaudeCode => ".mcp.json in the project, or ~/.claude.json",
            Self::Cursor => "~/.cursor/mcp.json, or .cursor/mcp.json in the project",
            Self::VsCode => ".vscode/mcp.json in the workspace, or mcp.json in the user profile",
            Self::Windsurf => "~/.codeium/windsurf/mcp_config.json",
            Self::Zed => "~/.config/zed/settings.json, or .zed/settings.json in the project",
            Self::Codex => "~/.codex/config.toml",
            Self::Gemini => "~/.gemini/settings.json, or .gemini/settings.json in the project",
            Self::Generic => "the client's own configuration file",
        }
    }

    /// What to write there.
    pub(crate) fn snippet(self, launch: &Launch) -> String {
        if self == Self::Codex {
            return toml(launch);
        }
        let mut server = json!({ "command": launch.command, "args": launch.arguments });
        if let (Self::ClaudeCode | Self::VsCode, Some(server)) = (self, server.as_object_mut()) {
            server.insert("type".to_owned(), "stdio".into());
        }
        let servers = match self {
            Self::VsCode => "servers",
            Self::Zed => "context_servers",
            _ => "mcpServers",
        };
        let name = launch.name.as_str();
        let whole = json!({ servers: { name: server } });
        // A tree of texts always has a form.
        serde_json::to_string_pretty(&whole).unwrap_or_default()
    }
}

/// The texts of JSON are texts of TOML, but for one character.
fn toml(launch: &Launch) -> String {
    let text = |text: &str| Value::from(text).to_string().replace('\u{7f}', "\\u007f");
    let is_bare = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    let key = if launch.name.chars().all(is_bare) {
        launch.name.clone()
    } else {
        text(&launch.name)
    };
    let arguments: Vec<_> = launch.arguments.iter().map(|each| text(each)).collect();
    format!(
        "[mcp_servers.{key}]\ncommand = {}\nargs = [{}]",
        text(&launch.command),
        arguments.join(", ")
    )
}

//! How does a new token leave the command?

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use delegant::{Container, ContainerFormat, Edition, Token};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::output::Output;

/// Form and place of what is written.
#[derive(Debug, Args)]
pub(crate) struct TokenOutput {
    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// How the container is written
    #[arg(long, value_enum, default_value_t = Format::Base64url)]
    format: Format,

    /// Write the type tag of 1.0.0-rc.1, for peers that read nothing else
    #[arg(long)]
    pub(crate) write_rc1: bool,
}

/// The six forms of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Bytes (`@`)
    Bytes,
    /// Base64 (`B`)
    Base64,
    /// Base64url, for headers and text (`C`)
    Base64url,
    /// Gzip (`M`)
    BytesGzip,
    /// Gzip in base64 (`O`)
    Base64Gzip,
    /// Gzip in base64url (`P`)
    Base64urlGzip,
}

impl Format {
    const fn of_container(self) -> ContainerFormat {
        match self {
            Self::Bytes => ContainerFormat::Bytes,
            Self::Base64 => ContainerFormat::Base64,
            Self::Base64url => ContainerFormat::Base64Url,
            Self::BytesGzip => ContainerFormat::BytesGzip,
            Self::Base64Gzip => ContainerFormat::Base64Gzip,
            Self::Base64urlGzip => ContainerFormat::Base64UrlGzip,
        }
    }

    const fn is_text(self) -> bool {
        !matches!(self, Self::Bytes | Self::BytesGzip)
    }
}

impl TokenOutput {
    pub(crate) const fn edition(&self) -> Edition {
        if self.write_rc1 {
            Edition::ReleaseCandidate
        } else {
            Edition::Final
        }
    }

    /// Writes the tokens as one container; for programs, inside an object with what else there is
    /// to say.
    pub(crate) fn deliver(
        &self,
        tokens: impl IntoIterator<Item = Token>,
        mut beside: Value,
        output: Output,
    ) -> Result<(), Failure> {
        let container = Container::from_iter(tokens);
        let bytes = container
            .encode(self.format.of_container())
            .map_err(|cause| Failure::refused("LimitExceeded", cause))?;
        if !output.is_json() {
            return output.deliver(&bytes, self.format.is_text(), self.output.as_deref());
        }
        match &self.output {
            Some(_) => {
                output.deliver(&bytes, self.format.is_text(), self.output.as_deref())?;
            }
            None if self.format.is_text() => {
                set(
                    &mut beside,
                    "container",
                    json!(String::from_utf8_lossy(&bytes)),
                );
            }
            None => {
                return Err(Failure::usage("bytes do not fit into JSON")
                    .hint("add `--output FILE`, or choose `--format base64url`"));
            }
        }
        Ok(output.json(&beside)?)
    }
}

fn set(object: &mut Value, name: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(name.to_owned(), value);
    }
}

//! How do the processes find and understand each other? One line of JSON at a time.

use std::process::Stdio;

use delegant::{Algorithm, SecretKey, Signer};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// Whatever went wrong, in words.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What a service says first.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Ready {
    pub(crate) did: String,
    pub(crate) address: String,
    /// Delegations, as the texts of containers.
    pub(crate) given: Vec<String>,
}

/// A new key, and twice more the same: keys are not copied by accident.
pub(crate) fn new_key() -> Result<(SecretKey, SecretKey, SecretKey), Failure> {
    let key = SecretKey::generate(Algorithm::Ed25519)?;
    let (one, other) = (again(&key)?, again(&key)?);
    Ok((key, one, other))
}

/// The same key once more.
pub(crate) fn again(key: &SecretKey) -> Result<SecretKey, Failure> {
    Ok(SecretKey::from_bytes(
        key.public_key().algorithm(),
        &key.to_bytes(),
    )?)
}

/// Tells the parent.
#[expect(clippy::print_stdout, reason = "this is how the processes talk")]
pub(crate) fn say(what: &impl Serialize) -> Result<(), Failure> {
    println!("{}", serde_json::to_string(what)?);
    Ok(())
}

/// Is over when the parent is gone, or wants no more.
pub(crate) async fn parent_goes() {
    let mut rest = Vec::new();
    // An end and an error are both an end.
    let _ = tokio::io::stdin().read_to_end(&mut rest).await;
}

/// A process of this story.
pub(crate) struct Partner {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Partner {
    /// Starts this program in another part.
    pub(crate) fn start(arguments: &[&str]) -> Result<Self, Failure> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let input = child.stdin.take().ok_or("no pipe to the process")?;
        let output = child.stdout.take().ok_or("no pipe from the process")?;
        Ok(Self {
            child,
            input,
            output: BufReader::new(output).lines(),
        })
    }

    /// What it says next.
    pub(crate) async fn hear<T: DeserializeOwned>(&mut self) -> Result<T, Failure> {
        let line = self
            .output
            .next_line()
            .await?
            .ok_or("a process has ended too early")?;
        Ok(serde_json::from_str(&line)?)
    }

    /// Tells it something, and hears the answer.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &mut self,
        what: &impl Serialize,
    ) -> Result<T, Failure> {
        let line = serde_json::to_string(what)? + "\n";
        self.input.write_all(line.as_bytes()).await?;
        self.hear().await
    }

    /// Which process it is.
    pub(crate) fn id(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }

    /// Ends it, and waits until it has ended.
    pub(crate) async fn end(mut self) -> Result<(), Failure> {
        drop(self.input);
        self.child.wait().await?;
        Ok(())
    }
}

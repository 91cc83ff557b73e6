//! Where does a service keep what it must remember?

use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;
use delegant_store::{Store, StoreError};

use crate::failure::Failure;
use crate::input;

/// The store of one or more services.
#[derive(Debug, Args)]
pub(crate) struct StoreArguments {
    /// The store: `sqlite:FILE`, `postgres://…` or `redis://…`; `@FILE` reads it from a file
    ///
    /// An address that holds a password belongs into a file: arguments can be seen by others.
    #[arg(long, value_name = "URL|@FILE")]
    store: Address,
}

/// The address of a store, perhaps in a file. It may hold a password.
#[derive(Clone)]
enum Address {
    Said(String),
    In(PathBuf),
}

impl std::fmt::Debug for Address {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Address")
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix('@') {
            Some(file) => Ok(Self::In(file.into())),
            None if text.contains(':') => Ok(Self::Said(text.to_owned())),
            None => Err("write `sqlite:FILE`, `postgres://…` or `redis://…`".to_owned()),
        }
    }
}

impl StoreArguments {
    fn address(&self) -> Result<String, Failure> {
        match &self.store {
            Address::Said(address) => Ok(address.clone()),
            Address::In(file) => {
                let text = String::from_utf8(input::read(Some(file))?);
                let text =
                    text.map_err(|_| Failure::malformed("the store's address is not UTF-8"))?;
                Ok(text.trim().to_owned())
            }
        }
    }

    /// Opens a store that is there: one that is made by a slip of the pen would help nobody.
    pub(crate) async fn open(&self) -> Result<Store, Failure> {
        let address = self.lasting_address()?;
        if let Some(file) = file_of(&address).filter(|file| !Path::new(file).exists()) {
            return Err(Failure::usage(format_args!("there is no store `{file}`"))
                .hint("the service makes it when it first opens it; mend the name, or start it"));
        }
        Store::open(&address).await.map_err(failure)
    }

    /// Opens a store, and makes it where there is none.
    pub(crate) async fn open_or_make(&self) -> Result<Store, Failure> {
        Store::open(&self.lasting_address()?).await.map_err(failure)
    }

    fn lasting_address(&self) -> Result<String, Failure> {
        let address = self.address()?;
        if address == "memory:" || file_of(&address) == Some(":memory:") {
            return Err(
                Failure::usage("a store in memory is gone when this command is")
                    .hint("name the one that the service keeps"),
            );
        }
        Ok(address)
    }
}

fn file_of(address: &str) -> Option<&str> {
    let file = address.strip_prefix("sqlite:")?;
    Some(file.strip_prefix("//").unwrap_or(file))
}

/// A store that cannot tell: never a verdict.
pub(crate) fn failure(cause: StoreError) -> Failure {
    match cause {
        StoreError::Address { .. } => Failure::usage(cause),
        _ => Failure::unreadable("Unavailable", cause),
    }
}

//! Which delegations was this agent given? A folder of them.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use delegant::{
    Cid, DecodeError, Delegation, DidKeys, InvalidSignature, Limit, Limits, Parsed, Timestamp,
    Verified,
};
use thiserror::Error;

use crate::prove::{Delegations, NoProof, Request};

/// A folder with one file per delegation, named by its CID.
///
/// Everything in it was verified when it came, and is verified again when the wallet is opened: a
/// disk cannot vouch. Only `did:key` issuers can be verified offline, so only theirs are accepted.
#[derive(Debug)]
pub struct Wallet {
    folder: PathBuf,
    delegations: Delegations,
    damaged: Vec<Damaged>,
}

/// The ending of the files.
const ENDING: &str = "ucan";

impl Wallet {
    /// Opens a folder, and makes it where there is none: readable by its owner only.
    ///
    /// Files that hold no verified delegation are left alone and told by [`damaged`](Self::damaged).
    ///
    /// # Errors
    /// [`WalletError::Io`] where the folder cannot be made or read.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, WalletError> {
        let folder = folder.into();
        create(&folder).map_err(|cause| WalletError::io(&folder, cause))?;
        let mut wallet = Self {
            folder,
            delegations: Delegations::default(),
            damaged: Vec::new(),
        };
        let listing =
            fs::read_dir(&wallet.folder).map_err(|cause| WalletError::io(&wallet.folder, cause))?;
        let mut paths = Vec::new();
        for entry in listing {
            let path = entry
                .map_err(|cause| WalletError::io(&wallet.folder, cause))?
                .path();
            if path.extension().is_some_and(|ending| ending == ENDING) {
                paths.push(path);
            }
        }
        paths.sort();
        for path in paths {
            match load(&path) {
                Ok(delegation) => {
                    wallet.delegations.insert(delegation);
                }
                Err(cause) => wallet.damaged.push(Damaged { path, cause }),
            }
        }
        Ok(wallet)
    }

    /// Adds delegations, once all of them are verified.
    ///
    /// # Errors
    /// [`WalletError`] where one is not signed by its issuer, and then none is added; or where a
    /// file cannot be written.
    pub fn add(&mut self, delegations: &[Parsed<Delegation>]) -> Result<Vec<Added>, WalletError> {
        let verified: Vec<_> = delegations
            .iter()
            .map(|delegation| delegation.verify(&DidKeys))
            .collect::<Result<_, _>>()?;
        let mut added = Vec::new();
        for delegation in verified {
            let cid = delegation.cid();
            let is_new = self.delegations.get(cid).is_none();
            if is_new {
                self.write(&delegation)?;
                self.delegations.insert(delegation);
            }
            added.push(Added { cid, is_new });
        }
        Ok(added)
    }

    /// The delegations in it.
    #[must_use]
    pub const fn delegations(&self) -> &Delegations {
        &self.delegations
    }

    /// The files that were passed over when it was opened.
    #[must_use]
    pub fn damaged(&self) -> &[Damaged] {
        &self.damaged
    }

    pub(crate) fn into_parts(self) -> (Delegations, Vec<Damaged>) {
        (self.delegations, self.damaged)
    }

    /// Removes what has expired by now, and says what that was.
    ///
    /// # Errors
    /// [`WalletError::Io`] where a file cannot be removed; the others stay removed.
    pub fn prune(&mut self, now: Timestamp) -> Result<Vec<Cid>, WalletError> {
        let mut kept = Delegations::default();
        let mut pruned = Vec::new();
        let mut failed = None;
        for delegation in self.delegations.iter() {
            let expired = delegation
                .bounds()
                .expiration()
                .is_some_and(|end| end < now);
            if expired && failed.is_none() {
                let path = self.path(delegation.cid());
                match fs::remove_file(&path) {
                    Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                        failed = Some(WalletError::io(&path, cause));
                    }
                    _ => {
                        pruned.push(delegation.cid());
                        continue;
                    }
                }
            }
            kept.insert(delegation.clone());
        }
        self.delegations = kept;
        failed.map_or(Ok(pruned), Err)
    }

    /// Picks a chain that proves the request: [`Delegations::prove`].
    ///
    /// # Errors
    /// [`NoProof`], with what came close.
    pub fn prove(&self, request: &Request<'_>) -> Result<Vec<Verified<Delegation>>, Box<NoProof>> {
        self.delegations.prove(request)
    }

    fn path(&self, cid: Cid) -> PathBuf {
        self.folder.join(format!("{cid}.{ENDING}"))
    }

    /// Writes beside, syncs, and renames: a file is there whole or not at all.
    fn write(&self, delegation: &Verified<Delegation>) -> Result<(), WalletError> {
        let path = self.path(delegation.cid());
        let beside = path.with_extension(format!("{}.new", std::process::id()));
        let written = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&beside)
            .and_then(|mut file| {
                file.write_all(delegation.bytes())?;
                file.sync_all()
            })
            .and_then(|()| fs::rename(&beside, &path))
            .and_then(|()| File::open(&self.folder)?.sync_all());
        written.map_err(|cause| {
            // What is left of a failed write is of no use to anyone; its removal may fail as well.
            let _ = fs::remove_file(&beside);
            WalletError::io(&path, cause)
        })
    }
}

fn create(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn load(path: &Path) -> Result<Verified<Delegation>, WalletError> {
    let largest = Limits::DEFAULT.maximum(Limit::TokenBytes);
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| {
            // One more than a token may have, so that the reader sees that it is too long.
            let cap = u64::try_from(largest).unwrap_or(u64::MAX).saturating_add(1);
            file.take(cap).read_to_end(&mut bytes)
        })
        .map_err(|cause| WalletError::io(path, cause))?;
    let delegation = Parsed::<Delegation>::decode(&bytes)?.verify(&DidKeys)?;
    let named = path.file_stem().and_then(|name| name.to_str());
    if named != Some(&delegation.cid().to_string()) {
        return Err(WalletError::Misnamed {
            cid: delegation.cid(),
        });
    }
    Ok(delegation)
}

/// A delegation that is in the wallet now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Added {
    /// Its CID.
    pub cid: Cid,
    /// Whether it was not there before.
    pub is_new: bool,
}

/// A file in the folder that holds no verified delegation.
#[derive(Debug)]
pub struct Damaged {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub cause: WalletError,
}

/// Why a wallet could not do what was asked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WalletError {
    /// The file system.
    #[error("{}: {cause}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What.
        #[source]
        cause: io::Error,
    },
    /// Not a delegation.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// Not signed by their issuer.
    #[error(transparent)]
    Signature(#[from] InvalidSignature),
    /// A file that is named after another delegation.
    #[error("its name is not its content, {cid}")]
    Misnamed {
        /// Of the content.
        cid: Cid,
    },
}

impl WalletError {
    fn io(path: &Path, cause: io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            cause,
        }
    }
}

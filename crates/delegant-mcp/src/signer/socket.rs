//! Where does a signer listen, so that nobody else can be in its place?

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{
    DirBuilderExt as _, FileTypeExt as _, MetadataExt as _, PermissionsExt as _,
};
use std::os::unix::net::UnixStream;
use std::path::Path;

use tokio::net::UnixListener;

use crate::signer::error::ServeError;

/// Listens, for other users as well or not, and says which user this is.
///
/// # Errors
/// [`ServeError`]
pub(super) fn bind(path: &Path, is_shared: bool) -> Result<(UnixListener, u32), ServeError> {
    prepare(path, is_shared)?;
    let failed = |cause| ServeError::Listen {
        path: path.to_owned(),
        cause,
    };
    let listener = UnixListener::bind(path).map_err(failed)?;
    // Open to others only where some are allowed; who they are is asked of the system.
    let mode = if is_shared { 0o666 } else { 0o600 };
    fs::set_permissions(path, Permissions::from_mode(mode)).map_err(failed)?;
    // What a process makes is its user's.
    let owner = fs::symlink_metadata(path).map_err(failed)?.uid();
    Ok((listener, owner))
}

/// Makes room for a socket, where nobody else could put one.
fn prepare(path: &Path, is_shared: bool) -> Result<(), ServeError> {
    let directory = match path.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => directory,
        _ => Path::new("."),
    };
    let failed = |cause| ServeError::Directory {
        path: directory.to_owned(),
        cause,
    };
    if !directory.exists() {
        let mode = if is_shared { 0o755 } else { 0o700 };
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(mode);
        builder.create(directory).map_err(failed)?;
    }
    let metadata = fs::metadata(directory).map_err(failed)?;
    let (wanted, closed) = if is_shared {
        (0o755, 0o022)
    } else {
        (0o700, 0o077)
    };
    if metadata.mode() & closed != 0 {
        return Err(ServeError::Exposed {
            path: directory.to_owned(),
            wanted,
        });
    }
    match fs::symlink_metadata(path) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(()),
        Ok(there) if there.file_type().is_socket() => match UnixStream::connect(path) {
            Ok(_) => Err(ServeError::Busy {
                path: path.to_owned(),
            }),
            Err(_) => fs::remove_file(path).map_err(failed),
        },
        _ => Err(ServeError::Exists {
            path: path.to_owned(),
        }),
    }
}

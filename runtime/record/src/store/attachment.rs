//! Files beside the log, named by what is in them.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::database::sync_folder;
use super::spool::make_folder;
use crate::error::{RecordError, Result};

/// Writes `bytes` to a file named by their SHA-256, which is given back in hex; file and folder
/// are durable when this returns.
pub(super) fn keep(dir: &Path, bytes: &[u8]) -> Result<String> {
    let name: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let folder = dir.join("attachments");
    let path = folder.join(&name);
    let said = |cause: std::io::Error| RecordError::io(&path, "attach", &cause);
    if !folder.is_dir() {
        make_folder(&folder).map_err(said)?;
        sync_folder(dir)?;
    }
    // From here on nobody removes it.
    let _held = hold(&folder).map_err(said)?;
    if path.exists() {
        // Whoever wrote it may not have come as far as this.
        return sync_folder(&folder).map(|()| name);
    }
    // Under another name first: a file that carries its hash as a name is always whole.
    let partial = folder.join(format!("{name}.{}.part", std::process::id()));
    let write = || {
        let mut file = File::create(&partial)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&partial, &path)
    };
    write().map_err(said)?;
    sync_folder(&folder)?;
    Ok(name)
}

/// Keeps the attachments in `folder` from being removed for as long as what is given back exists;
/// whoever removes some waits for that.
pub(super) fn hold(folder: &Path) -> io::Result<File> {
    let held = File::open(folder)?;
    held.lock_shared()?;
    Ok(held)
}

/// Lets nobody else keep, copy or remove attachments in `folder` for as long as what is given back
/// exists; `None` if there is no such folder.
///
/// # Errors
///
/// It cannot be locked.
pub(super) fn hold_alone(folder: &Path) -> Result<Option<File>> {
    let held = File::open(folder).and_then(|it| it.lock().map(|()| it));
    match held {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        held => held.map(Some).map_err(|cause| RecordError::io(folder, "lock", &cause)),
    }
}

/// The bytes of an attachment.
pub(super) fn read(dir: &Path, sha256: &str) -> Result<Vec<u8>> {
    let path = dir.join("attachments").join(sha256);
    fs::read(&path).map_err(|cause| RecordError::io(&path, "read", &cause))
}

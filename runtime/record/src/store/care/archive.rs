//! The folder that attachments are copied to before the station lets go of them.

use std::fs;
use std::path::{Path, PathBuf};

use super::{files, named};
use crate::error::{RecordError, Result};
use crate::store::database::sync_folder;
use crate::store::space::existing;
use crate::verify;

/// # Errors
///
/// `Refused`: the folder `archive` is in the store, where a file that is to be removed would be
/// taken for its own copy.
pub(super) fn refuse_inside(store: &Path, archive: Option<&Path>) -> Result<()> {
    let Some(archive) = archive else { return Ok(()) };
    let real = |path: PathBuf| {
        path.canonicalize().map_err(|cause| RecordError::io(&path, "look at", &cause))
    };
    let Some(around) = existing(archive).map(real).transpose()? else { return Ok(()) };
    if !around.starts_with(real(store.to_owned())?) {
        return Ok(());
    }
    let (archive, store) = (archive.display(), store.display());
    let text = format!("the archive `{archive}` is in the store `{store}`");
    Err(RecordError::refused(text).with_hint("name a folder elsewhere, best on another disk"))
}

/// Copies the files of the log in the folder `log` to the archive, each held against its hash.
/// Without an archive they are held against it all the same: what is no longer what it was is
/// somebody's question, and stays. Copies are durable when this returns.
///
/// # Errors
///
/// `Damaged`: one of them is not what an entry says. Or the archive cannot be written.
pub(super) fn copy(log: &Path, group: &[(String, u64)], archive: Option<&Path>) -> Result<()> {
    let folder = named::folder(log);
    let damaged = |name: &str, what: String| {
        let text = format!("the attachment `{}`: {what}", folder.join(name).display());
        RecordError::damaged(text).with_hint("`pogo verify` says what else is not what it was")
    };
    let Some(archive) = archive else {
        for (name, size) in group {
            if let Some(what) = verify::attachment(log, name, *size) {
                return Err(damaged(name, what));
            }
        }
        return Ok(());
    };
    fs::create_dir_all(archive).map_err(|cause| RecordError::io(archive, "make", &cause))?;
    for (name, size) in group {
        let to = archive.join(name);
        // Of an earlier attempt; but archives rot too, and others may write there.
        if verify::wrong_with(&to, name, *size).is_none() {
            continue;
        }
        let partial = archive.join(format!("{name}.part"));
        let length =
            files::copy(&folder.join(name), &partial, name)?.map_err(|what| damaged(name, what))?;
        if length != *size {
            return Err(damaged(name, format!("it has {length} bytes instead of {size}")));
        }
        fs::rename(&partial, &to).map_err(|cause| RecordError::io(&to, "write", &cause))?;
        // Once more, from the disk that it is on now: this is the last copy.
        if let Some(what) = verify::wrong_with(&to, name, *size) {
            return Err(RecordError::new(format!("the copy `{}`: {what}", to.display()))
                .with_hint("nothing was removed; copy to a sound disk"));
        }
    }
    sync_folder(archive)
}

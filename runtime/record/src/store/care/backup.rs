//! A copy of a store, made while it is used.
//!
//! It appears under its name whole or not at all. Each database is copied as it is at one moment;
//! what a run has handed over and not committed by then is not in it.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::covered::Covered;
use super::files::Files;
use super::logs;
use super::source::Source;
use crate::error::{RecordError, Result};
use crate::size::size;
use crate::store::database::sync_folder;
use crate::store::space::{self, RESERVE};

/// Whether a copy can be added to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// The private key stays where it is: the copy can be read and verified.
    Left,
    /// It goes with the copy, mode 0600.
    Copied,
}

/// Where the private key of a log that was copied is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyIs {
    /// With the store.
    Left,
    /// With the copy too.
    Copied,
    /// Everywhere: the log is one of simulated runs.
    Published,
}

/// How far a backup is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// So many pages of a database, of so many.
    Pages(u64, u64),
    /// So many attachments, of so many.
    Files(u64, u64),
    /// The copy is being held against its last checkpoint.
    Checking,
}

/// The copy of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Copied {
    /// Its folder.
    pub folder: PathBuf,
    /// What its last checkpoint covers, as held against the copy's own entries.
    #[serde(flatten)]
    pub covered: Covered,
    /// The size of its database in bytes.
    pub database: u64,
    /// What became of its attachments.
    pub attachments: Files,
    /// Where its private key is.
    pub key: KeyIs,
    /// What is wrong with it, a sentence each; the same is wrong with the store itself.
    pub wrong: Vec<String>,
}

/// Copies the store to the new folder `destination`, and tells `progress` how far it is. Everything
/// is durable when this returns; it gives nothing if there is no record.
///
/// # Errors
///
/// There is something under that name, or its disk has no room: refused, and nothing was made. Or
/// there is no key to copy, or something cannot be read or written; nothing is left of the copy.
pub fn backup(
    store: &Path,
    destination: &Path,
    key: Key,
    progress: &mut dyn FnMut(Progress),
) -> Result<Vec<Copied>> {
    let parent = look(destination)?;
    let sources = logs(store).map(|log| Source::open(log, key)).collect::<Result<Vec<_>>>()?;
    let sources: Vec<Source> = sources.into_iter().flatten().collect();
    if sources.is_empty() {
        return Ok(Vec::new());
    }
    has_room(&sources, store, destination, &parent)?;
    let partial = Partial::make(destination)?;
    let one = |source: &Source| {
        let below = source.folder.strip_prefix(store).unwrap_or(Path::new(""));
        let copied = source.copy(&partial.0.join(below), progress)?;
        // Joined by its parts: nothing below is no part.
        let folder = destination.components().chain(below.components()).collect();
        Ok(Copied { folder, ..copied })
    };
    let copied = sources.iter().map(one).collect::<Result<_>>()?;
    partial.publish(destination, &parent)?;
    Ok(copied)
}

/// The folder that `destination` is going to be in.
fn look(destination: &Path) -> Result<PathBuf> {
    if destination.symlink_metadata().is_ok() {
        let text = format!("`{}` is there already", destination.display());
        let hint = "a backup overwrites nothing; name a folder that is not there yet";
        return Err(RecordError::refused(text).with_hint(hint));
    }
    let parent = destination.parent().filter(|it| !it.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    match parent.is_dir() {
        true => Ok(parent.to_owned()),
        false => {
            let text = format!("there is no folder `{}` to make a backup in", parent.display());
            Err(RecordError::refused(text).with_hint("make it first"))
        }
    }
}

fn has_room(sources: &[Source], store: &Path, destination: &Path, parent: &Path) -> Result<()> {
    let device = |path: &Path| fs::metadata(path).map(|it| it.dev()).ok();
    let same_disk = device(store) == device(parent);
    let needed = sources.iter().map(|it| it.needs(same_disk)).sum();
    let reserve = if same_disk { RESERVE } else { 0 };
    match space::free(parent) {
        Some(free) => enough(free.bytes, needed, reserve, destination),
        None => Ok(()),
    }
}

/// On the disk that the store is on, a backup leaves the `reserve` that a run asks for.
fn enough(free: u64, needed: u64, reserve: u64, destination: &Path) -> Result<()> {
    let missing = (needed + reserve).saturating_sub(free);
    if missing == 0 {
        return Ok(());
    }
    let [free, missing, needed] = [free, missing, needed].map(size);
    let stays = match reserve {
        0 => String::new(),
        _ => format!(", and {} stay free for runs", size(reserve)),
    };
    let destination = destination.display();
    let text = format!(
        "the disk of `{destination}` has {free} free, {missing} too little: the backup takes \
         {needed}{stays}"
    );
    let hint = "free some space there, or name a folder on another disk";
    Err(RecordError::refused(text).with_hint(hint))
}

/// A copy that is not whole; gone when dropped.
struct Partial(PathBuf);

impl Partial {
    fn make(destination: &Path) -> Result<Self> {
        let mut path = OsString::from(destination);
        path.push(format!(".{}.part", std::process::id()));
        let path = PathBuf::from(path);
        // Left by a process of this number that died over it.
        drop(fs::remove_dir_all(&path));
        fs::create_dir(&path).map_err(|cause| RecordError::io(&path, "make", &cause))?;
        Ok(Self(path))
    }

    /// Gives it its name.
    fn publish(self, destination: &Path, parent: &Path) -> Result<()> {
        sync_folder(&self.0)?;
        // This replaces nothing but an empty folder that somebody has made meanwhile.
        fs::rename(&self.0, destination)
            .map_err(|cause| RecordError::io(destination, "make", &cause))?;
        sync_folder(parent)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_without_room_says_how_much_is_missing() {
        let said = |free: u64, needed: u64, reserve| {
            enough(free << 20, needed << 20, reserve, Path::new("copy"))
                .map_err(|it| it.to_string())
        };
        assert_eq!(said(40, 40, 0), Ok(()));
        assert_eq!(said(40, 8, RESERVE), Ok(()));
        assert_eq!(
            said(30, 42, 0).unwrap_err(),
            "the disk of `copy` has 30.0 MiB free, 12.0 MiB too little: the backup takes 42.0 MiB"
        );
        assert_eq!(
            said(40, 12, RESERVE).unwrap_err(),
            "the disk of `copy` has 40.0 MiB free, 4.0 MiB too little: the backup takes 12.0 MiB, \
             and 32.0 MiB stay free for runs"
        );
    }
}

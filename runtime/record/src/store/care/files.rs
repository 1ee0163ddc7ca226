//! The attachments of a log, and copies of them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::backup::Progress;
use super::named::{self, Named};
use crate::error::{RecordError, Result};
use crate::store::attachment;
use crate::store::database::sync_folder;

/// What became of the attachments of a log that was copied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Files {
    /// How many have a second name in the copy: they share the disk with the store.
    pub linked: u64,
    /// How many were copied.
    pub copied: u64,
    /// The size of all of them in bytes.
    pub bytes: u64,
}

/// The attachments of a log, none of which is removed while this exists.
pub(super) struct Held {
    folder: PathBuf,
    named: BTreeMap<String, Named>,
    _held: Option<File>,
}

/// Keeps the attachments of the log in `folder` where they are.
pub(super) fn hold(log: &Path) -> Result<Held> {
    let folder = named::folder(log);
    let held = match attachment::hold(&folder) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => None,
        held => Some(held.map_err(|cause| RecordError::io(&folder, "lock", &cause))?),
    };
    Ok(Held { folder, named: BTreeMap::new(), _held: held })
}

impl Held {
    /// Those that the entries of the database `path` name, and that the station still keeps.
    pub(super) fn naming(self, connection: &Connection, path: &Path) -> Result<Self> {
        let mut named = named::all(connection, path)?;
        named.retain(|_, it| !it.pruned);
        Ok(Self { named, ..self })
    }

    /// How large all of them are, as the entries say.
    pub(super) fn bytes(&self) -> u64 {
        self.named.values().map(|it| it.size).sum()
    }

    /// Links or copies all of them to the log in the folder `to`; gives what is wrong with them,
    /// a sentence each.
    pub(super) fn copy(
        &self,
        to: &Path,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(Files, Vec<String>)> {
        let (mut files, mut wrong) = (Files::default(), Vec::new());
        if self.named.is_empty() {
            return Ok((files, wrong));
        }
        let to = named::folder(to);
        fs::create_dir(&to).map_err(|cause| RecordError::io(&to, "make", &cause))?;
        for (number, (name, Named { first, size, .. })) in (1..).zip(&self.named) {
            let what = match one(&self.folder.join(name), &to.join(name), name, &mut files)? {
                Ok(length) if length == *size => None,
                Ok(length) => Some(format!("it has {length} bytes instead of {size}")),
                Err(what) => Some(what),
            };
            let entry =
                |what| format!("entry {first}: the attachment `attachments/{name}`: {what}");
            wrong.extend(what.map(entry));
            progress(Progress::Files(number, self.named.len() as u64));
        }
        sync_folder(&to)?;
        Ok((files, wrong))
    }
}

/// Links or copies one file, and gives its size, or what is wrong with it.
///
/// # Errors
///
/// The copy cannot be written.
fn one(from: &Path, to: &Path, name: &str, files: &mut Files) -> Result<Result<u64, String>> {
    let size = match fs::metadata(from) {
        Ok(about) => about.len(),
        Err(cause) => return Ok(Err(cause.to_string())),
    };
    files.bytes += size;
    if fs::hard_link(from, to).is_ok() {
        files.linked += 1;
        return Ok(Ok(size));
    }
    files.copied += 1;
    copy(from, to, name)
}

/// Copies one file, whose name is its hash, and gives its size, or what is wrong with it.
///
/// # Errors
///
/// The copy cannot be written.
pub(super) fn copy(from: &Path, to: &Path, name: &str) -> Result<Result<u64, String>> {
    let said = |cause: io::Error| RecordError::io(to, "write", &cause);
    let (mut copy, mut hash) = (File::create(to).map_err(said)?, Sha256::new());
    let mut bytes = vec![0; 1 << 16];
    let mut source = match File::open(from) {
        Ok(source) => source,
        Err(cause) => return Ok(Err(cause.to_string())),
    };
    let mut size = 0;
    loop {
        match source.read(&mut bytes) {
            Ok(0) => break,
            Ok(length) => {
                size += length as u64;
                hash.update(&bytes[..length]);
                copy.write_all(&bytes[..length]).map_err(said)?;
            }
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            Err(cause) => return Ok(Err(cause.to_string())),
        }
    }
    copy.sync_all().map_err(said)?;
    let hash: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(if hash == name { Ok(size) } else { Err("its bytes are others".to_owned()) })
}

//! The files beside a log, as its entries name them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde::de::DeserializeOwned;

use crate::body::{Attachment, Pruned, PrunedFile};
use crate::entry::Entry;
use crate::error::{RecordError, Result};

/// A file that entries name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// The first entry that does.
    pub(super) first: u64,
    /// Its size in bytes, as that entry says.
    pub(super) size: u64,
    /// The station has said that it no longer keeps it: it may be gone.
    pub(super) pruned: bool,
}

/// The files that the entries of the database `path` name, by their hash in hex.
///
/// # Errors
///
/// An entry names a file by what is no hash, or the log cannot be read.
pub(super) fn all(connection: &Connection, path: &Path) -> Result<BTreeMap<String, Named>> {
    let said = |cause: rusqlite::Error| RecordError::sqlite(path, &cause);
    let wrong = |seq: u64, what: String| {
        RecordError::damaged(format!("record `{}`: entry {seq}: {what}", path.display()))
    };
    let query = "SELECT seq, type = 'attachment', bytes FROM entry \
                 WHERE type IN ('attachment', 'attachments.pruned') ORDER BY seq";
    let mut statement = connection.prepare(query).map_err(said)?;
    let mut rows = statement.query([]).map_err(said)?;
    let mut named: BTreeMap<String, Named> = BTreeMap::new();
    while let Some(row) = rows.next().map_err(said)? {
        let seq: u64 = row.get(0).map_err(said)?;
        let bytes = row.get_ref(2).map_err(said)?.as_blob().unwrap_or_default();
        if !row.get::<_, bool>(1).map_err(said)? {
            let Pruned { files, .. } = body(bytes).map_err(|it| wrong(seq, it.to_string()))?;
            for PrunedFile { sha256, .. } in files {
                if let Some(it) = named.get_mut(&sha256) {
                    it.pruned = true;
                }
            }
            continue;
        }
        let Attachment { size, sha256, .. } =
            body(bytes).map_err(|it| wrong(seq, it.to_string()))?;
        // It becomes a path.
        if !is_hash(&sha256) {
            return Err(wrong(seq, "it names an attachment by what is no hash".into()));
        }
        let first = Named { first: seq, size, pruned: false };
        named.entry(sha256).or_insert(first).pruned = false;
    }
    Ok(named)
}

fn body<T: DeserializeOwned>(bytes: &[u8]) -> serde_json::Result<T> {
    let entry: Entry = serde_json::from_slice(bytes)?;
    serde_json::from_str(entry.body.get())
}

/// Whether `name` is what an attachment is called: a SHA-256 in hex, in small letters.
pub(super) fn is_hash(name: &str) -> bool {
    let is_digit = |it: u8| it.is_ascii_digit() || (b'a'..=b'f').contains(&it);
    name.len() == 64 && name.bytes().all(is_digit)
}

/// The folder of a log's attachments.
pub(super) fn folder(log: &Path) -> PathBuf {
    log.join("attachments")
}

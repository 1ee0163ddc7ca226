//! The files beside a log, as its entries name them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::body::Attachment;
use crate::entry::Entry;
use crate::error::{RecordError, Result};

/// A file that entries name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// The first entry that does.
    pub(super) first: u64,
    /// Its size in bytes, as that entry says.
    pub(super) size: u64,
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
    let query = "SELECT seq, bytes FROM entry WHERE type = 'attachment' ORDER BY seq";
    let mut statement = connection.prepare(query).map_err(said)?;
    let mut rows = statement.query([]).map_err(said)?;
    let mut named = BTreeMap::new();
    while let Some(row) = rows.next().map_err(said)? {
        let seq: u64 = row.get(0).map_err(said)?;
        let bytes = row.get_ref(1).map_err(said)?.as_blob().unwrap_or_default();
        let read = serde_json::from_slice::<Entry>(bytes)
            .and_then(|entry| serde_json::from_str::<Attachment>(entry.body.get()));
        let Attachment { size, sha256, .. } = read.map_err(|it| wrong(seq, it.to_string()))?;
        // It becomes a path.
        if !is_hash(&sha256) {
            return Err(wrong(seq, "it names an attachment by what is no hash".into()));
        }
        named.entry(sha256).or_insert(Named { first: seq, size });
    }
    Ok(named)
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

//! Room in a database file that nothing is kept in any more, given back to the disk.

use std::path::Path;

use rusqlite::Connection;
use serde::Serialize;

use crate::error::{RecordError, Result};
use crate::size::size;
use crate::store::page::PAGE;
use crate::store::shim::file_size;
use crate::store::space::{self, RESERVE};

/// Room in a database file that nothing is kept in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Unused {
    /// How many bytes there are, or were.
    pub bytes: u64,
    /// How many of them the disk has back.
    pub freed: u64,
    /// Why it has not, though they are worth it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept_because: Option<String>,
}

/// A file is written anew for at least this share of it, the sixteenth part: all of it is copied.
const WORTH: u64 = 16;

/// How many bytes of the database `path` nothing is kept in.
pub(super) fn look(connection: &Connection, path: &Path) -> Result<Unused> {
    let said = |cause: rusqlite::Error| RecordError::sqlite(path, &cause);
    let free: u64 =
        connection.query_row("PRAGMA freelist_count", [], |row| row.get(0)).map_err(said)?;
    Ok(Unused { bytes: free * PAGE as u64, ..Unused::default() })
}

/// Writes the database `path` anew without the pages that nothing is kept in, if there are enough of
/// them. Every page that is written gets its checksum. Something that is in the way of it is said
/// and no error: the record is as it was.
///
/// # Errors
///
/// The database cannot be read.
pub(super) fn free(connection: &Connection, path: &Path) -> Result<Unused> {
    let said = |cause: rusqlite::Error| RecordError::sqlite(path, &cause);
    let unused = look(connection, path)?;
    let before = file_size(connection).map_err(said)?;
    if unused.bytes == 0 || unused.bytes * WORTH < before {
        return Ok(unused);
    }
    // SQLite makes a copy beside it, and the write-ahead log takes it up before the file does.
    let needed = 2 * (before - unused.bytes.min(before)) + RESERVE;
    let free = path.parent().and_then(space::free).map_or(u64::MAX, |it| it.bytes);
    if free < needed {
        let why = format!("the disk has {} free and this takes {}", size(free), size(needed));
        return Ok(Unused { kept_because: Some(why), ..unused });
    }
    // The second statement makes the file shorter; readers may keep it from that until they end.
    let done = connection
        .execute_batch("VACUUM")
        .and_then(|()| connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())));
    let freed = before.saturating_sub(file_size(connection).map_err(said)?);
    let kept_because = match done {
        Err(cause) => Some(RecordError::sqlite(path, &cause).to_string()),
        Ok(()) if freed == 0 => Some("somebody reads the record; the next to end frees it".into()),
        Ok(()) => None,
    };
    Ok(Unused { freed, kept_because, ..unused })
}

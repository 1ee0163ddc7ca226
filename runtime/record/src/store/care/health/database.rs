//! The database of a log: its pages, and the settings that it is written with.

use std::fs;

use super::fact::{Fact, State, VERIFY};
use super::{Look, Told};
use crate::error::RecordError;
use crate::size::size;
use crate::store::database::{self, Settings};
use crate::store::{permission, space};
use crate::verify::wal;

/// How many complaints of SQLite's are listened to.
const COMPLAINTS: &str = "PRAGMA quick_check(3)";

/// Whether every page can be read, and what is on them makes sense.
pub(super) fn look(look: &Look<'_>) -> Told {
    let said = |cause: rusqlite::Error| RecordError::sqlite(look.path, &cause);
    let mut statement = look.connection.prepare(COMPLAINTS).map_err(said)?;
    let complaints = statement.query_map([], |row| row.get::<_, String>(0)).map_err(said)?;
    let complaints: Vec<String> = complaints.collect::<Result<_, _>>().map_err(said)?;
    let ends = "SELECT coalesce(max(seq), -1) + 1 FROM entry";
    let entries: u64 = look.connection.query_row(ends, [], |row| row.get(0)).map_err(said)?;
    let bytes = fs::metadata(look.path).map_or(0, |it| it.len());
    let fact =
        |is: String| Fact::fine("database", is).number("entries", entries).number("bytes", bytes);
    let damaged = |is: String| Ok(fact(is).but(State::Damaged, VERIFY));
    if let Some(what) = complaints.iter().find(|it| *it != "ok") {
        let what = what.trim_start_matches("*** in database main ***").trim();
        return damaged(what.replace('\n', "; "));
    }
    if look.tree.frontier.size() != entries {
        let tree = look.tree.frontier.size();
        return damaged(format!("the log has {entries} entries and its tree {tree}"));
    }
    match wal::read(look.path, 0) {
        Ok(wal) => match wal.damage {
            Some(what) => damaged(what),
            None => Ok(fact(format!("{entries} entries, {}; its pages make sense", size(bytes)))),
        },
        Err(cause) => Err(RecordError::io(look.path, "read the write-ahead log of", &cause)),
    }
}

/// What a run that begins now writes with, as SQLite says it.
pub(super) fn settings(look: &Look<'_>) -> Told {
    if permission::look(look.folder).and_then(|()| space::look(look.folder)).is_err() {
        return Ok(Fact::fine("settings", "not read back: no run can be written here"));
    }
    let (_, _, settings) = database::open(look.folder)?;
    let Settings { journal_mode, synchronous, foreign_keys, busy_timeout_ms } = settings;
    let keys = if foreign_keys { "on" } else { "off" };
    Ok(Fact::fine(
        "settings",
        format!(
            "journal_mode {journal_mode}, synchronous {synchronous}, foreign_keys {keys}, \
             busy_timeout {busy_timeout_ms} ms"
        ),
    ))
}

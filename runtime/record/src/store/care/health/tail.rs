//! The end of a log that is not signed yet.

use rusqlite::OptionalExtension;

use super::fact::{Fact, State, ago};
use super::{Look, Told};
use crate::entry::Entry;
use crate::error::RecordError;
use crate::store::spool;

/// How long an entry may wait for its signature while a run goes on, in seconds: a minute, and what
/// a busy machine may add to it.
const PATIENCE: u64 = 120;

pub(super) fn look(look: &Look<'_>) -> Told {
    let (all, signed) = (look.tree.frontier.size(), look.tree.signed);
    let fact = |is: String| Fact::fine("signed", is).number("signed", signed);
    if !look.tree.is_unsigned() {
        return Ok(fact(format!("{signed} of {all} entries; nothing waits")).number("waiting", 0));
    }
    let said = |cause: rusqlite::Error| RecordError::sqlite(look.path, &cause);
    // The checkpoint itself stands behind what it covers.
    let first = if signed == 0 { 0 } else { signed + 1 };
    let query = "SELECT bytes FROM entry WHERE seq = ?";
    let bytes = look.connection.query_row(query, [first], |row| row.get::<_, Vec<u8>>(0));
    let bytes = bytes.optional().map_err(said)?.unwrap_or_default();
    let waiting = all - first;
    let fact = |is: String| fact(is).number("waiting", waiting);
    let Ok(entry) = serde_json::from_slice::<Entry>(&bytes) else {
        let what = format!("entry {first} makes no sense");
        return Err(RecordError::damaged(what));
    };
    let (long, seconds) = ago(entry.utc);
    let is = format!("{signed} of {all} entries; {waiting} wait, the first for {long}");
    let fact = fact(is).number("waiting_s", seconds);
    Ok(match spool::in_use(look.folder)? {
        Some(_) if seconds <= PATIENCE => fact,
        Some(_) => fact.but(State::Attention, "a run goes on that does not sign: look at it"),
        None => fact.but(State::Attention, "the next run signs them"),
    })
}

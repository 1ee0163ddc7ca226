//! The checkpoint of a log that was last kept elsewhere.

use rusqlite::OptionalExtension;

use super::fact::{Fact, State, ago};
use super::{Look, Told};
use crate::body::Signed;
use crate::entry::Entry;
use crate::error::RecordError;
use crate::proof::Checkpoint;
use crate::store::care::anchored;
use crate::verify::Anchor;

/// How old an anchor is when it is time for another, in seconds: a week.
const OLD: u64 = 7 * 86_400;

pub(super) fn look(look: &Look<'_>) -> Told {
    if look.simulated {
        return Ok(Fact::fine("anchor", "none is kept of simulated runs"));
    }
    let again = "`pogo anchor FILE` keeps one where nobody can change it with the store";
    let (anchor, made) = match anchored::last(look.folder) {
        Ok(Some(last)) => last,
        Ok(None) => return Ok(Fact::fine("anchor", "none known").but(State::Attention, again)),
        Err(failure) => {
            return Ok(Fact::fine("anchor", failure.message()).but(State::Attention, again));
        }
    };
    let Checkpoint { origin, size, root } = anchor.checkpoint().clone();
    let entries = look.tree.frontier.size();
    let (long, seconds) = ago(made);
    let fact = |is: String| {
        Fact::fine("anchor", is).number("anchored", size).number("anchored_s", seconds)
    };
    if size > entries {
        let is = format!("{size} entries were anchored {long} ago, and the log has {entries}");
        return Ok(fact(is).but(State::Damaged, GONE));
    }
    if there(look, size)?.is_none_or(|it| (it.origin, it.root) != (origin, root)) {
        let is = format!("the first {size} entries are not those that were anchored {long} ago");
        return Ok(fact(is).but(State::Damaged, GONE));
    }
    // The checkpoint that was anchored stands behind what it covers.
    let since = entries.saturating_sub(size + 1);
    let fact = fact(format!("the first {size} entries, {long} ago; {since} since"));
    match since > 0 && seconds > OLD {
        true => Ok(fact.but(State::Attention, again)),
        false => Ok(fact),
    }
}

/// The checkpoint that stands behind the first `size` entries, if one does.
fn there(look: &Look<'_>, size: u64) -> Result<Option<Checkpoint>, RecordError> {
    let query = "SELECT bytes FROM entry WHERE seq = ? AND type = 'checkpoint'";
    let bytes = look.connection.query_row(query, [size], |row| row.get::<_, Vec<u8>>(0));
    let bytes = bytes.optional().map_err(|cause| RecordError::sqlite(look.path, &cause))?;
    let anchor = bytes.and_then(|bytes| {
        let entry: Entry = serde_json::from_slice(&bytes).ok()?;
        let Signed { note } = serde_json::from_str(entry.body.get()).ok()?;
        note.parse::<Anchor>().ok()
    });
    Ok(anchor.map(|it| it.checkpoint().clone()))
}

const GONE: &str = "what was recorded since is gone: `pogo verify --anchor FILE` says more, and \
                    `docs/store.md`, Restore, what to do";

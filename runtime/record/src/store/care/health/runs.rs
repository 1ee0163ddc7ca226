//! The runs of a log that have no end.

use super::fact::{Fact, State, count};
use super::{Look, Told};
use crate::body::RunStarted;
use crate::entry::Entry;
use crate::error::RecordError;

pub(super) fn look(look: &Look<'_>) -> Told {
    let said = |cause: rusqlite::Error| RecordError::sqlite(look.path, &cause);
    let all: u64 = look
        .connection
        .query_row("SELECT count(*) FROM run", [], |row| row.get(0))
        .map_err(said)?;
    let query = "SELECT entry.bytes FROM run JOIN entry ON entry.seq = run.started \
                 WHERE run.ended IS NULL";
    let mut statement = look.connection.prepare(query).map_err(said)?;
    let open = statement.query_map([], |row| row.get::<_, Vec<u8>>(0)).map_err(said)?;
    let (mut lives, mut dead) = (0, 0);
    for bytes in open {
        match is_alive(&bytes.map_err(said)?) {
            true => lives += 1,
            false => dead += 1,
        }
    }
    let mut is = all.to_string();
    if lives > 0 {
        is += &format!(", {lives} of them {}", if lives == 1 { "goes on" } else { "go on" });
    }
    if dead > 0 {
        is += &format!(", {} killed before the end", count(dead, "run"));
    }
    let fact = Fact::fine("runs", is).number("runs", all).number("alive", lives);
    let fact = fact.number("killed", dead);
    Ok(match dead {
        0 => fact,
        _ => fact
            .but(State::Attention, "the next run looks after the bench and closes what was killed"),
    })
}

fn is_alive(started: &[u8]) -> bool {
    let started = serde_json::from_slice::<Entry>(started)
        .and_then(|entry| serde_json::from_str::<RunStarted>(entry.body.get()));
    started.is_ok_and(|it| it.process.is_alive())
}

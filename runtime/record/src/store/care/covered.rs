//! What a log's last checkpoint covers, and whether it holds: one pass over the entries' hashes,
//! which is much less than [`crate::verify`] looks at, and enough to know that they are those that
//! were signed.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;

use crate::body::{KeyActivated, Signed};
use crate::entry::{Entry, leaf};
use crate::error::{RecordError, Result};
use crate::proof::{Checkpoint, Frontier, Hash, Note, VerifierKey};
use crate::store::tree::CHANGED;

/// How much of a log its last checkpoint covers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Covered {
    /// How many entries the log has.
    pub entries: u64,
    /// How many of them the checkpoint covers, which stands right behind them.
    pub signed: u64,
    /// Its text; `None` if there is none yet.
    pub checkpoint: Option<String>,
}

/// Holds the entries of the database `path` against their hashes, and those against the last
/// checkpoint, which has to be signed with the key that the log had then.
///
/// # Errors
///
/// They do not fit, or cannot be read.
pub(super) fn look(connection: &Connection, path: &Path) -> Result<Covered> {
    let said = |cause: rusqlite::Error| RecordError::sqlite(path, &cause);
    let wrong = |what: String| {
        RecordError::damaged(format!("record `{}`: {what}", path.display())).with_hint(CHANGED)
    };
    let last = last_checkpoint(connection).map_err(said)?;
    let mut statement =
        connection.prepare("SELECT seq, bytes, leaf FROM entry ORDER BY seq").map_err(said)?;
    let mut rows = statement.query([]).map_err(said)?;
    let mut tree = Frontier::default();
    let mut covered = Covered::default();
    while let Some(row) = rows.next().map_err(said)? {
        let seq: u64 = row.get(0).map_err(said)?;
        let bytes = row.get_ref(1).map_err(said)?.as_blob().unwrap_or_default();
        let stored = row.get_ref(2).map_err(said)?.as_blob().unwrap_or_default();
        let hash = leaf(bytes);
        if seq != tree.size() {
            return Err(wrong(format!("entry {} is missing", tree.size())));
        }
        if stored != hash {
            return Err(wrong(format!("entry {seq}: its bytes are not those that were hashed")));
        }
        if let Some((at, bytes)) = &last
            && *at == seq
        {
            let key = key_at(connection, seq).map_err(said)?;
            let note = holds(bytes, key.as_deref(), &tree)
                .map_err(|what| wrong(format!("entry {seq}, the last checkpoint: {what}")))?;
            covered = Covered { signed: seq, checkpoint: Some(note), ..covered };
        }
        tree.append(Hash(hash));
    }
    Ok(Covered { entries: tree.size(), ..covered })
}

fn last_checkpoint(connection: &Connection) -> rusqlite::Result<Option<(u64, Vec<u8>)>> {
    let query = "SELECT seq, bytes FROM entry WHERE type = 'checkpoint' ORDER BY seq DESC LIMIT 1";
    connection.query_row(query, [], |row| Ok((row.get(0)?, row.get(1)?))).optional()
}

/// The entry that named the key which was in use at `seq`.
fn key_at(connection: &Connection, seq: u64) -> rusqlite::Result<Option<Vec<u8>>> {
    let query = "SELECT bytes FROM entry WHERE type = 'key.activated' AND seq < ? \
                 ORDER BY seq DESC LIMIT 1";
    connection.query_row(query, [seq], |row| row.get(0)).optional()
}

/// The text of the checkpoint, if it is signed with `key` and says what `tree` is.
fn holds(checkpoint: &[u8], key: Option<&[u8]>, tree: &Frontier) -> Result<String, String> {
    let body = |bytes: &[u8]| {
        let entry: Entry = serde_json::from_slice(bytes).map_err(|it| it.to_string())?;
        Ok::<_, String>(entry.body.get().to_owned())
    };
    let key = body(key.ok_or("no key was named before it")?)?;
    let KeyActivated { key, .. } = serde_json::from_str(&key).map_err(|it| it.to_string())?;
    let key: VerifierKey = key.parse().map_err(|it: crate::proof::ProofError| it.to_string())?;
    let Signed { note } = serde_json::from_str(&body(checkpoint)?).map_err(|it| it.to_string())?;
    let signed: Note = note.parse().map_err(|it: crate::proof::ProofError| it.to_string())?;
    signed.verify(&[key]).map_err(|it| it.to_string())?;
    let said: Checkpoint =
        signed.text().parse().map_err(|it: crate::proof::ProofError| it.to_string())?;
    match said.size == tree.size() && said.root == tree.root() {
        true => Ok(note),
        false => Err("what was signed is not what is there".to_owned()),
    }
}

//! The edge of the log's tree, its name and its key, in one row that every commit brings up to
//! date: appending and signing need nothing else, however long the log is.

use rusqlite::{Connection, params};

use super::log::Failure;
use crate::body::{KeyActivated, Signed};
use crate::entry::{Entry, leaf};
use crate::error::RecordError;
use crate::proof::{Checkpoint, Frontier, Hash, Note};

/// What the row holds. It can be made again from the entries.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Tree {
    pub(crate) frontier: Frontier,
    /// How many entries the last checkpoint covers. It stands right behind them.
    pub(crate) signed: u64,
    /// What checks its checkpoints, as text: nobody needs it to append. `None` before the first
    /// run.
    pub(crate) key: Option<String>,
}

/// The table, with a row for a log without entries.
pub(crate) const SCHEMA: &str = "
CREATE TABLE tree(
    one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER NOT NULL, edge BLOB NOT NULL,
    signed INTEGER NOT NULL, key TEXT
) STRICT;
INSERT INTO tree(one, size, edge, signed) VALUES (1, 0, x'', 0);
";

impl Tree {
    /// The row as it was stored.
    pub(crate) fn load(connection: &Connection) -> Result<Self, Failure> {
        let query = "SELECT size, edge, signed, key FROM tree WHERE one = 1";
        let row = |row: &rusqlite::Row<'_>| {
            let row: (u64, Vec<u8>, u64, Option<String>) =
                (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
            Ok(row)
        };
        let (size, edge, signed, key) = connection.prepare_cached(query)?.query_row([], row)?;
        Ok(Self { frontier: Frontier::from_bytes(size, &edge)?, signed, key })
    }

    pub(crate) fn save(&self, connection: &Connection) -> rusqlite::Result<()> {
        let update = "UPDATE tree SET size = ?, edge = ?, signed = ?, key = ? WHERE one = 1";
        let (size, edge) = (self.frontier.size(), self.frontier.to_bytes());
        let values = params![size, edge, self.signed, self.key];
        connection.prepare_cached(update)?.execute(values).map(drop)
    }

    /// Whether there are entries that no checkpoint covers, besides the last checkpoint itself.
    pub(crate) fn is_unsigned(&self) -> bool {
        let size = self.frontier.size();
        size > 0 && (self.signed == 0 || size > self.signed + 1)
    }

    /// What the row has to hold by the entries.
    pub(crate) fn of_entries(connection: &Connection) -> rusqlite::Result<Self> {
        let mut tree = Self::default();
        let mut statement = connection.prepare("SELECT type, bytes FROM entry ORDER BY seq")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (kind, bytes) = (row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_blob()?);
            tree.take(kind, bytes, Hash(leaf(bytes)));
        }
        Ok(tree)
    }

    /// Goes on by one entry with this hash.
    pub(crate) fn take(&mut self, kind: &str, bytes: &[u8], hash: Hash) {
        if matches!(kind, "key.activated" | "checkpoint") {
            let entry = serde_json::from_slice::<Entry>(bytes).ok();
            let body = entry.as_ref().map_or("", |entry| entry.body.get());
            if let Ok(KeyActivated { key, .. }) = serde_json::from_str(body) {
                self.key = Some(key);
            }
            if let Ok(Signed { note }) = serde_json::from_str(body) {
                let checkpoint = note.parse::<Note>().and_then(|note| note.text().parse());
                self.signed = checkpoint.map_or(self.signed, |it: Checkpoint| it.size);
            }
        }
        self.frontier.append(hash);
    }
}

/// Where the log and its tree end differs: something was taken away or put there.
pub(crate) fn does_not_fit(entries: u64, size: u64) -> RecordError {
    RecordError::new(format!("the log has {entries} entries and its tree {size}"))
        .with_hint(CHANGED)
}

/// What to do about a log that only Pogo has written to, and that Pogo did not write so.
pub(crate) const CHANGED: &str =
    "it was changed by something else than Pogo; `pogo verify` says more";

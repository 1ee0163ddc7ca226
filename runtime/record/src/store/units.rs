//! The runs of one unit, and those in which something is named.

use rusqlite::{Connection, Row, ToSql};

use super::reader::{RUNS, at, two_entries};
use super::tree::Tree;
use super::view::Ends;
use super::{Reader, Run, RunSummary};
use crate::error::Result;
use crate::proof::VerifierKey;
use crate::store::mention::Kind;

impl Reader {
    /// The log's name, if it has one yet.
    ///
    /// # Errors
    ///
    /// The log cannot be read.
    pub fn origin(&self) -> Result<Option<String>> {
        let Some((connection, path)) = &self.database else { return Ok(None) };
        let tree = Tree::load(connection).map_err(|failure| failure.told(path))?;
        let key = tree.key.and_then(|key| key.parse().ok());
        Ok(key.map(|key: VerifierKey| key.name().to_owned()))
    }

    /// Every run of the unit `serial`, in the order of starting; letter case counts.
    ///
    /// # Errors
    ///
    /// The log cannot be read.
    pub fn runs_of(&self, serial: &str) -> Result<Vec<Run>> {
        let Some((connection, path)) = &self.database else { return Ok(Vec::new()) };
        let query = "SELECT id FROM run WHERE serial = ? ORDER BY started";
        let ids: Vec<String> = self.rows(query, &[&serial], |row| row.get(0))?;
        ids.iter().map(|id| self.read(connection, path, id)).collect()
    }

    /// Serial numbers that differ from `serial` in letter case only.
    ///
    /// # Errors
    ///
    /// The log cannot be read.
    pub fn serials_like(&self, serial: &str) -> Result<Vec<String>> {
        let query = "SELECT DISTINCT serial FROM run WHERE serial = ? COLLATE NOCASE \
                     AND serial <> ? ORDER BY serial LIMIT 3";
        self.rows(query, &[&serial, &serial], |row| row.get(0))
    }

    /// The runs of units of the lot `lot`, as whoever started them or the unit's label says, in the
    /// order of starting.
    pub(crate) fn runs_of_lot(&self, lot: &str) -> Result<Vec<RunSummary>> {
        let Some((_, path)) = &self.database else { return Ok(Vec::new()) };
        let query = format!(
            "{RUNS} WHERE run.id IN (SELECT run FROM mention WHERE kind IN (?, ?) AND value = ?) \
             ORDER BY run.started"
        );
        let rows =
            self.rows(&query, &[&Kind::Lot.name(), &Kind::UdiLot.name(), &lot], two_entries)?;
        let read = |(start, end): (Vec<u8>, Option<Vec<u8>>)| {
            Ends::read(path, &start, end.as_deref()).map(|ends| ends.summary())
        };
        rows.into_iter().map(read).collect()
    }

    /// Where something of this kind is named, with a value from `from` up to `to` and without that:
    /// the entry, and the first entry of its run, in the order of the log.
    pub(crate) fn each_mention(
        &self,
        kind: Kind,
        from: &str,
        to: &str,
        mut see: impl FnMut(&str, &[u8], &[u8]) -> Result<()>,
    ) -> Result<()> {
        let Some((connection, path)) = &self.database else { return Ok(()) };
        let said = |cause| at(path, &cause);
        let query = "SELECT named.bytes, start.bytes FROM mention \
                     JOIN entry AS named ON named.seq = mention.seq \
                     JOIN run ON run.id = mention.run \
                     JOIN entry AS start ON start.seq = run.started \
                     WHERE kind = ? AND value >= ? AND value < ? ORDER BY mention.seq";
        let mut statement = connection.prepare(query).map_err(said)?;
        let mut rows = statement.query([kind.name(), from, to]).map_err(said)?;
        while let Some(row) = rows.next().map_err(said)? {
            let blob = |column| row.get_ref(column).map(|it| it.as_blob().unwrap_or_default());
            see(kind.name(), blob(0).map_err(said)?, blob(1).map_err(said)?)?;
        }
        Ok(())
    }

    /// What `query` with `values` gives.
    pub(super) fn rows<T>(
        &self,
        query: &str,
        values: &[&dyn ToSql],
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        let Some((connection, path)) = &self.database else { return Ok(Vec::new()) };
        let all = |connection: &Connection| {
            connection.prepare(query)?.query_map(values, read)?.collect::<rusqlite::Result<_>>()
        };
        all(connection).map_err(|cause| at(path, &cause))
    }
}

//! Many entries at once, for answers that take in a whole log.

use std::ops::Range;

use rusqlite::params;

use super::Reader;
use super::reader::{RUNS, at};
use crate::error::Result;

impl Reader {
    /// How many entries the log has.
    pub(crate) fn size(&self) -> Result<u64> {
        let Some((connection, path)) = &self.database else { return Ok(0) };
        let query = "SELECT coalesce(max(seq), -1) + 1 FROM entry";
        connection.query_row(query, [], |row| row.get(0)).map_err(|it| at(path, &it))
    }

    /// The bytes of every judged value whose place is in `range`, in order.
    pub(crate) fn each_judged(&self, range: Range<u64>, mut see: impl FnMut(&[u8])) -> Result<()> {
        let Some((connection, path)) = &self.database else { return Ok(()) };
        let said = |cause| at(path, &cause);
        let query = "SELECT bytes FROM entry WHERE seq >= ? AND seq < ? \
                     AND type IN ('measurement', 'check') ORDER BY seq";
        let mut statement = connection.prepare(query).map_err(said)?;
        let mut rows = statement.query(params![range.start, range.end]).map_err(said)?;
        while let Some(row) = rows.next().map_err(said)? {
            see(row.get_ref(0).map_err(said)?.as_blob().unwrap_or_default());
        }
        Ok(())
    }

    /// The first entry of every run that begins before `end`, and its last if it has one, in the
    /// order of starting.
    pub(crate) fn each_run(
        &self,
        end: u64,
        mut see: impl FnMut(&[u8], Option<&[u8]>) -> Result<()>,
    ) -> Result<()> {
        let Some((connection, path)) = &self.database else { return Ok(()) };
        let said = |cause| at(path, &cause);
        let query = format!("{RUNS} WHERE run.started < ? ORDER BY run.started");
        let mut statement = connection.prepare(&query).map_err(said)?;
        let mut rows = statement.query([end]).map_err(said)?;
        while let Some(row) = rows.next().map_err(said)? {
            let blob = |column| row.get_ref(column).map(|it| it.as_blob().ok()).map_err(said);
            see(blob(0)?.unwrap_or_default(), blob(1)?)?;
        }
        Ok(())
    }
}

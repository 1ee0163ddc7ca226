//! Runs whose process died before they ended.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use uuid::Uuid;

use super::log::{Failure, Log};
use super::{process, spool};
use crate::body::{Process, RunInterrupted, RunStarted};
use crate::entry::{Entry, Pending};
use crate::error::{RecordError, Result};
use crate::verdict::Reason;

/// Closes every run without an end whose process is gone; a run that another process is still
/// busy with is left alone.
pub(super) fn close(
    connection: &mut Connection,
    path: &Path,
    dir: &Path,
    this: &Process,
) -> Result<()> {
    let said = |cause: rusqlite::Error| RecordError::sqlite(path, &cause);
    for run in open_runs(connection).map_err(said)? {
        let (Some(process), Ok(id)) = (run.process, Uuid::parse_str(&run.id)) else { continue };
        if process::lives(&process, this) {
            continue;
        }
        let Some(mut left) = spool::take_over(dir, id)? else { continue };
        let entries = left.entries()?;
        interrupt(connection, id, &run.station, &entries).map_err(|failure| failure.told(path))?;
        left.remove();
    }
    Ok(())
}

struct OpenRun {
    id: String,
    station: String,
    process: Option<Process>,
}

fn open_runs(connection: &Connection) -> rusqlite::Result<Vec<OpenRun>> {
    let query = "SELECT run.id, entry.bytes FROM run JOIN entry ON entry.seq = run.started \
                 WHERE run.ended IS NULL ORDER BY run.started";
    let mut statement = connection.prepare(query)?;
    let rows = statement.query_map([], |row| {
        let bytes: Vec<u8> = row.get(1)?;
        let entry = serde_json::from_slice::<Entry>(&bytes).ok();
        let started: Option<RunStarted> =
            entry.as_ref().and_then(|entry| serde_json::from_str(entry.body.get()).ok());
        Ok(OpenRun {
            id: row.get(0)?,
            station: entry.map(|entry| entry.station).unwrap_or_default(),
            process: started.map(|started| started.process),
        })
    })?;
    rows.collect()
}

fn interrupt(
    connection: &mut Connection,
    run: Uuid,
    station: &str,
    entries: &[Pending],
) -> Result<(), Failure> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let open = "SELECT started FROM run WHERE id = ? AND ended IS NULL";
    let started: Option<u64> =
        transaction.query_row(open, [run.to_string()], |row| row.get(0)).optional()?;
    // Another process may have closed it while this one was waiting.
    let Some(started) = started else { return Ok(()) };
    let mut log = Log::new(&transaction)?;
    let mut recovered = 0;
    for entry in entries {
        let known = "SELECT 1 FROM entry WHERE id = ?";
        if !transaction.prepare_cached(known)?.exists([entry.id.to_string()])? {
            log.append(entry)?;
            recovered += 1;
        }
    }
    let reason = Reason::Interrupted;
    let body = RunInterrupted { verdict: reason.verdict(), reason, recovered };
    let mono_ns = last_moment(&transaction, run, started)?;
    let end = Pending::new(station, "run.interrupted", Some(run), mono_ns, &body)?;
    log.end(run, &end)?;
    Ok(transaction.commit()?)
}

/// The run's own time of its last entry.
fn last_moment(connection: &Connection, run: Uuid, started: u64) -> rusqlite::Result<u64> {
    let query = "SELECT bytes FROM entry WHERE seq >= ? ORDER BY seq DESC";
    let mut statement = connection.prepare(query)?;
    let mut rows = statement.query([started])?;
    while let Some(row) = rows.next()? {
        let bytes: Vec<u8> = row.get(0)?;
        match serde_json::from_slice::<Entry>(&bytes) {
            Ok(entry) if entry.run == Some(run) => return Ok(entry.mono_ns),
            _ => {}
        }
    }
    Ok(0)
}

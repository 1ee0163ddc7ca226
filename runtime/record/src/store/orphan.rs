//! Runs whose process died before they ended.
//!
//! Each is taken over by one process only, which looks after its bench and then closes the run.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use uuid::Uuid;

use super::log::{Failure, Log};
use super::seal::Seal;
use super::{last_said, process, spool};
use crate::author::Author;
use crate::body::{Aftermath, Process, RunHeader, RunInterrupted, RunStarted, Safe};
use crate::entry::{Entry, Pending};
use crate::error::{RecordError, Result};
use crate::verdict::Reason;

/// A run without an end whose process is gone. As long as this exists, no other process takes the
/// run over.
#[derive(Debug)]
pub struct Orphan {
    id: Uuid,
    author: Author,
    started: RunStarted,
    safe: Vec<Safe>,
}

impl Orphan {
    /// The run's id.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// What was known when it started.
    pub fn header(&self) -> &RunHeader {
        &self.started.header
    }

    /// The process that it died with.
    pub fn process(&self) -> &Process {
        &self.started.process
    }

    /// What was said of each role's safe state after the last thing that the run did with it: by
    /// its guard, or by the run itself in its last moment. A role that was used afterwards, or of
    /// which nothing was said, is not listed.
    pub fn safe(&self) -> &[Safe] {
        &self.safe
    }
}

/// Asks `after` about every run without an end whose process is gone, and closes it with the
/// answer; with none, it stays as it is for somebody else. Files of runs that are not in the log, or
/// have their end there, are removed. A run that another process is still
/// busy with is left alone, and so is one that another process has taken over.
pub(super) fn close(
    connection: &mut Connection,
    path: &Path,
    dir: &Path,
    this: &Process,
    seal: &mut Seal,
    after: &mut dyn FnMut(&Orphan) -> Option<Aftermath>,
) -> Result<()> {
    let said = |cause: rusqlite::Error| RecordError::sqlite(path, &cause);
    for run in open_runs(connection).map_err(said)? {
        if process::lives(&run.started.process, this) {
            continue;
        }
        let Some(mut left) = spool::take_over(dir, run.id)? else { continue };
        // Another process may have closed it while this one came to the lock.
        if started_at(connection, run.id).map_err(said)?.is_none() {
            left.remove();
            continue;
        }
        let entries = left.entries()?;
        let events = committed(connection, &run).map_err(said)?;
        let safe = last_said::of(&events, &entries);
        let OpenRun { id, author, started, .. } = run;
        let orphan = Orphan { id, author, started, safe };
        let Some(after) = after(&orphan) else { continue };
        interrupt(connection, seal, &orphan, &entries, after)
            .map_err(|failure| failure.told(path))?;
        left.remove();
    }
    spool::remove_strays(dir, |run| Ok(started_at(connection, run).map_err(said)?.is_some()))
}

const TOO_LONG: &str = "what was found out is too long for an entry";

struct OpenRun {
    id: Uuid,
    seq: u64,
    author: Author,
    started: RunStarted,
}

/// Runs whose start makes no sense are not among them: they cannot be known to be gone.
fn open_runs(connection: &Connection) -> rusqlite::Result<Vec<OpenRun>> {
    let query = "SELECT entry.bytes FROM run JOIN entry ON entry.seq = run.started \
                 WHERE run.ended IS NULL ORDER BY run.started";
    let mut statement = connection.prepare(query)?;
    let rows = statement.query_map([], |row| row.get::<_, Vec<u8>>(0))?;
    let mut runs = Vec::new();
    for bytes in rows {
        let Ok(entry) = serde_json::from_slice::<Entry>(&bytes?) else { continue };
        let (Some(id), Ok(started)) = (entry.run, serde_json::from_str(entry.body.get())) else {
            continue;
        };
        let author = Author { station: entry.station, mode: entry.mode };
        runs.push(OpenRun { id, seq: entry.seq, author, started });
    }
    Ok(runs)
}

/// Where the run begins in the log; `None` once it has an end.
fn started_at(connection: &Connection, run: Uuid) -> rusqlite::Result<Option<u64>> {
    let open = "SELECT started FROM run WHERE id = ? AND ended IS NULL";
    connection.query_row(open, [run.to_string()], |row| row.get(0)).optional()
}

/// The entries of the run that reached the database.
fn committed(connection: &Connection, run: &OpenRun) -> rusqlite::Result<Vec<Entry>> {
    let mut statement = connection.prepare("SELECT bytes FROM entry WHERE seq > ? ORDER BY seq")?;
    let mut rows = statement.query([run.seq])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        let bytes: Vec<u8> = row.get(0)?;
        let entry = serde_json::from_slice::<Entry>(&bytes).ok();
        entries.extend(entry.filter(|it| it.run == Some(run.id)));
    }
    Ok(entries)
}

fn interrupt(
    connection: &mut Connection,
    seal: &mut Seal,
    orphan: &Orphan,
    entries: &[Pending],
    after: Aftermath,
) -> Result<(), Failure> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let Some(started) = started_at(&transaction, orphan.id)? else { return Ok(()) };
    let mut log = Log::new(&transaction)?;
    let mut recovered = 0;
    for entry in entries {
        let known = "SELECT 1 FROM entry WHERE id = ?";
        if !transaction.prepare_cached(known)?.exists([entry.id.to_string()])? {
            log.append(entry)?;
            recovered += 1;
        }
    }
    let mono_ns = last_moment(&transaction, orphan.id, started)?;
    let end = |after| {
        let (verdict, reason) = (Reason::Interrupted.verdict(), Reason::Interrupted);
        let body = RunInterrupted { verdict, reason, recovered, after };
        Pending::new(&orphan.author, "run.interrupted", Some(orphan.id), mono_ns, &body)
    };
    // An instrument may have said very much. The run has to be closed all the same: otherwise no
    // store with it could be opened any more.
    let end = end(after).or_else(|_| end(Aftermath::Nobody { why: TOO_LONG.into() }))?;
    log.end(orphan.id, &end)?;
    if let Some(key) = log.tree().key.clone() {
        log.checkpoint(&orphan.author, &[seal.signer(&key)?])?;
    }
    log.finish()?;
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

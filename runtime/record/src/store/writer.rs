//! The one thread that writes.
//!
//! Entries are committed in groups, every [`WINDOW`] or when somebody waits. A write that fails
//! fails the store for good: whoever appends or waits from then on is told, so that no run can
//! pass whose record has a hole.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use uuid::Uuid;

use super::database::{self, Settings};
use super::process;
use super::spool::Spool;
use crate::body::{RunHeader, RunStarted, StationBoot};
use crate::entry::{Pending, leaf};
use crate::error::{RecordError, Result};

/// How long an entry may wait for others to be committed with.
const WINDOW: Duration = Duration::from_millis(50);
/// How many entries are committed together at most, so that memory stays bounded.
const LARGEST_GROUP: usize = 4096;

/// Somebody who waits until everything before is durable.
pub(super) type Waiter = SyncSender<Result<()>>;

pub(super) enum Message {
    Entry(Pending, Arc<Spool>),
    Start(Uuid, Box<RunHeader>),
    End(Uuid, Pending, Arc<Spool>),
    Barrier(Waiter),
}

/// What others may see of the writer.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) commits: AtomicU64,
    pub(super) failure: OnceLock<RecordError>,
}

pub(super) struct Writer {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
    pub(super) settings: Settings,
    pub(super) shared: Arc<Shared>,
}

impl Writer {
    /// Writes until nobody can send any more.
    pub(super) fn run(mut self, messages: &Receiver<Message>) {
        let (mut group, mut waiters) = (Vec::new(), Vec::new());
        while let Ok(first) = messages.recv() {
            let deadline = now() + WINDOW;
            let mut next = Some(first);
            while let Some(message) = next.take() {
                match message {
                    Message::Barrier(waiter) => waiters.push(waiter),
                    other => group.push(other),
                }
                if !waiters.is_empty() || group.len() >= LARGEST_GROUP {
                    break;
                }
                let left = deadline.saturating_duration_since(now());
                next = messages.recv_timeout(left).ok();
            }
            let outcome = self.commit(&mut group);
            for waiter in waiters.drain(..) {
                // A waiter that has gone needs no answer.
                drop(waiter.send(outcome.clone()));
            }
        }
    }

    fn commit(&mut self, group: &mut Vec<Message>) -> Result<()> {
        if let Some(failure) = self.shared.failure.get() {
            group.clear();
            return Err(failure.clone());
        }
        if group.is_empty() {
            return Ok(());
        }
        let (path, settings) = (&self.path, &self.settings);
        let said = |cause| RecordError::sqlite(path, &cause);
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let outcome = transaction.map_err(said).and_then(|transaction| {
            if !database::has_tables(&transaction, path)? {
                database::create_tables(&transaction).map_err(said)?;
            }
            let mut log = Log::new(&transaction).map_err(said)?;
            for message in group.iter() {
                match message {
                    Message::Entry(pending, _) => log.append(pending).map(drop).map_err(said)?,
                    Message::End(run, pending, _) => log.end(*run, pending).map_err(said)?,
                    Message::Start(run, header) => {
                        boot(&mut log, header, settings)
                            .and_then(|()| start(&mut log, *run, header))
                            .map_err(|failure| failure.told(said))?;
                    }
                    Message::Barrier(_) => {}
                }
            }
            transaction.commit().map_err(said)
        });
        match outcome {
            Ok(()) => {
                self.shared.commits.fetch_add(1, Ordering::Relaxed);
                for message in group.drain(..) {
                    match message {
                        Message::Entry(_, spool) => spool.committed(),
                        Message::End(_, _, spool) => spool.remove(),
                        Message::Start(..) | Message::Barrier(_) => {}
                    }
                }
                Ok(())
            }
            Err(failure) => {
                group.clear();
                Err(self.shared.failure.get_or_init(|| failure).clone())
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the writer's window is wall time, simulated or not")]
fn now() -> Instant {
    Instant::now()
}

/// What can go wrong between an entry and its row.
pub(super) enum Failure {
    Database(rusqlite::Error),
    Entry(RecordError),
}

impl From<rusqlite::Error> for Failure {
    fn from(it: rusqlite::Error) -> Self {
        Self::Database(it)
    }
}

impl From<RecordError> for Failure {
    fn from(it: RecordError) -> Self {
        Self::Entry(it)
    }
}

impl Failure {
    pub(super) fn told(self, said: impl Fn(rusqlite::Error) -> RecordError) -> RecordError {
        match self {
            Self::Database(cause) => said(cause),
            Self::Entry(error) => error,
        }
    }
}

/// The end of the log, inside one transaction.
pub(super) struct Log<'a> {
    transaction: &'a Transaction<'a>,
    next: u64,
}

impl<'a> Log<'a> {
    pub(super) fn new(transaction: &'a Transaction<'a>) -> rusqlite::Result<Self> {
        let query = "SELECT coalesce(max(seq), -1) + 1 FROM entry";
        let next = transaction.prepare_cached(query)?.query_row([], |row| row.get(0))?;
        Ok(Self { transaction, next })
    }

    /// Adds an entry and its outbox row; gives its place.
    pub(super) fn append(&mut self, pending: &Pending) -> rusqlite::Result<u64> {
        let seq = self.next;
        let bytes = pending.bytes(seq);
        self.transaction
            .prepare_cached("INSERT INTO entry(seq, id, type, bytes, leaf) VALUES (?, ?, ?, ?, ?)")?
            .execute(params![seq, pending.id.to_string(), pending.kind, bytes, leaf(&bytes)])?;
        self.transaction
            .prepare_cached("INSERT INTO outbox(seq, sink, state) VALUES (?, 'server', 'waiting')")?
            .execute([seq])?;
        self.next += 1;
        Ok(seq)
    }

    pub(super) fn end(&mut self, run: Uuid, pending: &Pending) -> rusqlite::Result<()> {
        let seq = self.append(pending)?;
        self.transaction
            .prepare_cached("UPDATE run SET ended = ? WHERE id = ?")?
            .execute(params![seq, run.to_string()])
            .map(drop)
    }
}

fn start(log: &mut Log<'_>, run: Uuid, header: &RunHeader) -> Result<(), Failure> {
    let (mode, plan, serial) = (header.mode.name(), &header.plan.id, &header.device.serial);
    let attempt = match serial {
        None => None,
        Some(serial) => Some(
            log.transaction
                .prepare_cached(
                    "SELECT count(*) + 1 FROM run WHERE serial = ? AND plan = ? AND mode = ?",
                )?
                .query_row(params![serial, plan, mode], |row| row.get(0))?,
        ),
    };
    let body = RunStarted { attempt, header: header.clone(), process: process::this() };
    let pending = Pending::new(&header.station, "run.started", Some(run), 0, &body)?;
    let seq = log.append(&pending)?;
    log.transaction
        .prepare_cached("INSERT INTO run(id, started, mode, plan, serial) VALUES (?, ?, ?, ?, ?)")?
        .execute(params![run.to_string(), seq, mode, plan, serial])?;
    Ok(())
}

/// Says once per boot of the machine and version of the program what the log is written with.
fn boot(log: &mut Log<'_>, header: &RunHeader, settings: &Settings) -> Result<(), Failure> {
    let (boot_id, pogo) = (process::this().boot_id, header.pogo.version.clone());
    let key = boot_id.clone().unwrap_or_default();
    let known = log
        .transaction
        .prepare_cached("SELECT 1 FROM boot WHERE boot_id = ? AND pogo = ?")?
        .exists(params![key, pogo])?;
    if known {
        return Ok(());
    }
    let body = StationBoot { pogo: pogo.clone(), boot_id, sqlite: settings.clone() };
    let seq = log.append(&Pending::new(&header.station, "station.boot", None, 0, &body)?)?;
    log.transaction
        .prepare_cached("INSERT INTO boot(boot_id, pogo, seq) VALUES (?, ?, ?)")?
        .execute(params![key, pogo, seq])?;
    Ok(())
}

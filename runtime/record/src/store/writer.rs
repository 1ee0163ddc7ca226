//! The one thread that writes.
//!
//! Entries are committed in groups, every [`WINDOW`] or when somebody waits. A write that fails
//! fails the store for good: whoever appends or waits from then on is told, so that no run can
//! pass whose record has a hole.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior};
use uuid::Uuid;

use super::database::{self, Settings};
use super::log::{Failure, Log};
use super::spool::Spool;
use crate::body::{Process, RunHeader};
use crate::entry::Pending;
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
    /// What was sent before is to be committed without waiting for more.
    Now,
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
    pub(super) process: Process,
    pub(super) has_tables: bool,
    pub(super) shared: Arc<Shared>,
}

impl Writer {
    /// Writes until nobody can send any more. Whoever sends a barrier, or is the last to go,
    /// unparks this thread; entries do not, because waking it for each would cost the script more
    /// than the entry itself.
    pub(super) fn run(mut self, messages: &Receiver<Message>) {
        let (mut group, mut waiters) = (Vec::new(), Vec::new());
        while let Ok(first) = messages.recv() {
            let mut deadline = now() + WINDOW;
            let mut next = Ok(first);
            loop {
                match next {
                    Ok(Message::Barrier(waiter)) => waiters.push(waiter),
                    Ok(Message::Now) => deadline = now(),
                    Ok(other) => group.push(other),
                    Err(TryRecvError::Disconnected) => break,
                    Err(TryRecvError::Empty) => {
                        let left = deadline.saturating_duration_since(now());
                        if left.is_zero() {
                            break;
                        }
                        std::thread::park_timeout(left);
                    }
                }
                if !waiters.is_empty() || group.len() >= LARGEST_GROUP {
                    break;
                }
                next = messages.try_recv();
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
        let outcome = self.transact(group).map_err(|it| it.told(&self.path));
        match outcome {
            Ok(()) => {
                self.shared.commits.fetch_add(1, Ordering::Relaxed);
                for message in group.drain(..) {
                    match message {
                        Message::Entry(_, spool) => spool.committed(),
                        Message::End(_, _, spool) => spool.remove(),
                        Message::Start(..) | Message::Barrier(_) | Message::Now => {}
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

    fn transact(&mut self, group: &[Message]) -> Result<(), Failure> {
        let immediate = TransactionBehavior::Immediate;
        let transaction = self.connection.transaction_with_behavior(immediate)?;
        // Another process may have made them since.
        if !self.has_tables && !database::has_tables(&transaction, &self.path)? {
            database::create_tables(&transaction)?;
        }
        let mut log = Log::new(&transaction)?;
        for message in group {
            match message {
                Message::Entry(pending, _) => drop(log.append(pending)?),
                Message::End(run, pending, _) => log.end(*run, pending)?,
                Message::Start(run, header) => {
                    log.boot(header, &self.process, &self.settings)?;
                    log.start(*run, header, &self.process)?;
                }
                Message::Barrier(_) | Message::Now => {}
            }
        }
        transaction.commit()?;
        self.has_tables = true;
        Ok(())
    }
}

#[expect(clippy::disallowed_methods, reason = "the writer's window is wall time, simulated or not")]
fn now() -> Instant {
    Instant::now()
}

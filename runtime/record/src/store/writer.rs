//! What writes, and when.
//!
//! Entries are committed in groups: every [`WINDOW`] by a thread of the store's, and at once by
//! whoever waits for one. Waiting and writing are then the same thread's, which saves a barrier
//! two changes of thread. A write that fails fails the store for good: whoever appends or waits
//! from then on is told, so that no run can pass whose record has a hole.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior};
use uuid::Uuid;

use super::database::{self, Settings, Settling};
use super::log::{Failure, Log};
use super::spool::Spool;
use crate::body::{Process, RunHeader};
use crate::entry::Pending;
use crate::error::{RecordError, Result};

/// How long an entry may wait for others to be committed with.
const WINDOW: Duration = Duration::from_millis(50);
/// How many entries are committed together at most, so that memory stays bounded.
const LARGEST_GROUP: usize = 4096;

pub(super) enum Message {
    Entry(Pending, Arc<Spool>),
    Start(Uuid, Box<RunHeader>),
    End(Uuid, Pending, Arc<Spool>),
}

/// What was handed over and is not committed, and who commits it.
pub(super) struct Writing {
    queue: Mutex<Queue>,
    /// Tells the store's thread that there is something to do.
    filled: Condvar,
    /// Taken before the queue is emptied, so that entries are committed in their order.
    writer: Mutex<Writer>,
    pub(super) commits: AtomicU64,
    pub(super) failure: OnceLock<RecordError>,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Message>,
    /// The group is not to wait for more.
    now: bool,
    closing: bool,
}

impl Writing {
    pub(super) fn new(writer: Writer) -> Self {
        Self {
            queue: Mutex::default(),
            filled: Condvar::new(),
            writer: Mutex::new(writer),
            commits: AtomicU64::new(0),
            failure: OnceLock::new(),
        }
    }

    /// Hands `message` over. Only the first of a group wakes the store's thread: waking it for
    /// each would cost the script more than the entry itself.
    pub(super) fn send(&self, message: Message) {
        let mut queue = self.queue();
        queue.waiting.push(message);
        if matches!(queue.waiting.len(), 1 | LARGEST_GROUP) {
            self.filled.notify_one();
        }
    }

    /// What was sent is to be committed soon, though nobody waits for it.
    pub(super) fn hurry(&self) {
        self.queue().now = true;
        self.filled.notify_one();
    }

    /// No more will be sent; the store's thread commits what is left and ends.
    pub(super) fn close(&self) {
        self.queue().closing = true;
        self.filled.notify_one();
    }

    /// Commits everything that was sent, on this thread.
    pub(super) fn barrier(&self) -> Result<()> {
        let Ok(mut writer) = self.writer.lock() else {
            // It panicked with a group in hand, which is lost.
            let failure = || RecordError::new("record: its writer went wrong; this is a bug");
            return Err(self.failure.get_or_init(failure).clone());
        };
        let group = {
            let mut queue = self.queue();
            queue.now = false;
            std::mem::take(&mut queue.waiting)
        };
        if let Some(failure) = self.failure.get() {
            return Err(failure.clone());
        }
        if group.is_empty() {
            return Ok(());
        }
        match writer.transact(&group) {
            Ok(()) => self.commits.fetch_add(1, Ordering::Relaxed),
            Err(failure) => {
                let failure = failure.told(&writer.path);
                return Err(self.failure.get_or_init(|| failure).clone());
            }
        };
        for message in group {
            match message {
                Message::Entry(_, spool) => spool.committed(),
                Message::End(_, _, spool) => spool.remove(),
                Message::Start(..) => {}
            }
        }
        Ok(())
    }

    /// Commits a group when its time has come, until the store closes.
    pub(super) fn run(&self) {
        while self.wait_for_group() {
            // What goes wrong is kept for the next who asks.
            drop(self.barrier());
        }
    }

    /// Returns when there is a group to commit; `false` once there will be no more.
    fn wait_for_group(&self) -> bool {
        let mut queue = self.queue();
        while queue.waiting.is_empty() {
            if queue.closing {
                return false;
            }
            queue = self.filled.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        let deadline = now() + WINDOW;
        loop {
            let left = deadline.saturating_duration_since(now());
            let full = queue.waiting.len() >= LARGEST_GROUP;
            if full || queue.now || queue.closing || left.is_zero() {
                return true;
            }
            let waited = self.filled.wait_timeout(queue, left);
            queue = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) struct Writer {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
    pub(super) settings: Settings,
    pub(super) process: Process,
    pub(super) has_tables: bool,
    /// What the first commit waits for.
    pub(super) settling: Option<Settling>,
}

impl Writer {
    fn transact(&mut self, group: &[Message]) -> Result<(), Failure> {
        if let Some(settling) = self.settling.take() {
            let bug = |_| Err(RecordError::new("record: its folder was not made durable"));
            settling.join().unwrap_or_else(bug)?;
        }
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

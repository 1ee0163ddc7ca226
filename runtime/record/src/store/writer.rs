//! What writes, and when.
//!
//! Entries are committed in groups: every [`WINDOW`] by a thread of the store's, and at once by
//! whoever waits for one. Waiting and writing are then the same thread's, which saves a barrier
//! two changes of thread. A write that fails fails the store for good: whoever appends or waits
//! from then on is told, so that no run can pass whose record has a hole. So does a file that is no
//! longer where others look for it; that is looked at with every commit, and every [`LOOK`] while a
//! run goes on.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior};
use uuid::Uuid;

use super::database::{Settings, Unsettled};
use super::log::{Failure, Log};
use super::places::Places;
use super::signing::Signing;
use super::spool::Spool;
use crate::body::{Process, RunHeader};
use crate::entry::Pending;
use crate::error::{RecordError, Result};

/// How long an entry may wait for others to be committed with.
const WINDOW: Duration = Duration::from_millis(50);
/// How many entries are committed together at most, so that memory stays bounded.
const LARGEST_GROUP: usize = 4096;
/// How often the files are looked at while nothing is committed.
const LOOK: Duration = Duration::from_millis(250);

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
    pub(super) places: Places,
    pub(super) commits: AtomicU64,
    pub(super) failure: OnceLock<RecordError>,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Message>,
    /// The group is not to wait for more.
    now: bool,
    /// A run has ended, and what was committed can be moved into the database file.
    moving: bool,
    closing: bool,
}

impl Writing {
    pub(super) fn new(writer: Writer) -> Result<Self> {
        Ok(Self {
            queue: Mutex::default(),
            filled: Condvar::new(),
            places: Places::of(&writer.path)?,
            writer: Mutex::new(writer),
            commits: AtomicU64::new(0),
            failure: OnceLock::new(),
        })
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

    /// A run has ended: what was committed is moved into the database file while whoever ended it
    /// goes on. It would have to wait for that when the store is closed.
    pub(super) fn move_soon(&self) {
        self.queue().moving = true;
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
            return Err(self.failed(failure()));
        };
        let group = {
            let mut queue = self.queue();
            queue.now = false;
            std::mem::take(&mut queue.waiting)
        };
        self.healthy()?;
        if group.is_empty() {
            return self.look();
        }
        let committed = writer.transact(&group).map_err(|failure| failure.told(&writer.path));
        committed.and_then(|()| self.places.committed()).map_err(|it| self.failed(it))?;
        self.commits.fetch_add(1, Ordering::Relaxed);
        // Afterwards: only then is it known that what was committed can be found.
        self.look()?;
        for message in group {
            match message {
                Message::Entry(_, spool) => spool.committed(),
                Message::End(_, _, spool) => spool.remove(),
                Message::Start(..) => {}
            }
        }
        Ok(())
    }

    /// Whether everything that is written to is still where others look for it.
    ///
    /// # Errors
    ///
    /// It is not, or something could not be written earlier.
    pub(super) fn look(&self) -> Result<()> {
        self.healthy()?;
        self.places.look().map_err(|failure| self.failed(failure))
    }

    /// Signs what has gone unsigned for too long while nothing more is added.
    fn sign_if_due(&self) -> Result<()> {
        let Ok(mut writer) = self.writer.lock() else { return Ok(()) };
        if !writer.signing.is_due(now()) {
            return Ok(());
        }
        let signed = writer.sign().map_err(|failure| failure.told(&writer.path));
        signed.map_err(|failure| self.failed(failure))
    }

    /// # Errors
    ///
    /// The store has failed.
    pub(super) fn healthy(&self) -> Result<()> {
        self.failure.get().map_or(Ok(()), |failure| Err(failure.clone()))
    }

    /// The store has failed for good, if not by this then by what came before.
    pub(super) fn failed(&self, failure: RecordError) -> RecordError {
        self.failure.get_or_init(|| failure).clone()
    }

    /// Commits a group when its time has come, and looks at the files meanwhile, until the store
    /// closes. What goes wrong is kept for the next who asks.
    pub(super) fn run(&self) {
        // There is nothing to commit yet, and the first commit is waited for.
        if let Ok(mut writer) = self.writer.lock()
            && let Err(failure) = writer.unsettled.settle()
        {
            self.failed(failure);
        }
        loop {
            match self.wait() {
                Next::Commit => drop(self.barrier()),
                Next::Look => drop(self.look().and_then(|()| self.sign_if_due())),
                Next::Move => {
                    if let Ok(writer) = self.writer.lock() {
                        writer.move_committed();
                    }
                }
                Next::End => return,
            }
        }
    }

    /// Returns when there is something to do.
    fn wait(&self) -> Next {
        let mut queue = self.queue();
        while queue.waiting.is_empty() {
            if std::mem::take(&mut queue.moving) {
                return Next::Move;
            }
            if queue.closing {
                return Next::End;
            }
            if !self.places.are_in_use() {
                queue = self.filled.wait(queue).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let waited = self.filled.wait_timeout(queue, LOOK);
            let waited = waited.unwrap_or_else(PoisonError::into_inner);
            if waited.1.timed_out() {
                return Next::Look;
            }
            queue = waited.0;
        }
        let deadline = now() + WINDOW;
        loop {
            let left = deadline.saturating_duration_since(now());
            let full = queue.waiting.len() >= LARGEST_GROUP;
            if full || queue.now || queue.closing || left.is_zero() {
                return Next::Commit;
            }
            let waited = self.filled.wait_timeout(queue, left);
            queue = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the store's thread has to do.
enum Next {
    Commit,
    Look,
    Move,
    End,
}

pub(super) struct Writer {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
    pub(super) settings: Settings,
    pub(super) process: Process,
    /// What the first commit waits for.
    pub(super) unsettled: Unsettled,
    pub(super) signing: Signing,
}

impl Writer {
    fn transact(&mut self, group: &[Message]) -> Result<(), Failure> {
        self.unsettled.settle()?;
        let immediate = TransactionBehavior::Immediate;
        let transaction = self.connection.transaction_with_behavior(immediate)?;
        let mut log = Log::new(&transaction)?;
        for message in group {
            match message {
                Message::Entry(pending, _) => drop(log.append(pending)?),
                Message::End(run, pending, _) => {
                    log.end(*run, pending)?;
                    self.signing.sign(&mut log)?;
                }
                Message::Start(run, header) => {
                    self.signing.begin(&mut log, header)?;
                    if log.boot(header, &self.process, &self.settings)? {
                        self.signing.sign(&mut log)?;
                    }
                    log.start(*run, header, &self.process)?;
                }
            }
        }
        if self.signing.is_due(now()) {
            self.signing.sign(&mut log)?;
        }
        self.signing.committing(&log.finish()?, now());
        Ok(transaction.commit()?)
    }

    fn sign(&mut self) -> Result<(), Failure> {
        let immediate = TransactionBehavior::Immediate;
        let transaction = self.connection.transaction_with_behavior(immediate)?;
        self.signing.sign_alone(&transaction, now())?;
        Ok(transaction.commit()?)
    }
}

impl Writer {
    /// Moves what was committed into the database file. What cannot be moved now is safe where it is.
    fn move_committed(&self) {
        let moves = "PRAGMA wal_checkpoint(PASSIVE)";
        drop(self.connection.query_row(moves, [], |_| Ok(())));
    }
}

impl Drop for Writer {
    /// SQLite moves what was committed when the last connection is closed, which may be another
    /// program's that knows nothing of checksums.
    fn drop(&mut self) {
        self.move_committed();
    }
}

#[expect(clippy::disallowed_methods, reason = "the writer's window is wall time, simulated or not")]
fn now() -> Instant {
    Instant::now()
}

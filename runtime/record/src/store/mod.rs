//! The append-only log of a station, in SQLite.
//!
//! A [`Store`] has one writer thread for all runs. Appending is cheap and never waits for the
//! disk; [`RunLog::barrier`] blocks until everything appended is durable. It blocks a thread, not
//! a future: under a paused clock nothing may await what another thread completes.

mod attachment;
mod database;
mod index;
mod log;
mod orphan;
mod process;
mod reader;
mod spool;
mod view;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Sender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use uuid::Uuid;

pub use database::Settings;
pub use reader::Reader;
pub use view::{Event, Run, RunSummary, Step};

use self::spool::Spool;
use self::writer::{Message, Shared, Writer};
use crate::body::{Attachment, Body, RunEnded, RunHeader};
use crate::entry::Pending;
use crate::error::{RecordError, Result};

/// A log that runs are written to. Dropping it, and every [`RunLog`] of it, writes what is left.
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    dir: PathBuf,
    settings: Settings,
    shared: Arc<Shared>,
    /// `None` once it is being dropped.
    sender: Option<Sender<Message>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Store {
    /// Opens the log below the folder `dir`, which is made if there is none, and closes the runs
    /// of processes that have died as INTERRUPTED.
    ///
    /// # Errors
    ///
    /// `dir` is no folder, not writable, or holds a database that is not ours or newer than this
    /// program; nothing is changed then. Or the database does not keep its settings.
    pub fn open(dir: &Path) -> Result<Self> {
        let (mut connection, path, settings) = database::open(dir)?;
        let (process, has_tables) = (process::this(), database::has_tables(&connection, &path)?);
        if has_tables {
            orphan::close(&mut connection, &path, dir, &process)?;
        }
        let shared = Arc::new(Shared::default());
        let writer = Writer { connection, path, settings, process, has_tables, shared };
        Self::over(dir, writer)
    }

    fn over(dir: &Path, writer: Writer) -> Result<Self> {
        let (shared, settings) = (writer.shared.clone(), writer.settings.clone());
        let (sender, messages) = channel();
        let thread = std::thread::Builder::new()
            .name("record".into())
            .spawn(move || writer.run(&messages))
            .map_err(|cause| RecordError::io(dir, "start the writer of", &cause))?;
        let (sender, thread) = (Some(sender), Mutex::new(Some(thread)));
        let dir = dir.to_owned();
        Ok(Self { inner: Arc::new(Inner { dir, settings, shared, sender, thread }) })
    }

    /// Opens the log below `dir` for reading only.
    ///
    /// # Errors
    ///
    /// There is no such folder, or the database is not ours or newer than this program.
    pub fn reader(dir: &Path) -> Result<Reader> {
        Reader::open(dir)
    }

    /// Starts a run. `run.started` is durable when this returns.
    ///
    /// # Errors
    ///
    /// It could not be written.
    pub fn start_run(&self, header: RunHeader) -> Result<RunLog> {
        let log = self.begin_run(header)?;
        if let Err(failure) = log.barrier() {
            log.spool.remove();
            return Err(failure);
        }
        Ok(log)
    }

    /// Starts a run whose `run.started` is on its way to the disk when this returns: there is time
    /// to get ready for the run meanwhile. Call [`RunLog::barrier`] before the first stimulus.
    ///
    /// # Errors
    ///
    /// It is already known that it cannot be written.
    pub fn begin_run(&self, header: RunHeader) -> Result<RunLog> {
        let id = Uuid::now_v7();
        let spool = Arc::new(Spool::create(&self.inner.dir, id)?);
        let station = header.station.clone();
        if let Err(failure) = self.inner.send(Message::Start(id, Box::new(header))) {
            spool.remove();
            return Err(failure);
        }
        // Committed now, not at the end of the writer's window.
        self.inner.send(Message::Now)?;
        self.inner.wake();
        Ok(RunLog { inner: self.inner.clone(), id, station, spool })
    }

    /// The database's settings, as read back.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// How often the disk was made to keep something since the store was opened.
    pub fn commits(&self) -> u64 {
        self.inner.shared.commits.load(Ordering::Relaxed)
    }
}

/// One run's end of the log.
pub struct RunLog {
    inner: Arc<Inner>,
    id: Uuid,
    station: String,
    spool: Arc<Spool>,
}

impl RunLog {
    /// The run's id.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Hands `body` over, at `mono_ns` nanoseconds of the run's own clock. When this returns, the
    /// death of the process can no longer lose it; a power cut can, until the next barrier or for
    /// 50 ms.
    ///
    /// # Errors
    ///
    /// The entry is too long (it is then left out and the log stays usable), or something could
    /// not be written, now or earlier.
    pub fn append(&self, mono_ns: u64, body: &Body) -> Result<()> {
        self.inner.healthy()?;
        let pending = Pending::new(&self.station, body.kind(), Some(self.id), mono_ns, body)?;
        let mut sent = Ok(());
        let kept = self.spool.keep(pending, |pending| {
            sent = self.inner.send(Message::Entry(pending, self.spool.clone()));
        });
        if let Err(failure) = kept {
            return Err(self.inner.shared.failure.get_or_init(|| failure).clone());
        }
        sent
    }

    /// Keeps `bytes` as a file beside the log and hands over the entry that names it; blocks until
    /// the file is durable.
    ///
    /// # Errors
    ///
    /// Something could not be written.
    pub fn attach(
        &self,
        mono_ns: u64,
        step: Option<u32>,
        name: &str,
        media: &str,
        bytes: &[u8],
    ) -> Result<Attachment> {
        self.inner.healthy()?;
        let sha256 = attachment::keep(&self.inner.dir, bytes)
            .map_err(|failure| self.inner.shared.failure.get_or_init(|| failure).clone())?;
        let (name, media, size) = (name.to_owned(), media.to_owned(), bytes.len() as u64);
        let attachment = Attachment { step, name, media, size, sha256 };
        self.append(mono_ns, &Body::Attachment(attachment.clone()))?;
        Ok(attachment)
    }

    /// Blocks this thread until everything handed over is durable.
    ///
    /// # Errors
    ///
    /// Something could not be written, now or earlier.
    pub fn barrier(&self) -> Result<()> {
        self.inner.barrier()
    }

    /// Ends the run; its verdict is durable when this returns. A run that is dropped without it is
    /// closed as INTERRUPTED once its process is gone.
    ///
    /// # Errors
    ///
    /// Something could not be written, now or earlier: the run has then no end in the log, and
    /// whatever its verdict was going to be, it is an ERROR ([`crate::Reason::NotRecorded`]).
    pub fn end(self, mono_ns: u64, ended: &RunEnded) -> Result<()> {
        self.inner.healthy()?;
        let pending = Pending::new(&self.station, "run.ended", Some(self.id), mono_ns, ended)?;
        self.inner.send(Message::End(self.id, pending, self.spool.clone()))?;
        self.inner.barrier()
    }
}

impl Inner {
    fn healthy(&self) -> Result<()> {
        self.shared.failure.get().map_or(Ok(()), |failure| Err(failure.clone()))
    }

    fn send(&self, message: Message) -> Result<()> {
        let sent = self.sender.as_ref().map(|sender| sender.send(message));
        match sent {
            Some(Ok(())) => Ok(()),
            _ => Err(self.gone()),
        }
    }

    fn barrier(&self) -> Result<()> {
        let (waiter, outcome) = sync_channel(1);
        self.send(Message::Barrier(waiter))?;
        self.wake();
        outcome.recv().unwrap_or_else(|_| Err(self.gone()))
    }

    /// Makes the writer look at what was sent before its window is over.
    fn wake(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = &*thread {
            thread.thread().unpark();
        }
    }

    fn gone(&self) -> RecordError {
        let text = format!("record `{}`: its writer has ended", self.dir.display());
        self.shared.failure.get_or_init(|| RecordError::new(text)).clone()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        drop(self.sender.take());
        self.wake();
        let thread = self.thread.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // A panic of the writer has been told to whoever waited.
            drop(thread.join());
        }
    }
}

#[cfg(test)]
mod tests;

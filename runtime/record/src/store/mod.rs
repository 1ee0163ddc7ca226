//! The append-only log of a station, in SQLite.
//!
//! Appending is cheap and never waits for the disk: a [`Store`] has a thread that commits what was
//! appended. [`RunLog::barrier`] commits it at once, on the thread that calls. It blocks a thread,
//! not a future: under a paused clock nothing may await what another thread completes.

mod attachment;
mod blank;
pub mod care;
pub(crate) mod database;
mod hiding;
pub(crate) mod index;
mod keeping;
mod last_said;
pub(crate) mod log;
pub(crate) mod mention;
mod orphan;
pub(crate) mod page;
mod permission;
mod places;
pub(crate) mod process;
mod reader;
pub(crate) mod reading;
mod rotation;
mod scan;
mod seal;
pub(crate) mod shim;
mod signing;
mod space;
mod spool;
pub(crate) mod sum;
mod testify;
pub(crate) mod tree;
mod units;
mod view;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

use pogo_hal::Secrets;
use uuid::Uuid;

pub use blank::warm_up;
pub use database::Settings;
pub use hiding::Leak;
pub use keeping::Keeping;
pub use orphan::Orphan;
pub use reader::Reader;
pub use rotation::NewKey;
pub use space::{RESERVE, RESERVED_FILES};
pub use testify::testify;
pub use view::{Event, Run, RunSummary, Step};

use self::hiding::Hiding;
use self::seal::Seal;
use self::signing::Signing;
use self::spool::Spool;
use self::writer::{Message, Writer, Writing};
use crate::author::Author;
use crate::body::{Aftermath, Attachment, Body, Process, RunEnded, RunHeader};
use crate::entry::Pending;
use crate::error::{RecordError, Result};

/// A log that runs are written to. Dropping it, and every [`RunLog`] of it, writes what is left.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    dir: PathBuf,
    settings: Settings,
    writing: Arc<Writing>,
    /// `None` once it is being dropped.
    thread: Option<JoinHandle<()>>,
}

impl Store {
    /// Opens the log below the folder `dir`, which is made if there is none. The runs of processes
    /// that have died are closed as INTERRUPTED; nobody looks after their benches.
    ///
    /// # Errors
    ///
    /// `dir` is no folder, not writable, or holds a database that is not ours or newer than this
    /// program; nothing is changed then. Or the database does not keep its settings.
    pub fn open(dir: &Path) -> Result<Self> {
        let nobody = "the store was opened by something that knows no bench".to_owned();
        Self::open_after(dir, &mut |_| Some(Aftermath::Nobody { why: nobody.clone() }))
    }

    /// As [`Store::open`], with `after` to look after the bench of each run whose process has
    /// died and to say what came of it, which goes into the entry that closes the run. Without an
    /// answer the run is left as it is. Meanwhile no other process takes the run over.
    ///
    /// # Errors
    ///
    /// Those of [`Store::open`].
    pub fn open_after(
        dir: &Path,
        after: &mut dyn FnMut(&Orphan) -> Option<Aftermath>,
    ) -> Result<Self> {
        let unsettled = database::make_folder(dir)?;
        let (mut connection, path, settings) = database::open(dir)?;
        let process = Process::this();
        let mut seal = Seal::of(dir);
        orphan::close(&mut connection, &path, dir, &process, &mut seal, after)?;
        let signing = Signing::with(seal);
        let writer = Writer { connection, path, settings, process, unsettled, signing };
        Self::over(dir, writer)
    }

    /// Closes the runs of processes that have died, as [`Store::open_after`] does, and does
    /// nothing else; a store that is not there is not made.
    ///
    /// # Errors
    ///
    /// Those of [`Store::open`].
    pub fn close_orphans(
        dir: &Path,
        after: &mut dyn FnMut(&Orphan) -> Option<Aftermath>,
    ) -> Result<()> {
        if Self::exists(dir) { Self::open_after(dir, after).map(drop) } else { Ok(()) }
    }

    /// Whether there is a store below `dir`, whether or not it can be opened.
    fn exists(dir: &Path) -> bool {
        dir.join(database::FILE).exists()
    }

    /// Whether the file system that holds `dir`, or is going to, has room for a run's record:
    /// [`RESERVE`] bytes and [`RESERVED_FILES`] files that this user may still fill. Nothing is
    /// made, opened or written. A file system that does not say counts as having room; opening
    /// the store tells then.
    ///
    /// # Errors
    ///
    /// There is less: how much, where, how much it takes, and what to do.
    pub fn has_room(dir: &Path) -> Result<()> {
        space::look(dir)
    }

    /// Whether this user may write to the store below `dir`, or make it there. Nothing is made,
    /// opened or written. What is there and is no store is left to the opening.
    ///
    /// # Errors
    ///
    /// It may only be read: what of it, and why.
    pub fn may_be_written(dir: &Path) -> Result<()> {
        permission::look(dir)
    }

    fn over(dir: &Path, writer: Writer) -> Result<Self> {
        let settings = writer.settings.clone();
        let writing = Arc::new(Writing::new(writer)?);
        let commits = writing.clone();
        let thread = std::thread::Builder::new()
            .name("record".into())
            .spawn(move || commits.run())
            .map_err(|cause| RecordError::io(dir, "start the writer of", &cause))?;
        let (dir, thread) = (dir.to_owned(), Some(thread));
        Ok(Self { inner: Arc::new(Inner { dir, settings, writing, thread }) })
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
        self.begin_run_hiding(header, Arc::default())
    }

    /// As [`Store::begin_run`], and nothing of `secrets` is recorded, neither of what the header
    /// says nor of whatever is handed over later; see [`RunLog::take_leaks`].
    ///
    /// # Errors
    ///
    /// Those of [`Store::begin_run`].
    pub fn begin_run_hiding(&self, header: RunHeader, secrets: Arc<Secrets>) -> Result<RunLog> {
        let hiding = Hiding::new(secrets);
        let header = hiding.header(header)?;
        let writing = &self.inner.writing;
        writing.look()?;
        let id = Uuid::now_v7();
        let spool = Arc::new(Spool::create(&self.inner.dir, id)?);
        let author = header.author();
        if let Err(failure) = writing.healthy() {
            spool.remove();
            return Err(failure);
        }
        writing.places.add(&spool);
        writing.send(Message::Start(id, Box::new(header)));
        writing.hurry();
        Ok(RunLog { inner: self.inner.clone(), id, author, spool, hiding })
    }

    /// The database's settings, as read back.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// How often the disk was made to keep something since the store was opened.
    pub fn commits(&self) -> u64 {
        self.inner.writing.commits.load(Ordering::Relaxed)
    }
}

/// One run's end of the log.
pub struct RunLog {
    inner: Arc<Inner>,
    id: Uuid,
    author: Author,
    spool: Arc<Spool>,
    hiding: Hiding,
}

impl RunLog {
    /// The run's id.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Which station it runs on, and what it counts for.
    pub fn author(&self) -> &Author {
        &self.author
    }

    /// The folder of the log that it is written to.
    pub fn folder(&self) -> &Path {
        &self.inner.dir
    }

    /// Whether the store has failed for good: nothing is recorded any more, whoever hands it over.
    /// Costs nothing, so that it can be asked all the time.
    pub fn has_failed(&self) -> bool {
        self.inner.writing.failure.get().is_some()
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
        self.inner.writing.healthy()?;
        let (kind, run) = (body.kind(), Some(self.id));
        let body = &self.hiding.fit(kind, body)?;
        let pending = Pending::new(&self.author, kind, run, mono_ns, body)?;
        let send = |pending| self.inner.writing.send(Message::Entry(pending, self.spool.clone()));
        match self.spool.keep(pending, send) {
            Ok(true) => Ok(()),
            Ok(false) => Err(has_ended()),
            Err(failure) => Err(self.inner.writing.failed(failure)),
        }
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
        self.inner.writing.healthy()?;
        let hidden = self.hiding.file(name, bytes);
        let bytes = hidden.as_deref().unwrap_or(bytes);
        let sha256 = attachment::keep(&self.inner.dir, bytes)
            .map_err(|failure| self.inner.writing.failed(failure))?;
        let (name, media, size) = (name.to_owned(), media.to_owned(), bytes.len() as u64);
        let attachment = Attachment { step, name, media, size, sha256 };
        self.append(mono_ns, &Body::Attachment(attachment.clone()))?;
        Ok(attachment)
    }

    /// The secrets that were handed over since this was last asked, in whatever: they are not in
    /// the record, `[secret NAME]` is, and whoever handed them over let them through.
    pub fn take_leaks(&self) -> Vec<Leak> {
        self.hiding.take_leaks()
    }

    /// Blocks this thread until everything handed over is durable.
    ///
    /// # Errors
    ///
    /// Something could not be written, now or earlier.
    pub fn barrier(&self) -> Result<()> {
        self.inner.writing.barrier()
    }

    /// Ends the run; its verdict is durable when this returns, and nothing can be appended any
    /// more. A run that is dropped without it is closed as INTERRUPTED once its process is gone.
    ///
    /// # Errors
    ///
    /// The run has ended before.
    ///
    /// Something could not be written, now or earlier: the run has then no end in the log, and
    /// whatever its verdict was going to be, it is an ERROR ([`crate::Reason::NotRecorded`]).
    pub fn end(&self, mono_ns: u64, ended: &RunEnded) -> Result<()> {
        self.inner.writing.healthy()?;
        let (kind, run) = ("run.ended", Some(self.id));
        let ended = &self.hiding.fit(kind, ended)?;
        let pending = Pending::new(&self.author, kind, run, mono_ns, ended)?;
        let end = Message::End(self.id, pending, self.spool.clone());
        if !self.spool.close(|| self.inner.writing.send(end)) {
            return Err(has_ended());
        }
        self.inner.writing.barrier()?;
        self.inner.writing.move_soon();
        Ok(())
    }
}

fn has_ended() -> RecordError {
    RecordError::new("record: the run has ended; nothing is added to it any more")
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.writing.close();
        if let Some(thread) = self.thread.take() {
            // A panic there has been printed; a run that it concerns has no end in the log.
            drop(thread.join());
        }
    }
}

#[cfg(test)]
mod tests;

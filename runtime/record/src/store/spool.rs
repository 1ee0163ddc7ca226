//! What a run has handed over and the database does not have yet.
//!
//! Entries are committed in groups. So that the death of the process in between loses nothing that
//! a script's call had returned from, each entry is first written to a file of its run, which the
//! kernel keeps for us; the next process to open the store finds it. The file is locked for as
//! long as its process lives.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use super::places::Place;
use crate::entry::Pending;
use crate::error::{RecordError, Result};

/// The open end of a run's spool.
#[derive(Debug)]
pub(super) struct Spool {
    path: PathBuf,
    place: Place,
    inner: Mutex<Inner>,
    /// Only ever set while `inner` is held.
    ended: AtomicBool,
}

#[derive(Debug)]
struct Inner {
    file: File,
    waiting: u64,
}

pub(super) fn path(dir: &Path, run: Uuid) -> PathBuf {
    dir.join("open").join(format!("{run}.jsonl"))
}

impl Spool {
    pub(super) fn create(dir: &Path, run: Uuid) -> Result<Self> {
        let path = path(dir, run);
        let said = |cause: std::io::Error| RecordError::io(&path, "make", &cause);
        let (file, metadata) = loop {
            let file = make(&path, dir).map_err(said)?;
            file.lock().map_err(said)?;
            let metadata = file.metadata().map_err(said)?;
            // Until it was locked, another process could take it for a stray and remove it.
            if metadata.nlink() > 0 {
                break (file, metadata);
            }
        };
        let place = Place::new(&path, &metadata);
        let inner = Mutex::new(Inner { file, waiting: 0 });
        Ok(Self { path, place, inner, ended: AtomicBool::new(false) })
    }

    /// Keeps `pending` and then does `send` with it, in the same order for all threads; gives
    /// whether it did, which it does not once the run has ended.
    pub(super) fn keep(&self, pending: Pending, send: impl FnOnce(Pending)) -> Result<bool> {
        let mut inner = self.lock();
        if self.has_ended() {
            return Ok(false);
        }
        inner
            .file
            .write_all(&pending.to_line())
            .map_err(|cause| RecordError::io(&self.path, "write", &cause))?;
        inner.waiting += 1;
        send(pending);
        Ok(true)
    }

    /// Does `send`, which ends the run, and keeps nothing more from then on; gives whether it did,
    /// which it does only once.
    pub(super) fn close(&self, send: impl FnOnce()) -> bool {
        let _inner = self.lock();
        if self.ended.swap(true, Ordering::AcqRel) {
            return false;
        }
        send();
        true
    }

    /// Whether nothing is kept any more.
    pub(super) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    /// Looks whether it is where the next process will look for it, if it is still needed.
    pub(super) fn look(&self) -> Result<()> {
        if self.has_ended() { Ok(()) } else { self.place.look() }
    }

    /// One of the entries kept is in the database.
    pub(super) fn committed(&self) {
        let mut inner = self.lock();
        inner.waiting = inner.waiting.saturating_sub(1);
        if inner.waiting == 0 {
            // If this fails, what stays is found again by its id and not taken twice.
            drop(inner.file.set_len(0));
        }
    }

    /// The run is over: there is nothing left to find.
    pub(super) fn remove(&self) {
        let _inner = self.lock();
        self.ended.store(true, Ordering::Release);
        drop(fs::remove_file(&self.path));
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn make(path: &Path, dir: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create_new(true);
    match options.open(path) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
            // A store that was removed since it was opened is not made again.
            make_folder(&dir.join("open"))?;
            options.open(path)
        }
        other => other,
    }
}

/// Removes the spools of processes that died before their run was in the log, or after its end was:
/// those of which `is_open` says no and which no process holds.
pub(super) fn remove_strays<E>(
    dir: &Path,
    is_open: impl Fn(Uuid) -> std::result::Result<bool, E>,
) -> std::result::Result<(), E> {
    // There is none where nothing can be looked at.
    let Ok(entries) = fs::read_dir(dir.join("open")) else { return Ok(()) };
    for path in entries.flatten().map(|entry| entry.path()) {
        let run = path.file_stem().and_then(|it| it.to_str()?.parse().ok());
        let (Some(run), Ok(file)) = (run, File::open(&path)) else { continue };
        // Asked with the lock in hand: whoever has just let go of it may have begun the run.
        if file.try_lock().is_ok() && !is_open(run)? {
            drop(fs::remove_file(&path));
        }
    }
    Ok(())
}

/// A run that a process writes to the log in `dir`, or looks after; `None` if there is none.
pub(super) fn in_use(dir: &Path) -> Result<Option<Uuid>> {
    let folder = dir.join("open");
    let said = |cause: io::Error| RecordError::io(&folder, "read", &cause);
    let entries = match fs::read_dir(&folder) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
        entries => entries.map_err(said)?,
    };
    for entry in entries {
        let path = entry.map_err(said)?.path();
        let run = path.file_stem().and_then(|it| it.to_str()?.parse().ok());
        // One that is gone meanwhile has ended.
        let (Some(run), Ok(file)) = (run, File::open(&path)) else { continue };
        if let Err(TryLockError::WouldBlock) = file.try_lock_shared() {
            return Ok(Some(run));
        }
    }
    Ok(None)
}

/// What the process of a run left behind. Holds the lock, so that two processes do not take over
/// at once.
#[derive(Debug)]
pub(super) struct Left {
    path: PathBuf,
    file: File,
}

/// Takes over the spool of `run`, which is made if somebody has deleted it; `None` if another
/// process holds it: the run's own, its guard, or one that is taking over too.
pub(super) fn take_over(dir: &Path, run: Uuid) -> Result<Option<Left>> {
    let path = path(dir, run);
    let said = |what, cause: std::io::Error| RecordError::io(&path, what, &cause);
    make_folder(&dir.join("open")).map_err(|cause| said("make the folder of", cause))?;
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let file = options.open(&path).map_err(|cause| said("open", cause))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Left { path, file })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(cause)) => Err(said("lock", cause)),
    }
}

/// Makes the folder `path` if there is none, and none around it.
pub(super) fn make_folder(path: &Path) -> std::io::Result<()> {
    match fs::create_dir(path) {
        Err(cause) if cause.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}

impl Left {
    /// The entries that were handed over, in order; what was cut off in the middle of writing had
    /// not been handed over.
    pub(super) fn entries(&mut self) -> Result<Vec<Pending>> {
        let mut bytes = Vec::new();
        self.file.read_to_end(&mut bytes).map_err(|it| RecordError::io(&self.path, "read", &it))?;
        let mut seen = HashSet::new();
        let lines = bytes.split(|byte| *byte == b'\n').filter_map(Pending::from_line);
        Ok(lines.filter(|it| seen.insert(it.id)).collect())
    }

    pub(super) fn remove(self) {
        drop(fs::remove_file(&self.path));
    }
}

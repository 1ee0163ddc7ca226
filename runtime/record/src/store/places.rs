//! Whether what is written to is still where others look for it.
//!
//! A file whose name was removed can be written to as before, and everything in it is gone once it
//! is closed. Nobody says so: SQLite commits to it, and the kernel keeps it.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use super::spool::Spool;
use crate::error::{RecordError, Result};

/// A file and the name that it is found by.
#[derive(Debug)]
pub(super) struct Place {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl Place {
    /// The file at `path`, of which `about` is known.
    pub(super) fn new(path: &Path, about: &Metadata) -> Self {
        Self { path: path.to_owned(), device: about.dev(), inode: about.ino() }
    }

    /// Whatever is at `path` now.
    fn now(path: &Path) -> Result<Self> {
        Ok(Self::new(path, &look_at(path)?))
    }

    /// One call of the kernel's.
    pub(super) fn look(&self) -> Result<()> {
        let there = look_at(&self.path)?;
        let same = (there.dev(), there.ino()) == (self.device, self.inode);
        if same { Ok(()) } else { Err(removed(&self.path)) }
    }
}

fn look_at(path: &Path) -> Result<Metadata> {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    fs::metadata(path).map_err(|cause| match cause.kind() {
        NotFound | NotADirectory => removed(path),
        _ => RecordError::io(path, "look at", &cause),
    })
}

pub(super) fn removed(path: &Path) -> RecordError {
    RecordError::new(format!(
        "record `{}` was removed or replaced while it was written to",
        path.display()
    ))
    .with_hint("leave the store where it is while a run goes on; what it held may be lost")
}

/// Every file that the runs of a store are written to.
#[derive(Debug)]
pub(super) struct Places {
    database: Place,
    /// SQLite's write-ahead log, which holds what was committed last. Known from the first commit
    /// on: from then on this connection keeps others from removing it.
    wal: OnceLock<Place>,
    spools: Mutex<Vec<Weak<Spool>>>,
}

impl Places {
    /// Those of the database that was just opened at `path`.
    pub(super) fn of(path: &Path) -> Result<Self> {
        Ok(Self { database: Place::now(path)?, wal: OnceLock::new(), spools: Mutex::default() })
    }

    /// A run has begun.
    pub(super) fn add(&self, spool: &Arc<Spool>) {
        self.spools().push(Arc::downgrade(spool));
    }

    /// Whether a run goes on.
    pub(super) fn are_in_use(&self) -> bool {
        let mut spools = self.spools();
        spools.retain(|it| it.upgrade().is_some_and(|spool| !spool.has_ended()));
        !spools.is_empty()
    }

    /// Something was committed: there is a write-ahead log.
    pub(super) fn committed(&self) -> Result<()> {
        if self.wal.get().is_none() {
            let mut path = OsString::from(&self.database.path);
            path.push("-wal");
            let _ = self.wal.set(Place::now(Path::new(&path))?);
        }
        Ok(())
    }

    /// Looks whether all of them still are where they were: a call of the kernel's for each.
    ///
    /// # Errors
    ///
    /// One of them is not, or cannot be looked at.
    pub(super) fn look(&self) -> Result<()> {
        self.database.look()?;
        self.wal.get().map_or(Ok(()), Place::look)?;
        let spools: Vec<_> = self.spools().iter().filter_map(Weak::upgrade).collect();
        spools.iter().try_for_each(|spool| spool.look())
    }

    fn spools(&self) -> MutexGuard<'_, Vec<Weak<Spool>>> {
        self.spools.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

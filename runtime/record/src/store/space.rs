//! Whether a disk has room for a record before a run begins.

use std::path::{Path, PathBuf};

use crate::error::{RecordError, Result};
use crate::size::size;

/// How many bytes have to be free before a run begins: several hundred thousand measurements, so
/// that a disk does not fill up in the middle of an ordinary run.
pub const RESERVE: u64 = 32 << 20;

/// How many files have to be free before a run begins: the database has three, a run has one of
/// its own while it lasts, and one for each attachment.
pub const RESERVED_FILES: u64 = 16;

/// What a file system has left for a user without privileges.
#[derive(Clone, Copy, Debug)]
pub(super) struct Free {
    pub(super) bytes: u64,
    /// `None` where the file system does not count files.
    pub(super) files: Option<u64>,
}

pub(super) fn look(dir: &Path) -> Result<()> {
    let Some(there) = existing(dir) else { return Ok(()) };
    match free(&there) {
        Some(free) => enough(free, dir),
        None => Ok(()),
    }
}

/// The nearest folder that exists already, of `dir` and those above it.
pub(super) fn existing(dir: &Path) -> Option<PathBuf> {
    let dir = std::path::absolute(dir).ok()?;
    dir.ancestors().find(|it| it.exists()).map(Path::to_owned)
}

/// `None` if the file system does not say: `/proc`, for one, has no blocks at all.
pub(super) fn free(path: &Path) -> Option<Free> {
    let it = rustix::fs::statvfs(path).ok().filter(|it| it.f_blocks > 0)?;
    let files = (it.f_files > 0).then_some(it.f_favail);
    Some(Free { bytes: it.f_bavail.saturating_mul(it.f_frsize), files })
}

fn enough(free: Free, dir: &Path) -> Result<()> {
    let (short, needed) = match free {
        Free { bytes, .. } if bytes < RESERVE => (size(bytes), size(RESERVE)),
        Free { files: Some(files), .. } if files < RESERVED_FILES => {
            (format!("{files} files"), RESERVED_FILES.to_string())
        }
        _ => return Ok(()),
    };
    Err(RecordError::new(format!(
        "the disk of the store `{}` has {short} free; a run needs {needed}",
        dir.display()
    ))
    .with_hint("free some space there, or name a store on another disk with `--store`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(bytes: u64, files: Option<u64>) -> Option<String> {
        enough(Free { bytes, files }, Path::new("/data/store")).err().map(|it| it.to_string())
    }

    #[test]
    fn a_disk_with_the_reserve_has_room_and_one_with_less_says_how_much() {
        assert_eq!(said(RESERVE, Some(RESERVED_FILES)), None);
        assert_eq!(
            said(RESERVE - 1, None).unwrap(),
            "the disk of the store `/data/store` has 31.9 MiB free; a run needs 32.0 MiB"
        );
        assert!(said(0, Some(0)).unwrap().contains("has 0 B free"));
    }

    #[test]
    fn a_disk_that_can_hold_no_more_files_has_no_room_however_large_it_is() {
        assert_eq!(
            said(u64::MAX, Some(RESERVED_FILES - 1)).unwrap(),
            "the disk of the store `/data/store` has 15 files free; a run needs 16"
        );
        assert_eq!(said(u64::MAX, None), None, "not every file system counts them");
    }

    #[test]
    fn a_store_that_is_not_there_yet_is_looked_for_above() {
        let dir = tempfile::tempdir().unwrap();
        let store = dir.path().join("not/there/yet");
        assert_eq!(existing(&store).as_deref(), Some(dir.path()));
        assert!(free(dir.path()).unwrap().bytes > 0);
        assert!(!store.exists() && !dir.path().join("not").exists());
    }

    #[test]
    fn a_file_system_that_does_not_say_is_left_to_the_opening_of_the_store() {
        assert_eq!(look(Path::new("/proc/nowhere")), Ok(()));
    }
}

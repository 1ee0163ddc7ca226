//! Whether this user may write to a store, asked before anything is opened.

use std::path::{Path, PathBuf};

use rustix::fs::{Access, AtFlags, CWD, accessat};
use rustix::io::Errno;

use super::database::FILE;
use super::reading::wal;
use super::space::existing;
use crate::error::{RecordError, Result};

/// What a run writes to below a store's folder, besides the database.
const FOLDERS: [&str; 2] = ["open", "attachments"];

/// Whether everything below `dir` that a run writes to, or the folder that `dir` is to be made in,
/// may be written to. What is not there yet, or is not what it should be, is left to the opening.
pub(super) fn look(dir: &Path) -> Result<()> {
    let Some(folder) = existing(dir).filter(|it| it.is_dir()) else { return Ok(()) };
    let folder = if dir.exists() { dir.to_owned() } else { folder };
    let database = dir.join(FILE);
    let files = [wal(&database), database].into_iter();
    let folders = FOLDERS.map(|name| dir.join(name)).into_iter();
    let there = files.chain(folders).filter(|it| it.exists());
    [folder].into_iter().chain(there).try_for_each(|path| may_write(&path, dir))
}

fn may_write(path: &PathBuf, dir: &Path) -> Result<()> {
    let wants = match path.is_dir() {
        true => Access::WRITE_OK | Access::EXEC_OK,
        false => Access::WRITE_OK,
    };
    let why = match accessat(CWD, path, wants, AtFlags::EACCESS) {
        Err(Errno::ROFS) => "its file system is read-only",
        Err(Errno::ACCESS | Errno::PERM) => "this user may not write there",
        _ => return Ok(()),
    };
    let at = if path == dir { String::new() } else { format!(" (`{}`)", path.display()) };
    Err(RecordError::refused(format!("the store `{}` can only be read: {why}{at}", dir.display()))
        .with_hint("name a store that may be written with `--store`; this one can still be read"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_store_of_ones_own_may_be_written_and_so_may_one_that_is_not_there_yet() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(look(dir.path()), Ok(()));
        assert_eq!(look(&dir.path().join("not/there/yet")), Ok(()));
        // That is no folder: opening it says so.
        fs::write(dir.path().join("file"), []).unwrap();
        assert_eq!(look(&dir.path().join("file")), Ok(()));
    }
}

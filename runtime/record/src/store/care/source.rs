//! A log as it is at one moment, to be copied.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::backup::{Copied, Key, KeyIs, Progress};
use super::covered::{self, Covered};
use super::files;
use crate::error::{RecordError, Result};
use crate::proof::{Ed25519, SIMULATION, create_key};
use crate::store::database::{self, sync_folder};
use crate::store::seal::Seal;
use crate::store::tree::Tree;

/// How many pages are copied before somebody is told.
const STEP: i32 = 256;

/// A log at the moment at which it was opened.
pub(super) struct Source {
    pub(super) folder: PathBuf,
    path: PathBuf,
    /// It has begun to read: whatever is committed from then on, it does not see.
    connection: Connection,
    /// The size of its database in bytes.
    size: u64,
    /// The files that its entries name; none of them goes while this exists.
    files: files::Held,
    key: KeyIs,
    /// The one to copy.
    private: Option<Ed25519>,
}

impl Source {
    /// `None` if nothing was recorded in the log in `folder`.
    pub(super) fn open(folder: PathBuf, key: Key) -> Result<Option<Self>> {
        let Some((connection, path)) = database::open_to_read(&folder)? else { return Ok(None) };
        let said = |cause: rusqlite::Error| RecordError::sqlite(&path, &cause);
        // Before the moment: what is named at it is then there for good.
        let held = files::hold(&folder)?;
        connection.execute_batch("BEGIN").map_err(said)?;
        let number = |query: &str| connection.query_row(query, [], |row| row.get::<_, u64>(0));
        let pages = number("PRAGMA page_count").map_err(said)?;
        let size = pages * number("PRAGMA page_size").map_err(said)?;
        let public = Tree::load(&connection).map_err(|failure| failure.told(&path))?.key;
        let (key, private) = match (key, public) {
            (_, Some(public)) if public.contains(SIMULATION) => (KeyIs::Published, None),
            (Key::Copied, Some(public)) => (KeyIs::Copied, Some(Seal::of(&folder).copy(&public)?)),
            (Key::Left, _) | (_, None) => (KeyIs::Left, None),
        };
        let files = held.naming(&connection, &path)?;
        Ok(Some(Self { folder, path, connection, size, files, key, private }))
    }

    /// How many bytes a copy takes, whose files can be linked or have to be copied.
    pub(super) fn needs(&self, linked: bool) -> u64 {
        self.size + if linked { 0 } else { self.files.bytes() }
    }

    /// Copies it to the folder `to`, which is made.
    pub(super) fn copy(&self, to: &Path, progress: &mut dyn FnMut(Progress)) -> Result<Copied> {
        fs::create_dir_all(to).map_err(|cause| RecordError::io(to, "make", &cause))?;
        self.copy_pages(to, progress)?;
        let (attachments, mut wrong) = self.files.copy(to, progress)?;
        progress(Progress::Checking);
        let covered = self.look(to).unwrap_or_else(|failure| {
            wrong.insert(0, failure.message().to_owned());
            Covered::default()
        });
        let database = fs::metadata(to.join(database::FILE)).map_or(0, |it| it.len());
        if let Some(key) = &self.private {
            create_key(&to.join("key"), key)?;
        }
        sync_folder(to)?;
        let (folder, key) = (to.to_owned(), self.key);
        Ok(Copied { folder, covered, database, attachments, key, wrong })
    }

    fn copy_pages(&self, to: &Path, progress: &mut dyn FnMut(Progress)) -> Result<()> {
        let (mut copy, path, _) = database::open(to)?;
        let said = |cause: rusqlite::Error| match cause.sqlite_error_code() {
            // Of the two, only the copy is written to.
            Some(rusqlite::ErrorCode::DiskFull) => RecordError::sqlite(&path, &cause),
            _ => RecordError::sqlite(&self.path, &cause),
        };
        // All of it is one commit, which a write-ahead log would hold once more.
        copy.pragma_update(None, "journal_mode", "DELETE").map_err(said)?;
        let backup = Backup::new(&self.connection, &mut copy).map_err(said)?;
        loop {
            let step = backup.step(STEP).map_err(said)?;
            let at = backup.progress();
            let [left, all] = [at.remaining, at.pagecount].map(|it| u64::try_from(it).unwrap_or(0));
            progress(Progress::Pages(all - left, all));
            match step {
                StepResult::Done => return Ok(()),
                StepResult::More => {}
                // Nobody else knows of the copy, and reading waits for nobody.
                _ => return Err(RecordError::new(format!("`{}` is locked", path.display()))),
            }
        }
    }
    /// Holds the copy in `folder` against its last checkpoint. What is wrong there is wrong here.
    fn look(&self, folder: &Path) -> Result<Covered> {
        // For writing, so that no file stays beside the database.
        let (connection, _, _) = database::open(folder)?;
        covered::look(&connection, &self.path)
    }
}

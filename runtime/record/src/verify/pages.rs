//! Every byte of the database file, in its order: the checksum of each page, and where it ends.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::finding::{About, Findings};
use super::wal::Wal;
use crate::error::RecordError;
use crate::store::page::{self, HEAD, PAGE};
use crate::store::shim::{file_size, read_file};

/// How many pages are read at once.
const CHUNK: u32 = 256;
/// How often a page is read again before it is believed not to hold.
const READS: usize = 3;

/// The database file, opened by SQLite and read past it.
pub(super) struct DatabaseFile {
    path: PathBuf,
    connection: Connection,
}

/// What the file was found to be.
#[derive(Default)]
pub(super) struct Pages {
    pub(super) found: Findings,
    /// What could not be seen, a sentence each.
    pub(super) unseen: Vec<String>,
}

impl DatabaseFile {
    /// The one at `path`; `None` if there is none.
    ///
    /// # Errors
    ///
    /// It cannot be opened.
    pub(super) fn open(path: &Path) -> Result<Option<Self>, RecordError> {
        if !path.exists() {
            return Ok(None);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)
            .map_err(|cause| RecordError::sqlite(path, &cause))?;
        Ok(Some(Self { path: path.to_owned(), connection }))
    }

    /// How many frames of the write-ahead log are in it for good; none if nobody can say, because
    /// whoever opens the database for writing then begins with none.
    pub(super) fn backfilled(&self) -> u64 {
        let asked = "PRAGMA wal_checkpoint(NOOP)";
        self.connection.query_row(asked, [], |row| row.get(2)).unwrap_or(0)
    }

    /// Looks at all of it; beside it, `wal` was found.
    pub(super) fn look(&self, wal: &Wal) -> Pages {
        let mut pages = Pages::default();
        if let Err(cause) = pages.all(&self.connection, wal) {
            pages.add(RecordError::sqlite(&self.path, &cause).message().to_owned());
        }
        pages
    }
}

impl Pages {
    fn all(&mut self, file: &Connection, wal: &Wal) -> rusqlite::Result<()> {
        let length = file_size(file)?;
        let (count, rest) = (length / PAGE as u64, length % PAGE as u64);
        if length >= HEAD as u64 {
            let mut head = [0; HEAD];
            read_file(file, 0, &mut head)?;
            if !page::end_with_checksums(&head) {
                // Somebody else's; whoever opens it says so.
                return Ok(());
            }
        }
        let first = self.each(file, u32::try_from(count).unwrap_or(u32::MAX), wal)?;
        if rest > 0 {
            self.add(format!("{rest} bytes stand behind the last of {count} whole pages"));
        }
        self.ends(count, first, wal);
        Ok(())
    }

    /// Looks at the first `count` pages; gives how many the first one says there are, if it holds.
    fn each(&mut self, file: &Connection, count: u32, wal: &Wal) -> rusqlite::Result<Option<u32>> {
        let (mut said, mut bad, mut replaced) = (None, Runs::default(), Runs::default());
        let mut chunk = vec![[0; PAGE]; CHUNK as usize];
        for before in (0..count).step_by(CHUNK as usize) {
            chunk.truncate((count - before) as usize);
            read_file(file, u64::from(before) * PAGE as u64, chunk.as_flattened_mut())?;
            for (number, page) in (before + 1..).zip(&mut chunk) {
                if holds(file, number, page)? {
                    if number == 1 {
                        said = page[28..32].try_into().ok().map(u32::from_be_bytes);
                    }
                } else if !wal.pages.contains_key(&number) {
                    bad.add(number);
                } else if *page != [0; PAGE] {
                    // Zeroes are what stands there until it is written for the first time.
                    replaced.add(number);
                }
            }
        }
        for pages in bad.0 {
            self.add(match pages {
                (from, to) if from == to => format!("page {from} is not as Pogo wrote it"),
                (from, to) => format!("the pages {from} to {to} are not as Pogo wrote them"),
            });
        }
        for (from, to) in replaced.0 {
            let pages =
                if from == to { format!("page {from}") } else { format!("pages {from} to {to}") };
            self.unseen.push(format!(
                "{pages} of the file: damaged, as a power cut can leave it, but whole in the \
                 write-ahead log, from which the next run writes it again"
            ));
        }
        Ok(said)
    }

    /// Holds the number of pages that are there against the number that has to be.
    fn ends(&mut self, count: u64, said: Option<u32>, wal: &Wal) {
        match wal.size.filter(|_| !wal.pages.is_empty()) {
            None => {
                if let Some(said) = said
                    && u64::from(said) != count
                {
                    self.add(format!("the file has {count} pages, and its first says {said}"));
                }
            }
            // The rest is in the write-ahead log.
            Some(size) => {
                let is_there = |it: &u32| u64::from(*it) <= count || wal.pages.contains_key(it);
                if let Some(missing) = (1..=size).find(|it| !is_there(it)) {
                    self.add(format!("page {missing} of {size} is missing"));
                }
                let most = u64::from(size.max(said.unwrap_or(0)));
                if count > most {
                    self.add(format!("the file has {count} pages, {most} belong to it"));
                }
            }
        }
    }

    fn add(&mut self, what: String) {
        self.found.add(About::Database, None, what);
    }
}

/// Whether a page holds; it is read once more in case somebody was just writing it.
fn holds(file: &Connection, number: u32, page: &mut [u8; PAGE]) -> rusqlite::Result<bool> {
    for _ in 0..READS {
        if page::holds(number, page) {
            return Ok(true);
        }
        read_file(file, u64::from(number - 1) * PAGE as u64, page)?;
    }
    Ok(page::holds(number, page))
}

/// Pages that follow each other, as the first and the last of them.
#[derive(Default)]
struct Runs(Vec<(u32, u32)>);

impl Runs {
    /// Adds a page that is behind all others.
    fn add(&mut self, number: u32) {
        match self.0.last_mut() {
            Some((_, to)) if *to + 1 == number => *to = number,
            _ => self.0.push((number, number)),
        }
    }
}

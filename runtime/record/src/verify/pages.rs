//! Every byte of the database file, in its order: the checksum of each page, and where it ends.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::finding::{About, Findings};
use super::wal::Wal;
use crate::store::page::{self, HEAD, PAGE};

/// How much is read at once.
const CHUNK: usize = 1 << 20;
/// How often a page is read again before it is believed not to hold.
const READS: usize = 3;

/// What the file was found to be.
#[derive(Default)]
pub(super) struct Pages {
    pub(super) found: Findings,
    /// What could not be seen, a sentence each.
    pub(super) unseen: Vec<String>,
}

/// Looks at the database file `path`, beside which `wal` was found.
pub(super) fn look(path: &Path, wal: &Wal) -> Pages {
    let mut pages = Pages::default();
    match File::open(path) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
        Err(cause) => pages.add(format!("the database cannot be opened: {cause}")),
        Ok(file) => {
            if let Err(cause) = pages.all(&file, wal) {
                pages.add(format!("the database cannot be read: {cause}"));
            }
        }
    }
    pages
}

impl Pages {
    fn all(&mut self, file: &File, wal: &Wal) -> io::Result<()> {
        let length = file.metadata()?.len();
        let mut head = [0; HEAD];
        if length < HEAD as u64 {
            // Nobody has got as far as a first page.
            return Ok(());
        }
        file.read_exact_at(&mut head, 0)?;
        if !page::end_with_checksums(&head) {
            // Somebody else's; whoever opens it says so.
            return Ok(());
        }
        let (count, rest) = (length / PAGE as u64, length % PAGE as u64);
        let first = self.each(file, u32::try_from(count).unwrap_or(u32::MAX), wal)?;
        if rest > 0 {
            self.add(format!("{rest} bytes stand behind the last of {count} whole pages"));
        }
        self.ends(count, first, wal);
        Ok(())
    }

    /// Looks at the first `count` pages; gives how many the first one says there are, if it holds.
    fn each(&mut self, file: &File, count: u32, wal: &Wal) -> io::Result<Option<u32>> {
        let mut reader = BufReader::with_capacity(CHUNK, file);
        let (mut said, mut bad, mut replaced) = (None, Runs::default(), Runs::default());
        let mut page = [0; PAGE];
        for number in 1..=count {
            reader.read_exact(&mut page)?;
            if Self::holds(file, number, &mut page)? {
                if number == 1 {
                    said = page[28..32].try_into().ok().map(u32::from_be_bytes);
                }
            } else if wal.pages.contains_key(&number) {
                // Zeroes are what stands there until it is written for the first time.
                if page != [0; PAGE] {
                    replaced.add(number);
                }
            } else {
                bad.add(number);
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

    /// Whether a page holds; it is read once more in case somebody was just writing it.
    fn holds(file: &File, number: u32, page: &mut [u8; PAGE]) -> io::Result<bool> {
        for _ in 0..READS {
            if page::holds(number, page) {
                return Ok(true);
            }
            file.read_exact_at(page, u64::from(number - 1) * PAGE as u64)?;
        }
        Ok(page::holds(number, page))
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

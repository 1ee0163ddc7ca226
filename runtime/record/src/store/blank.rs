//! A database of ours before its first entry: its tables, and nothing in them.
//!
//! Its pages are made in memory, which needs no disk and can be done while there is no store yet,
//! and written as they are. SQLite itself would write a new database page by page through a
//! journal, and wait for the disk four times.

use std::ffi::c_int;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::sync::Mutex;

use rusqlite::{Connection, DEFAULT_NAME, FileControl};

use super::database::create_tables;
use super::page::{self, PAGE};
use crate::error::{RecordError, Result};

/// What a new database is called until it is whole.
const ASIDE: &str = "record.db.new";

/// Where the head says that writes go through a log of their own: once for those who write, once
/// for those who read.
///
/// Source: SQLite, "Database File Format", 1.3.3.
const WRITE_AHEAD: std::ops::RangeInclusive<usize> = 18..=19;

static PAGES: Mutex<Option<Vec<u8>>> = Mutex::new(None);

/// Makes the pages of a new store ahead of its opening, which takes half a millisecond: a program
/// that has something else to do first can have it done on another thread meanwhile.
pub fn warm_up() {
    // What goes wrong here goes wrong again where it is told.
    if let (Ok(mut ready), Ok(made)) = (PAGES.lock(), pages()) {
        *ready = Some(made);
    }
}

/// Makes a database at `path` in the folder `dir`: aside first, so that at its own name it is whole
/// and on the disk, or not there. Nobody else may be doing so; the folder is still to be synced.
pub(super) fn make(dir: &Path, path: &Path) -> Result<()> {
    let aside = dir.join(ASIDE);
    let failed = |cause: std::io::Error| RecordError::io(&aside, "make", &cause);
    let ready = PAGES.lock().ok().and_then(|mut ready| ready.take());
    let pages = ready.map_or_else(pages, Ok);
    let pages = pages.map_err(|cause| RecordError::sqlite(path, &cause))?;
    // Of a process that has died over it.
    match fs::remove_file(&aside) {
        Err(cause) if cause.kind() != ErrorKind::NotFound => return Err(failed(cause)),
        _ => {}
    }
    let mut file = File::create_new(&aside).map_err(failed)?;
    file.write_all(&pages).and_then(|()| file.sync_all()).map_err(failed)?;
    fs::rename(&aside, path).map_err(failed)
}

fn pages() -> rusqlite::Result<Vec<u8>> {
    let mut connection = Connection::open_in_memory()?;
    connection.pragma_update(None, "page_size", PAGE)?;
    let mut room = page::CHECKSUM as c_int;
    connection.file_control(DEFAULT_NAME, FileControl::ReserveBytes(&mut room))?;
    let transaction = connection.transaction()?;
    create_tables(&transaction)?;
    transaction.commit()?;
    let mut pages = connection.serialize("main")?.to_vec();
    pages[WRITE_AHEAD].fill(2);
    for (page, number) in pages.as_chunks_mut().0.iter_mut().zip(1..) {
        page::complete(number, page);
    }
    Ok(pages)
}

//! Changing a store through SQL.

use std::path::Path;

use pogo_record::Store;
use rusqlite::{Connection, OpenFlags};

/// A connection to the log below `dir` that gives pages the checksums that Pogo gives them: what
/// is changed by it shows in what it says, and not in the pages that it wrote.
///
/// # Panics
///
/// There is no log.
pub fn writes_as_pogo(dir: &Path) -> Connection {
    // Makes the way that it is opened known to SQLite.
    drop(Store::reader(dir).expect("a log"));
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
    Connection::open_with_flags_and_vfs(dir.join("record.db"), flags, c"pogo").expect("a database")
}

//! Opening a database where nothing may be written: a read-only mount, a folder of somebody else's,
//! a disk on which not another byte fits.
//!
//! SQLite keeps two files beside a database in WAL mode, and makes them even for reading. Where it
//! cannot, and no write-ahead log waits there, the database file is all there is, and can be read
//! as it is: that takes no locks, so it holds for as long as nobody writes to it.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};

use crate::error::{RecordError, Result};

/// What makes a connection to the database at a path, as the flags say.
pub(super) type Connect = fn(&Path, OpenFlags) -> rusqlite::Result<Connection>;

/// Opens the database at `path` for reading by `connect`, and reads from it.
///
/// # Errors
///
/// What SQLite says, or that entries wait in a write-ahead log that cannot be read where it is.
pub(super) fn open(path: &Path, connect: Connect) -> Result<Connection> {
    let said = |cause: rusqlite::Error| RecordError::sqlite(path, &cause);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = connect(path, flags).map_err(said)?;
    let Err(cause) = connection.query_row("PRAGMA schema_version", [], |_| Ok(())) else {
        return Ok(connection);
    };
    if !lacks_its_files(&cause) {
        return Err(said(cause));
    }
    if fs::metadata(wal(path)).is_ok_and(|it| it.len() > 0) {
        let text = "what was recorded last waits in its write-ahead log, which cannot be read here";
        return Err(RecordError::new(format!("record `{}`: {text}", path.display()))
            .with_hint("copy the whole folder to where you may write, and read it there"));
    }
    connect(Path::new(&immutable(path)), flags | OpenFlags::SQLITE_OPEN_URI).map_err(said)
}

/// Whether this is what SQLite says where it cannot make the files beside a database.
fn lacks_its_files(cause: &rusqlite::Error) -> bool {
    use ErrorCode::{CannotOpen, DiskFull, PermissionDenied, ReadOnly, SystemIoFailure};
    let Some(error) = cause.sqlite_error() else { return false };
    match error.code {
        CannotOpen | DiskFull | PermissionDenied | ReadOnly => true,
        SystemIoFailure => SHARED_MEMORY.contains(&error.extended_code),
        _ => false,
    }
}

/// What goes wrong with the shared memory beside a database: one of its files.
const SHARED_MEMORY: [i32; 4] = [
    ffi::SQLITE_IOERR_SHMOPEN,
    ffi::SQLITE_IOERR_SHMSIZE,
    ffi::SQLITE_IOERR_SHMLOCK,
    ffi::SQLITE_IOERR_SHMMAP,
];

/// The write-ahead log of the database at `path`.
pub(crate) fn wal(path: &Path) -> PathBuf {
    let mut wal = OsString::from(path);
    wal.push("-wal");
    wal.into()
}

/// The database as a file that nobody changes.
///
/// Source: SQLite, "Uniform Resource Identifiers", sections 3.1 and 3.3.
fn immutable(path: &Path) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte);
    let escaped = path.as_os_str().as_bytes().iter().map(|&byte| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    });
    format!("file:{}?immutable=1", escaped.collect::<String>())
}

#[cfg(test)]
mod tests {
    use tempfile::tempdir;

    use super::*;
    use crate::store::database::connect;

    /// A database in WAL mode with one row, closed; beside it nothing can be made.
    fn closed(name: &str) -> (tempfile::TempDir, PathBuf) {
        let dir = tempdir().unwrap();
        let path = dir.path().join(name);
        let connection = Connection::open(&path).unwrap();
        connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).unwrap();
        connection.execute_batch("CREATE TABLE it(n); INSERT INTO it VALUES (7)").unwrap();
        drop(connection);
        let mut shared = OsString::from(&path);
        shared.push("-shm");
        // SQLite follows no link there.
        std::os::unix::fs::symlink("nowhere", shared).unwrap();
        (dir, path)
    }

    fn seven(connection: &Connection) -> i64 {
        connection.query_row("SELECT n FROM it", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_database_is_read_where_nothing_can_be_made_beside_it() {
        // What a name may hold that means something else in a URI.
        for name in ["record.db", "a%20b?c#d&e ü.db"] {
            let (_dir, path) = closed(name);
            assert_eq!(seven(&open(&path, connect).unwrap()), 7, "{name}");
        }
    }

    #[test]
    fn entries_that_wait_in_a_write_ahead_log_are_never_left_out() {
        let (_dir, path) = closed("record.db");
        fs::write(wal(&path), [0; 32]).unwrap();
        let error = open(&path, connect).unwrap_err();
        assert!(error.message().ends_with("which cannot be read here"), "{error}");
        assert!(error.hint().unwrap().starts_with("copy the whole folder"), "{error}");
        fs::write(wal(&path), []).unwrap();
        assert_eq!(seven(&open(&path, connect).unwrap()), 7, "nothing waits in it");
    }

    #[test]
    fn what_is_no_database_is_still_said_to_be_none() {
        let (_dir, path) = closed("record.db");
        fs::write(&path, "no database ".repeat(100)).unwrap();
        let error = open(&path, connect).unwrap_err();
        assert!(error.message().contains("not a database"), "{error}");
    }
}

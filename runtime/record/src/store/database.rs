//! The database file: its settings, its tables, and who may open it.

use std::ffi::c_int;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{
    Connection, DEFAULT_NAME, FileControl, OpenFlags, Transaction, TransactionBehavior,
};
use serde::{Deserialize, Serialize};

use super::places::removed;
use super::reading::{self, Connect};
use super::{blank, mention, page, shim, tree};

use crate::error::{RecordError, Result};

/// The log's file below the store's folder.
pub(crate) const FILE: &str = "record.db";

/// "POGO", so that a file says whose it is.
pub(super) const APPLICATION: i64 = 0x504F_474F;
/// The version of the tables, not of the entries in them.
pub(super) const TABLES: i64 = 3;
/// How long a commit waits for another process to finish its own.
const PATIENCE: Duration = Duration::from_secs(10);

/// The database's settings as it says they are in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// `wal`: readers never wait.
    pub journal_mode: String,
    /// 2: every commit is on the disk before it is acknowledged.
    pub synchronous: i64,
    /// Rows refer to rows that exist.
    pub foreign_keys: bool,
    /// How long a commit waits for another process, in milliseconds.
    pub busy_timeout_ms: i64,
}

/// An index table can be rebuilt from `entry`; `entry` only grows.
const SCHEMA: &str = "
CREATE TABLE entry(
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL,
    bytes BLOB NOT NULL, leaf BLOB NOT NULL
) STRICT;
CREATE TRIGGER entry_stays BEFORE UPDATE ON entry
BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
CREATE TRIGGER entry_remains BEFORE DELETE ON entry
BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
CREATE TRIGGER entry_follows BEFORE INSERT ON entry
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), -1) + 1 FROM entry)
    OR EXISTS (SELECT 1 FROM entry WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
CREATE TABLE outbox(
    seq INTEGER NOT NULL REFERENCES entry(seq), sink TEXT NOT NULL, state TEXT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0, next_at TEXT, PRIMARY KEY(seq, sink)
) STRICT, WITHOUT ROWID;
CREATE TABLE run(
    id TEXT PRIMARY KEY, started INTEGER NOT NULL REFERENCES entry(seq),
    ended INTEGER REFERENCES entry(seq), mode TEXT NOT NULL, plan TEXT NOT NULL, serial TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX run_of_unit ON run(serial, plan, mode);
CREATE INDEX run_open ON run(id) WHERE ended IS NULL;
CREATE TABLE boot(
    boot_id TEXT NOT NULL, pogo TEXT NOT NULL, seq INTEGER NOT NULL REFERENCES entry(seq),
    PRIMARY KEY(boot_id, pogo)
) STRICT, WITHOUT ROWID;
";

/// Opens the log below the folder `dir` for writing; makes it if there is none.
pub(super) fn open(dir: &Path) -> Result<(Connection, PathBuf, Settings)> {
    let path = dir.join(FILE);
    let said = |cause: rusqlite::Error| RecordError::sqlite(&path, &cause);
    if !path.exists() {
        let _lock = lock(dir)?;
        // Somebody may have come first.
        if !path.exists() {
            blank::make(dir, &path)?;
        }
    }
    let connection = connect(&path, MAKING).map_err(said)?;
    // Before anything is changed: it may be somebody else's.
    let filled = has_tables(&connection, &path)?;
    // SQLite falls back to reading where it may not write.
    if connection.is_readonly("main").map_err(said)? {
        return Err(RecordError::new(format!("record `{}`: may only be read", path.display()))
            .with_hint("make it writable, or name another store with `--store`"));
    }
    let mode: String =
        connection.query_row("PRAGMA journal_mode", [], |row| row.get(0)).map_err(said)?;
    if mode != "wal" {
        // SQLite does not wait for another process that changes the mode at the same moment.
        let _lock = lock(dir)?;
        write_ahead(&connection).map_err(said)?;
    }
    if !filled {
        fill(&connection, &path)?;
    }
    connection.pragma_update(None, "synchronous", "FULL").map_err(said)?;
    connection.pragma_update(None, "foreign_keys", true).map_err(said)?;
    let settings = read_back(&connection).map_err(said)?;
    in_force(&path, &settings)?;
    Ok((connection, path, settings))
}

/// Makes the tables in a database that was there and empty.
fn fill(connection: &Connection, path: &Path) -> Result<()> {
    let said = |cause: rusqlite::Error| RecordError::sqlite(path, &cause);
    let transaction =
        Transaction::new_unchecked(connection, TransactionBehavior::Immediate).map_err(said)?;
    // Somebody may have come first.
    if !has_tables(&transaction, path)? {
        create_tables(&transaction).map_err(said)?;
    }
    transaction.commit().map_err(said)
}

fn write_ahead(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))
}

/// Keeps other processes from making or changing the database file of `dir` while it is held.
fn lock(dir: &Path) -> Result<File> {
    let path = dir.join("record.lock");
    File::create(&path)
        .and_then(|file| file.lock().map(|()| file))
        .map_err(|cause| RecordError::io(&path, "lock", &cause))
}

/// A connection to the database `path`, made as `flags` say. Its pages are written with checksums,
/// and one that does not hold is not read. Whatever writes to a record, or a copy of one, is opened
/// like this.
pub(crate) fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags_and_vfs(path, flags | NO_MUTEX, shim::name()?)?;
    connection.busy_timeout(PATIENCE)?;
    if flags.contains(OpenFlags::SQLITE_OPEN_CREATE) {
        // For a database that is made now; another keeps what it has.
        let mut room = page::CHECKSUM as c_int;
        connection.file_control(DEFAULT_NAME, FileControl::ReserveBytes(&mut room))?;
    }
    Ok(connection)
}

/// How a database is opened that may have to be made, or is there and still empty.
const MAKING: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE.union(OpenFlags::SQLITE_OPEN_CREATE);

const NO_MUTEX: OpenFlags = OpenFlags::SQLITE_OPEN_NO_MUTEX;

/// Opens the log below `dir` for reading; `None` if nothing was ever recorded there.
pub(crate) fn open_to_read(dir: &Path) -> Result<Option<(Connection, PathBuf)>> {
    open_with(dir, connect)
}

/// As [`open_to_read`], and reads pages that do not hold too: whoever looks for what is wrong wants
/// to know what stands in them.
pub(crate) fn open_to_verify(dir: &Path) -> Result<Option<(Connection, PathBuf)>> {
    open_with(dir, |path, flags| {
        let connection = Connection::open_with_flags(path, flags | NO_MUTEX)?;
        connection.busy_timeout(PATIENCE).map(|()| connection)
    })
}

fn open_with(dir: &Path, connect: Connect) -> Result<Option<(Connection, PathBuf)>> {
    let path = dir.join(FILE);
    match fs::metadata(dir) {
        Ok(folder) if folder.is_dir() && !path.exists() => return Ok(None),
        Ok(_) => {}
        Err(cause) => return Err(RecordError::io(dir, "open the store", &cause)),
    }
    let connection = reading::open(&path, connect)?;
    let begun = has_tables(&connection, &path)? && has_begun(&connection, &path)?;
    Ok(begun.then_some((connection, path)))
}

/// Whether there is an entry, in a database that has tables.
pub(super) fn has_begun(connection: &Connection, path: &Path) -> Result<bool> {
    let query = "SELECT EXISTS (SELECT 1 FROM entry)";
    let read = connection.query_row(query, [], |row| row.get(0));
    read.map_err(|cause| RecordError::sqlite(path, &cause))
}

/// Whether there are tables of ours.
pub(super) fn has_tables(connection: &Connection, path: &Path) -> Result<bool> {
    // Each by itself: the same as table-valued functions takes ten times as long.
    let number = |query: &str| -> Result<i64> {
        let read = connection.query_row(query, [], |row| row.get(0));
        read.map_err(|cause| RecordError::sqlite(path, &cause))
    };
    // Tables come with their version, so whoever makes them meanwhile is not taken for a stranger.
    let objects = number("SELECT count(*) FROM sqlite_schema")?;
    let (application, version) = (number("PRAGMA application_id")?, number("PRAGMA user_version")?);
    let file = path.display();
    match (application, version) {
        (0, 0) if objects == 0 => Ok(false),
        (APPLICATION, TABLES) => Ok(true),
        (APPLICATION, 1..TABLES) => Err(RecordError::new(format!(
            "record `{file}`: from before the formats were frozen; no later Pogo reads it"
        ))
        .with_hint("read it with the Pogo that wrote it, and choose another store with `--store`")),
        (APPLICATION, newer) if newer > TABLES => Err(RecordError::new(format!(
            "record `{file}`: its tables are of version {newer}, this program knows {TABLES}"
        ))
        .with_hint("use the newer Pogo that wrote it, or choose another store")),
        _ => Err(RecordError::new(format!("record `{file}`: a database, but not a Pogo record"))
            .with_hint("choose another store with `--store`")),
    }
}

/// Makes the tables, inside a transaction.
pub(crate) fn create_tables(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(SCHEMA)?;
    connection.execute_batch(mention::SCHEMA)?;
    connection.execute_batch(tree::SCHEMA)?;
    connection.pragma_update(None, "application_id", APPLICATION)?;
    connection.pragma_update(None, "user_version", TABLES)
}

fn read_back(connection: &Connection) -> rusqlite::Result<Settings> {
    let number = |query: &str| connection.query_row(query, [], |row| row.get(0));
    Ok(Settings {
        journal_mode: connection.query_row("PRAGMA journal_mode", [], |row| row.get(0))?,
        synchronous: number("PRAGMA synchronous")?,
        foreign_keys: number("PRAGMA foreign_keys")? != 0,
        busy_timeout_ms: number("PRAGMA busy_timeout")?,
    })
}

fn in_force(path: &Path, settings: &Settings) -> Result<()> {
    let asked = Settings {
        journal_mode: "wal".into(),
        synchronous: 2,
        foreign_keys: true,
        busy_timeout_ms: i64::try_from(PATIENCE.as_millis()).unwrap_or(i64::MAX),
    };
    if *settings == asked {
        return Ok(());
    }
    Err(RecordError::new(format!(
        "record `{}`: the database does not keep its settings: {settings:?}, asked for {asked:?}",
        path.display()
    ))
    .with_hint("keep the store on a local disk; network folders cannot hold it"))
}

/// Folders that have to be synced: what is in them has a name that a power cut may still take away.
#[derive(Debug, Default)]
pub(super) struct Unsettled(Vec<PathBuf>);

impl Unsettled {
    /// Syncs them. Whoever acknowledges something that was written below them does this first; what
    /// has failed once must not be tried again, since the disk says so only once.
    pub(super) fn settle(&mut self) -> Result<()> {
        std::mem::take(&mut self.0).iter().try_for_each(|folder| {
            // It may be gone with the store since this one was opened, which is how that is said.
            sync_folder(folder)
                .map_err(|cause| if folder.exists() { cause } else { removed(folder) })
        })
    }
}

/// Makes the folder `dir` if there is none. Given back are that folder, and those around it that
/// names were made in.
pub(super) fn make_folder(dir: &Path) -> Result<Unsettled> {
    let missing: Vec<&Path> = dir.ancestors().take_while(|it| !it.is_dir()).collect();
    let around = |made: &&Path| match made.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    let mut unsettled: Vec<PathBuf> = missing.iter().map(around).collect();
    if !unsettled.is_empty() {
        fs::create_dir_all(dir).map_err(|cause| RecordError::io(dir, "make the store", &cause))?;
    }
    // Always: whoever made the database there may have died before it had a name for good.
    unsettled.insert(0, dir.to_owned());
    Ok(Unsettled(unsettled))
}

/// Makes the names in a folder as durable as the files behind them.
pub(super) fn sync_folder(dir: &Path) -> Result<()> {
    File::open(dir)
        .and_then(|folder| folder.sync_all())
        .map_err(|cause| RecordError::io(dir, "sync the folder", &cause))
}

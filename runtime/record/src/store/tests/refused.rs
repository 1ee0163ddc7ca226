//! Stores that cannot be, and stores that cannot any longer.

use std::fs;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use tempfile::{TempDir, tempdir};

use super::{header, note, passing_run};
use crate::body::Process;
use crate::store::database::Unsettled;
use crate::store::seal::Seal;
use crate::store::signing::Signing;
use crate::store::writer::Writer;
use crate::store::{Store, database};
use crate::verdict::Reason;

#[test]
fn a_store_that_cannot_write_never_passes_a_run() {
    let dir = tempdir().unwrap();
    let (connection, path, settings) = database::open(dir.path()).unwrap();
    // As good as a full disk: SQLite says "database or disk is full".
    connection.pragma_update(None, "max_page_count", 40).unwrap();
    let process = Process::this();
    let signing = Signing::with(Seal::of(dir.path()));
    let writer =
        Writer { connection, path, settings, process, unsettled: Unsettled::default(), signing };
    let store = Store::over(dir.path(), writer).unwrap();
    let run = store.start_run(header("SN1")).unwrap();
    let id = run.id().to_string();
    for number in 0..10 {
        // The writer may have failed already; what counts is that it stays so.
        drop(run.append(number, &note("x".repeat(60_000))));
    }
    let failure = run.barrier().unwrap_err();
    let path = dir.path().join(database::FILE);
    assert!(failure.message().starts_with(&format!("record `{}`: ", path.display())), "{failure}");
    assert_eq!(failure.hint(), Some("the disk is full; free some space and run again"));
    assert_eq!(run.append(11, &note("later")).unwrap_err(), failure);
    assert_eq!(run.attach(12, None, "a", "b", b"c").unwrap_err(), failure);
    assert_eq!(run.end(13, &Reason::Passed.into()).unwrap_err(), failure);
    assert_eq!(store.start_run(header("SN2")).err(), Some(failure));
    let reader = Store::reader(dir.path()).unwrap();
    assert_eq!(reader.run(&id).unwrap().summary.verdict, None);
}

#[test]
fn what_is_no_store_is_refused_and_left_as_it_was() {
    let refused = |dir: &Path, said: &str| {
        for error in [Store::open(dir).err().unwrap(), Store::reader(dir).err().unwrap()] {
            assert!(error.message().contains(said), "{error}");
            assert!(error.message().contains(&dir.display().to_string()), "{error}");
            assert!(error.hint().is_some(), "{error}");
        }
    };
    let database = |dir: &TempDir, sql: &str| {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
        let connection = database::connect(&dir.path().join(database::FILE), flags).unwrap();
        connection.execute_batch(sql).unwrap();
    };
    let untouched = |dir: &TempDir, said: &str| {
        let file = dir.path().join(database::FILE);
        let before = fs::read(&file).unwrap();
        refused(dir.path(), said);
        assert_eq!(fs::read(&file).unwrap(), before);
    };

    let file = tempfile::NamedTempFile::new().unwrap();
    refused(file.path(), file.path().to_str().unwrap());
    refused(Path::new("/proc/nowhere"), "/proc/nowhere");

    let text = tempdir().unwrap();
    fs::write(text.path().join(database::FILE), "not a database, ".repeat(100)).unwrap();
    untouched(&text, "file is not a database");

    let foreign = tempdir().unwrap();
    let connection = Connection::open(foreign.path().join(database::FILE)).unwrap();
    connection.execute_batch("CREATE TABLE recipe(name)").unwrap();
    drop(connection);
    untouched(&foreign, "a database, but not a Pogo record");

    let newer = tempdir().unwrap();
    passing_run(newer.path(), "SN1");
    database(&newer, "PRAGMA user_version = 7; PRAGMA journal_mode = DELETE");
    untouched(&newer, "its tables are of version 7, this program knows 3");

    let older = tempdir().unwrap();
    passing_run(older.path(), "SN1");
    database(&older, "PRAGMA user_version = 2; PRAGMA journal_mode = DELETE");
    untouched(&older, "from before the formats were frozen");
}

//! Pages of the database file, and the checksums at their ends.

use std::fs;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use tempfile::tempdir;

use super::{connect, header, note, passing_run};
use crate::store::page::PAGE;
use crate::store::{Store, database};
use crate::verdict::Reason;
use crate::verify::{Against, verify};

fn holds(dir: &Path) {
    let report = verify(dir, &Against::default());
    assert!(report.holds(), "{report:#?}");
    assert_eq!(report.logs[0].unseen.len(), 1, "{report:#?}");
}

#[test]
fn a_damaged_page_is_not_read_and_not_written_over() {
    let dir = tempdir().unwrap();
    passing_run(dir.path(), "SN1");
    let file = dir.path().join(database::FILE);
    let sound = fs::read(&file).unwrap();
    let mut refused = 0;
    for page in 1..=sound.len() / PAGE {
        let mut bytes = sound.clone();
        // Between the cells and what points to them, where SQLite keeps nothing.
        let at = page * PAGE - PAGE / 2;
        bytes[at] ^= 1;
        fs::write(&file, &bytes).unwrap();
        let run = Store::open(dir.path()).and_then(|store| {
            let run = store.start_run(header("SN1"))?;
            run.append(1, &note("on a damaged page"))?;
            run.end(2, &Reason::Passed.into())
        });
        let what = format!("record `{}`: page {page} is not as Pogo wrote it", file.display());
        if let Err(failure) = run {
            assert_eq!(failure.message(), what);
            assert!(failure.hint().unwrap().contains("`pogo verify`"));
            refused += 1;
        }
        // Whatever else was written, the damage is still there to be found.
        let found = verify(dir.path(), &Against::default()).logs.remove(0).findings;
        let page = format!("page {page} is not as Pogo wrote it");
        assert!(found.iter().any(|it| it.what == page), "{page}: {found:?}");
        fs::write(&file, &sound).unwrap();
        holds(dir.path());
    }
    assert!(refused > 7, "{refused}");
}

/// Changes a letter in the middle of the long text of `x` in the file; gives its page.
fn damage_text(dir: &Path) -> usize {
    let file = dir.join(database::FILE);
    let mut bytes = fs::read(&file).unwrap();
    let at = bytes.windows(2000).position(|it| it.iter().all(|byte| *byte == b'x')).unwrap();
    bytes[at + 1000] = b'y';
    fs::write(&file, bytes).unwrap();
    (at + 1000) / PAGE + 1
}

#[test]
fn a_damaged_page_in_the_middle_of_a_long_entry_is_not_read() {
    let dir = tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let run = store.start_run(header("SN1")).unwrap();
    let id = run.id().to_string();
    run.append(1, &note("x".repeat(50_000))).unwrap();
    run.end(2, &Reason::Passed.into()).unwrap();
    drop((run, store));
    let reader = Store::reader(dir.path()).unwrap();
    assert!(reader.run(&id).is_ok());
    let page = damage_text(dir.path());
    let failure = Store::reader(dir.path()).unwrap().run(&id).unwrap_err();
    assert!(failure.message().ends_with(&format!("page {page} is not as Pogo wrote it")));
}

#[test]
fn a_damaged_page_is_not_read_by_whoever_opened_the_database_before_it_was_made() {
    let dir = tempdir().unwrap();
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let early = database::connect(&dir.path().join(database::FILE), flags).unwrap();
    let store = Store::open(dir.path()).unwrap();
    let run = store.start_run(header("SN1")).unwrap();
    run.append(1, &note("x".repeat(50_000))).unwrap();
    run.barrier().unwrap();
    connect(dir.path()).query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())).unwrap();
    // Puts the head of the database into the write-ahead log, where it has no checksum.
    run.append(2, &note("z".repeat(50_000))).unwrap();
    run.barrier().unwrap();
    damage_text(dir.path());
    let query = "SELECT max(length(bytes)), sum(instr(bytes, 'y')) FROM entry";
    let cause = early.query_row(query, [], |_| Ok(())).unwrap_err();
    assert_eq!(cause.sqlite_extended_error_code(), Some(rusqlite::ffi::SQLITE_IOERR_DATA));
}

#[test]
fn a_page_that_is_not_needed_any_more_has_its_checksum_too() {
    let dir = tempdir().unwrap();
    passing_run(dir.path(), "SN1");
    let before = fs::metadata(dir.path().join(database::FILE)).unwrap().len();
    let (connection, ..) = database::open(dir.path()).unwrap();
    // Pages at the end of the file that nothing is ever kept in.
    let used = "CREATE TABLE used(a); BEGIN; INSERT INTO used VALUES (zeroblob(100000)); \
                DELETE FROM used; COMMIT; DROP TABLE used";
    connection.execute_batch(used).unwrap();
    drop(connection);
    assert!(fs::metadata(dir.path().join(database::FILE)).unwrap().len() > before + 90_000);
    holds(dir.path());
}

#[test]
fn whoever_opened_the_database_before_it_was_made_writes_checksums_too() {
    let dir = tempdir().unwrap();
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let early = database::connect(&dir.path().join(database::FILE), flags).unwrap();
    let store = Store::open(dir.path()).unwrap();
    let run = store.start_run(header("SN1")).unwrap();
    let moved = "PRAGMA wal_checkpoint(PASSIVE)";
    let moved: i64 = early.query_row(moved, [], |row| row.get(2)).unwrap();
    assert!(moved > 0);
    run.end(1, &Reason::Passed.into()).unwrap();
    drop((run, store, early));
    holds(dir.path());
}

#[test]
fn what_another_program_has_open_is_complete_all_the_same() {
    let dir = tempdir().unwrap();
    passing_run(dir.path(), "SN1");
    let stranger = Connection::open(dir.path().join(database::FILE)).unwrap();
    let count = || -> u64 {
        stranger.query_row("SELECT count(*) FROM entry", [], |row| row.get(0)).unwrap()
    };
    let before = count();
    passing_run(dir.path(), "SN1");
    assert!(count() > before);
    drop(stranger);
    assert!(!dir.path().join(format!("{}-wal", database::FILE)).exists());
    holds(dir.path());
}

#[test]
fn a_page_has_room_for_its_checksum_whoever_reads_it() {
    let dir = tempdir().unwrap();
    passing_run(dir.path(), "SN1");
    let bytes = fs::read(dir.path().join(database::FILE)).unwrap();
    assert_eq!((bytes[20], bytes.len() % PAGE), (8, 0));
    // SQLite without anything of ours.
    let stranger = Connection::open(dir.path().join(database::FILE)).unwrap();
    let said: String = stranger.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(said, "ok");
    drop(connect(dir.path()));
}

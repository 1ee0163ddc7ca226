//! The database file as a whole: what ends it, and what the write-ahead log is still to write.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::body::Note;

const PAGE: usize = 4096;

/// What is said of the database file itself.
fn said(dir: &Path) -> Vec<String> {
    let about_file = found(dir).into_iter().filter(|it| it.about == About::Database);
    about_file.map(|it| it.what).collect()
}

#[test]
fn what_stands_behind_the_last_page_is_found_and_so_is_a_page_that_is_not_there() {
    let dir = store();
    let file = dir.path().join(FILE);
    let bytes = fs::read(&file).unwrap();
    let count = bytes.len() / PAGE;
    let with = |more: &[u8]| {
        fs::write(&file, [&bytes, more].concat()).unwrap();
        said(dir.path()).remove(0)
    };
    fs::write(&file, b"SQ").unwrap();
    assert_eq!(said(dir.path())[0], "2 bytes stand behind the last of 0 whole pages");
    assert_eq!(with(b"x"), format!("1 bytes stand behind the last of {count} whole pages"));
    let more = count + 1;
    assert_eq!(with(&[0; PAGE]), format!("page {more} is not as Pogo wrote it"));
    // One that would hold there.
    let mut page = [0; PAGE];
    crate::store::page::complete(u32::try_from(more).unwrap(), &mut page);
    assert_eq!(with(&page), format!("the file has {more} pages, and its first says {count}"));
    fs::write(&file, &bytes[..bytes.len() - PAGE]).unwrap();
    let less = count - 1;
    let what = format!("the file has {less} pages, and its first says {count}");
    assert!(said(dir.path()).contains(&what));
}

#[test]
fn pages_that_changed_places_are_found() {
    let dir = store();
    let file = dir.path().join(FILE);
    let mut bytes = fs::read(&file).unwrap();
    let (one, other) = bytes.split_at_mut(6 * PAGE);
    one[5 * PAGE..].swap_with_slice(&mut other[..PAGE]);
    fs::write(&file, bytes).unwrap();
    assert_eq!(said(dir.path())[0], "the pages 6 to 7 are not as Pogo wrote them");
}

#[test]
fn a_record_that_is_being_written_holds_all_the_while() {
    let dir = tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let log = store.start_run(header("SN1")).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..400 {
                // SQLite moves a thousand pages at a time from the write-ahead log into the file.
                let text = format!("{number} {}", "x".repeat(60_000));
                log.append(number, &Body::Note(Note { step: None, text })).unwrap();
                log.barrier().unwrap();
            }
            done.store(true, Ordering::Release);
        });
        let mut rounds = 0;
        while !done.load(Ordering::Acquire) {
            let report = strictly(dir.path());
            assert!(report.holds(), "round {rounds}: {report:#?}");
            assert!(!report.logs[0].unseen.iter().any(|it| it.contains("damaged")), "{report:#?}");
            rounds += 1;
        }
        assert!(rounds > 3, "{rounds}");
    });
    assert!(fs::metadata(dir.path().join(FILE)).unwrap().len() > 1_000_000);
}

/// A run that goes on, most of which is in the write-ahead log only.
fn open_run() -> (TempDir, Store, crate::store::RunLog) {
    let dir = store();
    let store = Store::open(dir.path()).unwrap();
    let log = store.start_run(header("SN3")).unwrap();
    log.append(1, &begin(1)).unwrap();
    log.barrier().unwrap();
    (dir, store, log)
}

/// Changes a byte in the file of the first page that the write-ahead log has; gives its number.
fn damage(dir: &Path) -> usize {
    // The head has 32 bytes, and a frame begins with its page's number.
    let wal = fs::read(dir.join(format!("{FILE}-wal"))).unwrap();
    let page = u32::from_be_bytes(wal[32..36].try_into().unwrap()) as usize;
    let mut bytes = fs::read(dir.join(FILE)).unwrap();
    bytes[page * PAGE - PAGE / 2] ^= 1;
    fs::write(dir.join(FILE), bytes).unwrap();
    page
}

/// The store as a process that was killed leaves it.
fn killed(dir: &Path) -> TempDir {
    let copy = copy(dir);
    for file in ["key", &format!("{FILE}-wal")] {
        fs::copy(dir.join(file), copy.path().join(file)).unwrap();
    }
    copy
}

#[test]
fn a_page_that_the_write_ahead_log_still_has_is_mended_by_the_next_run() {
    let (dir, _store, _log) = open_run();
    let dir = killed(dir.path());
    assert!(strictly(dir.path()).holds());
    let page = damage(dir.path());
    let report = strictly(dir.path());
    assert!(report.holds(), "{report:#?}");
    let told = &format!(
        "page {page} of the file: damaged, as a power cut can leave it, but whole in the \
         write-ahead log, from which the next run writes it again"
    );
    assert!(report.logs[0].unseen.iter().any(|it| it == told), "{report:#?}");
    run(dir.path(), header("SN4"), &[], Reason::ScriptError);
    let report = strictly(dir.path());
    assert!(report.holds(), "{report:#?}");
    assert!(!report.logs[0].unseen.iter().any(|it| it == told), "{report:#?}");
}

#[test]
fn a_page_that_is_read_from_the_file_is_found_although_the_write_ahead_log_has_it_too() {
    let (dir, _store, _log) = open_run();
    let moved = "PRAGMA wal_checkpoint(PASSIVE)";
    open(dir.path()).query_row(moved, [], |_| Ok(())).unwrap();
    assert!(dir.path().join(format!("{FILE}-wal")).metadata().unwrap().len() > 0);
    assert!(strictly(dir.path()).holds());
    let page = damage(dir.path());
    assert_eq!(said(dir.path())[0], format!("page {page} is not as Pogo wrote it"));
}

#[test]
fn a_write_ahead_log_that_was_removed_is_found_by_an_anchor_and_otherwise_said_to_be_unseen() {
    let (dir, _store, log) = open_run();
    // What is there so far is in the file, and whoever reads that keeps the rest from being moved.
    let reading = open(dir.path());
    reading.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())).unwrap();
    reading.execute_batch("BEGIN").unwrap();
    let entries: u64 =
        reading.query_row("SELECT count(*) FROM entry", [], |row| row.get(0)).unwrap();
    log.append(9, &end(1, Reason::Passed)).unwrap();
    log.end(10, &Reason::Passed.into()).unwrap();
    let anchor = anchor(dir.path());
    let dir = killed(dir.path());
    drop(reading);
    let report = against(dir.path(), &anchor);
    assert!(report.holds(), "{report:#?}");
    fs::remove_file(dir.path().join(format!("{FILE}-wal"))).unwrap();
    let report = strictly(dir.path());
    assert!(report.holds(), "{report:#?}");
    assert_eq!(report.logs[0].entries, entries);
    let unseen = &report.logs[0].unseen[0];
    assert!(unseen.starts_with("whether the end of the log was cut off"), "{unseen}");
    let report = against(dir.path(), &anchor);
    let [finding] = report.logs[0].findings.as_slice() else { panic!("{report:#?}") };
    assert!(finding.what.ends_with(&format!("the log has {entries}: cut off")), "{finding}");
}

/// Which store the child process of the test below opens.
const CHILD: &str = "POGO_RECORD_TEST_OPENED";

/// Not a test: another process, which opens a store and closes it.
#[test]
fn child() {
    let Some(dir) = std::env::var_os(CHILD) else { return };
    drop(Store::open(Path::new(&dir)).unwrap());
}

#[test]
fn whoever_verifies_a_store_does_not_let_go_of_it_for_those_who_write() {
    let (dir, _store, log) = open_run();
    assert!(strictly(dir.path()).holds());
    // A process that thinks that it is the last one takes the write-ahead log away.
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "verify::tests::pages::child"])
        .env(CHILD, dir.path())
        .output()
        .unwrap();
    assert!(child.status.success(), "{child:?}");
    log.append(9, &end(1, Reason::Passed)).unwrap();
    log.end(10, &Reason::Passed.into()).unwrap();
    assert!(strictly(dir.path()).holds());
}

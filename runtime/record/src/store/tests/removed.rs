//! Stores that are taken away while they are written to.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::{TempDir, tempdir};

use super::{header, note, passing_run};
use crate::error::RecordError;
use crate::store::{RunLog, Store, database, spool};
use crate::verdict::Reason;

/// A run that goes on, in a store that can be taken away.
struct Open {
    _around: TempDir,
    dir: PathBuf,
    store: Store,
    run: RunLog,
}

impl Open {
    fn new() -> Self {
        let around = tempdir().unwrap();
        let dir = around.path().join("store");
        let store = Store::open(&dir).unwrap();
        let run = store.start_run(header("SN1")).unwrap();
        run.append(1, &note("in time")).unwrap();
        run.barrier().unwrap();
        assert!(!run.has_failed());
        Self { _around: around, dir, store, run }
    }

    fn database(&self) -> PathBuf {
        self.dir.join(database::FILE)
    }

    /// Everything fails from now on because `path` is gone; the first is `failure`.
    fn has_failed(&self, failure: RecordError, path: &Path) {
        assert_eq!(
            failure.message(),
            format!("record `{}` was removed or replaced while it was written to", path.display())
        );
        assert!(failure.hint().is_some());
        assert!(self.run.has_failed());
        assert_eq!(self.run.append(2, &note("late")).unwrap_err(), failure);
        assert_eq!(self.run.attach(3, None, "a", "b", b"c").unwrap_err(), failure);
        assert_eq!(self.run.end(4, &Reason::Passed.into()).unwrap_err(), failure);
        assert_eq!(self.store.start_run(header("SN2")).err(), Some(failure));
    }
}

#[test]
fn what_is_written_to_a_store_that_was_removed_is_not_called_durable() {
    let open = Open::new();
    open.run.append(2, &note("into nothing")).unwrap();
    fs::remove_dir_all(&open.dir).unwrap();
    let failure = open.run.barrier().unwrap_err();
    open.has_failed(failure, &open.database());
    assert!(!open.dir.exists(), "it was not made again");
}

#[test]
fn a_verdict_is_not_durable_in_a_store_that_was_removed() {
    let open = Open::new();
    fs::remove_dir_all(&open.dir).unwrap();
    let failure = open.run.end(2, &Reason::Passed.into()).unwrap_err();
    assert!(failure.message().contains("was removed"), "{failure}");
    assert!(!open.dir.exists());
}

#[test]
fn a_store_that_another_has_taken_the_place_of_is_not_written_to_and_the_other_stays_whole() {
    let open = Open::new();
    fs::rename(&open.dir, open.dir.with_file_name("aside")).unwrap();
    let other = passing_run(&open.dir, "SN3");
    let failure = open.run.barrier().unwrap_err();
    open.has_failed(failure, &open.database());
    let dir = open.dir.clone();
    let Open { _around, run, store, .. } = open;
    drop((run, store));
    let runs = Store::reader(&dir).unwrap().list().unwrap();
    assert_eq!(runs.iter().map(|it| it.id).collect::<Vec<_>>(), [other]);
}

#[test]
fn a_part_of_the_store_that_was_removed_is_missed_like_the_whole() {
    let [of_run, of_database]: [fn(&Open) -> PathBuf; 2] = [
        |open| spool::path(&open.dir, open.run.id()),
        |open| open.dir.join(format!("{}-wal", database::FILE)),
    ];
    for path in [of_run, of_database] {
        let open = Open::new();
        let path = path(&open);
        fs::remove_file(&path).unwrap();
        let failure = open.run.barrier().unwrap_err();
        open.has_failed(failure, &path);
    }
}

#[test]
fn a_store_that_is_removed_before_its_run_begins_is_not_made_again() {
    let around = tempdir().unwrap();
    let dir = around.path().join("store");
    let store = Store::open(&dir).unwrap();
    fs::remove_dir_all(&dir).unwrap();
    let failure = store.start_run(header("SN1")).err().unwrap();
    assert!(failure.message().contains("was removed"), "{failure}");
    assert!(!dir.exists());
    drop(store);
    assert!(!dir.exists());
}

#[test]
fn a_folder_that_is_gone_before_it_was_synced_was_removed() {
    let around = tempdir().unwrap();
    let mut made = super::super::database::make_folder(&around.path().join("store")).unwrap();
    fs::remove_dir_all(around.path().join("store")).unwrap();
    let failure = made.settle().unwrap_err();
    assert!(failure.message().contains("was removed"), "{failure}");
}

#[test]
fn a_run_that_has_ended_is_not_missed() {
    let dir = tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let first = store.start_run(header("SN1")).unwrap();
    let second = store.start_run(header("SN2")).unwrap();
    first.end(1, &Reason::Passed.into()).unwrap();
    second.append(1, &note("goes on")).unwrap();
    second.barrier().unwrap();
    second.end(2, &Reason::Passed.into()).unwrap();
    assert!(!second.has_failed());
}

//! Logs that get another key.

use std::fs;

use tempfile::tempdir;

use super::signed::{checkpoints, keys};
use super::{connect, header, passing_run};
use crate::body::{Mode, RunHeader};
use crate::proof::{Ed25519, Signer, create_key, read_public_key};
use crate::store::{NewKey, Store};
use crate::verdict::Reason;

#[test]
fn a_new_key_is_vouched_for_by_the_old_one_and_signs_from_then_on() {
    let dir = tempdir().unwrap();
    passing_run(dir.path(), "SN1");
    let old = Store::key(dir.path()).unwrap().unwrap();
    let NewKey { key, previous } = Store::new_key(dir.path(), "ST1").unwrap();
    assert_eq!(previous, Some(old.clone()));
    assert_eq!(Store::key(dir.path()), Ok(Some(key.clone())));
    assert_eq!(keys(dir.path()), [old.clone(), key.clone()]);
    assert_eq!(key.name(), old.name(), "the log is the same");
    assert_ne!(key.bytes(), old.bytes());

    let (_, _, vouched) = checkpoints(dir.path()).pop().unwrap();
    assert_eq!(vouched.verify(std::slice::from_ref(&old)).unwrap().len(), 1);
    assert_eq!(vouched.verify(std::slice::from_ref(&key)).unwrap().len(), 1);
    assert_eq!(read_public_key(&dir.path().join("key")).unwrap(), key);
    assert!(!dir.path().join("key.next").exists());

    passing_run(dir.path(), "SN2");
    let (_, _, next) = checkpoints(dir.path()).pop().unwrap();
    assert!(next.verify(&[old]).is_err());
    next.verify(&[key]).unwrap();
}

#[test]
fn a_store_that_is_open_signs_with_the_new_key_at_once() {
    let dir = tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let run = store.start_run(header("SN1")).unwrap();
    let NewKey { key, .. } = Store::new_key(dir.path(), "ST1").unwrap();
    run.end(1, &Reason::Passed.into()).unwrap();
    let (_, _, last) = checkpoints(dir.path()).pop().unwrap();
    assert_eq!(last.verify(std::slice::from_ref(&key)).unwrap(), [&key]);
}

#[test]
fn a_rotation_that_died_behind_its_commit_is_finished_by_the_next_run() {
    let dir = tempdir().unwrap();
    passing_run(dir.path(), "SN1");
    let path = dir.path().join("key");
    let old = fs::read_to_string(&path).unwrap();
    let NewKey { key, .. } = Store::new_key(dir.path(), "ST1").unwrap();
    // As it was between the commit and the change of the file.
    fs::rename(&path, dir.path().join("key.next")).unwrap();
    create_key(&path, &Ed25519::from_text(old.trim_end()).unwrap()).unwrap();
    passing_run(dir.path(), "SN2");
    assert_eq!(read_public_key(&path).unwrap(), key);
    assert!(!dir.path().join("key.next").exists());
}

#[test]
fn a_rotation_that_died_before_its_commit_changed_nothing() {
    let dir = tempdir().unwrap();
    passing_run(dir.path(), "SN1");
    let old = Store::key(dir.path()).unwrap();
    let left = Ed25519::generate(old.as_ref().unwrap().name()).unwrap();
    create_key(&dir.path().join("key.next"), &left).unwrap();
    passing_run(dir.path(), "SN2");
    assert_eq!(Store::key(dir.path()).unwrap(), old);
    let NewKey { key, .. } = Store::new_key(dir.path(), "ST1").unwrap();
    assert_ne!(&key, left.key());
    passing_run(dir.path(), "SN3");
}

#[test]
fn a_key_that_was_made_before_the_first_run_is_the_logs() {
    let around = tempdir().unwrap();
    let dir = around.path().join("store");
    let NewKey { key, previous } = Store::new_key(&dir, "ST 1+").unwrap();
    assert!(previous.is_none() && key.name().starts_with("pogo/ST_1_/"), "{key}");
    assert!(Store::new_key(&dir, "ST1").unwrap_err().message().contains("has a key already"));
    passing_run(&dir, "SN1");
    assert_eq!(keys(&dir), [key]);
}

#[test]
fn the_published_key_of_simulated_runs_stays() {
    let dir = tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    drop(store.start_run(RunHeader { mode: Mode::Simulate, ..header("SN1") }).unwrap());
    let error = Store::new_key(dir.path(), "ST1").unwrap_err();
    assert_eq!(error.message(), "the key of simulated runs is published and stays");
}

#[test]
fn a_key_of_another_log_is_not_taken_for_this_ones() {
    let dir = tempdir().unwrap();
    passing_run(dir.path(), "SN1");
    let path = dir.path().join("key");
    fs::remove_file(&path).unwrap();
    create_key(&path, &Ed25519::generate("pogo/ST1/00000000").unwrap()).unwrap();
    let error = Store::open(dir.path()).unwrap().start_run(header("SN2")).err().unwrap();
    assert!(error.message().contains("` holds `pogo/ST1/00000000+"), "{error}");
    // Nor is one that the log's row was made to name.
    let connection = connect(dir.path());
    connection.execute("UPDATE tree SET key = 'nonsense'", []).unwrap();
    Store::open(dir.path()).unwrap().start_run(header("SN2")).err().unwrap();
}

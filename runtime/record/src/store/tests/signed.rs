//! A log that is signed while it grows.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use tempfile::tempdir;

use super::orphans::orphan;
use super::{connect, entries, header, note, passing_run};
use crate::body::{KeyActivated, Mode, RunHeader, Signed};
use crate::entry::leaf;
use crate::proof::{Checkpoint, Hash, Note, SIMULATION, VerifierKey};
use crate::store::database::Unsettled;
use crate::store::seal::Seal;
use crate::store::signing::Signing;
use crate::store::tree::Tree;
use crate::store::writer::Writer;
use crate::store::{Process, RunLog, Store, database};
use crate::verdict::Reason;

/// The place of each checkpoint, what it says, and its signatures.
pub(super) fn checkpoints(dir: &Path) -> Vec<(u64, Checkpoint, Note)> {
    let all = entries(dir).into_values().filter(|entry| entry.kind == "checkpoint");
    let read = all.map(|entry| {
        let Signed { note } = serde_json::from_str(entry.body.get()).unwrap();
        let note: Note = note.parse().unwrap();
        (entry.seq, note.text().parse().unwrap(), note)
    });
    read.collect()
}

/// Every key of the log, first to last.
pub(super) fn keys(dir: &Path) -> Vec<VerifierKey> {
    let all = entries(dir).into_values().filter(|entry| entry.kind == "key.activated");
    let read = all.map(|entry| serde_json::from_str::<KeyActivated>(entry.body.get()).unwrap());
    read.map(|it| it.key.parse().unwrap()).collect()
}

/// The root over the first `size` entries.
fn root(dir: &Path, size: u64) -> Hash {
    let connection = connect(dir);
    let mut statement = connection.prepare("SELECT bytes FROM entry ORDER BY seq").unwrap();
    let leaves = statement.query_map([], |row| row.get::<_, Vec<u8>>(0)).unwrap();
    let leaves = leaves.map(|bytes| Hash(leaf(&bytes.unwrap()))).collect();
    crate::proof::Tree::new(leaves).root(size).unwrap()
}

fn stored(dir: &Path) -> (Tree, Tree) {
    let connection = connect(dir);
    let stored = Tree::load(&connection).ok().unwrap();
    (stored, Tree::of_entries(&connection).unwrap())
}

#[test]
fn a_log_is_signed_at_a_boot_and_at_every_runs_end() {
    let dir = tempdir().unwrap();
    passing_run(dir.path(), "SN1");
    passing_run(dir.path(), "SN1");
    let kinds: Vec<_> = entries(dir.path()).into_values().map(|entry| entry.kind).collect();
    let run = ["run.started", "step.started", "measurement", "step.ended", "run.ended"];
    let begin = ["key.activated", "station.boot", "checkpoint"];
    let all = [&begin[..], &run, &["checkpoint"], &run, &["checkpoint"]].concat();
    assert_eq!(kinds, all);
}

#[test]
fn a_checkpoint_says_and_signs_what_stands_before_it() {
    let dir = tempdir().unwrap();
    passing_run(dir.path(), "SN1");
    passing_run(dir.path(), "SN2");
    let keys = keys(dir.path());
    assert_eq!(keys.len(), 1);
    for (seq, checkpoint, note) in checkpoints(dir.path()) {
        assert_eq!(checkpoint.size, seq);
        assert_eq!(checkpoint.root, root(dir.path(), seq));
        assert_eq!(checkpoint.origin, keys[0].name());
        assert_eq!(note.verify(&keys).unwrap(), [&keys[0]]);
    }
}

#[test]
fn the_edge_of_the_tree_is_stored_with_every_commit() {
    let dir = tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let run = store.start_run(header("SN1")).unwrap();
    for number in 0..20 {
        run.append(number, &note(number.to_string())).unwrap();
        run.barrier().unwrap();
        let (stored, made) = stored(dir.path());
        assert_eq!(stored, made);
        assert_eq!(stored.frontier.size(), entries(dir.path()).len() as u64);
    }
}

#[test]
fn a_run_that_was_interrupted_is_signed_when_it_is_closed() {
    let dir = tempdir().unwrap();
    orphan(dir.path(), &[]);
    let before = checkpoints(dir.path()).len();
    drop(Store::open(dir.path()).unwrap());
    let kinds: Vec<_> = entries(dir.path()).into_values().map(|entry| entry.kind).collect();
    assert!(kinds.ends_with(&["run.interrupted".into(), "checkpoint".into()]), "{kinds:?}");
    assert_eq!(checkpoints(dir.path()).len(), before + 1);
    assert_eq!(stored(dir.path()).0, stored(dir.path()).1);
}

/// A run in a store that signs as often as `every`.
fn signing_every(dir: &Path, every: Duration) -> (Store, RunLog) {
    let (connection, path, settings) = database::open(dir).unwrap();
    let mut signing = Signing::with(Seal::of(dir));
    signing.every = every;
    let (process, unsettled) = (Process::this(), Unsettled::default());
    let writer = Writer { connection, path, settings, process, unsettled, signing };
    let store = Store::over(dir, writer).unwrap();
    let run = store.start_run(header("SN1")).unwrap();
    (store, run)
}

#[test]
fn a_run_that_goes_on_is_signed_meanwhile() {
    let dir = tempdir().unwrap();
    let (_store, run) = signing_every(dir.path(), Duration::ZERO);
    let before = checkpoints(dir.path()).len();
    for number in 0..3 {
        run.append(number, &note("on and on")).unwrap();
        run.barrier().unwrap();
    }
    assert!(checkpoints(dir.path()).len() > before + 1);
}

#[test]
fn a_run_that_has_nothing_more_to_say_is_signed_all_the_same() {
    let dir = tempdir().unwrap();
    let (_store, run) = signing_every(dir.path(), Duration::from_millis(1));
    run.append(1, &note("the last for hours")).unwrap();
    run.barrier().unwrap();
    // The store's thread looks after it four times a second.
    let signed = (0..20_000).any(|_| !stored(dir.path()).0.is_unsigned());
    assert!(signed);
    let last = checkpoints(dir.path()).pop().unwrap();
    assert_eq!(last.1.root, root(dir.path(), last.0));
}

#[test]
fn a_run_that_says_little_is_signed_once_a_minute_at_most() {
    let dir = tempdir().unwrap();
    let (_store, run) = signing_every(dir.path(), Duration::from_secs(60));
    for number in 0..10 {
        run.append(number, &note("on and on")).unwrap();
        run.barrier().unwrap();
    }
    assert_eq!(checkpoints(dir.path()).len(), 1, "the one at the boot");
}

#[test]
fn a_station_signs_with_a_key_of_its_own_that_only_it_can_read() {
    let (one, other) = (tempdir().unwrap(), tempdir().unwrap());
    for dir in [&one, &other] {
        passing_run(dir.path(), "SN1");
        let mode = fs::metadata(dir.path().join("key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o600);
    }
    let (one, other) = (keys(one.path()).remove(0), keys(other.path()).remove(0));
    assert!(one.name().starts_with("pogo/ST1/"), "{one}");
    assert_ne!(one.name(), other.name(), "two logs of one station are two logs");
    assert_ne!(one.bytes(), other.bytes());
}

#[test]
fn simulated_runs_are_signed_with_a_key_that_is_for_nothing_else() {
    let dir = tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let run = store.start_run(RunHeader { mode: Mode::Simulate, ..header("SN1") }).unwrap();
    run.end(1, &Reason::Passed.into()).unwrap();
    let key = keys(dir.path()).remove(0);
    assert!(key.name().starts_with("pogo/ST1/simulated/"), "{key}");
    assert!(key.name().ends_with(SIMULATION), "{key}");
    assert!(!dir.path().join("key").exists(), "there is no secret to keep");
    assert_eq!(checkpoints(dir.path()).len(), 2);
}

#[test]
fn a_station_whose_key_is_gone_records_nothing_more() {
    let dir = tempdir().unwrap();
    passing_run(dir.path(), "SN1");
    let key = dir.path().join("key");
    fs::rename(&key, dir.path().join("elsewhere")).unwrap();
    let store = Store::open(dir.path()).unwrap();
    let error = store.start_run(header("SN2")).err().unwrap();
    assert!(error.message().ends_with("/key` is gone"), "{error}");
    assert!(error.hint().unwrap().starts_with("put the log's key back"), "{error}");
    assert!(!key.exists(), "no other was made in its place");
    drop(store);
    fs::rename(dir.path().join("elsewhere"), &key).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let error = Store::open(dir.path()).unwrap().start_run(header("SN2")).err().unwrap();
    assert!(error.message().contains("has mode 0644"), "{error}");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    passing_run(dir.path(), "SN2");
}

#[test]
fn a_log_whose_tail_was_cut_is_not_written_to_any_more() {
    let dir = tempdir().unwrap();
    passing_run(dir.path(), "SN1");
    let connection = connect(dir.path());
    let cut = "DROP TRIGGER entry_remains; PRAGMA foreign_keys = OFF; DELETE FROM outbox; \
               DELETE FROM entry WHERE seq > 5";
    connection.execute_batch(cut).unwrap();
    let error = Store::open(dir.path()).unwrap().start_run(header("SN2")).err().unwrap();
    assert_eq!(error.message(), "the log has 6 entries and its tree 9");
    assert!(error.hint().unwrap().contains("`pogo verify`"));
}

#[test]
fn what_was_never_signed_is_not_signed_later_as_if_it_had_been() {
    let dir = tempdir().unwrap();
    passing_run(dir.path(), "SN1");
    let connection = connect(dir.path());
    connection.execute_batch("UPDATE tree SET key = NULL").unwrap();
    let error = Store::open(dir.path()).unwrap().start_run(header("SN2")).err().unwrap();
    assert_eq!(error.message(), "the log has entries, but no key that it is signed with");
}

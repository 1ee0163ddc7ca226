//! What a quick look at a store finds.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use super::super::orphans::orphan;
use super::*;
use crate::store::care::{Health, Key, State, backup, check, remember_anchor};
use crate::verify::{Against, verify};

/// A store with two attachments, every entry of it signed and anchored.
fn sound() -> tempfile::TempDir {
    let dir = tempdir().unwrap();
    attached(dir.path());
    anchor(dir.path());
    dir
}

fn anchor(dir: &Path) {
    let log = verify(dir, &Against::default()).logs.remove(0);
    remember_anchor(dir, &log.checkpoint.unwrap()).unwrap();
}

/// What is not fine, besides how long this disk takes.
fn wrong(dir: &Path) -> Vec<(&'static str, State)> {
    let health = check(dir).unwrap();
    let facts = health.facts().filter(|it| it.name != "flush" && it.state != State::Fine);
    facts.map(|it| (it.name, it.state)).collect()
}

fn is(health: &Health, name: &str) -> String {
    health.facts().find(|it| it.name == name).unwrap().is.clone()
}

fn number(health: &Health, fact: &str, name: &str) -> u64 {
    health.facts().find(|it| it.name == fact).unwrap().numbers[name]
}

#[test]
fn a_sound_store_has_a_line_for_everything_and_nothing_to_see_to() {
    let dir = sound();
    assert_eq!(wrong(dir.path()), []);
    let health = check(dir.path()).unwrap();
    let names: Vec<_> = health.facts().map(|it| it.name).collect();
    let log = ["database", "settings", "runs", "open", "attachments", "signed", "key", "anchor"];
    assert_eq!(names, [&log[..], &["access", "room", "flush"]].concat());
    let settings = "journal_mode wal, synchronous 2, foreign_keys on, busy_timeout 10000 ms";
    assert_eq!(is(&health, "settings"), settings);
    assert_eq!(is(&health, "runs"), "1");
    assert_eq!(is(&health, "attachments"), "2 files, 6 B; not held against their hashes");
    assert_eq!(is(&health, "signed"), "8 of 9 entries; nothing waits");
    assert!(is(&health, "key").ends_with(", mode 0600"));
    assert_eq!(
        (number(&health, "database", "entries"), number(&health, "anchor", "anchored")),
        (9, 8)
    );
    assert!(number(&health, "room", "free_bytes") > 0);
    let left = fs::read_dir(dir.path()).unwrap().map(|it| it.unwrap().file_name());
    assert!(!left.into_iter().any(|it| it.to_string_lossy().ends_with(".part")));
    assert_eq!(check(&dir.path().join("nowhere")), None);
}

#[test]
fn what_is_damaged_is_named() {
    let file = |dir: &Path| dir.join(database::FILE);
    let first_attachment = |dir: &Path| attachments(dir)[0].clone();
    type Break<'a> = (&'a str, &'a dyn Fn(&Path));
    let cases: [Break<'_>; 9] = [
        ("database", &|dir| fs::write(file(dir), "no database".repeat(100)).unwrap()),
        ("database", &|dir| {
            let mut bytes = fs::read(file(dir)).unwrap();
            let middle = bytes.len() / 2 + 100;
            bytes[middle] ^= 1;
            fs::write(file(dir), bytes).unwrap();
        }),
        ("database", &|dir| change(dir, "UPDATE tree SET size = 1, edge = zeroblob(32)")),
        ("database", &|dir| {
            let index = "DROP INDEX run_of_unit; PRAGMA writable_schema = ON; \
                         INSERT INTO sqlite_schema VALUES ('index', 'it', 'run', 3, \
                         'CREATE INDEX it ON run(plan)')";
            change(dir, index);
        }),
        ("attachments", &|dir| fs::remove_file(first_attachment(dir)).unwrap()),
        ("attachments", &|dir| fs::write(first_attachment(dir), "longer").unwrap()),
        ("attachments", &|dir| {
            let name = first_attachment(dir).file_name().unwrap().to_str().unwrap().to_owned();
            let bytes = format!("CAST(replace(CAST(bytes AS TEXT), '{name}', '../key') AS BLOB)");
            change(dir, &format!("DROP TRIGGER entry_stays; UPDATE entry SET bytes = {bytes}"));
        }),
        ("anchor", &|dir| {
            let other = sound();
            fs::copy(other.path().join("anchored"), dir.join("anchored")).unwrap();
        }),
        // Put back from before the anchor.
        ("anchor", &|dir| {
            let copy = dir.join("copy");
            backup(dir, &copy, Key::Left, &mut |_| {}).unwrap();
            passing_run(dir, "SN1");
            anchor(dir);
            fs::rename(file(&copy), file(dir)).unwrap();
        }),
    ];
    for (number, (name, change)) in cases.into_iter().enumerate() {
        let dir = sound();
        change(dir.path());
        let health = check(dir.path()).unwrap();
        assert_eq!(wrong(dir.path()), [(name, State::Damaged)], "{number}: {health:#?}");
        assert_eq!(health.state, State::Damaged);
        let fact = health.facts().find(|it| it.state == State::Damaged).unwrap();
        assert!(fact.advice.is_some(), "{fact:?}");
    }
}

#[test]
fn a_write_ahead_log_that_is_damaged_is_found() {
    let dir = sound();
    let store = Store::open(dir.path()).unwrap();
    let _run = store.start_run(header("SN1")).unwrap();
    assert_eq!(wrong(dir.path()), []);
    let wal = dir.path().join("record.db-wal");
    let mut bytes = fs::read(&wal).unwrap();
    bytes[100] ^= 1;
    fs::write(&wal, bytes).unwrap();
    assert_eq!(wrong(dir.path()), [("database", State::Damaged)]);
}

#[test]
fn what_somebody_should_see_to_is_named() {
    type Change<'a> = (&'a [&'a str], &'a dyn Fn(&Path));
    let cases: [Change<'_>; 9] = [
        (&["attachments"], &|dir| fs::write(dir.join("attachments/it.1.part"), "x").unwrap()),
        (&["open"], &|dir| {
            fs::write(dir.join(format!("open/{}.jsonl", Uuid::now_v7())), "").unwrap()
        }),
        (&["open"], &|dir| fs::write(dir.join("open/notes.txt"), "mine").unwrap()),
        (&["key"], &|dir| {
            fs::set_permissions(dir.join("key"), Permissions::from_mode(0o644)).unwrap();
        }),
        (&["key"], &|dir| fs::remove_file(dir.join("key")).unwrap()),
        (&["key"], &|dir| {
            let other = sound();
            fs::copy(other.path().join("key"), dir.join("key")).unwrap();
        }),
        (&["anchor"], &|dir| fs::remove_file(dir.join("anchored")).unwrap()),
        (&["anchor"], &|dir| fs::write(dir.join("anchored"), "nonsense").unwrap()),
        // Its process is gone, and what it said last was not signed.
        (&["runs", "signed"], &|dir| {
            orphan(dir, &[note("last words")]);
        }),
    ];
    for (number, (names, change)) in cases.into_iter().enumerate() {
        let dir = sound();
        change(dir.path());
        let expected: Vec<_> = names.iter().map(|name| (*name, State::Attention)).collect();
        assert_eq!(wrong(dir.path()), expected, "{number}: {:#?}", check(dir.path()));
    }
}

#[test]
fn an_anchor_that_is_old_is_fine_until_something_was_recorded_since() {
    let dir = sound();
    let made = std::time::UNIX_EPOCH;
    let age = |dir: &Path| {
        let file = fs::File::options().write(true).open(dir.join("anchored")).unwrap();
        file.set_modified(made).unwrap();
    };
    age(dir.path());
    assert_eq!(wrong(dir.path()), []);
    passing_run(dir.path(), "SN1");
    assert_eq!(wrong(dir.path()), [("anchor", State::Attention)]);
    assert!(is(&check(dir.path()).unwrap(), "anchor").ends_with(" days ago; 6 since"));
    anchor(dir.path());
    assert_eq!(wrong(dir.path()), []);
}

#[test]
fn a_run_that_goes_on_is_nothing_to_see_to() {
    let dir = sound();
    let store = Store::open(dir.path()).unwrap();
    let run = store.start_run(header("SN1")).unwrap();
    run.attach(1, None, "it.txt", "text/plain", b"three").unwrap();
    run.append(2, &note("not signed for a minute")).unwrap();
    run.barrier().unwrap();
    // As between an attachment's file and its entry.
    fs::write(dir.path().join("attachments").join("a".repeat(64)), "four").unwrap();
    assert_eq!(wrong(dir.path()), []);
    let health = check(dir.path()).unwrap();
    assert_eq!(is(&health, "runs"), "2, 1 of them goes on");
    assert_eq!(is(&health, "open"), "1 file of runs without an end");
    assert_eq!(number(&health, "signed", "waiting"), 3);
}

#[test]
fn a_store_of_a_newer_version_cannot_be_told() {
    let dir = sound();
    change(dir.path(), "PRAGMA user_version = 99");
    assert_eq!(wrong(dir.path()), [("database", State::Unknown)]);
    assert!(is(&check(dir.path()).unwrap(), "database").contains("of version 99"));
}

//! Tables that are made again from the entries.

use super::super::orphans::orphan;
use super::*;
use crate::body::{Component, Firmware, Program};
use crate::error::RecordErrorKind;
use crate::store::index::TABLES;

/// A store with everything that leaves a row somewhere: runs that passed, that have no serial
/// number, that were interrupted, that still have no end; two versions of the program; parts.
fn varied(dir: &Path) {
    passing_run(dir, "SN1");
    passing_run(dir, "SN1");
    orphan(dir, &[]);
    let store = Store::open(dir).unwrap();
    let program = Program { version: "99.0.0".into(), ..Program::default() };
    let nameless = RunHeader { device: Device::default(), pogo: program, ..header("") };
    let run = store.start_run(nameless).unwrap();
    run.append(1, &Body::Firmware(Firmware { version: "1.2.3".into(), ..Firmware::default() }))
        .unwrap();
    let lot = Component { lot: Some("C7".into()), ..Component::default() };
    run.append(2, &Body::Component(lot)).unwrap();
    run.end(3, &Reason::Passed.into()).unwrap();
    drop(store.start_run(RunHeader { lot: Some("L1".into()), ..header("SN2") }).unwrap());
}

#[test]
fn the_tables_that_were_kept_are_the_ones_that_are_made_from_the_entries() {
    let dir = tempdir().unwrap();
    varied(dir.path());
    let before = TABLES.map(|table| rows(dir.path(), table));
    assert_eq!(before.clone().map(|it| it.len())[..4], [5, 2, 3, 1]);
    let made = care::reindex(dir.path()).unwrap();
    assert_eq!(TABLES.map(|table| rows(dir.path(), table)), before);
    let made = &made[0];
    assert_eq!(made.entries, before[4].len() as u64);
    assert!(made.tables.iter().map(|it| it.name).eq(TABLES));
    assert!(made.tables.iter().all(|it| it.mended == 0), "{made:?}");
    assert!(made.tables.iter().map(|it| it.rows as usize).eq(before.iter().map(Vec::len)));
}

#[test]
fn tables_that_were_lost_or_changed_are_made_again_and_counted() {
    let dir = tempdir().unwrap();
    varied(dir.path());
    let before = TABLES.map(|table| rows(dir.path(), table));
    for (lost, mended) in [
        ("DELETE FROM run", [5, 0, 0, 0, 0]),
        ("UPDATE run SET ended = NULL WHERE started < 9", [1, 0, 0, 0, 0]),
        ("DELETE FROM boot; INSERT INTO boot VALUES ('b', 'p', 0)", [0, 2, 0, 0, 0]),
        ("INSERT INTO mention VALUES ('lot', 'x', 0, 'y')", [0, 0, 1, 0, 0]),
        ("UPDATE tree SET size = 0, edge = x'', signed = 0", [0, 0, 0, 1, 0]),
        ("DELETE FROM tree", [0, 0, 0, 1, 0]),
        ("UPDATE outbox SET tries = 1 WHERE seq = 3", [0, 0, 0, 0, 1]),
        ("DELETE FROM outbox WHERE seq = 3", [0, 0, 0, 0, 1]),
    ] {
        change(dir.path(), lost);
        let made = care::reindex(dir.path()).unwrap();
        assert!(made[0].tables.iter().map(|it| it.mended).eq(mended), "{lost}: {made:?}");
        assert_eq!(TABLES.map(|table| rows(dir.path(), table)), before, "{lost}");
    }
}

#[test]
fn tables_are_never_made_from_entries_that_were_changed() {
    let rails = "DROP TRIGGER entry_stays; DROP TRIGGER entry_remains;";
    let last = "(SELECT max(seq) FROM entry WHERE type = 'checkpoint')";
    for (tamper, said) in [
        ("UPDATE entry SET bytes = x'7b7d' WHERE seq = 4".to_owned(), "entry 4: its bytes"),
        ("DELETE FROM entry WHERE seq = 4".to_owned(), "entry 4 is missing"),
        // Both of them, hashes and all: the signature is what is left.
        (
            "UPDATE entry SET (id, type, bytes, leaf) = \
             (SELECT id || '', type, bytes, leaf FROM entry WHERE seq = 5) WHERE seq = 4"
                .replace("id || ''", "'another'"),
            "the last checkpoint: what was signed is not what is there",
        ),
        (
            format!(
                "UPDATE entry SET (bytes, leaf) = (SELECT bytes, leaf FROM entry WHERE seq = 4) WHERE seq = {last}"
            ),
            "the last checkpoint: missing field `note`",
        ),
    ] {
        let dir = tempdir().unwrap();
        passing_run(dir.path(), "SN1");
        change(dir.path(), &format!("{rails} {tamper}; DELETE FROM run"));
        let error = care::reindex(dir.path()).unwrap_err();
        assert_eq!(error.kind(), RecordErrorKind::Damaged, "{error}");
        assert!(error.message().contains(said), "{error}");
        assert_eq!(rows(dir.path(), "run").len(), 0, "nothing was made");
    }
}

#[test]
fn nothing_is_made_again_while_a_run_goes_on() {
    let dir = tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let run = store.start_run(header("SN1")).unwrap();
    let error = care::reindex(dir.path()).unwrap_err();
    assert_eq!(error.kind(), RecordErrorKind::Refused, "{error}");
    assert!(error.message().ends_with(&format!("written to by the run {}", run.id())), "{error}");
    run.end(1, &Reason::Passed.into()).unwrap();
    assert_eq!(care::reindex(dir.path()).unwrap().len(), 1);
}

//! Stores that somebody looks after: `pogo store` and what it prints.

use std::path::Path;

use crate::bench::{SIMULATED, folder};
use crate::{Ended, Folder, Program, golden, writes_as_pogo};

const MEASURES: &str = "psu.set_voltage(3.V);\npsu.on();\n\
                        step(\"rail\", || { measure(\"rail\", dmm.dc_voltage(), within(3.V, 10.mV)); });";

/// A folder with a store of one simulated run.
fn simulated() -> Folder {
    let folder = folder(MEASURES);
    assert_eq!(Program::run(folder.root(), SIMULATED).code, 0);
    folder
}

/// Does `line` and compares what it prints with `golden/store/<name>.txt`.
fn prints(name: &str, folder: &Folder, line: &str) -> Ended {
    let ended = Program::run(folder.root(), line);
    golden::compare(&format!("store/{name}.txt"), &golden::transcript(line, &ended));
    ended
}

/// Changes the log of simulated runs as somebody who knows SQL.
fn change(folder: &Path, sql: &str) {
    let connection = writes_as_pogo(&folder.join("store/simulated"));
    connection.pragma_update(None, "foreign_keys", false).unwrap();
    connection.execute_batch(sql).unwrap();
}

#[test]
fn a_store_whose_tables_are_wrong_holds_again_once_they_are_made_again() {
    let folder = simulated();
    change(folder.root(), "DELETE FROM run; UPDATE tree SET signed = 1");
    assert_eq!(Program::run(folder.root(), "verify --store store").code, 4);
    let made = prints("reindex", &folder, "store reindex --store store");
    assert_eq!(made.code, 0, "{made:?}");
    let verified = Program::run(folder.root(), "verify --store store");
    assert_eq!(verified.code, 0, "{verified:?}");
    let json = Program::run(folder.root(), "store reindex --store store --json").json();
    assert_eq!(json["logs"][0]["tables"][0]["name"], "run");
}

#[test]
fn tables_are_not_made_from_entries_that_were_changed() {
    let folder = simulated();
    let forged = "DROP TRIGGER entry_stays; \
                  UPDATE entry SET bytes = CAST(replace(bytes, 'pass', 'fail') AS BLOB)";
    change(folder.root(), forged);
    let made = prints("reindex_damaged", &folder, "store reindex --store store");
    assert_eq!(made.code, 4, "{made:?}");
}

#[test]
fn what_looks_after_a_store_says_that_there_is_none() {
    let folder = folder(MEASURES);
    prints("nothing", &folder, "store reindex --store store");
    assert!(!folder.path("store").exists(), "and makes none");
}

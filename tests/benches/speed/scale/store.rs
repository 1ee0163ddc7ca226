//! The store itself, which is made once and kept.
//!
//! It lies in `scale` of the target folder. Whoever finds it there made by another version of the
//! formats, or of this, makes it anew.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use pogo_record::{RunLog, SCHEMA, Store};
use pogo_tests::{Folder, Program};
use rusqlite::Connection;

use super::units::{self, Unit};

/// How many entries it has at least.
pub const ENTRIES: u64 = 1_000_000;
/// To be raised whenever the units or their runs change.
const VERSION: u32 = 1;
/// How many runs go on at once: the disk is waited for together.
const SITES: u64 = 8;

/// The folder of the store, which is made now if there is none.
pub fn ready() -> PathBuf {
    let target = Program::path().ancestors().nth(2).expect("the target folder");
    let (folder, made_as) = (target.join("scale"), version());
    let (store, mark) = (folder.join("store"), folder.join("made-as"));
    if fs::read_to_string(&mark).ok().as_ref() != Some(&made_as) {
        eprintln!("  making a store of {ENTRIES} entries in {} …", folder.display());
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder for the store");
        make(&store, ENTRIES);
        // Last: what was not made to its end is made again.
        fs::write(mark, made_as).expect("a mark");
    }
    store
}

/// What a store is made as: a store of one unit says what its tables are.
fn version() -> String {
    let small = Folder::new();
    make(small.root(), 1);
    let database = Connection::open(small.path("record.db")).expect("a database");
    let query = "SELECT group_concat(sql, char(10)) FROM sqlite_schema";
    let tables: String = database.query_row(query, [], |row| row.get(0)).expect("its tables");
    format!("generator {VERSION}, {ENTRIES} entries of schema {SCHEMA}\n{tables}\n")
}

/// Records units until there are so many entries.
fn make(folder: &Path, entries: u64) {
    let store = Store::open(folder).expect("a store");
    let (next, written) = (AtomicU64::new(0), AtomicU64::new(0));
    let site = |number: u64| {
        while written.load(Ordering::Relaxed) < entries {
            let unit = Unit::of(next.fetch_add(1, Ordering::Relaxed));
            for attempt in unit.attempts() {
                let log = store.begin_run(unit.header(number)).expect("a run");
                written.fetch_add(record(&log, &unit, attempt), Ordering::Relaxed);
            }
        }
    };
    std::thread::scope(|scope| {
        let sites: Vec<_> = (0..SITES).map(|number| scope.spawn(move || site(number))).collect();
        sites.into_iter().for_each(|site| site.join().expect("a site comes to its end"));
    });
}

/// Records one run; gives how many entries that were, with its checkpoint.
fn record(log: &RunLog, unit: &Unit, attempt: units::Attempt) -> u64 {
    let (bodies, reason) = unit.run(attempt);
    for (number, body) in (1_u64..).zip(&bodies) {
        log.append(number * 20_000_000, body).expect("the store takes it");
    }
    let count = bodies.len() as u64;
    log.end((count + 1) * 20_000_000, &reason.into()).expect("the run's end");
    count + 3
}

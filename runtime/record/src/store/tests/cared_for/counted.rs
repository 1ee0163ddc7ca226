//! What is in a store, counted.

use super::super::orphans::orphan;
use super::*;
use crate::store::care::{Counted, Figures, figures};

fn counted(dir: &Path) -> Figures {
    figures(dir).unwrap().unwrap()
}

#[test]
fn entries_are_counted_by_type_and_runs_by_mode_and_end() {
    let dir = tempdir().unwrap();
    assert_eq!(figures(dir.path()).unwrap(), None);
    passing_run(dir.path(), "SN1");
    passing_run(dir.path(), "SN2");
    orphan(dir.path(), &[]);
    let store = Store::open(dir.path()).unwrap();
    let run = store.start_run(header("SN3")).unwrap();
    run.end(1, &Reason::Limit.into()).unwrap();
    let running = store.start_run(header("SN4")).unwrap();
    orphan(dir.path(), &[]);
    let log = counted(dir.path()).logs.remove(0);
    let runs: Vec<_> = log.runs.iter().map(|it| (it.mode, it.ended.as_str(), it.count)).collect();
    let once = ["fail", "interrupted", "killed", "running"].map(|ended| ("engineering", ended, 1));
    assert_eq!(runs, [&[("engineering", "pass", 2)], &once[..]].concat());
    drop(running);

    let all = entries(dir.path());
    assert_eq!(log.entries.iter().map(|it| it.counted.count).sum::<u64>(), all.len() as u64);
    for it in &log.entries {
        let same = all.values().filter(|entry| entry.kind == it.kind);
        assert_eq!(it.counted.count, same.count() as u64, "{}", it.kind);
    }
    let bytes: i64 = connect(dir.path())
        .query_row("SELECT sum(length(bytes)) FROM entry", [], |row| row.get(0))
        .unwrap();
    assert_eq!(log.entries.iter().map(|it| it.counted.bytes).sum::<u64>(), bytes.unsigned_abs());
    assert!(log.entries.is_sorted_by_key(|it| std::cmp::Reverse(it.counted.count)));
}

#[test]
fn a_file_that_is_named_twice_counts_once() {
    let dir = tempdir().unwrap();
    attached(dir.path());
    let log = counted(dir.path()).logs.remove(0);
    assert_eq!(log.attachments, Counted { count: 2, bytes: 6 });
    // One run added all of it but what the log began with, and its files.
    let growth = log.growth.unwrap();
    assert_eq!((growth.last, growth.median), (1, growth.last_mean));
    assert!(growth.median > log.database / 2 && growth.median < log.database, "{log:?}");
}

#[test]
fn a_store_that_has_just_begun_has_no_pace_yet() {
    let dir = tempdir().unwrap();
    passing_run(dir.path(), "SN1");
    let all = counted(dir.path());
    assert_eq!((all.per_day, all.days_left), (None, None));
    assert!(all.free.unwrap() > 0);
}

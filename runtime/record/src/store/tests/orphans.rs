//! What becomes of runs that never ended.

use std::path::Path;

use tempfile::tempdir;
use uuid::Uuid;

use super::{entries, header};
use crate::body::{Aftermath, Body, Process, RunInterrupted, Safe, SafeBy, SafeOutcome, Setpoint};
use crate::store::database::Unsettled;
use crate::store::seal::Seal;
use crate::store::signing::Signing;
use crate::store::writer::Writer;
use crate::store::{Orphan, Store, database, testify};
use crate::verdict::Verdict;

/// A run that said `bodies` and whose process is gone.
pub(super) fn orphan(dir: &Path, bodies: &[Body]) -> Uuid {
    let (connection, path, settings) = database::open(dir).unwrap();
    // Above the largest number that Linux gives to a process.
    let process = Process { pid: 1 << 23, ..Process::this() };
    let signing = Signing::with(Seal::of(dir));
    let writer =
        Writer { connection, path, settings, process, unsettled: Unsettled::default(), signing };
    let store = Store::over(dir, writer).unwrap();
    let run = store.start_run(header("SN1")).unwrap();
    bodies.iter().for_each(|body| run.append(1, body).unwrap());
    run.id()
}

/// What a guard adds to what the process left behind.
fn guard_says(dir: &Path, run: Uuid, body: &Body) {
    let Body::Safe(safe) = body else { panic!("a guard says what is safe") };
    testify(dir, run, &header("SN1").author(), 2, [safe.clone()]).unwrap();
}

fn safe(role: &str) -> Safe {
    let (state, read_back) = ("off".to_owned(), "0".to_owned());
    Safe {
        role: role.into(),
        outcome: SafeOutcome::Confirmed { state, read_back },
        by: SafeBy::Guard,
    }
}

fn not_safe(role: &str) -> Safe {
    let message = "nobody answers".to_owned();
    Safe { role: role.into(), outcome: SafeOutcome::NotConfirmed { message }, by: SafeBy::Guard }
}

fn on(role: &str) -> Body {
    let verb = "on".to_owned();
    Body::Output(Setpoint { step: None, role: role.into(), verb, value: None })
}

fn closed(dir: &Path, run: Uuid) -> Option<RunInterrupted> {
    Store::reader(dir).unwrap().run(&run.to_string()).unwrap().interrupted
}

#[test]
fn what_became_of_its_bench_stands_in_the_entry_that_closes_a_run() {
    let dir = tempdir().unwrap();
    let run = orphan(dir.path(), &[on("psu")]);
    let after = Aftermath::NextRun { safe: vec![safe("psu"), not_safe("dmm")] };
    let mut asked = 0;
    let answer = |it: &Orphan| {
        assert_eq!((it.id(), it.header(), it.process().pid), (run, &header("SN1"), 1 << 23));
        asked += 1;
        Some(after.clone())
    };
    drop(Store::open_after(dir.path(), &mut { answer }).unwrap());
    assert_eq!(asked, 1);
    assert_eq!(closed(dir.path(), run).unwrap().after, after);
    let mut all = entries(dir.path()).into_values();
    let last = all.find(|entry| entry.kind == "run.interrupted").unwrap();
    assert_eq!(
        last.body.get(),
        "{\"verdict\":\"aborted\",\"reason\":\"interrupted\",\"recovered\":0,\"after\":\
         {\"by\":\"next-run\",\"safe\":[{\"role\":\"psu\",\"outcome\":{\"is\":\"confirmed\",\
         \"state\":\"off\",\"read_back\":\"0\"},\"by\":\"guard\"},{\"role\":\"dmm\",\"outcome\":\
         {\"is\":\"not-confirmed\",\"message\":\"nobody answers\"},\"by\":\"guard\"}]}}"
    );
}

#[test]
fn a_run_is_looked_after_by_one_process_at_a_time() {
    let dir = tempdir().unwrap();
    let run = orphan(dir.path(), &[]);
    for deleted in [false, true] {
        if deleted {
            std::fs::remove_dir_all(dir.path().join("open")).unwrap();
        }
        let mut second = |_: &Orphan| -> Option<Aftermath> { panic!("taken over twice") };
        let mut first = |_: &Orphan| {
            Store::close_orphans(dir.path(), &mut second).unwrap();
            assert_eq!(closed(dir.path(), run), None, "not closed before its bench is safe");
            None
        };
        Store::close_orphans(dir.path(), &mut first).unwrap();
    }
}

#[test]
fn a_run_that_nobody_looked_after_is_left_for_the_next() {
    let dir = tempdir().unwrap();
    let run = orphan(dir.path(), &[on("psu")]);
    drop(Store::open_after(dir.path(), &mut |_| None).unwrap());
    assert_eq!(closed(dir.path(), run), None);
    drop(Store::open(dir.path()).unwrap());
    let after = closed(dir.path(), run).unwrap().after;
    assert!(matches!(after, Aftermath::Nobody { .. }), "{after:?}");
    let list = Store::reader(dir.path()).unwrap().list().unwrap();
    assert_eq!(list[0].verdict, Some(Verdict::Aborted));
}

#[test]
fn an_instrument_that_says_too_much_does_not_keep_a_run_open() {
    let dir = tempdir().unwrap();
    let run = orphan(dir.path(), &[]);
    let outcome = SafeOutcome::NotConfirmed { message: "x".repeat(100_000) };
    let mut after = |_: &Orphan| {
        let safe = vec![Safe { role: "psu".into(), outcome: outcome.clone(), by: SafeBy::Guard }];
        Some(Aftermath::NextRun { safe })
    };
    drop(Store::open_after(dir.path(), &mut after).unwrap());
    let after = closed(dir.path(), run).unwrap().after;
    assert!(matches!(&after, Aftermath::Nobody { why } if why.contains("too long")), "{after:?}");
}

#[test]
fn a_store_that_is_not_there_has_no_such_runs_and_is_not_made() {
    let dir = tempdir().unwrap();
    let store = dir.path().join("none");
    Store::close_orphans(&store, &mut |_| None).unwrap();
    assert!(!store.exists());
}

#[test]
fn what_was_said_of_a_role_counts_until_the_role_is_used_again() {
    let dir = tempdir().unwrap();
    let (psu, dmm) = (Body::Safe(safe("psu")), Body::Safe(safe("dmm")));
    let run = orphan(dir.path(), &[on("psu"), psu.clone(), dmm, on("psu")]);
    let known = || {
        let mut known = Vec::new();
        let look = |it: &Orphan| {
            known = it.safe().to_vec();
            None
        };
        Store::close_orphans(dir.path(), &mut { look }).unwrap();
        known
    };
    assert_eq!(known(), [safe("dmm")], "the supply was switched on after it was said to be safe");
    guard_says(dir.path(), run, &Body::Safe(not_safe("psu")));
    assert_eq!(known(), [safe("dmm"), not_safe("psu")]);
    guard_says(dir.path(), run, &psu);
    assert_eq!(known(), [safe("dmm"), safe("psu")]);
    drop(Store::open(dir.path()).unwrap());
    assert_eq!(closed(dir.path(), run).unwrap().recovered, 2, "what the guard said is kept");
}

#[test]
fn files_of_runs_that_died_before_they_were_in_the_log_do_not_pile_up() {
    let dir = tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let goes_on = store.start_run(header("SN1")).unwrap();
    let file = |name: String| dir.path().join("open").join(name);
    let spool = |run: Uuid| file(format!("{run}.jsonl"));
    let (dead, begins) = (spool(Uuid::now_v7()), spool(Uuid::now_v7()));
    let others = file("notes.txt".into());
    for path in [&dead, &begins, &others] {
        std::fs::write(path, "{\"cut off").unwrap();
    }
    let begun = std::fs::File::open(&begins).unwrap();
    begun.lock().unwrap();
    drop(Store::open(dir.path()).unwrap());
    assert!(!dead.exists(), "nobody has any use for it");
    for path in [&begins, &others, &spool(goes_on.id())] {
        assert!(path.exists(), "{path:?} is none of its business");
    }
}

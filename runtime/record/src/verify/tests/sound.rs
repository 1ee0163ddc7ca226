//! Records that are what they were.

use super::*;
use crate::body::Note;
use crate::store::NewKey;

#[test]
fn a_record_that_nobody_touched_holds() {
    let dir = store();
    let report = strictly(dir.path());
    assert!(report.holds(), "{report:#?}");
    let [log] = report.logs.as_slice() else { panic!("{report:?}") };
    assert_eq!((log.entries, log.signed, log.checkpoints), (ENTRIES, ENTRIES - 1, 4));
    assert_eq!((log.runs, log.attachments, log.rejudged), (3, 1, 3));
    assert_eq!(log.origin.as_deref(), Some(anchor(dir.path()).checkpoint().origin.as_str()));
    let [unseen] = log.unseen.as_slice() else { panic!("{log:?}") };
    assert!(unseen.starts_with("whether the end of the log was cut off"), "{unseen}");
}

#[test]
fn a_run_that_goes_on_does_not_spoil_the_record() {
    let dir = tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let run = store.start_run(header("SN1")).unwrap();
    run.append(1, &begin(1)).unwrap();
    run.barrier().unwrap();
    let report = strictly(dir.path());
    assert!(report.holds(), "{report:#?}");
    assert_eq!(report.logs[0].unseen[1], "the last 2 entries are hashed and not signed yet");
    assert_eq!(report.logs[0].unseen[2], "1 run has no end: it goes on, or its process died");
}

#[test]
fn what_was_there_before_is_still_there_by_an_anchor() {
    let dir = store();
    let old = anchor(dir.path());
    run(dir.path(), header("SN3"), &[begin(1), end(1, Reason::Passed)], Reason::Passed);
    let report = against(dir.path(), &old);
    assert!(report.holds(), "{report:#?}");
    assert_eq!(report.logs[0].anchored, Some(ENTRIES - 1));
    assert!(against(dir.path(), &anchor(dir.path())).holds());
}

#[test]
fn a_key_that_the_one_before_it_vouched_for_signs_on() {
    let dir = store();
    let old = anchor(dir.path());
    let NewKey { key, .. } = Store::new_key(dir.path(), "ST1").unwrap();
    run(dir.path(), header("SN3"), &[], Reason::ScriptError);
    let report = against(dir.path(), &old);
    assert!(report.holds(), "{report:#?}");
    assert_eq!(report.logs[0].key, Some(key.to_string()));
}

#[test]
fn simulated_and_real_runs_are_verified_each_in_their_log() {
    let dir = store();
    let simulated = RunHeader { mode: Mode::Simulate, ..header("SN1") };
    run(&Mode::Simulate.folder(dir.path()), simulated, &[], Reason::ScriptError);
    let report = strictly(dir.path());
    assert!(report.holds(), "{report:#?}");
    assert_eq!(report.logs.len(), 2);
    assert!(report.logs[1].origin.as_ref().unwrap().ends_with("/NOT-FOR-PRODUCTION"));
}

#[test]
fn nothing_is_no_record() {
    let dir = tempdir().unwrap();
    assert!(strictly(dir.path()).is_empty());
    assert!(strictly(&dir.path().join("nowhere")).is_empty());
    Store::new_key(dir.path(), "ST1").unwrap();
    drop(Store::open(dir.path()).unwrap());
    assert!(strictly(dir.path()).is_empty());
}

/// What is wrong with a run that was recorded and signed like this.
fn said(bodies: &[Body], reason: Reason) -> String {
    let dir = tempdir().unwrap();
    run(dir.path(), header("SN1"), bodies, reason);
    let (about, seq, what) = first(dir.path());
    assert!(matches!(about, About::Run | About::Verdict), "{what}");
    assert!(seq.is_some(), "{what}");
    what
}

#[test]
fn a_run_that_cannot_have_happened_so_is_found_however_well_it_is_signed() {
    let fine = Reason::Passed;
    let note = Body::Note(Note { step: Some(1), text: "late".into() });
    let inner = StepStarted { step: 2, parent: Some(1), ..StepStarted::default() };
    let inner = Body::StepStarted(inner);
    assert_eq!(said(&[begin(2)], Reason::ScriptError), "step 2 begins where step 1 has to");
    assert_eq!(said(&[end(1, fine)], fine), "step 1 ends, which is not the one that goes on");
    assert_eq!(
        said(&[begin(1), inner.clone(), end(1, fine)], fine),
        "step 1 ends, which is not the one that goes on"
    );
    assert_eq!(
        said(&[begin(1), end(1, fine), inner], fine),
        "step 2 is not part of the step that goes on"
    );
    assert_eq!(
        said(&[begin(1), end(1, fine), note], fine),
        "`note` in step 1, which does not go on"
    );
    assert_eq!(said(&[begin(1)], fine), "the run is PASS, though step 1 goes on");
}

#[test]
fn a_verdict_that_does_not_follow_is_found_however_well_it_is_signed() {
    let bad = || Body::Measurement(rail(Some(1), 1.9));
    let (failed, fine) = (Reason::Limit, Reason::Passed);
    assert_eq!(
        said(&[begin(1), bad(), end(1, fine)], failed),
        "step 1 is PASS, though something in it is FAIL"
    );
    assert_eq!(
        said(&[begin(1), bad(), end(1, failed)], fine),
        "the run is PASS, though something in it is FAIL"
    );
    let mut lie = rail(Some(1), 1.9);
    lie.verdict = crate::Verdict::Pass;
    let lie = [begin(1), Body::Measurement(lie), end(1, fine)];
    assert_eq!(
        said(&lie, fine),
        "`rail_1v8` is FAIL by its own value and limit, but the record says PASS"
    );
    let dir = tempdir().unwrap();
    run(dir.path(), header("SN1"), &lie, fine);
    assert!(verify(dir.path(), &Against::default()).holds(), "only `rejudge` looks at that");
    let mut wrong = StepEnded::new(1, failed);
    wrong.verdict = crate::Verdict::Pass;
    assert_eq!(
        said(&[begin(1), Body::StepEnded(wrong)], failed),
        "step 1 is PASS, which its reason does not give"
    );
}

#[test]
fn a_run_in_the_log_of_another_mode_is_found() {
    let dir = store();
    run(dir.path(), RunHeader { mode: Mode::Simulate, ..header("SN1") }, &[], Reason::ScriptError);
    assert_eq!(first(dir.path()).2, "an entry in the mode `simulate` in this log");
}

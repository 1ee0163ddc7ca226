//! Whether the evidence about a unit is complete: today it never is, and says why.

use super::*;
use crate::evidence::release::ReleaseCheck;

fn of(store: &Filling, serial: &str) -> ReleaseCheck {
    let it = ReleaseCheck::of(&store.readers(), serial).unwrap();
    assert!(!it.complete, "there are no release manifests");
    assert!(it.missing[0].starts_with("an approved release manifest"), "{:?}", it.missing);
    it
}

fn missing(store: &Filling) -> Vec<String> {
    of(store, "SN1").missing.split_off(1)
}

#[test]
fn a_unit_that_nobody_has_tested_is_not_complete() {
    let store = Filling::new();
    assert_eq!(missing(&store), ["any run of this unit: none is recorded"]);
    store.run(header(Mode::Production, "p", "SN1"), &[], Reason::Passed);
    let other = of(&store, "sn1").missing;
    assert_eq!(other.len(), 2, "letter case counts: {other:?}");
}

/// R-H6.
#[test]
fn a_simulated_pass_of_a_real_serial_number_counts_for_nothing() {
    let store = Filling::new();
    store.run(header(Mode::Simulate, "p", "SN1"), &[], Reason::Passed);
    store.run(header(Mode::Engineering, "p", "SN1"), &[], Reason::Passed);
    assert_eq!(missing(&store), ["a production run of plan p: 2 attempts in other modes"]);
    let plans = of(&store, "SN1").plans;
    let attempts: Vec<_> = plans[0].attempts.iter().map(|it| it.not_counted.as_deref()).collect();
    assert_eq!(
        attempts,
        [Some("no evidence about any real unit"), Some("no evidence for the release of a unit")]
    );
}

#[test]
fn a_production_run_counts_only_as_long_as_no_later_one_failed() {
    let store = Filling::new();
    store.run(header(Mode::Production, "p", "SN1"), &[], Reason::Passed);
    assert_eq!(missing(&store), ["proof that the manifest of plan p (NOT RECORDED) was approved"]);
    store.run(header(Mode::Production, "p", "SN1"), &[], Reason::Limit);
    assert_eq!(missing(&store), ["a PASS of plan p: its last production run is FAIL"]);
    let purpose = Some("service".to_owned());
    let serviced = RunHeader { purpose, ..header(Mode::Production, "p", "SN1") };
    store.run(serviced, &[], Reason::Passed);
    assert_eq!(missing(&store), ["a PASS of plan p: its last production run is FAIL"]);
}

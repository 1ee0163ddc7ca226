//! Yield: what is counted, and what the figures are.

use super::*;
use crate::evidence::Share;
use crate::evidence::yields::{PlanYield, Scope, Yield, yields};

const PRODUCTION: Mode = Mode::Production;

fn all(store: &Filling) -> Yield {
    yields(&store.readers(), Scope::default()).unwrap()
}

/// The only plan in the only mode.
fn only(store: &Filling) -> PlanYield {
    let mut modes = all(store).modes;
    assert_eq!((modes.len(), modes[0].plans.len()), (1, 1));
    modes.remove(0).plans.remove(0)
}

fn share(of: u64, n: u64) -> Share {
    Share { of, n }
}

/// with its golden numbers: .98 × .97 × .99 × .95 = 0.89404.
#[test]
fn the_rolled_throughput_of_the_golden_yields_is_the_golden_one() {
    let store = Filling::new();
    for (plan, good) in [("assembly", 98), ("board", 97), ("final", 99), ("radio", 95)] {
        for unit in 0..100 {
            let reason = if unit < good { Reason::Passed } else { Reason::Limit };
            store.run(header(PRODUCTION, plan, &format!("SN{unit}")), &[], reason);
        }
    }
    let answer = all(&store);
    let mode = &answer.modes[0];
    assert!(mode.counts);
    let passed: Vec<_> = mode.plans.iter().map(|it| it.first_pass).collect();
    assert_eq!(passed, [98, 97, 99, 95].map(|of| share(of, 100)));
    let rolled = &mode.products[0];
    assert_eq!(rolled.plans, ["assembly", "board", "final", "radio"]);
    assert_eq!(format!("{:.5}", rolled.throughput.unwrap()), "0.89404");
}

#[test]
fn a_retest_changes_the_final_yield_and_never_the_first_pass() {
    let store = Filling::new();
    let run = |serial: &str, reason| store.run(header(PRODUCTION, "p", serial), &[], reason);
    run("A", Reason::Passed);
    run("B", Reason::Limit);
    run("B", Reason::Passed);
    run("C", Reason::Limit);
    let plan = only(&store);
    assert_eq!(plan.first_pass, share(1, 3));
    assert_eq!(plan.last, share(2, 3));
    assert_eq!(plan.retested, share(1, 3));
}

#[test]
fn only_the_last_attempt_at_a_measurement_within_a_run_is_in_its_figures() {
    let store = Filling::new();
    let judged = |value: f64, attempt| {
        let limit = crate::Limit::between(1.0, 2.0).unwrap();
        let origins = pogo_hal::Origins::none();
        let (it, _) = crate::Judged::new(None, "level", value.into(), &origins, limit);
        crate::Body::Measurement(it.in_attempt(attempt))
    };
    store.run(header(PRODUCTION, "p", "A"), &[judged(1.5, 1)], Reason::Passed);
    let retried = [judged(9.0, 1), judged(8.0, 2), judged(1.25, 3)];
    store.run(header(PRODUCTION, "p", "B"), &retried, Reason::Passed);
    let plan = only(&store);
    let figures = &plan.measurements[0];
    assert_eq!((figures.capability.n, figures.capability.mean), (2, Some(1.375)), "{figures:?}");
    assert!(plan.pareto.is_empty(), "{:?}", plan.pareto);
}

#[test]
fn an_attempt_without_a_verdict_is_no_first_pass_and_is_counted_apart_from_failures() {
    let store = Filling::new();
    let run = |serial: &str, reason| store.run(header(PRODUCTION, "p", serial), &[], reason);
    run("A", Reason::Interrupted);
    run("A", Reason::Passed);
    run("B", Reason::BenchError);
    run("C", Reason::Passed);
    let plan = only(&store);
    let verdicts = (plan.runs.pass, plan.runs.fail, plan.runs.error, plan.runs.aborted);
    assert_eq!(verdicts, (2, 0, 1, 1));
    assert_eq!((plan.first_pass, plan.first_verdict), (share(1, 3), share(1, 1)));
    assert!(plan.pareto.is_empty(), "{:?}", plan.pareto);
}

#[test]
fn the_pareto_counts_runs_and_names_failures_without_a_value_by_their_reason() {
    let store = Filling::new();
    let (bad, good) =
        (measured("rail", 2.0, between(1.0, 1.9)), measured("rail", 1.5, between(1.0, 1.9)));
    let other = measured("idle", 9.0, between(1.0, 8.0));
    let run = |serial: &str, bodies: &[Body], reason| {
        store.run(header(PRODUCTION, "p", serial), bodies, reason);
    };
    run("A", &[bad.clone(), bad.clone(), bad.clone(), other.clone()], Reason::Limit);
    run("B", &[bad, good], Reason::Limit);
    run("C", &[], Reason::NoAnswer);
    let rows: Vec<_> = only(&store).pareto;
    let rows: Vec<_> = rows.iter().map(|it| (&*it.what, it.runs, it.so_far)).collect();
    assert_eq!(rows, [("rail", 2, 0.5), ("idle", 1, 0.75), ("(the unit did not answer)", 1, 1.0)]);
}

#[test]
fn modes_are_never_counted_together_and_only_production_counts() {
    let store = Filling::new();
    for mode in [Mode::Simulate, Mode::Engineering, Mode::Production] {
        store.run(header(mode, "p", "A"), &[], Reason::Passed);
    }
    let modes: Vec<_> = all(&store).modes;
    let modes: Vec<_> =
        modes.iter().map(|it| (it.mode, it.counts, it.plans[0].runs.pass)).collect();
    assert_eq!(
        modes,
        [(PRODUCTION, true, 1), (Mode::Engineering, false, 1), (Mode::Simulate, false, 1)]
    );
    let scope = Scope { mode: Some(Mode::Simulate), ..Scope::default() };
    let modes = yields(&store.readers(), scope).unwrap().modes;
    assert_eq!((modes.len(), modes[0].mode), (1, Mode::Simulate));
}

#[test]
fn values_that_another_limit_judged_are_a_row_of_their_own() {
    let store = Filling::new();
    let values = |low, numbers: &[f64]| -> Vec<Body> {
        numbers.iter().map(|it| measured("rail", *it, between(low, 11.0))).collect()
    };
    store.run(header(PRODUCTION, "p", "A"), &values(9.0, &[9.8, 10.0]), Reason::Passed);
    store.run(header(PRODUCTION, "p", "B"), &values(9.0, &[10.2, 10.0, 9.9]), Reason::Passed);
    store.run(header(PRODUCTION, "p", "C"), &values(8.0, &[f64::NAN, 9.0]), Reason::NotANumber);
    let plan = only(&store);
    let [first, second] = &plan.measurements[..] else { panic!("{:?}", plan.measurements) };
    assert_eq!((first.capability.n, second.capability.n), (5, 1));
    assert!(first.limits_changed && second.limits_changed);
    assert_eq!((first.not_numbers, second.not_numbers), (0, 1));
    // Worked out by hand beside `Capability`; here they come through the log, in its order.
    assert_eq!(format!("{:.5}", first.capability.cpk.unwrap()), "2.10631");
    assert_eq!(format!("{:.5}", first.capability.ppk.unwrap()), "2.20239");
    assert_eq!((&*first.shown.mean, &*first.shown.s), ("9.98 V", "0.148 V"));
}

#[test]
fn a_retest_is_known_as_one_though_its_first_attempt_is_out_of_scope() {
    let store = Filling::new();
    store.run(header(PRODUCTION, "p", "A"), &[], Reason::Limit);
    let first = store.readers()[0].list().unwrap()[0].started;
    store.run(header(PRODUCTION, "p", "A"), &[], Reason::Passed);
    let since = first.checked_add(jiff::SignedDuration::from_nanos(1)).unwrap();
    let scope = Scope { since: Some(since), ..Scope::default() };
    let plan = yields(&store.readers(), scope).unwrap().modes.remove(0).plans.remove(0);
    assert_eq!(
        (plan.first_pass, plan.last, plan.retested),
        (share(0, 0), share(1, 1), share(1, 1))
    );
    let scope = Scope { until: Some(since), ..Scope::default() };
    let plan = yields(&store.readers(), scope).unwrap().modes.remove(0).plans.remove(0);
    assert_eq!(
        (plan.first_pass, plan.last, plan.retested),
        (share(0, 1), share(0, 1), share(0, 1))
    );
}

#[test]
fn service_and_incoming_inspection_are_not_counted_and_said_to_be_left_out() {
    let store = Filling::new();
    let purpose = |it: &str| RunHeader { purpose: Some(it.into()), ..header(PRODUCTION, "p", "A") };
    store.run(purpose("production"), &[], Reason::Passed);
    store.run(purpose("incoming"), &[], Reason::Limit);
    store.run(purpose("service"), &[], Reason::Limit);
    let answer = all(&store);
    assert_eq!(answer.other_purposes, 2);
    assert_eq!(answer.modes[0].plans[0].runs.ended(), 1);
}

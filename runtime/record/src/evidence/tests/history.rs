//! What is known of a unit, and of a lot.

use super::*;
use crate::body::{Component, Firmware, Source, Udi};
use crate::evidence::attempt::outcome;
use crate::evidence::history::{History, LotHistory};

fn history(store: &Filling, serial: &str) -> History {
    History::of(&store.readers(), serial).unwrap()
}

/// R-H5: nobody retests a unit into passing without it being seen.
#[test]
fn ten_retests_are_ten_attempts_in_their_order() {
    let store = Filling::new();
    for attempt in 1..=10 {
        let reason = if attempt == 10 { Reason::Passed } else { Reason::Limit };
        store.run(header(Mode::Production, "p", "SN1"), &[], reason);
    }
    let of = history(&store, "SN1");
    let words: Vec<_> = of.attempts.iter().map(|it| outcome(&it.run).word).collect();
    assert_eq!(words, [["FAIL"; 9].as_slice(), &["PASS"]].concat());
    let numbers: Vec<_> = of.attempts.iter().map(|it| it.run.summary.attempt).collect();
    assert_eq!(numbers, (1..=10).map(Some).collect::<Vec<_>>());
    let plans: Vec<_> = of.answers[0].passed[0].is.lines().collect();
    assert_eq!(plans, ["p: PASS at the last of 10 attempts"]);
}

#[test]
fn attempts_of_both_logs_stand_in_one_order_and_only_production_counts() {
    let store = Filling::new();
    for mode in [Mode::Simulate, Mode::Production, Mode::Engineering, Mode::Simulate] {
        store.run(header(mode, "p", "SN1"), &[], Reason::Passed);
    }
    let of = history(&store, "SN1");
    let modes: Vec<_> = of.attempts.iter().map(|it| (it.run.summary.mode, it.counts)).collect();
    let (yes, no) = ((Mode::Production, true), |mode| (mode, false));
    assert_eq!(modes, [no(Mode::Simulate), yes, no(Mode::Engineering), no(Mode::Simulate)]);
    assert_eq!(of.warning(), None);
    let answers: Vec<_> = of.answers.iter().map(|it| (it.mode, it.attempts)).collect();
    assert_eq!(answers, [(Mode::Production, 1), (Mode::Engineering, 1), (Mode::Simulate, 2)]);
}

#[test]
fn a_unit_without_a_production_run_has_no_evidence_and_says_so() {
    let store = Filling::new();
    store.run(header(Mode::Simulate, "p", "SN1"), &[], Reason::Passed);
    let of = history(&store, "SN1");
    assert!(of.warning().unwrap().starts_with("NO EVIDENCE about this unit"));
    let production = &of.answers[0];
    assert_eq!((production.mode, production.attempts), (Mode::Production, 0));
    for (question, facts) in production.all() {
        for fact in facts {
            assert_eq!(fact.is.lines().collect::<Vec<_>>(), ["NOT RECORDED"], "{question}");
        }
    }
}

/// R-P.3: what was built, when, how configured, with what, which tests passed.
#[test]
fn the_five_answers_say_what_is_known_and_what_is_not() {
    let store = Filling::new();
    let mut header = header(Mode::Production, "p", "SN1");
    header.lot = Some("L1".into());
    header.device.revision = Some("C".into());
    header.plan.revision = Some("7".into());
    header.operator.id = Some("anna".into());
    let (name, version) = ("application".to_owned(), "1.2.3".to_owned());
    let firmware = Body::Firmware(Firmware { step: None, name, version, sha256: None });
    let sensor = Body::Component(Component {
        name: "sensor".into(),
        serial: Some("S7".into()),
        source: Source::Scanned,
        ..Component::default()
    });
    store.run(header, &[firmware, sensor], Reason::Passed);
    let of = history(&store, "SN1");
    let said = |question: usize, what: &str| -> Vec<String> {
        let (_, facts) = of.answers[0].all()[question];
        let fact = facts.iter().find(|it| it.what == what).unwrap();
        fact.is.lines().map(str::to_owned).collect()
    };
    assert_eq!(said(0, "lot"), ["L1"]);
    assert_eq!(said(0, "UDI"), ["NOT RECORDED"]);
    assert_eq!(said(1, "operator"), ["anna"]);
    assert_eq!(said(2, "plan"), ["p, revision 7"]);
    assert_eq!(said(2, "firmware"), ["application 1.2.3"]);
    assert_eq!(said(3, "components"), ["sensor serial S7, scanned"]);
    assert_eq!(said(3, "instruments"), ["NOT RECORDED"]);
    assert_eq!(said(4, "plans"), ["p: PASS at the only attempt"]);
    let json = serde_json::to_value(&of).unwrap();
    let udi = &json["answers"][0]["built"][2];
    assert_eq!((&udi["what"], &udi["is"]), (&"UDI".into(), &"NOT RECORDED".into()));
}

///
#[test]
fn serial_numbers_with_another_case_are_other_units() {
    let store = Filling::new();
    store.run(header(Mode::Production, "p", "SN1"), &[], Reason::Passed);
    assert!(history(&store, "sn1").attempts.is_empty());
    assert_eq!(store.readers()[0].serials_like("sn1").unwrap(), ["SN1"]);
    assert_eq!(store.readers()[0].serials_like("SN1").unwrap(), Vec::<String>::new());
}

#[test]
fn entries_of_runs_beside_it_are_not_taken_for_its_own() {
    let store = Filling::new();
    let begin = |serial: &str| store.real.start_run(header(Mode::Production, "p", serial)).unwrap();
    let (one, other) = (begin("SN1"), begin("SN2"));
    for number in 0..3 {
        one.append(number, &measured("one", 1.0, between(0.0, 2.0))).unwrap();
        other.append(number, &measured("other", 1.0, between(0.0, 2.0))).unwrap();
    }
    one.end(9, &Reason::Passed.into()).unwrap();
    let names = |serial: &str| -> Vec<String> {
        let of = history(&store, serial);
        of.attempts[0].run.measurements.iter().map(|it| it.name.clone()).collect()
    };
    assert_eq!(names("SN1"), ["one"; 3]);
    assert_eq!(names("SN2"), ["other"; 3]);
    assert_eq!(outcome(&history(&store, "SN2").attempts[0].run).word, "GOES ON");
}

/// the quantity tested, and the quantity that passed.
#[test]
fn a_lot_counts_its_units_by_the_last_run_of_each_plan() {
    let store = Filling::new();
    let of_lot = |plan: &str, serial: &str| RunHeader {
        lot: Some("L1".into()),
        ..header(Mode::Production, plan, serial)
    };
    store.run(of_lot("board", "A"), &[], Reason::Limit);
    store.run(of_lot("board", "A"), &[], Reason::Passed);
    store.run(of_lot("final", "A"), &[], Reason::Passed);
    store.run(of_lot("board", "B"), &[], Reason::Passed);
    store.run(of_lot("final", "B"), &[], Reason::Limit);
    let mut labelled = header(Mode::Production, "board", "C");
    labelled.device.udi = Some(Udi { lot: Some("L1".into()), ..Udi::default() });
    store.run(labelled, &[], Reason::Passed);
    store.run(header(Mode::Production, "board", "D"), &[], Reason::Passed);
    let mut simulated = of_lot("board", "E");
    simulated.mode = Mode::Simulate;
    store.run(simulated, &[], Reason::Passed);
    let of = LotHistory::of(&store.readers(), "L1").unwrap();
    let modes: Vec<_> = of.modes.iter().map(|it| (it.mode, it.tested, it.passed)).collect();
    assert_eq!(modes, [(Mode::Production, 3, 2), (Mode::Simulate, 1, 1)]);
    let units: Vec<_> =
        of.modes[0].units.iter().map(|it| (&*it.serial, it.runs, it.passed)).collect();
    assert_eq!(units, [("A", 3, true), ("B", 2, false), ("C", 1, true)]);
    assert!(LotHistory::of(&store.readers(), "l1").unwrap().is_empty());
}

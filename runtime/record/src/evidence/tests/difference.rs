//! What two runs do not have in common.

use super::*;
use crate::body::{Asset, Firmware, HashedFile, StepEnded, StepStarted};
use crate::evidence::difference::{Difference, Kind};
use crate::store::Run;

/// Both runs of a store with two.
fn both(store: &Filling) -> [Run; 2] {
    let reader = &store.readers()[0];
    let ids: Vec<_> = reader.list().unwrap().into_iter().map(|run| run.id.to_string()).collect();
    [1, 0].map(|at| reader.run(&ids[at]).unwrap())
}

fn of(store: &Filling) -> Difference {
    let [a, b] = both(store);
    Difference::of(&a, &b)
}

fn bench() -> RunHeader {
    let mut header = header(Mode::Production, "p", "SN1");
    let (name, sha256) = ("power.rhai".to_owned(), "77".repeat(32));
    header.plan.files = vec![HashedFile { name, sha256 }];
    header.clock.seed = Some(7);
    let (role, serial) = ("dmm".to_owned(), Some("MY1".to_owned()));
    header.assets = vec![Asset { role, serial, ..Asset::default() }];
    header
}

fn rail(value: f64) -> Vec<Body> {
    let started = StepStarted { step: 1, name: "rail".into(), ..StepStarted::default() };
    let mut judged = measured("rail_1v8", value, between(1.7, 1.9));
    if let Body::Measurement(judged) = &mut judged {
        judged.step = Some(1);
    }
    let ended = StepEnded::new(1, Reason::Passed);
    vec![Body::StepStarted(started), judged, Body::StepEnded(ended)]
}

fn firmware(version: &str) -> Body {
    let (name, version) = ("application".to_owned(), version.to_owned());
    Body::Firmware(Firmware { step: None, name, version, sha256: None })
}

/// R-P.0, R-P.2b.
#[test]
fn runs_that_differ_in_who_where_and_when_only_have_no_difference() {
    let store = Filling::new();
    store.run(bench(), &rail(1.8), Reason::Passed);
    let mut there = bench();
    there.station = "ST2".into();
    there.operator.id = Some("bert".into());
    there.device.serial = Some("SN2".into());
    there.assets[0].address = Some("TCPIP::192.0.2.9::5025::SOCKET".into());
    store.run(there, &rail(1.8), Reason::Passed);
    let it = of(&store);
    assert!(it.is_empty(), "{it:#?}");
    assert_eq!(it.same_results, 3, "the value, the step and the run");
    assert!(it.same_inputs > 10, "{}", it.same_inputs);
}

type Edit = fn(&mut RunHeader);

#[test]
fn an_input_that_was_changed_is_the_difference() {
    let changes: [(&str, &str, Edit); 6] = [
        ("file power.rhai", "78", |it| it.plan.files[0].sha256 = "78".repeat(32)),
        ("file more.rhai", "79", |it| {
            let (name, sha256) = ("more.rhai".into(), "79".repeat(32));
            it.plan.files.push(HashedFile { name, sha256 });
        }),
        ("seed", "8", |it| it.clock.seed = Some(8)),
        ("pogo", "0.2", |it| it.pogo.version = "0.2".into()),
        ("dmm serial", "MY2", |it| it.assets[0].serial = Some("MY2".into())),
        ("fixture file", "ab", |it| it.fixture.sha256 = Some("ab".into())),
    ];
    for (what, is, change) in changes {
        let store = Filling::new();
        store.run(bench(), &rail(1.8), Reason::Passed);
        let mut header = bench();
        change(&mut header);
        store.run(header, &rail(1.8), Reason::Passed);
        let it = of(&store);
        let [input] = &it.inputs[..] else { panic!("{what}: {:?}", it.inputs) };
        assert_eq!(input.what, what);
        assert!(input.b.as_ref().unwrap().starts_with(is), "{input:?}");
        assert_eq!(input.a.is_none(), what == "file more.rhai");
        assert!(it.results.is_empty());
    }
}

#[test]
fn a_firmware_that_was_changed_is_an_input_that_differs() {
    let store = Filling::new();
    store.run(bench(), &[firmware("1.2.3")], Reason::Passed);
    store.run(bench(), &[firmware("1.2.4")], Reason::Passed);
    let it = of(&store);
    assert_eq!((it.inputs.len(), &*it.inputs[0].what), (1, "firmware application"));
    assert_eq!(it.inputs[0].b.as_deref(), Some("1.2.4"));
}

#[test]
fn a_value_that_moved_says_how_far_in_its_unit_and_of_its_limits_width() {
    let store = Filling::new();
    store.run(bench(), &rail(1.8), Reason::Passed);
    store.run(bench(), &rail(1.82), Reason::Passed);
    let it = of(&store);
    let [change] = &it.results[..] else { panic!("{:?}", it.results) };
    assert_eq!((&*change.inside, change.kind, &*change.name), ("rail", Kind::Value, "rail_1v8"));
    assert_eq!(
        (change.a.as_deref(), change.b.as_deref()),
        (Some("1.8 V PASS"), Some("1.82 V PASS"))
    );
    assert_eq!(change.delta_shown.as_deref(), Some("+0.02 V"));
    assert!((change.of_width.unwrap() - 0.1).abs() < 1e-9, "{change:?}");
}

#[test]
fn the_last_bit_of_a_value_is_a_difference_though_both_look_the_same() {
    let store = Filling::new();
    store.run(bench(), &rail(1.8), Reason::Passed);
    store.run(bench(), &rail(1.8_f64.next_up()), Reason::Passed);
    let it = of(&store);
    assert_eq!(it.results.len(), 1);
    assert!(it.results[0].delta.unwrap() > 0.0);
}

#[test]
fn a_verdict_a_limit_and_a_value_that_is_not_there_are_differences() {
    let store = Filling::new();
    let one = measured("a", 1.0, between(0.0, 2.0));
    let other = measured("a", 1.0, between(0.0, 0.5));
    let more = measured("a", 3.0, between(0.0, 4.0));
    store.run(bench(), &[one], Reason::Passed);
    store.run(bench(), &[other, more], Reason::Limit);
    let it = of(&store);
    let rows: Vec<_> =
        it.results.iter().map(|it| (&*it.name, it.a.as_deref(), it.b.as_deref())).collect();
    assert_eq!(
        rows,
        [
            ("a", Some("1 V (0 .. 2 V) PASS"), Some("1000 mV (0 .. 500 mV) FAIL")),
            ("verdict", Some("PASS"), Some("FAIL: a value is outside its limit")),
            ("a (2)", None, Some("3 V PASS")),
        ]
    );
    assert_eq!(it.results[0].of_width, None, "there are two widths");
}

#[test]
fn what_is_no_number_in_both_is_no_difference() {
    let store = Filling::new();
    for _ in 0..2 {
        store.run(bench(), &rail(f64::NAN), Reason::NotANumber);
    }
    assert!(of(&store).is_empty());
}

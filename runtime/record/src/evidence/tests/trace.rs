//! From a part, a lot or a firmware to units, and back.

use jiff::Timestamp;

use super::*;
use crate::body::{Component, Firmware, HashedFile, Source, Udi};
use crate::evidence::trace::{Sought, Thing, Trace, TraceMode, UnitTrace};

const PRODUCTION: Mode = Mode::Production;

fn firmware(version: &str, hash: &str) -> Body {
    let (name, version) = ("application".to_owned(), version.to_owned());
    Body::Firmware(Firmware { step: None, name, version, sha256: Some(hash.repeat(32)) })
}

fn sensor(serial: &str, lot: &str) -> Body {
    Body::Component(Component {
        name: "sensor".into(),
        part: Some("TS-1".into()),
        revision: Some("B".into()),
        lot: Some(lot.into()),
        serial: Some(serial.into()),
        designator: Some("U7".into()),
        source: Source::Scanned,
        ..Component::default()
    })
}

fn of(store: &Filling, sought: Sought) -> Vec<TraceMode> {
    Trace::of(&store.readers(), sought, None).unwrap().modes
}

fn version(it: &str) -> Sought {
    Sought::Firmware(it.into())
}

/// The units in the only mode in which it was found, with how many runs found it in each.
fn units(store: &Filling, sought: Sought) -> Vec<(String, u64)> {
    let mut modes = of(store, sought);
    assert!(modes.len() < 2, "{modes:?}");
    let found = modes.pop().map(|mode| mode.found).unwrap_or_default();
    found.into_iter().map(|it| (it.serial.unwrap_or_default(), it.runs)).collect()
}

fn pairs(all: &[(&str, u64)]) -> Vec<(String, u64)> {
    all.iter().map(|(serial, runs)| ((*serial).to_owned(), *runs)).collect()
}

///
#[test]
fn a_firmware_is_found_by_its_version_by_its_hash_and_by_the_beginning_of_that() {
    let store = Filling::new();
    let run = |serial: &str, bodies: &[Body]| {
        store.run(header(PRODUCTION, "p", serial), bodies, Reason::Passed);
    };
    run("B", &[firmware("1.2.3", "ab")]);
    run("A", &[firmware("1.2.3", "ab"), firmware("1.2.3", "ab")]);
    run("A", &[firmware("1.2.3", "ab")]);
    run("C", &[firmware("1.2.30", "ac")]);
    run("D", &[]);
    let (both, other) = (pairs(&[("A", 2), ("B", 1)]), pairs(&[("C", 1)]));
    assert_eq!(units(&store, version("1.2.3")), both);
    assert_eq!(units(&store, version(&"ab".repeat(32))), both);
    assert_eq!(units(&store, version("ABABABAB")), both);
    assert_eq!(units(&store, version("acacacac")), other);
    assert_eq!(units(&store, version("1.2.30")), other);
    for nothing in ["1.2", "ababab", "abababac", "", "1.2.3 "] {
        assert_eq!(units(&store, version(nothing)), [], "{nothing}");
    }
}

/// part, revision, designator, who, when, scanned or inherited.
#[test]
fn a_component_and_its_lot_lead_to_units_with_all_that_is_known_of_it() {
    let store = Filling::new();
    let mut header = header(PRODUCTION, "p", "A");
    header.operator.id = Some("anna".into());
    store.run(header.clone(), &[sensor("S1", "C7")], Reason::Limit);
    header.device.serial = Some("B".into());
    store.run(header, &[sensor("S2", "C7")], Reason::Passed);
    assert_eq!(units(&store, Sought::Component("S2".into())), pairs(&[("B", 1)]));
    let modes = of(&store, Sought::Lot("C7".into()));
    let [a, _b] = &modes[0].found[..] else { panic!("{modes:?}") };
    assert_eq!((a.operator.as_deref(), &*a.plan), (Some("anna"), "p"));
    let Thing::Component(part) = &a.thing else { panic!("{a:?}") };
    assert_eq!(
        (part.part.as_deref(), part.revision.as_deref(), part.designator.as_deref(), part.source),
        (Some("TS-1"), Some("B"), Some("U7"), Source::Scanned)
    );
    assert!(of(&store, Sought::Component("s2".into())).is_empty(), "letter case counts");
}

///
#[test]
fn a_lot_says_as_what_it_was_found_in_a_unit() {
    let store = Filling::new();
    let mut of_lot = RunHeader { lot: Some("L1".into()), ..header(PRODUCTION, "p", "A") };
    of_lot.device.udi = Some(Udi { lot: Some("L1".into()), ..Udi::default() });
    store.run(of_lot, &[sensor("S1", "L1")], Reason::Passed);
    store.run(header(PRODUCTION, "p", "B"), &[sensor("S2", "L1")], Reason::Passed);
    let modes = of(&store, Sought::Lot("L1".into()));
    let mode = &modes[0];
    let found: Vec<_> =
        mode.found.iter().map(|it| (it.serial.as_deref(), it.thing.shown())).collect();
    let found: Vec<_> =
        found.iter().map(|(serial, (what, more))| (*serial, *what, &**more)).collect();
    assert_eq!(
        found,
        [
            (Some("A"), "lot of the unit", "as the run was started"),
            (Some("A"), "lot of the unit", "as its label says"),
            (Some("A"), "component", "sensor TS-1 revision B serial S1 lot L1 at U7, scanned"),
            (Some("B"), "component", "sensor TS-1 revision B serial S2 lot L1 at U7, scanned"),
        ]
    );
    assert_eq!(mode.units, 2);
}

#[test]
fn modes_stand_apart_and_the_one_that_counts_comes_first() {
    let store = Filling::new();
    for mode in [Mode::Simulate, Mode::Engineering, Mode::Production] {
        store.run(header(mode, "p", "A"), &[firmware("1.2.3", "ab")], Reason::Passed);
    }
    let modes: Vec<_> = of(&store, version("1.2.3"));
    let modes: Vec<_> = modes.iter().map(|it| (it.mode, it.counts, it.units)).collect();
    assert_eq!(
        modes,
        [(PRODUCTION, true, 1), (Mode::Engineering, false, 1), (Mode::Simulate, false, 1)]
    );
}

/// When the first and the second run of the unit `A` began.
fn begun(store: &Filling) -> [Timestamp; 2] {
    let mut list = store.readers()[0].list().unwrap();
    list.retain(|run| run.serial.as_deref() == Some("A"));
    [list[1].started, list[0].started]
}

/// R-P.1: the software state on that day, service runs included.
#[test]
fn a_unit_is_made_of_what_the_last_run_before_that_moment_found() {
    let store = Filling::new();
    let mut made = header(PRODUCTION, "p", "A");
    made.lot = Some("L1".into());
    let (name, sha256) = ("power.rhai".to_owned(), "77".repeat(32));
    made.plan.files = vec![HashedFile { name, sha256 }];
    store.run(made.clone(), &[firmware("1.2.3", "ab"), sensor("S1", "C7")], Reason::Passed);
    let serviced = RunHeader { purpose: Some("service".into()), ..made };
    store.run(serviced, &[firmware("1.3.0", "cd"), sensor("S1", "C7")], Reason::Passed);
    let second = begun(&store)[1];
    let shown = |before| -> Vec<(String, u64, bool)> {
        let of = UnitTrace::of(&store.readers(), "A", before).unwrap();
        let held = of.modes.iter().flat_map(|mode| &mode.held);
        held.map(|it| (it.thing.shown().1, it.runs, it.is_last)).collect()
    };
    let (old, new) = (
        format!("application 1.2.3 sha256 {}", "ab".repeat(32)),
        format!("application 1.3.0 sha256 {}", "cd".repeat(32)),
    );
    let sensor = "sensor TS-1 revision B serial S1 lot C7 at U7, scanned".to_owned();
    let file = format!("p: power.rhai sha256 {}", "77".repeat(32));
    let lot = "L1".to_owned();
    assert_eq!(
        shown(None),
        [
            (lot.clone(), 2, true),
            (old.clone(), 1, false),
            (sensor.clone(), 2, true),
            (file.clone(), 2, true),
            (new, 1, true),
        ]
    );
    assert_eq!(
        shown(Some(second)),
        [(lot, 1, true), (old, 1, true), (sensor, 1, true), (file, 1, true)]
    );
    let before = Trace::of(&store.readers(), version("1.3.0"), Some(second)).unwrap();
    assert!(before.is_empty());
}

#[test]
fn a_part_that_was_replaced_is_known_as_such_and_two_of_a_kind_are_not() {
    let store = Filling::new();
    let cell = |serial: &str| {
        let (name, serial) = ("cell".to_owned(), Some(serial.to_owned()));
        Body::Component(Component { name, serial, ..Component::default() })
    };
    let run = |bodies: &[Body]| store.run(header(PRODUCTION, "p", "A"), bodies, Reason::Passed);
    run(&[cell("1"), cell("2")]);
    run(&[cell("2"), cell("3")]);
    let of = UnitTrace::of(&store.readers(), "A", None).unwrap();
    let held: Vec<_> = of.modes[0].held.iter().map(|it| (it.thing.shown().1, it.is_last)).collect();
    let held: Vec<_> = held.iter().map(|(shown, is_last)| (&**shown, *is_last)).collect();
    assert_eq!(
        held,
        [
            ("cell serial 1, script", false),
            ("cell serial 2, script", true),
            ("cell serial 3, script", true)
        ]
    );
}

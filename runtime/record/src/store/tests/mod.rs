//! What a store promises, each with a store of its own.

mod cared_for;
mod hidden;
mod killed;
mod mentioned;
mod orphans;
mod pages;
mod refused;
mod removed;
mod rotated;
mod signed;

use std::collections::BTreeMap;
use std::fs;

use pogo_hal::{Dimension, Origin, Origins, Quantity};
use rusqlite::{Connection, OpenFlags};
use tempfile::tempdir;

use super::*;
use crate::body::{Device, Judged, Mode, Note, Plan, StepEnded, StepStarted};
use crate::entry::{Entry, leaf};
use crate::limit::Limit;
use crate::verdict::{Reason, Verdict};

fn header(serial: &str) -> RunHeader {
    RunHeader {
        station: "ST1".into(),
        device: Device { serial: Some(serial.into()), ..Device::default() },
        plan: Plan { id: "thermometer".into(), ..Plan::default() },
        ..RunHeader::default()
    }
}

fn note(text: impl Into<String>) -> Body {
    Body::Note(Note { step: None, text: text.into() })
}

fn rail(volts: f64) -> Body {
    let origins = Origins::one(Origin {
        role: "dmm".into(),
        asset: "SIM1".into(),
        raw: format!("{volts:+.8E}").into(),
        mono_ns: 5,
    });
    let value = Quantity::new(volts, Dimension::Voltage).into();
    let edge = |text| Quantity::parse(text).unwrap();
    let limit = Limit::between(edge("1.764 V"), edge("1.836 V")).unwrap();
    Body::Measurement(Judged::new(Some(1), "rail_1v8", value, &origins, limit).0)
}

/// A connection of somebody who writes as Pogo does.
fn connect(dir: &Path) -> Connection {
    database::connect(&dir.join(database::FILE), OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap()
}

/// Every entry, by its place.
fn entries(dir: &Path) -> BTreeMap<u64, Entry> {
    let connection = connect(dir);
    let mut statement = connection.prepare("SELECT seq, id, type, bytes, leaf FROM entry").unwrap();
    let row = statement.query_map([], |row| {
        let (bytes, hash): (Vec<u8>, Vec<u8>) = (row.get(3)?, row.get(4)?);
        let entry: Entry = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(entry.seq, row.get::<_, u64>(0)?);
        assert_eq!(entry.id.to_string(), row.get::<_, String>(1)?);
        assert_eq!(entry.kind, row.get::<_, String>(2)?);
        assert_eq!(hash, leaf(&bytes));
        Ok((entry.seq, entry))
    });
    let all: BTreeMap<_, _> = row.unwrap().map(Result::unwrap).collect();
    assert!(all.keys().copied().eq(0..all.len() as u64), "gaps: {:?}", all.keys());
    all
}

/// The types of the entries, without those that the log writes about itself.
fn kinds(dir: &Path) -> Vec<String> {
    let all = entries(dir).into_values().map(|entry| entry.kind);
    all.filter(|kind| kind != "key.activated" && kind != "checkpoint").collect()
}

fn passing_run(dir: &Path, serial: &str) -> Uuid {
    let store = Store::open(dir).unwrap();
    let run = store.start_run(header(serial)).unwrap();
    let id = run.id();
    run.append(1, &Body::StepStarted(StepStarted { step: 1, ..StepStarted::default() })).unwrap();
    run.append(2, &rail(1.801)).unwrap();
    run.append(9, &Body::StepEnded(StepEnded::new(1, Reason::Passed))).unwrap();
    run.end(10, &Reason::Passed.into()).unwrap();
    id
}

#[test]
fn a_run_is_read_back_as_it_was_written() {
    let dir = tempdir().unwrap();
    let id = passing_run(dir.path(), "SN1");
    let kinds = kinds(dir.path());
    assert_eq!(
        kinds,
        ["station.boot", "run.started", "step.started", "measurement", "step.ended", "run.ended"]
    );
    let reader = Store::reader(dir.path()).unwrap();
    let id = id.to_string();
    let short = format!("{}…{}", &id[..4], &id[34..]);
    let run = reader.run(&short).unwrap();
    assert_eq!(run, reader.run(&id[..13]).unwrap());
    assert_eq!((run.summary.verdict, run.summary.attempt), (Some(Verdict::Pass), Some(1)));
    assert_eq!((run.summary.duration_ns, run.header), (Some(10), header("SN1")));
    assert_eq!((run.steps.len(), run.steps[0].duration_ns), (1, Some(8)));
    assert_eq!(run.measurements.len(), 1);
    assert_eq!(Body::Measurement(run.measurements[0].clone()), rail(1.801));
    assert_eq!(run.summary.clone(), reader.list().unwrap()[0]);
    assert!(reader.run("ffff").unwrap_err().message().starts_with("no run `ffff` in"));
}

#[test]
fn what_nobody_knows_is_written_as_not_recorded() {
    let dir = tempdir().unwrap();
    passing_run(dir.path(), "SN1");
    let mut all = entries(dir.path()).into_values();
    let started = all.find(|entry| entry.kind == "run.started").unwrap();
    let body: serde_json::Value = serde_json::from_str(started.body.get()).unwrap();
    assert_eq!(body["header"]["environment"]["temperature"], "NOT RECORDED");
    assert_eq!(body["header"]["fixture"]["contact_cycles"], "NOT RECORDED");
    assert_eq!(body["header"]["mode"], "engineering");
    assert_eq!(body["header"]["device"]["serial"], "SN1");
}

#[test]
fn a_measurement_is_stored_in_the_words_of_the_format() {
    assert_eq!(
        serde_json::to_string(&rail(1.801)).unwrap(),
        r#"{"step":1,"name":"rail_1v8","raw":[{"role":"dmm","asset":"SIM1","text":"+1.80100000E0","mono_ns":5}],"value":1.801,"unit":"V","limits":{"kind":"between","low":1.764,"high":1.836,"inclusive":true,"unit":"V","shown_in":"V","shown":"1.764 .. 1.836 V"},"rule":"simple","U":"not evaluated","verdict":"pass","shown":"1.801 V"}"#
    );
}

#[test]
fn attempts_are_counted_per_unit_plan_and_mode() {
    let dir = tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let reader = || Store::reader(dir.path()).unwrap();
    let attempt = |header: RunHeader| {
        let run = store.start_run(header).unwrap();
        reader().run(&run.id().to_string()).unwrap().summary.attempt
    };
    assert_eq!(attempt(header("SN1")), Some(1));
    assert_eq!(attempt(header("SN1")), Some(2));
    assert_eq!(attempt(header("sn1")), Some(1));
    let other = Plan { id: "other".into(), ..Plan::default() };
    assert_eq!(attempt(RunHeader { plan: other, ..header("SN1") }), Some(1));
    assert_eq!(attempt(RunHeader { mode: Mode::Simulate, ..header("SN1") }), Some(1));
    assert_eq!(attempt(RunHeader { device: Device::default(), ..header("") }), None);
    let all = reader().list().unwrap();
    assert_eq!(all.len(), 6);
    assert!(all.is_sorted_by(|newer, older| newer.started >= older.started));
}

#[test]
fn the_run_is_durable_before_anything_can_be_done_with_it() {
    let dir = tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let run = store.start_run(header("SN1")).unwrap();
    assert_eq!(kinds(dir.path()), ["station.boot", "run.started"]);
    assert_eq!(Store::reader(dir.path()).unwrap().list().unwrap()[0].verdict, None);
    drop(run);
}

#[test]
fn entries_are_committed_in_groups() {
    let dir = tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    assert_eq!(store.commits(), 0);
    let run = store.start_run(header("SN1")).unwrap();
    assert_eq!(store.commits(), 1);
    for number in 0..50 {
        run.append(number, &rail(1.8)).unwrap();
    }
    run.barrier().unwrap();
    let after = store.commits();
    // One, unless this machine was so slow that a window of 50 ms passed in between.
    assert!((2..20).contains(&after), "{after}");
    run.barrier().unwrap();
    assert_eq!(store.commits(), after, "nothing new, nothing written");
    run.end(50, &Reason::Passed.into()).unwrap();
    assert_eq!(store.commits(), after + 1);
}

#[test]
fn what_is_durable_no_longer_waits_in_the_spool() {
    let dir = tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let run = store.start_run(header("SN1")).unwrap();
    let spool = dir.path().join("open").join(format!("{}.jsonl", run.id()));
    run.append(1, &rail(1.8)).unwrap();
    run.barrier().unwrap();
    run.append(2, &rail(1.8)).unwrap();
    run.barrier().unwrap();
    assert_eq!(std::fs::metadata(&spool).unwrap().len(), 0);
    run.end(3, &Reason::Passed.into()).unwrap();
    assert!(!spool.exists());
}

#[test]
fn two_equal_runs_have_equal_measurements_byte_for_byte() {
    let measurements = || -> Vec<String> {
        let dir = tempdir().unwrap();
        passing_run(dir.path(), "SN1");
        let all = entries(dir.path()).into_values().filter(|entry| entry.kind == "measurement");
        all.map(|entry| entry.body.get().to_owned()).collect()
    };
    let first = measurements();
    assert_eq!(first.len(), 1);
    assert_eq!(first, measurements());
}

#[test]
fn the_log_only_grows() {
    let dir = tempdir().unwrap();
    passing_run(dir.path(), "SN1");
    let connection = connect(dir.path());
    for change in [
        "DELETE FROM entry WHERE seq = 3",
        "UPDATE entry SET bytes = x'00' WHERE seq = 3",
        "INSERT OR REPLACE INTO entry SELECT seq, 'x', type, bytes, leaf FROM entry WHERE seq = 3",
        "INSERT OR REPLACE INTO entry SELECT 9, id, type, bytes, leaf FROM entry WHERE seq = 3",
        "INSERT INTO entry SELECT 10, 'x', type, bytes, leaf FROM entry WHERE seq = 3",
    ] {
        let error = connection.execute(change, []).unwrap_err().to_string();
        assert!(error.contains("the log only grows"), "{change}: {error}");
    }
    let waiting: u64 =
        connection.query_row("SELECT count(*) FROM outbox", [], |row| row.get(0)).unwrap();
    assert_eq!(waiting, 9, "one row for each entry");
}

#[test]
fn an_entry_that_is_too_long_is_refused_and_the_run_goes_on() {
    let dir = tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let run = store.start_run(header("SN1")).unwrap();
    assert!(run.append(1, &note("x".repeat(70_000))).is_err());
    run.append(2, &note("short")).unwrap();
    run.end(3, &Reason::Passed.into()).unwrap();
    assert_eq!(kinds(dir.path())[2..], ["note", "run.ended"]);
}

#[test]
fn an_attachment_lies_beside_the_log_under_its_hash() {
    let dir = tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let run = store.start_run(header("SN1")).unwrap();
    let bytes = b"abc";
    let one = run.attach(1, None, "psu.wire.txt", "text/plain", bytes).unwrap();
    let again = run.attach(2, None, "dmm.wire.txt", "text/plain", bytes).unwrap();
    // FIPS 180-2, appendix B.1.
    let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!((one.sha256.as_str(), one.size), (hash, 3));
    assert_eq!(one.sha256, again.sha256);
    let id = run.id().to_string();
    run.end(3, &Reason::BenchError.into()).unwrap();
    let reader = Store::reader(dir.path()).unwrap();
    assert_eq!(reader.attachment(&one).unwrap(), bytes);
    assert_eq!(reader.run(&id).unwrap().events[0].body, Body::Attachment(one));
}

#[test]
fn several_stores_write_into_one_log_at_once() {
    let dir = tempdir().unwrap();
    std::thread::scope(|scope| {
        for site in 0..4 {
            let dir = dir.path();
            scope.spawn(move || {
                let store = Store::open(dir).unwrap();
                let run = store.start_run(header(&format!("SN{site}"))).unwrap();
                for number in 0..100 {
                    run.append(number, &note(number.to_string())).unwrap();
                    if number % 10 == 0 {
                        run.barrier().unwrap();
                    }
                }
                run.end(100, &Reason::Passed.into()).unwrap();
            });
        }
    });
    assert_eq!(kinds(dir.path()).len(), 1 + 4 * 102);
    let reader = Store::reader(dir.path()).unwrap();
    for summary in reader.list().unwrap() {
        let run = reader.run(&summary.id.to_string()).unwrap();
        let texts: Vec<_> = run.events.iter().map(|event| event.body.clone()).collect();
        let expected: Vec<_> = (0..100).map(|number| note(number.to_string())).collect();
        assert_eq!(texts, expected);
    }
}

#[test]
fn what_a_killed_process_left_of_a_new_database_is_made_again() {
    let dir = tempdir().unwrap();
    // Killed after SQLite's page was written, and before it had its name.
    fs::write(dir.path().join("record.db.new"), [0x55; 5000]).unwrap();
    passing_run(dir.path(), "SN1");
    assert!(!dir.path().join("record.db.new").exists());
    assert_eq!(Store::reader(dir.path()).unwrap().list().unwrap().len(), 1);
    // Killed by a power cut right after somebody made the file.
    let dir = tempdir().unwrap();
    fs::write(dir.path().join(database::FILE), "").unwrap();
    passing_run(dir.path(), "SN1");
    let head = fs::read(dir.path().join(database::FILE)).unwrap();
    assert!(page::end_with_checksums(head.first_chunk().unwrap()));
}

#[test]
fn a_folder_without_a_record_has_no_runs() {
    let dir = tempdir().unwrap();
    assert_eq!(Store::reader(dir.path()).unwrap().list().unwrap(), []);
    drop(Store::open(dir.path()).unwrap());
    assert_eq!(Store::reader(dir.path()).unwrap().list().unwrap(), []);
}

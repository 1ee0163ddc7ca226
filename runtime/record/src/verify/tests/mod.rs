//! What verifying promises, each with a store of its own.

mod flips;
mod forged;
mod pages;
mod sound;

use std::path::{Path, PathBuf};

use pogo_hal::{Dimension, Origins, Quantity};
use rusqlite::{Connection, OpenFlags, params};
use tempfile::{TempDir, tempdir};

use super::*;
use crate::body::{Body, Device, Judged, Plan, RunHeader, StepEnded, StepStarted};
use crate::entry::leaf;
use crate::limit::Limit;
use crate::proof::{Frontier, Hash};
use crate::store::database::{FILE, connect};
use crate::store::tree::Tree;
use crate::store::{Store, index};
use crate::verdict::Reason;

fn header(serial: &str) -> RunHeader {
    RunHeader {
        station: "ST1".into(),
        device: Device { serial: Some(serial.into()), ..Device::default() },
        plan: Plan { id: "thermometer".into(), ..Plan::default() },
        lot: Some("L1".into()),
        ..RunHeader::default()
    }
}

fn rail(step: Option<u32>, volts: f64) -> Judged {
    let value = Quantity::new(volts, Dimension::Voltage).into();
    let edge = |text| Quantity::parse(text).unwrap();
    let limit = Limit::between(edge("1.764 V"), edge("1.836 V")).unwrap();
    Judged::new(step, "rail_1v8", value, &Origins::default(), limit).0
}

fn begin(step: u32) -> Body {
    Body::StepStarted(StepStarted { step, ..StepStarted::default() })
}

fn end(step: u32, reason: Reason) -> Body {
    Body::StepEnded(StepEnded::new(step, reason))
}

/// A run that says `bodies` and ends for `reason`.
fn run(dir: &Path, header: RunHeader, bodies: &[Body], reason: Reason) {
    let store = Store::open(dir).unwrap();
    let run = store.start_run(header).unwrap();
    bodies.iter().for_each(|body| run.append(1, body).unwrap());
    run.end(9, &reason.into()).unwrap();
}

/// A store with a passing run of an attachment, a failing one, and a passing one.
fn store() -> TempDir {
    let dir = tempdir().unwrap();
    let passing = [begin(1), Body::Measurement(rail(Some(1), 1.8)), end(1, Reason::Passed)];
    let failing = [begin(1), Body::Measurement(rail(Some(1), 1.9)), end(1, Reason::Limit)];
    {
        let store = Store::open(dir.path()).unwrap();
        let run = store.start_run(header("SN1")).unwrap();
        passing.iter().for_each(|body| run.append(1, body).unwrap());
        run.attach(2, None, "psu.wire.txt", "text/plain", b"VOLT 3\n").unwrap();
        run.end(9, &Reason::Passed.into()).unwrap();
    }
    run(dir.path(), header("SN2"), &failing, Reason::Limit);
    run(dir.path(), header("SN2"), &passing, Reason::Passed);
    dir
}

/// How many entries [`store`] has.
const ENTRIES: u64 = 3 + 6 + 1 + 5 + 1 + 5 + 1;

fn strictly(dir: &Path) -> Report {
    verify(dir, &Against { rejudge: true, ..Against::default() })
}

/// What is wrong with the only log.
fn found(dir: &Path) -> Vec<Finding> {
    let mut report = strictly(dir);
    assert!(report.findings.is_empty());
    report.logs.remove(0).findings
}

/// What is wrong first; something is.
fn first(dir: &Path) -> (About, Option<u64>, String) {
    let finding = found(dir).into_iter().next().unwrap();
    (finding.about, finding.seq, finding.what)
}

/// A connection of somebody who knows about the rails.
fn open(dir: &Path) -> Connection {
    let connection = connect(&dir.join(FILE), OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    connection.pragma_update(None, "foreign_keys", false).unwrap();
    // Nothing here has to survive a power cut.
    connection.pragma_update(None, "synchronous", "OFF").unwrap();
    connection
}

const RAILS: [&str; 3] = ["entry_stays", "entry_remains", "entry_follows"];

/// Does `change` with the rails taken down, and puts them up again.
fn without_rails<T>(dir: &Path, change: impl FnOnce(&Connection) -> T) -> T {
    let connection = open(dir);
    let rails: Vec<String> = RAILS
        .iter()
        .map(|name| {
            let query = "SELECT sql FROM sqlite_schema WHERE name = ?";
            let sql = connection.query_row(query, [name], |row| row.get(0)).unwrap();
            connection.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
            sql
        })
        .collect();
    let done = change(&connection);
    rails.iter().for_each(|sql| connection.execute_batch(sql).unwrap());
    done
}

fn rows(connection: &Connection) -> Vec<(String, String, Vec<u8>)> {
    let mut statement =
        connection.prepare("SELECT id, type, bytes FROM entry ORDER BY seq").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    rows.unwrap().map(Result::unwrap).collect()
}

/// Writes the whole log anew, so that everything but signatures fits.
fn rewrite(dir: &Path, change: impl FnOnce(&mut Vec<(String, String, Vec<u8>)>)) {
    without_rails(dir, |connection| {
        let mut all = rows(connection);
        change(&mut all);
        connection.execute_batch("DELETE FROM entry; DELETE FROM outbox").unwrap();
        let mut tree = Frontier::default();
        for (seq, (id, kind, bytes)) in all.iter().enumerate() {
            // The place is part of the bytes.
            let text = String::from_utf8(bytes.clone()).unwrap();
            let (head, tail) = text.split_once(",\"seq\":").unwrap();
            let (_, tail) = tail.split_once(',').unwrap();
            let bytes = format!("{head},\"seq\":{seq},{tail}").into_bytes();
            let insert = "INSERT INTO entry(seq, id, type, bytes, leaf) VALUES (?, ?, ?, ?, ?)";
            connection.execute(insert, params![seq, id, kind, bytes, leaf(&bytes)]).unwrap();
            let insert = "INSERT INTO outbox(seq, sink, state) VALUES (?, 'server', 'waiting')";
            connection.execute(insert, [seq]).unwrap();
            tree.append(Hash(leaf(&bytes)));
        }
    });
    let mut connection = open(dir);
    let transaction = connection.transaction().unwrap();
    index::rebuild(&transaction).unwrap();
    transaction.commit().unwrap();
}

fn anchor(dir: &Path) -> Anchor {
    let connection = open(dir);
    let query = "SELECT bytes FROM entry WHERE type = 'checkpoint' ORDER BY seq DESC";
    let bytes: Vec<u8> = connection.query_row(query, [], |row| row.get(0)).unwrap();
    let entry: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    entry["body"]["note"].as_str().unwrap().parse().unwrap()
}

fn against(dir: &Path, anchor: &Anchor) -> Report {
    verify(dir, &Against { anchors: vec![anchor.clone()], rejudge: true })
}

fn copy(dir: &Path) -> TempDir {
    let copy = tempdir().unwrap();
    std::fs::copy(dir.join(FILE), copy.path().join(FILE)).unwrap();
    let files = |dir: &Path| -> PathBuf { dir.join("attachments") };
    std::fs::create_dir(files(copy.path())).unwrap();
    for file in std::fs::read_dir(files(dir)).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), files(copy.path()).join(file.file_name())).unwrap();
    }
    copy
}

fn tree_of(dir: &Path) -> Tree {
    Tree::of_entries(&open(dir)).unwrap()
}

//! What a log can be asked for by name.

use super::*;
use crate::body::{Component, Firmware, Source, Udi};

/// Every row: what is named, under which name, where, and in which of the runs (from 0).
fn rows(dir: &Path, runs: &[Uuid]) -> Vec<(String, String, u64, usize)> {
    let connection = Connection::open(dir.join(database::FILE)).unwrap();
    let query = "SELECT kind, value, seq, run FROM mention ORDER BY seq, kind";
    let mut statement = connection.prepare(query).unwrap();
    let row = statement.query_map([], |row| {
        let run: String = row.get(3)?;
        let at = runs.iter().position(|it| it.to_string() == run).unwrap();
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, at))
    });
    row.unwrap().map(Result::unwrap).collect()
}

fn firmware(version: &str) -> Body {
    let (name, sha256) = ("application".to_owned(), Some("AB".repeat(32)));
    Body::Firmware(Firmware { step: None, name, version: version.into(), sha256 })
}

fn sensor(serial: &str, lot: Option<&str>) -> Body {
    Body::Component(Component {
        name: "sensor".into(),
        lot: lot.map(str::to_owned),
        serial: Some(serial.into()),
        source: Source::Scanned,
        ..Component::default()
    })
}

fn of_lot(serial: &str) -> RunHeader {
    let mut header = RunHeader { lot: Some("L1".into()), ..header(serial) };
    header.device.udi = Some(Udi { lot: Some("LOT42".into()), ..Udi::default() });
    header
}

#[test]
fn lots_firmware_and_components_are_found_by_name_also_after_the_tables_were_made_again() {
    let dir = tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let first = store.start_run(of_lot("SN1")).unwrap();
    let second = store.start_run(header("SN2")).unwrap();
    first.append(1, &firmware("1.2.3")).unwrap();
    second.append(1, &sensor("S1", None)).unwrap();
    first.append(2, &sensor("s1", Some("C7"))).unwrap();
    first.append(3, &note("not named")).unwrap();
    let runs = [first.id(), second.id()];
    first.end(9, &Reason::Passed.into()).unwrap();
    second.end(9, &Reason::Passed.into()).unwrap();
    let rows = || rows(dir.path(), &runs);
    let hash = "ab".repeat(32);
    let expected = [
        ("lot", "L1", 0),
        ("udi-lot", "LOT42", 0),
        ("firmware", "1.2.3", 0),
        ("firmware-sha256", &hash, 0),
        ("component", "S1", 1),
        ("component", "s1", 0),
        ("component-lot", "C7", 0),
    ];
    let before = rows();
    let named: Vec<_> =
        before.iter().map(|(kind, value, _, run)| (&**kind, &**value, *run)).collect();
    assert_eq!(named, expected);
    let all = entries(dir.path());
    for (kind, value, seq, run) in &before {
        let entry = &all[seq];
        assert_eq!(entry.run, Some(runs[*run]));
        assert!(entry.body.get().to_lowercase().contains(&value.to_lowercase()), "{kind}");
    }
    let connection = Connection::open(dir.path().join(database::FILE)).unwrap();
    connection
        .execute_batch("DELETE FROM mention; INSERT INTO mention VALUES ('lot', 'x', 0, 'y')")
        .unwrap();
    care::reindex(dir.path()).unwrap();
    assert_eq!(rows(), before);
}

#[test]
fn what_a_killed_process_had_handed_over_is_found_by_name_too() {
    let dir = tempdir().unwrap();
    let run = orphans::orphan(dir.path(), &[firmware("1.2.3"), sensor("S1", None)]);
    drop(Store::open(dir.path()).unwrap());
    let named: Vec<_> = rows(dir.path(), &[run]).into_iter().map(|it| it.1).collect();
    assert_eq!(named, ["1.2.3", &*"ab".repeat(32), "S1"]);
}

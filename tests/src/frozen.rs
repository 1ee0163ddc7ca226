//! A store of schema 1, written when the formats were frozen: every later version reads it. Nothing
//! in `golden/schema-1` is ever written anew; a later schema gets a folder of its own.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{Folder, Program, workspace};

fn golden() -> PathBuf {
    workspace().join("tests/golden/schema-1")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (from, to) = {
            let entry = entry.unwrap();
            (entry.path(), to.join(entry.file_name()))
        };
        match from.is_dir() {
            true => copy(&from, &to),
            false => drop(fs::copy(&from, &to).unwrap()),
        }
    }
}

/// Where something that `then` has is not the same in `now`, which may have more.
fn lost(then: &Value, now: &Value, at: &str) -> Option<String> {
    match (then, now) {
        (Value::Object(then), Value::Object(now)) => then.iter().find_map(|(key, value)| {
            let at = format!("{at}/{key}");
            now.get(key).map_or(Some(at.clone()), |now| lost(value, now, &at))
        }),
        (Value::Array(then), Value::Array(now)) if then.len() == now.len() => {
            let pairs = then.iter().zip(now).enumerate();
            pairs.into_iter().find_map(|(n, (then, now))| lost(then, now, &format!("{at}/{n}")))
        }
        (then, now) => (then != now).then(|| at.to_owned()),
    }
}

#[test]
fn a_store_of_schema_1_is_read_and_verified() {
    let folder = Folder::new();
    copy(&golden().join("store"), &folder.path("store"));
    let shown = fs::read_to_string(golden().join("runs.json")).unwrap();
    let shown: Vec<Value> = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown.len(), 2);
    for then in shown {
        let run = then["summary"]["id"].as_str().unwrap();
        let now = Program::run(folder.root(), &format!("show {run} --store store --json"));
        assert_eq!(now.code, 0, "{now:?}");
        assert_eq!(lost(&then, &now.json(), ""), None);
    }
    let verified = Program::run(folder.root(), "verify --store store --rejudge");
    assert!(verified.code == 0 && verified.stdout.ends_with("\nHOLDS\n"), "{verified:?}");
}

#[test]
fn a_store_of_schema_1_can_be_added_to() {
    let folder = crate::bench::folder("measure(\"one\", 1, 0..=2);");
    copy(&golden().join("store"), &folder.path("store"));
    let run = Program::run(folder.root(), crate::bench::SIMULATED);
    assert_eq!(run.code, 0, "{run:?}");
    let verified = Program::run(folder.root(), "verify --store store --rejudge");
    assert!(verified.code == 0, "{verified:?}");
}

//! What is stored is what `docs/schema` says, to the key.

use std::collections::BTreeSet;
use std::fs;

use jsonschema::{Registry, Validator};
use pogo_record::care::{self, Retention};
use pogo_record::{Body, Limit, Note, Reason, Recovery, Setpoint, Store, Value as Recorded};
use serde_json::Value;

use crate::bench::{SIMULATED, folder};
use crate::stopped::LINE;
use crate::{Folder, Program, orphans, workspace};

/// Everything that a script can put into a record.
const EVERYTHING: &str = r#"
psu.set_voltage(3.V);
psu.on();
step("values", || {
    measure("rail", dmm.dc_voltage(), within(3.V, 1.percent));
    measure("ratio", 1, 0..=2);
    measure("count", 7.5, at_least(5));
    measure("level", 40.mA, at_most(1.A));
    measure("filed", 40.mA);
    check("colour", "red", one_of(["red", "green"]));
    check("version", "1.4.2", matches("1\\..*"));
    check("closed", true);
    record("serial", "A7");
    record("rail_again", dmm.dc_voltage());
    note("a remark");
    device.firmware("application", "1.4.2");
    device.component("sensor", #{ lot: "L9" });
    step("inner", || { check("green", confirm("Green?")); });
});
step("errors", || { check("odd", ask("Which?", #{ within: 1.ms }), "even"); });
"#;

/// The product that the script is of.
const PRODUCT: &str = "[product]\nname = \"CH-7\"\nscripts = [\"script.rhai\"]\n\
                       limits = \"limits.toml\"\nvariants = [\"EU\"]\n";

const LIMITS: &str = "[measurements.filed]\nunit = \"mA\"\nhigh = 50\nrule = \"simple\"\n\
                      source = \"CH-7 specification\"\nrevision = \"A\"\n";

/// The schema of an entry, which allows no key that it does not name: keys may be added to a format,
/// and then they are added to its schema.
fn strict() -> Validator {
    let mut registry = Registry::new();
    let mut entry = None;
    for file in fs::read_dir(workspace().join("docs/schema")).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        let mut schema: Value = serde_json::from_str(&text).unwrap();
        jsonschema::meta::validate(&schema).unwrap();
        close(&mut schema);
        let id = schema["$id"].as_str().unwrap().to_owned();
        if id.ends_with("/entry.schema.json") {
            entry = Some(schema.clone());
        }
        registry = registry.add(id, schema).unwrap();
    }
    let registry = registry.prepare().unwrap();
    jsonschema::options().with_registry(&registry).build(&entry.unwrap()).unwrap()
}

fn close(schema: &mut Value) {
    let Value::Object(object) = schema else {
        if let Value::Array(items) = schema {
            items.iter_mut().for_each(close);
        }
        return;
    };
    object.values_mut().for_each(close);
    // Not where `if` and `then` name a part of an object only.
    if object.get("type").is_some_and(|it| it == "object") && object.contains_key("properties") {
        object.insert("additionalProperties".into(), false.into());
    }
}

/// Every entry of the log in the file `database`.
fn entries(database: &std::path::Path) -> Vec<Value> {
    let connection = rusqlite::Connection::open(database).unwrap();
    let mut statement = connection.prepare("SELECT bytes FROM entry ORDER BY seq").unwrap();
    let rows = statement.query_map([], |row| row.get::<_, Vec<u8>>(0)).unwrap();
    rows.map(|bytes| serde_json::from_slice(&bytes.unwrap()).unwrap()).collect()
}

/// Entries of every type, as the program and its crates write them.
fn all() -> Vec<Value> {
    let answers = "\"Green?\" = true\n\"Which?\" = \"even\"\n";
    let folder = folder(EVERYTHING).with("answers.toml", answers);
    let folder = folder.with("product.toml", PRODUCT).with("limits.toml", LIMITS);
    let line =
        format!("{SIMULATED} --variant EU --operator ab --lot L1 --work-order W1 --purpose study");
    let passed = Program::run(folder.root(), &format!("{line} --answers answers.toml"));
    assert_eq!(passed.code, 0, "{passed:?}");
    let unanswered = Program::run(folder.root(), &line);
    assert_eq!(unanswered.code, 3, "{unanswered:?}");
    let mut all = entries(&folder.path("store/simulated/record.db"));
    let (killed, _served) = orphans::killed();
    let next = Program::run(killed.root(), LINE);
    assert_eq!(next.code, 0, "{next:?}");
    all.extend(entries(&killed.path("store/record.db")));
    all.extend(rare());
    all
}

/// What no script brings about without an instrument that misbehaves.
fn rare() -> Vec<Value> {
    let folder = Folder::new();
    let store = Store::open(folder.root()).unwrap();
    let run = store.start_run(pogo_record::RunHeader::default()).unwrap();
    let (step, role) = (None, "psu".to_owned());
    let volts = || Recorded::from(pogo_hal::Quantity::parse("5 V").unwrap());
    let seen = pogo_record::InterlockSeen {
        interlock: "lid".into(),
        state: pogo_record::InterlockState::Open,
        reads: "dc_voltage".into(),
        value: Some(volts()),
        raw: Some("5".into()),
        closed: Limit::at_least(volts()).unwrap(),
        at_ns: 1,
        message: Some("it is open".into()),
        hint: Some("close it".into()),
    };
    let verb = "set_voltage".to_owned();
    for body in [
        Body::Recovery(Recovery { step, role: role.clone(), what: "redialled".into() }),
        Body::Interlock(seen),
        Body::Setpoint(Setpoint { step, role, verb, value: Some(volts()) }),
        Body::Note(Note { step: Some(1), text: "x".into() }),
    ] {
        run.append(1, &body).unwrap();
    }
    run.attach(2, None, "a.txt", "text/plain", b"a").unwrap();
    run.end(3, &pogo_record::Reason::JudgedNothing.into()).unwrap();
    drop((run, store));
    let archive = Folder::new();
    let retention = Retention {
        before: "9999-01-01T00:00:00Z".parse().unwrap(),
        passed_only: false,
        operator: Some("ab".into()),
        archive: Some(archive.root().to_owned()),
    };
    care::prune(folder.root(), &retention, &mut |_, _| ()).unwrap();
    entries(&folder.path("record.db"))
}

#[test]
fn every_entry_is_as_its_schema_says_and_no_type_of_entry_is_without_one() {
    let schema = strict();
    let mut seen = BTreeSet::new();
    for entry in all() {
        let wrong: Vec<_> = schema.iter_errors(&entry).map(|it| it.to_string()).collect();
        assert!(wrong.is_empty(), "{wrong:#?}\n{entry:#}");
        seen.insert(entry["type"].as_str().unwrap().to_owned());
    }
    let text = fs::read_to_string(workspace().join("docs/schema/entry.schema.json")).unwrap();
    let known: Value = serde_json::from_str(&text).unwrap();
    let known = known["properties"]["type"]["enum"].as_array().unwrap();
    let unseen: Vec<_> = known.iter().filter(|it| !seen.contains(it.as_str().unwrap())).collect();
    assert!(unseen.is_empty(), "never seen: {unseen:?}");
}

#[test]
fn what_no_schema_knows_is_not_valid() {
    let schema = strict();
    let good = all();
    let measurement = good.iter().find(|it| it["type"] == "measurement").unwrap();
    assert!(schema.is_valid(measurement));
    for (pointer, value) in [
        ("/schema", Value::from(0)),
        ("/mode", "rehearse".into()),
        ("/type", "guess".into()),
        ("/body/verdict", "PASS".into()),
        ("/body/limits/kind", "about".into()),
        ("/body/limits/low", Value::Null),
        ("/body/rule", "generous".into()),
        ("/body/name", "Rail 1".into()),
    ] {
        let mut wrong = measurement.clone();
        *wrong.pointer_mut(pointer).unwrap() = value;
        assert!(!schema.is_valid(&wrong), "{pointer}");
    }
    let mut more = measurement.clone();
    more["body"]["comment"] = "x".into();
    assert!(!schema.is_valid(&more));
}

#[test]
fn every_reason_is_one_that_the_schema_knows() {
    let text = fs::read_to_string(workspace().join("docs/schema/entry.schema.json")).unwrap();
    let reasons: BTreeSet<_> = Reason::ALL.into_iter().map(|it| it.row().name.to_owned()).collect();
    let mut seen = 0;
    let mut open = vec![serde_json::from_str::<Value>(&text).unwrap()];
    while let Some(value) = open.pop() {
        if let Some(names) = value.get("reason").and_then(|it| it["enum"].as_array()) {
            let names = names.iter().map(|it| it.as_str().unwrap().to_owned());
            assert_eq!(names.collect::<BTreeSet<_>>(), reasons);
            seen += 1;
        }
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(entries) => open.extend(entries.into_iter().map(|(_, it)| it)),
            _ => {}
        }
    }
    assert!(seen > 0);
}

//! Limits in a file: taken by name and variant, said once, and kept with where they come from.

use std::fs;

use crate::bench::{SIMULATED, folder};
use crate::{Ended, Folder, Program, golden, workspace};

const LIMITS: &str = r#"
[limits]
source   = "CH-7 specification"
revision = "B"
rule     = "simple"

[measurements.rail]
unit = "V"
low  = 2.97
high = 3.03

[measurements.rail.variants.EU]
high     = 2.5
source   = "EU supplement"
revision = "1"

[measurements.colour]
one_of = ["red", "green"]
"#;

const PRODUCT: &str = r#"
[product]
name     = "CH-7"
scripts  = ["script.rhai"]
fixture  = "bench.fixture.toml"
limits   = "limits.toml"
variants = ["EU", "US"]
"#;

const SCRIPT: &str = r#"
step("rail", || {
    psu.set_voltage(3.V);
    psu.on();
    measure("rail", dmm.dc_voltage());
    measure("ripple", 1.mV, at_most(5.mV));
});
check("colour", "red");
"#;

const RUN: &str = "run . --dut SN0001 --sim --store store --variant";

/// A product with a limits file.
fn product(script: &str) -> Folder {
    folder(script).with("product.toml", PRODUCT).with("limits.toml", LIMITS.trim_start())
}

fn ran(folder: &Folder, variant: &str) -> Ended {
    Program::run(folder.root(), &format!("{RUN} {variant}"))
}

#[test]
fn a_measurement_takes_its_limit_from_the_file_and_the_record_says_from_which_document() {
    let folder = product(SCRIPT);
    let ended = ran(&folder, "US --json");
    assert_eq!(ended.code, 0, "{ended:?}");
    let run = ended.json();
    let rail = &run["measurements"][0];
    assert_eq!(rail["limits"]["low"], 2.97);
    assert_eq!(rail["limits"]["shown_in"], "V");
    assert_eq!(rail["source"]["document"], "CH-7 specification");
    assert_eq!(rail["source"]["revision"], "B");
    assert!(run["measurements"][1].get("source").is_none(), "{run}");
    let plan = &run["header"]["plan"];
    assert_eq!(plan["variant"], "US");
    let files = plan["files"].as_array().unwrap();
    let file = files.iter().find(|it| it["name"] == "limits.toml").unwrap();
    assert_eq!(plan["limits_sha256"], file["sha256"]);
    let rejudged = Program::run(folder.root(), "verify --rejudge --store store");
    assert_eq!(rejudged.code, 0, "{rejudged:?}");
}

#[test]
fn a_variant_has_its_own_limits_and_nobody_runs_a_product_without_saying_which() {
    let folder = product(SCRIPT);
    let ended = ran(&folder, "EU --json");
    assert_eq!(ended.code, 1, "2.5 V is the most that the EU's may have: {ended:?}");
    let rail = &ended.json()["measurements"][0];
    assert_eq!(
        (&rail["limits"]["kind"], &rail["limits"]["high"]),
        (&"at-most".into(), &2.5.into())
    );
    assert_eq!(rail["source"]["document"], "EU supplement");
    let unsaid = Program::run(folder.root(), "run . --dut SN0001 --sim --store store");
    assert_eq!(unsaid.code, 2, "{unsaid:?}");
    assert!(unsaid.stderr.contains("give `--variant`: one of EU, US"), "{}", unsaid.stderr);
    let unknown = ran(&folder, "UE");
    assert_eq!(unknown.code, 2, "{unknown:?}");
    assert!(unknown.stderr.contains("did you mean `EU`?"), "{}", unknown.stderr);
    let shown = Program::run(folder.root(), "show latest --store store").stdout;
    assert!(shown.contains("variant   EU"), "{shown}");
}

/// Every way in which scripts and file can disagree: what is in the script, in the file, and what
/// `check` says with its place.
#[test]
fn a_limit_that_stands_twice_or_nowhere_or_is_none_is_refused_where_it_stands() {
    let whole = |script: &str, limits: &str| {
        let ended = Program::run(
            product(script).with("limits.toml", limits).root(),
            "check . --variant US",
        );
        assert_eq!(ended.code, 2, "{script}\n{limits}\n{ended:?}");
        ended.stderr
    };
    let head = "[limits]\nsource = \"S\"\nrevision = \"A\"\nrule = \"simple\"\n";
    let rail = "measure(\"rail\", dmm.dc_voltage());";
    let mut all = String::new();
    for (script, limits) in [
        ("measure(\"rail\", dmm.dc_voltage(), 1.V..=2.V);", "[measurements.rail]\nlow = 1\n"),
        ("measure(\"rial\", dmm.dc_voltage());", "[measurements.rail]\nunit = \"V\"\nlow = 1\n"),
        ("check(\"rail\", \"x\");", "[measurements.rail]\nunit = \"V\"\nlow = 1\n"),
        ("measure(\"rail\", 5);", "[measurements.rail]\nmatches = \"a+\"\n"),
        ("note(\"x\");", "[measurements.rail]\nlow = 1\n"),
        (rail, "[measurements.rail]\nunit = \"v\"\nlow = 1\n"),
        (rail, "[measurements.rail]\nunit = \"V\"\nlow = 2\nhigh = 1\n"),
        (rail, "[measurements.rail]\nunit = \"V\"\nlow = 1\nnominal = 1\ntolerance = 1\n"),
        (rail, "[measurements.rail]\nunit = \"V\"\nnominal = 1\n"),
        (rail, "[measurements.rail]\nunit = \"V\"\nnominal = 1\ntolerance = \"1 A\"\n"),
        (rail, "[measurements.rail]\nunit = \"V\"\nlow = nan\n"),
        (rail, "[measurements.rail]\nunit = \"V\"\nlov = 1\n"),
        (rail, "[measurements.rail]\nunit = \"V\"\n"),
        (rail, "[measurements.rail]\nlow = 1\nrule = \"guardband(U)\"\n"),
        (rail, "[measurements.rail]\nlow = 1\nsource = \"T\"\n"),
        (rail, "[measurements.rail]\nlow = 1\n[measurements.rail.variants.UX]\nlow = 2\n"),
        (rail, "[measurements.Rail]\nlow = 1\n"),
        (rail, "[measurement.rail]\nlow = 1\n"),
    ] {
        all += &format!("{script}\n{}---\n{}\n", limits, whole(script, &format!("{head}{limits}")));
    }
    all += &format!("without a rule\n---\n{}", whole(rail, "[measurements.rail]\nlow = 1\n"));
    golden::compare("limited/refused.txt", &all);
}

#[test]
fn a_name_that_is_computed_is_held_against_the_file_while_running() {
    for (script, said) in [
        ("measure(\"ra\" + \"il\", 3.V, 2.V..=4.V);", "has a limit here and in"),
        ("measure(\"ra\" + \"al\", 3.V);", "did you mean `rail`"),
    ] {
        let ended = ran(&product(script), "US");
        assert_eq!(ended.code, 3, "{ended:?}");
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
    }
    let both = "measure(\"ra\" + \"il\", 3.V); check(\"colour\", \"green\");";
    assert_eq!(ran(&product(both), "US").code, 0);
}

#[test]
fn what_has_a_limit_in_the_file_and_is_never_measured_makes_a_passing_run_an_error() {
    let script = "if device.variant() == \"EU\" { measure(\"rail\", 2.4.V); }\n\
                  check(\"colour\", \"red\");";
    let passed = ran(&product(script), "EU");
    assert_eq!(passed.code, 0, "{passed:?}");
    let unset = ran(&product(script), "US");
    assert_eq!(unset.code, 3, "{unset:?}");
    assert!(unset.stderr.contains("`rail` is declared, not measured"), "{}", unset.stderr);
    // A single script is held to what it says itself.
    let alone = product("check(\"colour\", \"red\");");
    let alone = Program::run(alone.root(), &format!("{SIMULATED} --variant US"));
    assert_eq!(alone.code, 0, "{alone:?}");
}

#[test]
fn the_list_of_limits_says_which_measurement_takes_which_from_where() {
    let folder = product(SCRIPT);
    let listed = Program::run(folder.root(), "limits . --variant EU");
    assert_eq!(listed.code, 0, "{listed:?}");
    golden::compare("limited/listed.txt", &listed.stdout);
    let shipped = Program::run(&workspace(), "limits scripts/thermometer");
    golden::compare("limited/thermometer.txt", &shipped.stdout);
    let document = Program::run(folder.root(), "limits . --variant US --json").json();
    assert_eq!(document["limits"][0]["name"], "rail");
    assert_eq!(document["limits"][0]["limit_at"], "./limits.toml:6:1");
    assert_eq!(document["limits"][1]["limit"], "at_most(5.mV)");
    assert_eq!(document["limits"][1]["document"], serde_json::Value::Null);
    assert_eq!(document["limits"][2]["verb"], "check");
}

#[test]
fn a_changed_limit_is_one_changed_line() {
    let text = fs::read_to_string(workspace().join("scripts/thermometer/limits.toml")).unwrap();
    let folder = Folder::copy(&workspace().join("scripts/thermometer"));
    let folder = folder.edited("limits.toml", "high = 1.005", "high = 0.999");
    let changed = fs::read_to_string(folder.path("limits.toml")).unwrap();
    let differ = text.lines().zip(changed.lines()).filter(|(old, new)| old != new).count();
    assert_eq!((differ, text.lines().count()), (1, changed.lines().count()));
    let ended = Program::run(folder.root(), "run . --sim --dut SN0001 --store store");
    assert_eq!(ended.code, 1, "{ended:?}");
}

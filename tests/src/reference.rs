//! What scripts can use is explained, and the same everywhere.

use std::fs;

use crate::bench::folder;
use crate::{Program, golden, workspace};

const FIXTURE: &str = "--fixture bench.fixture.toml";

#[test]
fn the_documentation_of_scripts_is_what_the_program_writes() {
    let here = folder("");
    let written = Program::run(here.root(), "verbs --markdown");
    assert_eq!((written.code, &*written.stderr), (0, ""));
    let path = workspace().join("docs/script.md");
    if golden::accepts() {
        return fs::write(&path, &written.stdout).unwrap();
    }
    let says = fs::read_to_string(&path).unwrap_or_default();
    assert!(says == written.stdout, "docs/script.md differs; accept it with POGO_ACCEPT=1");
}

#[test]
fn everything_that_scripts_can_call_is_listed_in_80_columns() {
    let here = folder("");
    let listed = Program::run(here.root(), "verbs").stdout;
    golden::compare("commands/verbs.txt", &listed);
    let widest = listed.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(80), "{widest:?}");
}

#[test]
fn a_role_is_explained_as_what_the_fixture_says_it_is() {
    let here = folder("");
    let explained = Program::run(here.root(), &format!("verbs other {FIXTURE}"));
    assert_eq!(explained.code, 0, "{explained:?}");
    golden::compare("commands/verbs-role.txt", &explained.stdout);
    let kind = Program::command(here.root(), "verbs").arg("power supply").output().unwrap();
    let of_kind = String::from_utf8(kind.stdout).unwrap();
    let of_role = Program::run(here.root(), &format!("verbs psu {FIXTURE}")).stdout;
    assert!(of_kind == of_role && of_role.contains("set_current_limit(limit)"), "{of_role}");
}

#[test]
fn a_single_word_is_explained_in_full() {
    let here = folder("");
    for word in ["measure", "psu.set_voltage", "ask"] {
        let explained = Program::run(here.root(), &format!("verbs {word} {FIXTURE}"));
        assert_eq!(explained.code, 0, "{word}: {explained:?}");
        golden::compare(&format!("commands/verbs-{word}.txt"), &explained.stdout);
    }
}

#[test]
fn a_word_that_there_is_not_is_answered_with_the_nearest() {
    let here = folder("");
    let refused = Program::run(here.root(), "verbs mesure");
    assert_eq!(refused.code, 64, "{refused:?}");
    assert!(refused.stderr.contains("did you mean `measure`?"), "{refused:?}");
}

#[test]
fn a_program_reads_arguments_with_their_units() {
    let here = folder("");
    let document = Program::run(here.root(), "verbs set_voltage --json").json();
    let entry = &document["sections"][0]["entries"][0];
    assert_eq!(entry["usage"], "psu.set_voltage(level)");
    assert_eq!(entry["takes"][0]["is"]["units"][0], "V");
    assert_eq!(entry["errors"][0]["kind"], "out-of-range");
    assert!(document["units"].as_array().unwrap().len() > 50);
}

#[test]
fn editors_get_definitions_of_every_function_unit_and_role() {
    let here = folder("");
    let defined = Program::run(here.root(), &format!("definitions {FIXTURE}"));
    assert_eq!(defined.code, 0, "{defined:?}");
    golden::compare("commands/definitions.d.rhai", &defined.stdout);
}

//! What is wrong in a script or a fixture is found before anything is opened.

use std::os::unix::fs::symlink;

use crate::bench::{Ear, REAL, folder};
use crate::{Folder, Program, golden};

/// Runs what is in `folder` on real addresses, where somebody listens: it must be refused with the
/// text in `golden/refused/<name>.txt`, and nobody and nothing may have been opened.
fn is_refused(name: &str, folder: Folder) {
    let ear = Ear::new();
    let folder = ear.instead_of_all_in(folder);
    let ended = Program::run(folder.root(), REAL);
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(!folder.path("store").exists(), "a store was made");
    assert!(!ear.heard_somebody(), "an instrument was dialled");
    let place = ended.stderr.lines().find_map(|line| line.split_once("--> "));
    let (_, place) = place.unwrap_or_else(|| panic!("no place: {}", ended.stderr));
    assert_eq!(place.trim().split(':').count(), 3, "file, line and column: {place}");
    let here = folder.root().canonicalize().unwrap();
    let text = golden::transcript(REAL, &ended).replace(here.to_str().unwrap(), "FOLDER");
    golden::compare(&format!("refused/{name}.txt"), &text);

    let check = "check script.rhai --fixture bench.fixture.toml";
    let checked = Program::run(folder.root(), check);
    assert_eq!((checked.code, &checked.stderr), (2, &ended.stderr), "`pogo check` says the same");
}

#[test]
fn a_misspelt_role_is_refused_with_the_one_that_was_meant() {
    is_refused("role", folder("psu.on();\nmeasure(\"rail\", dmn.dc_voltage(), 0.V..=1.V);"));
}

#[test]
fn a_misspelt_verb_is_refused_with_the_one_that_was_meant() {
    is_refused("verb", folder("step(\"rail\", || {\n    psu.set_volage(3.3.V);\n});"));
}

#[test]
fn a_misspelt_verb_behind_a_parameter_is_refused_too() {
    is_refused(
        "verb_of_parameter",
        folder("fn set(source) { source.set_volage(3.3.V); }\nset(psu);"),
    );
}

#[test]
fn a_misspelt_unit_is_refused_with_the_one_that_was_meant() {
    is_refused("unit", folder("psu.set_voltage(3.3.v);"));
}

#[test]
fn a_misspelt_limit_is_refused_with_the_one_that_was_meant() {
    is_refused("limit", folder("measure(\"rail\", dmm.dc_voltage(), at_lest(1.V));"));
}

#[test]
fn a_misspelt_key_of_the_fixture_is_refused_with_the_one_that_was_meant() {
    let folder = folder("psu.on();").edited("bench.fixture.toml", "channel = 1", "chanel = 1");
    is_refused("key", folder);
}

#[test]
fn a_misspelt_key_of_a_limit_is_refused_with_the_one_that_was_meant() {
    let folder = folder("psu.on();").edited("bench.fixture.toml", "{ voltage =", "{ volage =");
    is_refused("key_of_limit", folder);
}

#[test]
fn a_misspelt_model_is_refused_with_the_one_that_was_meant() {
    let folder =
        folder("psu.on();").edited("bench.fixture.toml", "keysight-34461a", "keysight-34416a");
    is_refused("model", folder);
}

#[test]
fn a_limit_of_the_fixture_in_the_wrong_unit_is_refused() {
    let folder = folder("psu.on();").edited("bench.fixture.toml", "\"5 V\"", "\"5 A\"");
    is_refused("unit_of_limit", folder);
}

#[test]
fn a_channel_that_the_model_does_not_have_is_refused() {
    let folder = folder("psu.on();").edited("bench.fixture.toml", "channel = 1", "channel = 7");
    is_refused("channel", folder);
}

#[test]
fn what_does_not_parse_is_refused_at_its_place() {
    is_refused("syntax", folder("step(\"rail\", || {\n    psu.on()\n    psu.off();\n});"));
}

#[test]
fn eval_is_refused() {
    is_refused("eval", folder("psu.on();\neval(\"psu.off()\");"));
}

#[test]
fn an_import_outside_the_folder_is_refused() {
    let outer = Folder::new().with("outside.rhai", "fn f() { 1 }\n");
    let away = outer.path("outside");
    let away = away.to_str().unwrap();
    for (name, path) in [("import_above", "../outside"), ("import_absolute", "/etc/outside")] {
        is_refused(name, folder(&format!("import \"{path}\" as it;\nit::f();")));
    }
    // A file that is there, so that only its being outside can be what is refused.
    let ended = Program::run(folder(&format!("import \"{away}\" as it;\nit::f();")).root(), REAL);
    assert_eq!(ended.code, 2, "{ended:?}");
    let linked = folder("import \"inside\" as it;\nit::f();");
    symlink(outer.path("outside.rhai"), linked.path("inside.rhai")).unwrap();
    is_refused("import_by_link", linked);
}

#[test]
fn a_mistake_in_an_imported_script_is_refused_at_its_own_place() {
    let folder = folder("import \"parts\" as parts;\nparts::start(psu);");
    is_refused("imported", folder.with("parts.rhai", "//! Parts.\n\nfn start(it) { it.onn(); }\n"));
}

#[test]
fn a_role_without_a_simulated_twin_is_refused_under_sim_before_anything_opens() {
    let folder = folder("psu.on();").edited(
        "bench.fixture.toml",
        "sim     = { connect = \"ELSEWHERE\" }",
        "",
    );
    let line = crate::bench::SIMULATED;
    let ended = Program::run(folder.root(), line);
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(!folder.path("store").exists());
    golden::compare("refused/not_simulated.txt", &golden::transcript(line, &ended));
}

/// `LID`, with `old` in it replaced by `new`, beside a bench whose roles are where they are.
fn interlock(old: &str, new: &str) -> Folder {
    assert!(LID.contains(old), "{old}");
    folder("psu.on();").appended("bench.fixture.toml", &LID.replace(old, new))
}

const LID: &str = "[interlocks.lid]\nmodel = \"keysight-34461a\"\n\
    address = \"TCPIP::192.0.2.29::5025::SOCKET\"\nreads = \"dc_voltage\"\n\
    closed = { from = \"4.5 V\", to = \"5.5 V\" }\n";

#[test]
fn an_interlock_whose_edge_is_in_the_wrong_unit_is_refused() {
    is_refused("interlock_unit", interlock("4.5 V", "4.5 mA"));
}

#[test]
fn an_interlock_that_a_supply_is_to_read_is_refused() {
    is_refused("interlock_model", interlock("34461a", "e36312a"));
}

#[test]
fn an_interlock_is_no_role_and_a_script_that_names_it_is_refused() {
    let script = "//! Reads the lid.\n\nmeasure(\"lid\", lid.dc_voltage(), 1.V..=2.V);\n";
    is_refused("interlock_named", interlock("", "").with("script.rhai", script));
}

#[test]
fn an_interlock_without_a_simulated_twin_is_refused_under_sim() {
    let ended = Program::run(interlock("", "").root(), crate::bench::SIMULATED);
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(ended.stderr.contains("`lid` has no `sim` table, so it cannot be simulated"));
}

//! Scripts that would never end or never fit are ended within their limits, with the bench safe.

use crate::bench::{SIMULATED, folder};
use crate::{Ended, Folder, Program, golden};

/// Runs what is in `folder` with 4 GB of address space: it must end with exit code 3, the bench
/// safe, and read as `golden/bombs/<name>.txt`.
fn is_ended(name: &str, folder: &Folder) -> Ended {
    let pogo = Program::command(folder.root(), SIMULATED);
    let mut limited = std::process::Command::new("sh");
    limited.args(["-c", "ulimit -v 4000000 && exec \"$0\" \"$@\""]);
    limited.arg(pogo.get_program()).args(pogo.get_args()).current_dir(folder.root());
    let ended = Ended::of(&mut limited);
    assert_eq!(ended.code, 3, "{ended:?}");
    let last = ended.stdout.lines().last().unwrap_or_default();
    assert!(last.contains("psu, dmm, other safe"), "the last line says it: {ended:?}");
    golden::compare(&format!("bombs/{name}.txt"), &golden::transcript(SIMULATED, &ended));
    ended
}

fn script(body: &str) -> Folder {
    folder(&format!("psu.set_voltage(3.V);\npsu.on();\n{body}"))
}

#[test]
fn an_endless_loop_is_ended() {
    is_ended("loop", &script("loop {}"));
}

#[test]
fn an_endless_loop_that_catches_everything_is_ended() {
    is_ended("loop_that_catches", &script("loop { try { loop {} } catch {} }"));
}

#[test]
fn endless_recursion_is_ended() {
    is_ended("recursion", &script("fn deeper(n) { deeper(n + 1) + 1 }\ndeeper(0);"));
}

#[test]
fn a_text_of_ten_gigabytes_is_refused() {
    is_ended("long_text", &script("let text = \"x\";\nfor n in 0..34 { text += text; }"));
}

#[test]
fn a_replacement_that_multiplies_is_refused() {
    let body = "let text = \"x\";\nfor n in 0..16 { text += text; }\ntext.replace(\"x\", text);";
    is_ended("replace", &script(body));
}

#[test]
fn a_padding_of_ten_gigabytes_is_refused() {
    is_ended("pad", &script("let text = \"x\";\ntext.pad(10_000_000_000, \"x\");"));
}

#[test]
fn a_list_without_end_is_refused() {
    is_ended("list", &script("let list = [0];\nloop { list += list; }"));
}

#[test]
fn a_wait_of_days_in_simulated_time_takes_no_real_time() {
    let ended = Program::run(
        script("wait(47.hour);\nmeasure(\"rail\", dmm.dc_voltage(), within(3.V, 10.mV));").root(),
        SIMULATED,
    );
    assert_eq!(ended.code, 0, "{ended:?}");
}

#[test]
fn imports_in_a_circle_are_ended_and_named_by_the_check() {
    let folder = script("import \"a\" as a;\na::f();")
        .with("a.rhai", "//! One.\nimport \"b\" as b;\nfn f() { b::g() }\n")
        .with("b.rhai", "//! The other.\nimport \"a\" as a;\nfn g() { a::f() }\n");
    let check = Program::run(folder.root(), "check script.rhai --fixture bench.fixture.toml");
    assert_eq!(check.code, 2, "{check:?}");
    assert!(
        check.stderr.contains("import of `a` leads back to itself\n  --> b.rhai:2:"),
        "{check:?}"
    );
    is_ended("imports", &folder);
}

#[test]
fn imports_in_a_circle_that_only_running_shows_are_ended() {
    let body = "let name = \"a\";\nimport name as a;\na::f();";
    let folder =
        script(body).with("a.rhai", "//! One.\nlet b = \"b\";\nimport b as b;\nfn f() { 1 }\n");
    let folder = folder.with("b.rhai", "//! The other.\nlet a = \"a\";\nimport a as a;\n");
    is_ended("circle_while_running", &folder);
}

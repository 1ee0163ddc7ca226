//! `pogo new`: what it writes passes at once, and nothing is lost by it.

use crate::{Folder, Program};

#[test]
fn a_new_product_passes_is_checked_strictly_and_notices_its_faults() {
    let folder = Folder::new();
    let run = |line: &str| Program::run(folder.root(), line);
    let ended = run("new demo");
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.stdout.contains("pogo run demo --sim --dut SN0001"), "{ended:?}");
    let ended = run("check demo --strict");
    assert_eq!(ended.code, 0, "{ended:?}");
    let ended = run("run demo --sim --dut X --store store");
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.stdout.contains("PASS  4 measurements"), "{ended:?}");
    let ended = run("faults demo");
    assert_eq!(ended.code, 0, "{ended:?}");
    let ended = run("test demo");
    assert_eq!(ended.code, 0, "{ended:?}");
    // Without any one of its measurements a fault would escape, or its limit has nobody who takes it.
    let script = std::fs::read_to_string(folder.path("demo/power_on.rhai")).unwrap();
    for name in ["supply", "current", "rail_1v8", "rail_noise"] {
        let line = script.lines().find(|it| it.contains(&format!("\"{name}\""))).unwrap();
        std::fs::write(folder.path("demo/power_on.rhai"), script.replace(line, "")).unwrap();
        let ended = run("run demo --sim --dut X --store store");
        assert_ne!(ended.code, 0, "without {name}: {ended:?}");
    }
}

#[test]
fn nothing_is_overwritten_and_a_name_is_one() {
    let folder = Folder::new().with("there/mine.txt", "mine");
    let run = |line: &str| Program::run(folder.root(), line);
    let ended = run("new there");
    assert!(ended.code == 64 && ended.stderr.contains("`there` is there already"), "{ended:?}");
    for name in ["../out", "a/b", ".hidden", "a.b", "Ä", &"x".repeat(65)] {
        let ended = run(&format!("new {name}"));
        assert!(ended.code == 64 && ended.stderr.contains("cannot be the name"), "{ended:?}");
    }
    let left: Vec<_> = std::fs::read_dir(folder.root()).unwrap().flatten().collect();
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(std::fs::read_to_string(folder.path("there/mine.txt")).unwrap(), "mine");
}

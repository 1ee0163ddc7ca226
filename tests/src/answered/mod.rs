//! What the record answers, asked through the program.

mod yields;

use crate::{Ended, Folder, Program, golden, workspace};

/// A copy of the thermometer with a rail limit that many units miss.
fn product() -> Folder {
    let folder = Folder::copy(&workspace().join("scripts/thermometer"));
    folder.edited("power.rhai", "1.764.V..=1.836.V", "1.797.V..=1.803.V")
}

/// Runs the product in `folder` for the unit `serial`, simulated with `seed`.
fn simulate(folder: &Folder, serial: &str, seed: u64) -> Ended {
    let line = format!("run . --sim --dut {serial} --seed {seed} --store store");
    let ended = Program::run(folder.root(), &line);
    assert!(matches!(ended.code, 0 | 1), "{ended:?}");
    ended
}

/// Asks `line` twice, which has to give the same bytes, and exit with `code`.
fn ask(folder: &Folder, line: &str, code: i32) -> Ended {
    let ask = || Program::run(folder.root(), &format!("{line} --store store"));
    let (first, second) = (ask(), ask());
    assert_eq!(first.code, code, "{first:?}");
    assert_eq!(first.stdout, second.stdout, "asking twice gives the same answer");
    first
}

/// Asks `line` and compares the answer with `golden/answered/<name>.txt`.
fn compare(folder: &Folder, name: &str, line: &str, code: i32) {
    let ended = ask(folder, line, code);
    let wide = ended.stdout.lines().find(|line| line.chars().count() > 80);
    assert_eq!(wide, None, "wider than a terminal");
    golden::compare(&format!("answered/{name}.txt"), &golden::transcript(line, &ended));
}

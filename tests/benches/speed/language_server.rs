//! How soon an editor hears of a mistake, and what its server needs for that.

use std::fmt::Write;
use std::fs;

use pogo_tests::{Editor, Folder, workspace};

use crate::clock::now;
use crate::table::{Passes, Table, Target};

/// How many lines the script has.
const LINES: usize = 2_000;

/// How often it is broken and put right again.
const PASSES: usize = 40;

/// From the last byte of an edit to the first word of what is wrong.
pub fn bench(table: &mut Table) {
    let folder = Folder::copy(&workspace().join("scripts/thermometer"));
    let path = folder.path("power.rhai");
    let text = script();
    fs::write(&path, &text).expect("a script");
    let mut editor = Editor::start(folder.root(), "");
    editor.open(&path, &text);
    let wrong = editor.diagnostics(&path);
    assert!(wrong.is_empty(), "{wrong:?}");
    let line = text.lines().position(|it| it.contains("dc_voltage")).expect("a verb");
    let verb = text.lines().nth(line).and_then(|it| it.find("dc_voltage")).expect("a verb");
    let at = |column: usize| {
        let number = |it| u32::try_from(it).expect("a small number");
        (number(line), number(verb + column))
    };
    let mut passes = Vec::new();
    for _ in 0..PASSES {
        let began = now();
        editor.edit(&path, at(9), at(10), "");
        let wrong = editor.diagnostics(&path);
        passes.push(began.elapsed().as_secs_f64() * 1e3);
        assert_eq!(wrong.len(), 1, "{wrong:?}");
        editor.edit(&path, at(9), at(9), "e");
        assert!(editor.diagnostics(&path).is_empty());
    }
    let what = "error shown after an edit of 2000 lines";
    table.figure(what, "ms", &Passes::new(passes), Target::AtMost(100.0));
    let most = Passes::new(vec![most_memory(editor.id())]);
    table.figure("language server, most memory", "MiB", &most, Target::AtMost(50.0));
}

/// A script without a mistake: steps that measure, each under its own name.
fn script() -> String {
    let mut text = "//! A script as long as none should be.\n\npsu.set_voltage(3.V);\n".to_owned();
    text += "probe.off();\nout.dc_voltage();\n";
    let mut at = 0;
    while text.lines().count() + 5 <= LINES {
        let _ = write!(
            text,
            "step(\"rail {at}\", || {{\n    wait(200.ms);\n    let level = dmm.dc_voltage();\n    \
             measure(\"rail_{at}\", level, 1.764.V..=1.836.V);\n}});\n"
        );
        at += 1;
    }
    text += &"\n".repeat(LINES.saturating_sub(text.lines().count()));
    text
}

/// The most memory that a process has had, in MiB.
fn most_memory(id: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).expect("a process");
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:")).expect("its memory");
    let kibibytes = line.trim().trim_end_matches(" kB").parse::<f64>().expect("a number");
    kibibytes / 1024.0
}

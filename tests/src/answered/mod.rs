//! What the record answers, asked through the program.

mod controls;
mod history;
mod release_check;
mod run_diff;
mod trace;
mod yields;

use crate::{Ended, Folder, Program, golden, workspace};

/// A copy of the thermometer with a rail limit that many units miss.
fn product() -> Folder {
    let folder = Folder::copy(&workspace().join("scripts/thermometer"));
    let folder = folder.edited("power.rhai", "1.764.V..=1.836.V", "1.797.V..=1.803.V");
    folder.with("station.toml", "[station]\nname = \"ST-T\"\n")
}

/// Runs `line` in `folder`, on a station that has a name of its own.
fn run(folder: &Folder, line: &str) -> Ended {
    let mut command = Program::command(folder.root(), line);
    Ended::of(command.env("POGO_STATION", folder.path("station.toml")))
}

/// Runs the product in `folder` for the unit `serial`, simulated with `seed`.
fn simulate(folder: &Folder, serial: &str, seed: u64) -> Ended {
    let line = format!("run . --sim --dut {serial} --seed {seed} --store store");
    let ended = run(folder, &line);
    assert!(matches!(ended.code, 0 | 1), "{ended:?}");
    ended
}

/// What the tests add to the product: who the unit is, and a question.
const IDENTITY: &str = r#"
step("identity", || {
    device.firmware("application", "1.2.3", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
    let radio = scan("Scan the radio", "RM-[0-9]{6}");
    device.component("radio", #{ part: "RM-2", serial: radio, lot: "C-77", designator: "U7", source: "scanned" });
});
"#;

const RUN: &str = "run . --sim --dut SN0002 --answers answers.toml --operator anna --lot L42 \
                   --store store --seed";

/// A product whose units say who they are, and one that failed and was run again.
fn told_who_they_are() -> Folder {
    let folder = product().appended("power.rhai", IDENTITY);
    let folder = folder.with("answers.toml", "\"Scan the radio\" = \"RM-000123\"\n");
    for (seed, code) in [(2, 1), (4, 0)] {
        let ended = run(&folder, &format!("{RUN} {seed}"));
        assert_eq!(ended.code, code, "{ended:?}");
    }
    folder
}

/// Asks `line` twice, which has to give the same bytes, and exit with `code`.
fn ask(folder: &Folder, line: &str, code: i32) -> Ended {
    let ask = || run(folder, &format!("{line} --store store"));
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
    let transcript = settled(&golden::transcript(line, &ended));
    golden::compare(&format!("answered/{name}.txt"), &transcript);
}

/// `text` with what differs from run to run replaced by as many letters: ids, hashes, times.
fn settled(text: &str) -> String {
    let words = text.split_inclusive([' ', '\n', '/', '"']);
    words.map(settled_word).collect()
}

fn settled_word(word: &str) -> String {
    let bare = word.trim_end_matches([' ', '\n', '/', '"', ',', '.', ':', ';']);
    let is = |shape: &str| {
        bare.len() == shape.len()
            && bare.bytes().zip(shape.bytes()).all(|(letter, shape)| match shape {
                b'h' => letter.is_ascii_hexdigit(),
                b'9' => letter.is_ascii_digit(),
                other => letter == other,
            })
    };
    let shapes = [
        ("hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh", 'i'),
        (&*"h".repeat(64), 'h'),
        ("hhhhhhhhhhhhhhhh…", 'h'),
        ("hhhh…hh", 'r'),
        ("hhhhhhhh", 'o'),
        ("9999-99-99", 'd'),
        ("99:99:99", 't'),
    ]
    .map(|(shape, with)| is(shape).then_some(with));
    match shapes.into_iter().flatten().next() {
        Some(with) => with.to_string().repeat(bare.chars().count()) + &word[bare.len()..],
        None => word.to_owned(),
    }
}

#[test]
fn only_what_differs_from_run_to_run_is_replaced() {
    let text = "run 01a21ccc-6d46-7057-9c85-f36f4cc9e94b\nlog pogo/ST/a0268982/NOT 2026-11-27 \
                11:38:09 UTC, 1.795 V 12345678.\n";
    assert_eq!(
        settled(text),
        "run iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii\nlog pogo/ST/oooooooo/NOT dddddddddd tttttttt \
         UTC, 1.795 V oooooooo.\n"
    );
}

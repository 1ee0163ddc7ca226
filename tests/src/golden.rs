//! Text that people read, compared with files under `golden`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::Ended;

/// Compares `actual` with `golden/<name>`; with `POGO_ACCEPT` set, writes it there.
pub(crate) fn compare(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(name);
    if accepts() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, actual).unwrap();
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        expected == actual,
        "golden/{name} differs; accept it with POGO_ACCEPT=1\n{}",
        difference(&expected, actual)
    );
}

/// Whether whoever runs the tests accepts what they print as right.
pub(crate) fn accepts() -> bool {
    std::env::var_os("POGO_ACCEPT").is_some_and(|it| !it.is_empty())
}

/// The first line that differs, with what stands around it.
fn difference(expected: &str, actual: &str) -> String {
    let same = expected.lines().zip(actual.lines()).take_while(|(a, b)| a == b).count();
    let mut text = String::new();
    for (sign, lines) in [('-', expected), ('+', actual)] {
        for line in lines.lines().skip(same).take(12) {
            let _ = writeln!(text, "{sign} {line}");
        }
    }
    format!("from line {}:\n{text}", same + 1)
}

/// A run as a transcript: the command, what it wrote, how it ended. What must vary is replaced.
pub(crate) fn transcript(line: &str, ended: &Ended) -> String {
    let mut text = format!("$ pogo {line}\n{}", settled(&ended.stdout));
    if !ended.stderr.is_empty() {
        let _ = write!(text, "--- stderr\n{}", settled(&ended.stderr));
    }
    let _ = writeln!(text, "--- exit {}", ended.code);
    text
}

/// `text` with run ids and real durations, which vary from run to run, replaced by what they are.
pub(crate) fn settled(text: &str) -> String {
    let mut settled = String::new();
    for line in text.split_inclusive('\n') {
        let line = replaced(line, "run ", is_run, "ID");
        let line = replaced(&line, " in ", is_time, "TIME");
        settled.push_str(&replaced(&line, "measurements, ", is_real_time, "TIME"));
    }
    settled
}

/// `line` with what follows `before` replaced by `with`, if it `is` what varies.
fn replaced(line: &str, before: &str, is: fn(&str) -> usize, with: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find(before) {
        let (head, tail) = rest.split_at(at + before.len());
        let length = is(tail);
        out.push_str(head);
        out.push_str(if length > 0 { with } else { "" });
        rest = &tail[length..];
    }
    out + rest
}

/// The length of a run's id in short form, `0197…c2`, at the start of `text`; 0 if there is none.
fn is_run(text: &str) -> usize {
    let length = text.find(|c: char| !c.is_ascii_hexdigit() && c != '…').unwrap_or(text.len());
    if text[..length].contains('…') { length } else { 0 }
}

/// The length of a duration such as `9 ms` or `1.38 s` at the start of `text`.
fn is_time(text: &str) -> usize {
    let number = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let unit =
        [" ms", " s", " us", " µs", " min"].into_iter().find(|it| text[number..].starts_with(it));
    match unit {
        Some(unit) if number > 0 => number + unit.len(),
        _ => 0,
    }
}

/// The same of one that is not simulated: it stands alone.
fn is_real_time(text: &str) -> usize {
    let length = is_time(text);
    if text[length..].starts_with(" ·") { length } else { 0 }
}

#[test]
fn only_run_ids_and_real_durations_are_replaced() {
    let line = "PASS  4 measurements, 1.38 s simulated in 9 ms · run 0197…c2 · psu safe\n";
    let told = "PASS  4 measurements, 1.38 s simulated in TIME · run ID · psu safe\n";
    assert_eq!(settled(line), told);
    let line = "ERROR  the bench went wrong, 0 measurements, 0.14 s · run 0197…c2\n";
    let told = "ERROR  the bench went wrong, 0 measurements, TIME · run ID\n";
    assert_eq!(settled(line), told);
    assert_eq!(settled("a run in a hurry, in 3 V\n"), "a run in a hurry, in 3 V\n");
}

//! Records that are verified, with the program and with nothing of it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::bench::{REAL, SIMULATED, folder};
use crate::{Folder, Program, Served, workspace};

const MEASURES: &str = "psu.set_voltage(3.V);\npsu.on();\n\
                        step(\"rail\", || { measure(\"rail\", dmm.dc_voltage(), within(3.V, 10.mV)); });";

const VERIFY: &str = "verify --store store --rejudge";

/// A folder with a store that holds one run on real instruments.
pub(crate) fn recorded() -> (Folder, Served) {
    let folder = folder(MEASURES);
    let served = Served::start(folder.root(), "bench.fixture.toml", &["psu", "dmm", "other"]);
    let run = Program::run(folder.root(), &real());
    assert_eq!(run.code, 0, "{run:?}");
    (folder, served)
}

/// On the instruments that are served.
pub(crate) fn real() -> String {
    REAL.replace("bench.fixture.toml", "out.toml")
}

#[test]
fn a_record_that_nobody_touched_verifies() {
    let folder = folder(MEASURES);
    assert_eq!(Program::run(folder.root(), SIMULATED).code, 0);
    let verified = Program::run(folder.root(), VERIFY);
    assert_eq!((verified.code, &*verified.stderr), (0, ""), "{verified:?}");
    assert!(verified.stdout.ends_with("\nHOLDS\n"), "{verified:?}");
    assert!(verified.stdout.contains("/NOT-FOR-PRODUCTION"), "{verified:?}");
    assert!(verified.stdout.contains("whether the end of the log was cut off"), "{verified:?}");
    let json = Program::run(folder.root(), &format!("{VERIFY} --json")).json();
    assert_eq!((&json["holds"], &json["logs"][0]["rejudged"]), (&true.into(), &1.into()));
}

/// R-H2.
#[test]
fn a_result_that_was_edited_in_the_file_exits_with_4() {
    let folder = folder(MEASURES);
    assert_eq!(Program::run(folder.root(), SIMULATED).code, 0);
    let mut edited = 0;
    for file in ["record.db", "record.db-wal"] {
        let path = folder.path("store/simulated").join(file);
        let Ok(mut bytes) = fs::read(&path) else { continue };
        let (from, to) = (b"\"verdict\":\"pass\"", b"\"verdict\":\"fail\"");
        while let Some(at) = bytes.windows(from.len()).position(|it| it == from) {
            bytes[at..at + to.len()].copy_from_slice(to);
            edited += 1;
        }
        fs::write(&path, bytes).unwrap();
    }
    assert!(edited > 0);
    let verified = Program::run(folder.root(), VERIFY);
    assert_eq!(verified.code, 4, "{verified:?}");
    assert!(verified.stdout.contains("\n  wrong       "), "{verified:?}");
    assert!(verified.stdout.contains("DOES NOT HOLD"), "{verified:?}");
}

/// R-H2, where SQLite keeps nothing.
#[test]
fn a_byte_that_was_changed_between_two_rows_exits_with_4_and_names_its_page() {
    let folder = folder(MEASURES);
    assert_eq!(Program::run(folder.root(), SIMULATED).code, 0);
    let path = folder.path("store/simulated/record.db");
    let mut bytes = fs::read(&path).unwrap();
    let empty = bytes.windows(64).rposition(|it| it.iter().all(|byte| *byte == 0)).unwrap();
    bytes[empty + 32] = 1;
    fs::write(&path, &bytes).unwrap();
    let verified = Program::run(folder.root(), VERIFY);
    assert_eq!(verified.code, 4, "{verified:?}");
    let page = (empty + 32) / 4096 + 1;
    let line = format!("\n  wrong       page {page} is not as Pogo wrote it\n");
    assert!(verified.stdout.contains(&line), "{verified:?}");
}

#[test]
fn a_database_that_does_not_open_exits_with_4_and_a_store_that_is_not_there_with_64() {
    let folder = folder(MEASURES);
    assert_eq!(Program::run(folder.root(), VERIFY).code, 64);
    fs::create_dir(folder.path("store")).unwrap();
    assert_eq!(Program::run(folder.root(), VERIFY).code, 64);
    fs::write(folder.path("store/record.db"), "this is no database".repeat(100)).unwrap();
    let verified = Program::run(folder.root(), VERIFY);
    assert_eq!(verified.code, 4, "{verified:?}");
    assert!(verified.stdout.contains("file is not a database"), "{verified:?}");
}

/// R-H3, for a store that begins anew without the run that failed.
#[test]
fn a_store_that_began_anew_is_found_by_its_anchor() {
    let (folder, _served) = recorded();
    let mode = fs::metadata(folder.path("store/key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
    let kept = Program::run(folder.root(), "anchor kept --store store");
    assert_eq!(kept.code, 0, "{kept:?}");
    let anchored = format!("{VERIFY} --anchor kept");
    let verified = Program::run(folder.root(), &anchored);
    assert_eq!(verified.code, 0, "{verified:?}");
    assert!(verified.stdout.contains("\n  anchor      holds for the first "), "{verified:?}");

    fs::remove_dir_all(folder.path("store")).unwrap();
    assert_eq!(Program::run(folder.root(), &real()).code, 0);
    assert_eq!(Program::run(folder.root(), VERIFY).code, 0, "nothing here says so");
    let verified = Program::run(folder.root(), &anchored);
    assert_eq!(verified.code, 4, "{verified:?}");
    let before = fs::read(folder.path("kept")).unwrap();
    let again = Program::run(folder.root(), "anchor kept --store store");
    assert_eq!(again.code, 4, "{again:?}");
    assert_eq!(fs::read(folder.path("kept")).unwrap(), before, "what it knew is not lost");
}

#[test]
fn another_key_signs_on_and_the_anchor_still_holds() {
    let (folder, _served) = recorded();
    let shown = |line: &str| Program::run(folder.root(), line).stdout;
    let old = shown("key show --store store");
    assert_eq!(Program::run(folder.root(), "anchor kept --store store").code, 0);
    let new = shown("key new --store store");
    assert!(new.lines().last().unwrap().starts_with("takes over from pogo/"), "{new}");
    assert_ne!(new.lines().next(), old.lines().next());
    assert_eq!(shown("key show --store store").lines().next(), new.lines().next());
    assert_eq!(Program::run(folder.root(), &real()).code, 0);
    let verified = Program::run(folder.root(), &format!("{VERIFY} --anchor kept"));
    assert_eq!(verified.code, 0, "{verified:?}");
}

/// The commands are the ones that `docs/formats.md` gives.
#[test]
fn a_checkpoint_is_checked_by_openssl_alone() {
    let (folder, _served) = recorded();
    assert_eq!(Program::run(folder.root(), "anchor note --store store").code, 0);
    let shown = Program::run(folder.root(), "key show --store store").stdout;
    let formats = fs::read_to_string(workspace().join("docs/formats.md")).unwrap();
    let block = |first: &str| -> String {
        let lines = formats.lines().skip_while(|line| !line.trim_start().starts_with(first));
        lines
            .take_while(|line| line.starts_with("    "))
            .fold(String::new(), |all, it| all + it + "\n")
    };
    let script = format!("set -e\n{}{}", block("(printf"), block("head -3"));
    let check = |text: &str| {
        fs::write(folder.path("note"), text).unwrap();
        let mut shell = Command::new("sh");
        shell.args(["-c", &script]).current_dir(folder.root()).env("KEY", shown.trim());
        shell.output().unwrap()
    };
    let note = fs::read_to_string(folder.path("note")).unwrap();
    let fine = check(&note);
    assert!(fine.status.success(), "{script}{fine:?}");
    let lines: Vec<_> = note.lines().collect();
    let forged = note.replacen(&format!("\n{}\n", lines[1]), "\n999\n", 1);
    assert!(!check(&forged).status.success());
}

//! Stores that somebody looks after: `pogo store` and what it prints.

use std::path::Path;

use crate::bench::{SIMULATED, folder};
use crate::stopped::{LINE, Running};
use crate::verified::{real, recorded};
use crate::{Ended, Folder, Program, golden, writes_as_pogo};

const MEASURES: &str = "psu.set_voltage(3.V);\npsu.on();\n\
                        step(\"rail\", || { measure(\"rail\", dmm.dc_voltage(), within(3.V, 10.mV)); });";

/// A folder with a store of one simulated run.
fn simulated() -> Folder {
    let folder = folder(MEASURES);
    assert_eq!(Program::run(folder.root(), SIMULATED).code, 0);
    folder
}

/// Does `line` and compares what it prints with `golden/store/<name>.txt`.
fn prints(name: &str, folder: &Folder, line: &str) -> Ended {
    let ended = Program::run(folder.root(), line);
    golden::compare(
        &format!("store/{name}.txt"),
        &uncounted(&sized(&golden::transcript(line, &ended))),
    );
    ended
}

/// `text` with sizes in bytes, which depend on names and versions, replaced by what they are.
fn sized(text: &str) -> String {
    let units = [" B", " KiB", " MiB", " GiB", " TiB"];
    let (mut sized, mut rest) = (String::new(), text);
    while let Some(at) = rest.find(|it: char| it.is_ascii_digit()) {
        let (before, number) = rest.split_at(at);
        let end = number.find(|it: char| !it.is_ascii_digit() && it != '.');
        let (number, after) = number.split_at(end.unwrap_or(number.len()));
        let is_word = |it: &&str| !after[it.len()..].starts_with(char::is_alphanumeric);
        let unit = units.into_iter().find(|it| after.starts_with(it) && is_word(it));
        sized += before;
        sized += if unit.is_some() { "SIZE" } else { number };
        rest = &after[unit.map_or(0, str::len)..];
    }
    sized + rest
}

/// `text` without how many entries there are: an instrument that a busy machine keeps waiting adds
/// one that says so.
fn uncounted(text: &str) -> String {
    let mut lines = String::new();
    for line in text.lines().filter(|line| !line.contains(" recovery ")) {
        let counts = [" entries", " of them signed", " in all"].iter().any(|it| line.contains(it));
        let word = |word: &str| match counts && word.starts_with(|it: char| it.is_ascii_digit()) {
            true => word.replace(|it: char| it.is_ascii_digit(), "N").replace("NN", "N"),
            false => word.to_owned(),
        };
        lines += &line.split(' ').map(word).collect::<Vec<_>>().join(" ");
        lines.push('\n');
    }
    lines
}

/// What `pogo store check` prints in `folder`, without what depends on the disk, the moment and the
/// station, and its exit code.
fn checked(folder: &Folder) -> (String, i32) {
    let line = "store check --store store";
    let ended = Program::run(folder.root(), line);
    let mut text = String::new();
    let mut lines = ended.stdout.lines().peekable();
    while let Some(line) = lines.next() {
        let word = line.split_whitespace().next().unwrap_or_default();
        match word {
            "flush" => _ = lines.next_if(|it| it.starts_with("    hint: ")),
            "SOUND" => text += &line.replace(", flush", "").replace("  see to: flush", ""),
            "key" | "room" => text += &format!("  {word:<12}…"),
            "anchor" => text += line.split(" ago").next().unwrap().trim_end_matches(" s"),
            _ => text += line,
        }
        text += if word == "flush" { "" } else { "\n" };
    }
    let ended = Ended { stdout: text, ..ended };
    let text = uncounted(&sized(&golden::transcript(line, &ended)));
    (text, ended.code)
}

/// Changes the log of simulated runs as somebody who knows SQL.
fn change(folder: &Path, sql: &str) {
    let connection = writes_as_pogo(&folder.join("store/simulated"));
    connection.pragma_update(None, "foreign_keys", false).unwrap();
    connection.execute_batch(sql).unwrap();
}

#[test]
fn a_store_whose_tables_are_wrong_holds_again_once_they_are_made_again() {
    let folder = simulated();
    change(folder.root(), "DELETE FROM run; UPDATE tree SET signed = 1");
    assert_eq!(Program::run(folder.root(), "verify --store store").code, 4);
    let made = prints("reindex", &folder, "store reindex --store store");
    assert_eq!(made.code, 0, "{made:?}");
    let verified = Program::run(folder.root(), "verify --store store");
    assert_eq!(verified.code, 0, "{verified:?}");
    let json = Program::run(folder.root(), "store reindex --store store --json").json();
    assert_eq!(json["logs"][0]["tables"][0]["name"], "run");
}

#[test]
fn tables_are_not_made_from_entries_that_were_changed() {
    let folder = simulated();
    let forged = "DROP TRIGGER entry_stays; \
                  UPDATE entry SET bytes = CAST(replace(bytes, 'pass', 'fail') AS BLOB)";
    change(folder.root(), forged);
    let made = prints("reindex_damaged", &folder, "store reindex --store store");
    assert_eq!(made.code, 4, "{made:?}");
}

#[test]
fn what_looks_after_a_store_says_that_there_is_none() {
    let folder = folder(MEASURES);
    prints("nothing", &folder, "store reindex --store store");
    assert!(!folder.path("store").exists(), "and makes none");
}

#[test]
fn a_store_is_copied_with_both_its_logs_and_the_copy_verifies() {
    let (folder, _served) = recorded();
    assert_eq!(Program::run(folder.root(), SIMULATED).code, 0);
    let copied = prints("backup", &folder, "store backup copy --store store");
    assert_eq!(copied.code, 0, "{copied:?}");
    let [store, copy] = ["store", "copy"].map(|it| {
        let json = Program::run(folder.root(), &format!("verify --rejudge --json --store {it}"));
        assert_eq!(json.code, 0, "{json:?}");
        json.json()["logs"].clone()
    });
    assert_eq!(store.as_array().unwrap().len(), 2);
    for (one, other) in store.as_array().unwrap().iter().zip(copy.as_array().unwrap()) {
        assert_eq!(one["checkpoint"], other["checkpoint"]);
    }
    prints("backup_again", &folder, "store backup copy --store store");
    prints("backup_with_key", &folder, "store backup moved --with-key --store store");
}

#[test]
fn a_store_is_copied_while_a_run_goes_on() {
    let running = Running::of(LINE, "psu.on();\nstep(\"begun\", || {});\nwait(600.s);");
    let root = running.folder.root();
    let copied = Program::run(root, "store backup copy --store store --json");
    assert_eq!(copied.code, 0, "{copied:?}");
    let verified = Program::run(root, "verify --store copy");
    assert_eq!(verified.code, 0, "{verified:?}");
    assert!(verified.stdout.contains("1 run has no end"), "{verified:?}");
    running.signal(nix::sys::signal::Signal::SIGINT);
    let (ended, _, folder, _served) = running.end();
    assert_eq!(ended.code, 130, "the run heard nothing of it: {ended:?}");
    let verified = Program::run(folder.root(), "verify --store store");
    assert_eq!(verified.code, 0, "{verified:?}");
}

/// R-H3, for a store that somebody puts back.
#[test]
fn a_store_that_was_put_back_from_before_its_anchor_is_found() {
    let (folder, _served) = recorded();
    let done = |line: &str| Program::run(folder.root(), line).code;
    assert_eq!(done("store backup copy --store store"), 0);
    assert_eq!(done(&real()), 0);
    assert_eq!(done("anchor kept --store store"), 0);
    std::fs::remove_dir_all(folder.path("store")).unwrap();
    std::fs::rename(folder.path("copy"), folder.path("store")).unwrap();
    assert_eq!(done("verify --store store"), 0, "nothing here says so");
    let verified = Program::run(folder.root(), "verify --store store --anchor kept");
    assert_eq!(verified.code, 4, "{verified:?}");
    assert!(verified.stdout.contains("cut off"), "{verified:?}");
}

#[test]
fn what_is_wrong_with_a_store_is_copied_with_it_and_exits_with_4() {
    let folder = simulated();
    let forged = "DROP TRIGGER entry_stays; \
                  UPDATE entry SET bytes = CAST(replace(bytes, 'pass', 'fail') AS BLOB)";
    change(folder.root(), forged);
    let copied = prints("backup_damaged", &folder, "store backup copy --store store");
    assert_eq!(copied.code, 4, "{copied:?}");
    assert!(folder.path("copy/simulated/record.db").exists());
}

#[test]
fn only_sizes_are_replaced() {
    let text = "32 entries, 64.0 KiB, 812 B\n13 Bananas, 2 B.";
    assert_eq!(sized(text), "32 entries, SIZE, SIZE\n13 Bananas, SIZE.");
}

#[test]
fn a_quick_look_has_a_line_for_each_fact_and_a_hint_where_somebody_should_see_to_it() {
    let (folder, _served) = recorded();
    assert_eq!(Program::run(folder.root(), SIMULATED).code, 0);
    let (text, code) = checked(&folder);
    golden::compare("store/check.txt", &text);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("SOUND  see to: anchor\n"), "{text}");
    assert_eq!(Program::run(folder.root(), "anchor kept --store store").code, 0);
    let (text, code) = checked(&folder);
    assert!(code == 0 && text.contains("\nSOUND\n"), "{text}");
    let json = Program::run(folder.root(), "store check --store store --json").json();
    let facts = json["logs"][0]["facts"].as_array().unwrap();
    assert_eq!((&facts[0]["name"], &facts[0]["state"]), (&"database".into(), &"fine".into()));
    assert!(facts[0]["numbers"]["entries"].as_u64().unwrap() >= 14, "{facts:#?}");
}

#[test]
fn a_quick_look_at_a_damaged_store_exits_with_4_and_at_one_of_a_newer_version_with_3() {
    let folder = simulated();
    change(folder.root(), "PRAGMA user_version = 99");
    let (text, code) = checked(&folder);
    assert!(code == 3 && text.contains("\nUNKNOWN  database\n"), "{text}");
    let folder = simulated();
    change(folder.root(), "UPDATE tree SET size = 1, edge = zeroblob(32)");
    let (text, code) = checked(&folder);
    golden::compare("store/check_damaged.txt", &text);
    assert!(code == 4 && text.contains("\nDAMAGED  database\n"), "{text}");
}

#[test]
fn a_quick_look_finds_a_store_that_was_put_back_over_one_that_was_anchored() {
    let (folder, _served) = recorded();
    let done = |line: &str| Program::run(folder.root(), line).code;
    assert_eq!(done("store backup copy --store store"), 0);
    assert_eq!(done(&real()), 0);
    assert_eq!(done("anchor kept --store store"), 0);
    std::fs::rename(folder.path("copy/record.db"), folder.path("store/record.db")).unwrap();
    let (text, code) = checked(&folder);
    assert!(code == 4 && text.contains("\nDAMAGED  anchor\n"), "{text}");
    assert!(text.contains("entries were anchored"), "{text}");
}

#[test]
fn what_is_in_a_store_is_counted() {
    let (folder, _served) = recorded();
    for _ in 0..2 {
        assert_eq!(Program::run(folder.root(), SIMULATED).code, 0);
    }
    let counted = prints("stats", &folder, "store stats --store store");
    assert_eq!(counted.code, 0, "{counted:?}");
    let json = Program::run(folder.root(), "store stats --store store --json").json();
    let runs = &json["logs"][1]["runs"][0];
    assert_eq!(
        (&runs["mode"], &runs["ended"], &runs["count"]),
        (&"simulate".into(), &"pass".into(), &2.into())
    );
    assert!(json["logs"][0]["growth"]["median"].as_u64().unwrap() > 1000, "{json:#}");
}

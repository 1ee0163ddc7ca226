//! The tutorial: every command in it prints what stands below it.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::{Ended, Folder, Program, golden, workspace};

const FENCE: &str = "```console\n";

/// The tutorial with what its commands print, run one after the other in `folder`.
fn carried_out(text: &str, folder: &Path) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(FENCE) {
        let (before, after) = rest.split_at(at + FENCE.len());
        let end = after.find("```").expect("the end of the fence");
        out += before;
        for line in after[..end].lines().filter_map(|line| line.strip_prefix("$ ")) {
            out += &format!("$ {line}\n{}", printed(line, folder));
        }
        rest = &after[end..];
    }
    out + rest
}

/// What a shell prints that is told `line`.
fn printed(line: &str, folder: &Path) -> String {
    let mut command = Program::command(folder, "");
    let program = Program::path().parent().expect("its folder");
    let path = std::env::var("PATH").unwrap_or_default();
    let mut shell = Command::new("sh");
    shell
        .args(["-c", line])
        .current_dir(folder)
        .env("PATH", format!("{}:{path}", program.display()));
    // What keeps a program of the tests apart from whoever runs them does so here.
    for (name, value) in command.args([""; 0]).get_envs() {
        match value {
            Some(value) => _ = shell.env(name, value),
            None => _ = shell.env_remove(name),
        }
    }
    let ended = Ended::of(&mut shell);
    let text = format!("{}{}", ended.stdout, ended.stderr);
    if text.is_empty() || text.ends_with('\n') { text } else { text + "\n" }
}

/// `text` without the dates in it.
fn undated(text: &str) -> String {
    let is_date = |it: &str| {
        let pattern = "dddd-dd-dd dd:dd:dd";
        it.len() >= pattern.len()
            && pattern.bytes().zip(it.bytes()).all(|(pattern, it)| match pattern {
                b'd' => it.is_ascii_digit(),
                other => other == it,
            })
    };
    let (mut out, mut at) = (String::new(), 0);
    while let Some(letter) = text[at..].chars().next() {
        if is_date(&text[at..]) {
            out += "DATE";
            at += 19;
        } else {
            out.push(letter);
            at += letter.len_utf8();
        }
    }
    out
}

#[test]
fn every_command_of_the_tutorial_prints_what_stands_below_it() {
    let path = workspace().join("docs/tutorial.md");
    let says = fs::read_to_string(&path).unwrap();
    let folder = Folder::new();
    let prints = carried_out(&says, folder.root());
    let settled = |text: &str| undated(&golden::settled(text));
    if settled(&says) != settled(&prints) && golden::accepts() {
        return fs::write(&path, prints).unwrap();
    }
    for (says, prints) in settled(&says).lines().zip(settled(&prints).lines()) {
        assert_eq!(says, prints, "accept it with POGO_ACCEPT=1");
    }
    assert_eq!(settled(&says).lines().count(), settled(&prints).lines().count());
    assert!(prints.matches("\n$ pogo ").count() >= 12, "it has commands: {prints}");
}

#[test]
fn the_script_of_the_migration_notes_is_one_and_passes() {
    let notes = fs::read_to_string(workspace().join("docs/migration.md")).unwrap();
    let (_, script) = notes.split_once("```rhai\n").unwrap();
    let (script, _) = script.split_once("```").unwrap();
    let folder = Folder::new();
    assert_eq!(Program::run(folder.root(), "new demo").code, 0);
    fs::write(folder.path("rail.rhai"), script).unwrap();
    let fixture = "--fixture demo/bench.fixture.toml";
    let ended = Program::run(folder.root(), &format!("check rail.rhai {fixture} --strict"));
    assert_eq!(ended.code, 0, "{ended:?}");
    let line = format!("run rail.rhai {fixture} --sim --dut SN0001 --store store");
    let ended = Program::run(folder.root(), &line);
    assert_eq!(ended.code, 0, "{ended:?}");
}

//! Attachments that a station no longer keeps: what is printed, and what can still be proved.

use std::fs;
use std::process::Command;

use jiff::{Timestamp, ToSpan};
use pogo_record::bundle::{Bundle, Of};
use pogo_record::care::{self, Retention};
use pogo_record::{Device, Reason, RunHeader, Store};

use crate::{Ended, Folder, Program, golden, verifier};

/// A folder with a store of one real run, which attached two files.
fn attached() -> Folder {
    let folder = Folder::new();
    let store = Store::open(&folder.path("store")).unwrap();
    let header = RunHeader {
        station: "ST1".into(),
        device: Device { serial: Some("SN1".into()), ..Device::default() },
        ..RunHeader::default()
    };
    let run = store.start_run(header).unwrap();
    for text in ["one", "three"] {
        run.attach(1, None, "it.txt", "text/plain", text.as_bytes()).unwrap();
    }
    run.end(9, &Reason::JudgedNothing.into()).unwrap();
    folder
}

/// Does as `pogo store prune --older-than '1 minute'` would do a day later.
fn a_day_later(folder: &Folder) {
    let retention = Retention {
        before: Timestamp::now() + 1_i64.hours(),
        passed_only: false,
        operator: Some("ab".into()),
        archive: None,
    };
    let removed = care::prune(&folder.path("store"), &retention, &mut |_, _| ()).unwrap();
    assert_eq!((removed[0].files, removed[0].bytes), (2, 8));
}

#[test]
fn what_would_go_is_said_and_nothing_goes_without_yes() {
    let folder = attached();
    let line = "store prune --older-than 0.001s --no-archive --store store";
    let told = Program::run(folder.root(), line);
    golden::compare("store/prune_said.txt", &golden::transcript(line, &told));
    assert_eq!(fs::read_dir(folder.path("store/attachments")).unwrap().count(), 2);
    let line = "store prune --older-than 0.001s --archive kept --operator ab --yes --store store";
    let pruned = Program::run(folder.root(), line);
    golden::compare("store/prune.txt", &golden::transcript(line, &pruned));
    assert_eq!(fs::read_dir(folder.path("store/attachments")).unwrap().count(), 0);
    assert_eq!(fs::read_dir(folder.path("kept")).unwrap().count(), 2);
    let verified = Program::run(folder.root(), "verify --store store");
    assert_eq!(verified.code, 0, "{verified:?}");
    assert!(verified.stdout.contains("2 attachments, 2 files no longer kept"), "{verified:?}");
    let json = Program::run(folder.root(), &format!("{line} --json")).json();
    assert_eq!((&json["removed"], &json["logs"][0]["files"]), (&true.into(), &0.into()));
}

#[test]
fn pruning_needs_an_age_and_a_word_about_copies() {
    let folder = attached();
    for (line, said) in [
        ("store prune --store store --no-archive", "--older-than <TIME>"),
        ("store prune --store store --older-than 1y", "--archive <DIR>|--no-archive"),
        ("store prune --store store --older-than soon --no-archive", "write it as in `24 months`"),
        ("store prune --store store --older-than=-1d --no-archive", "write it as in `24 months`"),
    ] {
        let refused = Program::run(folder.root(), line);
        assert_eq!(refused.code, 64, "{refused:?}");
        assert!(refused.stderr.contains(said), "{refused:?}");
    }
}

#[test]
fn a_station_that_keeps_attachments_for_longer_removes_none() {
    let folder = attached()
        .with("station.toml", "[station]\nname = \"ST1\"\nkeep_attachments = \"24 months\"\n");
    let line = "store prune --store store --older-than '90 days' --no-archive --yes";
    let mut command: Command = Program::command(folder.root(), "store prune --store store");
    command.args(["--older-than", "90 days", "--no-archive", "--yes"]);
    let refused = Ended::of(command.env("POGO_STATION", "station.toml"));
    golden::compare("store/prune_refused.txt", &golden::transcript(line, &refused));
    assert_eq!(refused.code, 2, "{refused:?}");
}

#[test]
fn a_bundle_says_which_attachments_are_no_longer_kept_and_holds() {
    let folder = attached();
    a_day_later(&folder);
    let bundle = Bundle::new(&folder.path("store"), Of::Serial("SN1".into())).unwrap();
    assert_eq!((bundle.attachments(), bundle.unseen().len()), (0, 2), "{bundle:?}");
    let to = folder.path("bundle");
    bundle.write(&to).unwrap();
    let first = || Ended::of(Command::new("sh").arg("verify.sh").current_dir(&to));
    assert_eq!(first().code, 0, "{:?}", first());
    if let Some(second) = verifier::second(&to, &[]) {
        assert_eq!(second.code, 0, "{second:?}");
        assert!(second.stdout.contains("which the station no longer keeps"), "{second:?}");
    }
    // Without the entry that says so, they are missing.
    let lines = fs::read_to_string(to.join("entries.jsonl")).unwrap();
    let rest: String = lines
        .split_inclusive('\n')
        .filter(|line| !line.contains("\"attachments.pruned\""))
        .collect();
    assert!(rest.len() < lines.len());
    fs::write(to.join("entries.jsonl"), rest).unwrap();
    if let Some(second) = verifier::second(&to, &[]) {
        assert!(second.code == 4 && second.stdout.contains("is missing"), "{second:?}");
    }
}

#[test]
fn a_history_says_when_retention_removed_an_attachment() {
    let folder = attached();
    let said = "removed by retention on 2";
    // However its lines are folded.
    let ask = |line: &str| {
        let ended = Program::run(folder.root(), &format!("{line} --store store"));
        assert_eq!(ended.code, 0, "{ended:?}");
        ended.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert!(!ask("history SN1").contains(said) && !ask("history SN1 --html").contains(said));
    a_day_later(&folder);
    for line in ["history SN1", "history SN1 --html"] {
        assert_eq!(ask(line).matches(said).count(), 2, "{line}");
    }
    let json = Program::run(folder.root(), "history SN1 --json --store store").json();
    let removed = json["attempts"][0]["run"]["removed"].as_object().unwrap();
    assert_eq!(removed.len(), 2, "{json}");
}

#[test]
fn a_file_that_was_attached_again_has_to_be_in_a_bundle() {
    let folder = attached();
    a_day_later(&folder);
    let store = Store::open(&folder.path("store")).unwrap();
    let device = Device { serial: Some("SN1".into()), ..Device::default() };
    let header = RunHeader { station: "ST1".into(), device, ..RunHeader::default() };
    let run = store.start_run(header).unwrap();
    let again = run.attach(1, None, "it.txt", "text/plain", b"one").unwrap().sha256;
    run.end(9, &Reason::JudgedNothing.into()).unwrap();
    drop((run, store));
    let to = folder.path("bundle");
    let bundle = Bundle::new(&folder.path("store"), Of::Serial("SN1".into())).unwrap();
    bundle.write(&to).unwrap();
    let first = || Ended::of(Command::new("sh").arg("verify.sh").current_dir(&to));
    assert_eq!(first().code, 0, "{:?}", first());
    fs::remove_file(to.join("attachments").join(&again)).unwrap();
    let sums = fs::read_to_string(to.join("SHA256SUMS")).unwrap();
    let rest: String = sums.split_inclusive('\n').filter(|it| !it.contains(&again)).collect();
    fs::write(to.join("SHA256SUMS"), rest).unwrap();
    let (code, said) = (first().code, first());
    assert!(code == 4 && format!("{said:?}").contains("are not those"), "{said:?}");
    if let Some(second) = verifier::second(&to, &[]) {
        assert!(second.code == 4 && second.stdout.contains("is missing"), "{second:?}");
    }
}

#[test]
fn an_archive_in_the_store_is_refused_before_anything_goes() {
    let folder = attached();
    for yes in ["", "--yes "] {
        let line = format!(
            "store prune --store store --older-than 0.001s {yes}--archive store/attachments"
        );
        let refused = Program::run(folder.root(), &line);
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.stderr.contains("is in the store `store`"), "{refused:?}");
        assert_eq!(fs::read_dir(folder.path("store/attachments")).unwrap().count(), 2);
    }
}

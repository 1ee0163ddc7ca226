//! Processes that die.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::tempdir;

use super::{entries, header, note};
use crate::store::{Store, Uuid, spool};
use crate::verdict::{Reason, Verdict};

/// Where the child process of the tests below keeps its store.
const CHILD: &str = "POGO_RECORD_TEST_STORE";

/// Not a test: what a child process does until somebody kills it.
#[test]
fn child() {
    let Some(dir) = std::env::var_os(CHILD) else { return };
    let store = Store::open(Path::new(&dir)).unwrap();
    let run = store.start_run(header("SN1")).unwrap();
    println!("run {}", run.id());
    for number in 0_u64.. {
        run.append(number, &note(number.to_string())).unwrap();
        println!("kept {number}");
        if number % 7 == 6 {
            run.barrier().unwrap();
        }
    }
}

struct Child(std::process::Child, BufReader<std::process::ChildStdout>);

impl Child {
    fn start(dir: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "store::tests::killed::child", "--nocapture"])
            .env(CHILD, dir)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self(child, output)
    }

    /// What the next line that starts with `word` says behind it; `None` at the end.
    fn said(&mut self, word: &str) -> Option<String> {
        let mut line = String::new();
        loop {
            line.clear();
            if self.1.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            // A line that the kill cut off was not said.
            if let (true, Some((_, rest))) = (line.ends_with('\n'), line.split_once(word)) {
                return Some(rest.trim().to_owned());
            }
        }
    }

    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn a_killed_process_loses_nothing_that_a_call_had_returned_from() {
    let rounds = std::env::var("POGO_KILLS").map_or(12, |it| it.parse().unwrap());
    let dir = tempdir().unwrap();
    for round in 0..rounds {
        let mut child = Child::start(dir.path());
        let id = child.said("run ").unwrap();
        let mut kept = 0;
        for _ in 0..(round * 5) % 37 {
            kept = child.said("kept ").unwrap().parse().unwrap();
        }
        child.kill();
        while let Some(number) = child.said("kept ") {
            kept = number.parse().unwrap();
        }
        drop(Store::open(dir.path()).unwrap());
        let run = Store::reader(dir.path()).unwrap().run(&id).unwrap();
        let texts: Vec<_> = run.events.iter().map(|event| event.body.clone()).collect();
        let expected: Vec<_> = (0..texts.len()).map(|number| note(number.to_string())).collect();
        assert_eq!(texts, expected, "in order, and each once");
        assert!(kept == 0 || texts.len() > kept, "{} of {kept}", texts.len());
        assert_eq!(run.summary.verdict, Some(Verdict::Aborted));
        assert_eq!(run.summary.reason, Some(Reason::Interrupted));
        assert_eq!(run.summary.attempt, Some(round + 1));
    }
    assert_eq!(fs::read_dir(dir.path().join("open")).unwrap().count(), 0);
    entries(dir.path());
}

#[test]
fn a_run_of_a_living_process_is_left_alone() {
    let dir = tempdir().unwrap();
    let mut child = Child::start(dir.path());
    let id = child.said("run ").unwrap();
    drop(Store::open(dir.path()).unwrap());
    // The lock on its file says that it lives; should somebody delete the file, its number does.
    fs::remove_dir_all(dir.path().join("open")).unwrap();
    drop(Store::open(dir.path()).unwrap());
    let verdict = || {
        let reader = Store::reader(dir.path()).unwrap();
        reader.run(&id).unwrap().summary.verdict
    };
    assert_eq!(verdict(), None);
    let before: u64 = child.said("kept ").unwrap().parse().unwrap();
    assert!(child.said("kept ").unwrap().parse::<u64>().unwrap() > before);
    child.kill();
    drop(Store::open(dir.path()).unwrap());
    assert_eq!(verdict(), Some(Verdict::Aborted));
}

#[test]
fn a_file_of_a_run_that_died_before_any_run_had_begun_is_removed() {
    let dir = tempdir().unwrap();
    drop(Store::open(dir.path()).unwrap());
    let path = spool::path(dir.path(), Uuid::now_v7());
    fs::create_dir(dir.path().join("open")).unwrap();
    fs::write(&path, "what nobody was told is kept\n").unwrap();
    // Somebody is about to begin with it.
    let held = fs::File::open(&path).unwrap();
    held.lock().unwrap();
    drop(Store::open(dir.path()).unwrap());
    assert!(path.exists());
    drop(held);
    drop(Store::open(dir.path()).unwrap());
    assert!(!path.exists());
}

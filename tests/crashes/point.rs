//! One store, and the kills of those who write to it.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use pogo_record::Store;
use pogo_record::verify::{Against, Anchor, verify};
use pogo_tests::Chance;
use pogo_tests::real_time::pause;

use crate::figures::Figures;
use crate::promises::Promises;
use crate::story::Story;

/// How long a writer lives at most; half of that is enough to open the store and write some runs.
const LONGEST: Duration = Duration::from_millis(150);

/// A store that is written to by one process after the other.
pub struct Written {
    dir: PathBuf,
    promises: Vec<Promises>,
    anchor: Option<Anchor>,
}

impl Written {
    /// A store that is not there yet.
    pub fn new(dir: PathBuf) -> Self {
        Self { dir, promises: Vec::new(), anchor: None }
    }

    /// Lets a process write and kills it; looks at what is left.
    pub fn point(&mut self, seed: u64, figures: &mut Figures) {
        let mut chance = Chance::of_seed(seed);
        let promises = Promises::read(Story::of(seed), &write(&self.dir, seed, &mut chance));
        figures.points += 1;
        figures.acknowledged += promises.said();
        figures.opening += u64::from(promises.runs() == 0);
        self.promises.push(promises);
        // As it lies there, with nobody having opened it for writing.
        figures.left += u64::from(self.dir.join("record.db-wal").exists());
        self.verify(seed, figures);
        if chance.below(2) == 0 {
            self.open(seed, figures);
        }
    }

    /// Opens the store, which closes what was left open, and looks at all of it.
    pub fn open(&mut self, seed: u64, figures: &mut Figures) {
        let mut wrong = Vec::new();
        if let Err(failure) = Store::open(&self.dir) {
            wrong.push(failure.to_string());
        }
        let left = fs::read_dir(self.dir.join("open")).map_or(0, Iterator::count);
        if left > 0 {
            wrong.push(format!("{left} files of open runs are left"));
        }
        for promises in self.promises.drain(..) {
            let kept = promises.hold(&self.dir);
            figures.kept += kept.said;
            figures.ended += kept.ended;
            figures.interrupted += kept.interrupted;
            wrong.extend(kept.wrong);
        }
        wrong.into_iter().for_each(|what| figures.complain(format!("seed {seed}: {what}")));
        self.verify(seed, figures);
    }

    fn verify(&mut self, seed: u64, figures: &mut Figures) {
        let anchors = self.anchor.iter().cloned().collect();
        let report = verify(&self.dir, &Against { anchors, rejudge: true });
        if !report.holds() {
            figures.complain(format!("seed {seed}: {report:#?}"));
        }
        let Some(log) = report.logs.first() else { return };
        figures.verified += 1;
        if let Some(checkpoint) = &log.checkpoint {
            self.anchor = checkpoint.parse().ok();
        }
    }
}

/// What a writer says until it is killed.
fn write(dir: &Path, seed: u64, chance: &mut Chance) -> String {
    let mut writer = Command::new(std::env::current_exe().expect("this program"))
        .arg("--write")
        .arg(dir)
        .args(["--seed", &seed.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a writer starts");
    let mut out = writer.stdout.take().expect("its pipe");
    // Read all the while: a writer that waits for its reader writes no record.
    let reading = std::thread::spawn(move || {
        let mut said = String::new();
        out.read_to_string(&mut said).expect("a writer says text");
        said
    });
    pause(chance.up_to(LONGEST));
    writer.kill().expect("the writer is there");
    writer.wait().expect("it is gone");
    reading.join().expect("what it said")
}

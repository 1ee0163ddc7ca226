//! A supply that is a process of its own, and the runs on it.

use std::fs::{self, File};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use pogo_tests::real_time::{now, wait_for};
use pogo_tests::{Folder, Outputs, Program, Served, Tap};

use crate::ended::Ended;
use crate::job::{self, Job};

/// How long a run may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// What the supply's process keeps.
const OUTPUTS: &str = "outputs.jsonl";
const FIXTURE: &str = "bench.fixture.toml";
const SCRIPT: &str = "job.rhai";
/// Around the store, so that making it is a call on its files, too.
pub const DISK: &str = "disk";
const STORE: &str = "disk/store";

/// As many benches as points are taken at once.
pub struct Benches(Vec<Mutex<Bench>>);

impl Benches {
    /// Starts `count` of them.
    pub fn start(count: usize) -> Self {
        Self((0..count).map(|_| Mutex::new(Bench::start())).collect())
    }

    /// Does `take` for every one of `points`, with a bench that nobody else has.
    pub fn each<P: Sync, T: Send>(
        &self,
        points: &[P],
        take: impl Fn(&mut Bench, &P) -> T + Sync,
    ) -> Vec<T> {
        let next = Mutex::new(points.iter().enumerate());
        let taken = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for bench in &self.0 {
                let (next, taken, take) = (&next, &taken, &take);
                scope.spawn(move || {
                    let mut bench = bench.lock().unwrap_or_else(PoisonError::into_inner);
                    loop {
                        let point = next.lock().unwrap_or_else(PoisonError::into_inner).next();
                        let Some((number, point)) = point else { return };
                        let outcome = take(&mut bench, point);
                        let mut taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
                        taken.push((number, outcome));
                    }
                });
            }
        });
        let mut taken = taken.into_inner().unwrap_or_else(PoisonError::into_inner);
        taken.sort_by_key(|(number, _)| *number);
        taken.into_iter().map(|(_, outcome)| outcome).collect()
    }
}

/// A supply behind a tap.
pub struct Bench {
    pub folder: Folder,
    _served: Served,
    tap: Tap,
}

impl Bench {
    fn start() -> Self {
        let folder = Folder::new()
            .with("served.toml", &job::fixture("TCPIP::192.0.2.1::5025::SOCKET", ""))
            .with("next.rhai", job::NEXT);
        let served = Served::told(folder.root(), &format!("served.toml --log {OUTPUTS}"), &["psu"]);
        let tap = Tap::before(served.address("psu"));
        Self { folder, _served: served, tap }
    }

    /// Takes the store away, so that the next run makes a new one.
    pub fn empty_disk(&self) {
        let disk = self.folder.path(DISK);
        drop(fs::remove_dir_all(&disk));
        fs::create_dir_all(&disk).expect("a folder");
    }

    /// Runs `job` with what `prepare` does to its command, and does `meanwhile` with what its
    /// supply was sent so far until it ends.
    pub fn run(
        &self,
        job: Job,
        prepare: impl FnOnce(&mut Command),
        mut meanwhile: impl FnMut(&str),
    ) -> Ended {
        let (ip, port) = (self.tap.address().ip(), self.tap.address().port());
        let fixture = job::fixture(&format!("TCPIP::{ip}::{port}::SOCKET"), job.deadlines());
        fs::write(self.folder.path(FIXTURE), fixture).expect("a file");
        fs::write(self.folder.path(SCRIPT), job.script()).expect("a file");
        let before = self.tap.sent().len();
        let mut command = Program::command(self.folder.root(), &line(SCRIPT));
        prepare(&mut command);
        let status = self.end(&mut command, || meanwhile(&self.tap.sent()[before..]));
        let said = fs::read_to_string(self.folder.path("stderr")).unwrap_or_default();
        Ended { status, sent: self.tap.sent()[before..].to_owned(), said }
    }

    /// Whether the next run passes; its words if not.
    pub fn next(&self) -> Result<(), String> {
        let status = self.end(&mut Program::command(self.folder.root(), &line("next.rhai")), || {});
        if status.is_some_and(|it| it.success()) {
            return Ok(());
        }
        let said = fs::read_to_string(self.folder.path("stderr")).unwrap_or_default();
        Err(format!("the next run ends with {status:?}: {}", said.trim()))
    }

    /// What the supply's own process kept of its output, over all runs.
    pub fn outputs(&self) -> Outputs {
        Outputs::read(&self.folder.path(OUTPUTS))
    }

    /// The document that `pogo`, told `words`, prints about the store.
    pub fn asked(&self, words: &str) -> Result<serde_json::Value, String> {
        let ended = Program::run(self.folder.root(), &format!("{words} --store {STORE} --json"));
        let said = || format!("`pogo {words}` exits with {}: {}", ended.code, ended.stderr.trim());
        if ended.code != 0 {
            return Err(said());
        }
        serde_json::from_str(&ended.stdout).map_err(|error| format!("{}: {error}", said()))
    }

    fn end(&self, command: &mut Command, mut meanwhile: impl FnMut()) -> Option<ExitStatus> {
        let said = File::create(self.folder.path("stderr")).expect("a file");
        let mut child =
            command.stdout(Stdio::null()).stderr(said).spawn().expect("the program starts");
        let status = wait_for(now() + PATIENCE, || {
            meanwhile();
            child.try_wait().expect("a child of this process")
        });
        if status.is_none() {
            drop(child.kill());
            drop(child.wait());
        }
        status
    }
}

fn line(script: &str) -> String {
    format!("run {script} --fixture {FIXTURE} --dut SN0001 --store {STORE}")
}

//! A supply and a meter that another process plays, and runs on them.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use pogo_tests::{Program, Served};

use crate::processes::MARK;

/// The script of a bench.
pub const JOB: &str = "job.rhai";
/// The file that a run says to what goes wrong.
const STDERR: &str = "stderr";

const FIXTURE: &str = r#"
[fixture]
id = "FX-SOAK"

[instruments.psu]
model   = "keysight-e36312a"
address = "TCPIP::192.0.2.21::5025::SOCKET"
channel = 1
limits  = { voltage = "5 V", current = "500 mA" }
sim     = { connect = "RAIL" }

[instruments.dmm]
model   = "keysight-34461a"
address = "TCPIP::192.0.2.22::5025::SOCKET"
sim     = { connect = "RAIL" }
"#;

/// One bench in a folder of its own below the soak's.
pub struct Bench {
    soak: PathBuf,
    folder: PathBuf,
    served: Served,
}

impl Bench {
    /// Serves the bench called `name` for `script`; `soak` is the folder of all.
    pub fn serve(soak: &Path, name: &str, script: &str) -> Self {
        let folder = soak.join(name);
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("bench.toml"), FIXTURE).expect("a fixture");
        fs::write(folder.join(JOB), script).expect("a script");
        let served = Served::start(&folder, "bench.toml", &["psu", "dmm"]);
        Self { soak: soak.to_owned(), folder, served }
    }

    /// Starts a run of [`JOB`], or of another script that was added.
    pub fn start(&self, script: &str) -> Child {
        let said = File::create(self.folder.join(STDERR)).expect("a file");
        let line = format!("run {script} --fixture out.toml --dut SN0001 --store store");
        let mut command = self.command(&line);
        command.stdout(std::process::Stdio::null()).stderr(said).env(MARK, &self.soak);
        command.spawn().expect("the program starts")
    }

    /// Puts another script beside it.
    pub fn add(&self, name: &str, script: &str) {
        fs::write(self.folder.join(name), script).expect("a script");
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Program::command(&self.folder, line);
        command.env("POGO_LOCKS", locks(&self.soak));
        command
    }

    /// The last lines that the last run said to stderr.
    pub fn last_words(&self) -> String {
        let said = fs::read_to_string(self.folder.join(STDERR)).unwrap_or_default();
        let lines: Vec<&str> = said.lines().collect();
        lines[lines.len().saturating_sub(6)..].join(" / ")
    }

    /// Why every run in its store ended, newest first; a run that is open has none.
    pub fn reasons(&self) -> Vec<Option<String>> {
        let output = self.command("list --store store --json").output().expect("the program");
        let list: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let runs = list["runs"].as_array().expect("runs");
        runs.iter().map(|run| run["reason"].as_str().map(str::to_owned)).collect()
    }

    /// The files of runs that the store has begun and not ended.
    pub fn open_runs(&self) -> Vec<PathBuf> {
        let Ok(open) = fs::read_dir(self.folder.join("store/open")) else { return Vec::new() };
        open.flatten().map(|entry| entry.path()).collect()
    }

    /// Whether its supply is on.
    pub fn is_on(&self) -> bool {
        self.served.client("psu").ask("OUTP? (@1)") != "0"
    }

    /// The process that plays the instruments.
    pub fn instruments(&self) -> u32 {
        self.served.id()
    }
}

/// Where the locks of the soak that has this folder are.
pub fn locks(soak: &Path) -> PathBuf {
    soak.join("locks")
}

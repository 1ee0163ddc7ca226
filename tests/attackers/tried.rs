//! What became of an attack.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use pogo_tests::Folder;

use crate::attack::Attack;
use crate::watched::Took;

/// The bounds that hold for all.
const CPU: Duration = Duration::from_secs(30);
const MEMORY: u64 = 640 << 10;

const FIXTURE: &str = r#"[fixture]
id = "FX-A"

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

/// An attack that was tried.
#[derive(Debug)]
pub struct Tried {
    /// Which.
    pub name: String,
    /// What it took.
    pub took: Took,
    /// Why it was not contained; empty if it was.
    pub wrong: Vec<String>,
}

/// Tries `attack` with `program`, and has it watched by this program.
///
/// # Panics
///
/// It cannot be run.
pub fn attempt(attack: &Attack, program: &Path) -> Tried {
    let folder = Folder::new()
        .with("secret.rhai", "fn seen() { 1 }\n")
        .with("inside/script.rhai", &attack.text)
        .with("inside/bench.fixture.toml", FIXTURE);
    let inside = folder.path("inside");
    let line = "run script.rhai --fixture bench.fixture.toml --dut SN0001 --sim --store ../store";
    let out = std::fs::File::create(folder.path("out")).expect("a file for what it prints");
    let output = Command::new(std::env::current_exe().expect("this program"))
        .arg("--watch")
        .arg(program)
        .args(line.split(' '))
        .current_dir(&inside)
        .env_remove("POGO_STORE")
        .env_remove("GITHUB_ACTIONS")
        .env("POGO_LOCKS", folder.path("locks"))
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(Stdio::piped())
        .output()
        .expect("it is watched");
    let said = std::fs::read_to_string(folder.path("out")).expect("what it printed");
    let (said, took) = said.trim_end().rsplit_once('\n').expect("what it took");
    let took = Took::read(took);
    let errors = String::from_utf8_lossy(&output.stderr);
    let mut wrong = Vec::new();
    let mut must = |holds: bool, what: &dyn Fn() -> String| {
        if !holds {
            wrong.push(what());
        }
    };
    let words = || errors.lines().next().or(said.trim_end().lines().last()).unwrap_or("nothing");
    must(took.code == attack.code, &|| {
        format!("exit {} where {} has to be: {}", took.code, attack.code, words())
    });
    let says = said.contains(&attack.says) || errors.contains(&attack.says);
    must(says, &|| format!("does not say `{}`: {}", attack.says, words()));
    must(took.cpu <= CPU, &|| format!("took {:.1} s of CPU", took.cpu.as_secs_f64()));
    must(took.memory <= MEMORY, &|| format!("took {} MiB", took.memory >> 10));
    let last = said.trim_end().lines().last().unwrap_or_default();
    must(took.code == 2 || last.ends_with(" · psu, dmm safe"), &|| format!("not safe: {last}"));
    must(!said.contains('\u{1b}') && !errors.contains('\u{1b}'), &|| "moves the cursor".into());
    let mut there = names(&inside);
    there.extend(names(folder.root()));
    there.sort();
    let mut mine =
        ["bench.fixture.toml", "inside", "locks", "out", "script.rhai", "secret.rhai", "store"]
            .to_vec();
    mine.retain(|it| there.contains(&(*it).to_owned()) || !["locks", "store"].contains(it));
    must(there == mine, &|| format!("left something behind: {there:?}"));
    if !attack.long && took.code != 2 {
        let mut verify = Command::new(program);
        verify.args(["verify", "--rejudge", "--store", "store"]).current_dir(folder.root());
        let verified = verify.output().expect("it is verified");
        must(verified.status.success(), &|| {
            format!("does not verify: {}", String::from_utf8_lossy(&verified.stdout))
        });
    }
    Tried { name: attack.name.clone(), took, wrong }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the folder");
    entries.map(|it| it.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

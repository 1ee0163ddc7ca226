//! The library that makes a call of a run fail; see `shim.c`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use pogo_tests::{Folder, workspace};

use crate::bench::{Bench, DISK};
use crate::calls::Calls;

/// A call that fails.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// `sync`, `pwrite` or `write`.
    pub call: &'static str,
    /// The error number; negative if half of the bytes are written before.
    pub number: i32,
    /// Which of the run's; 0 for none.
    pub at: u64,
}

const LOG: &str = "calls";

/// Has the run of `command` feel `fault`, and its calls noted.
///
/// # Panics
///
/// [`missing`] says why not.
pub fn prepare(command: &mut Command, bench: &Bench, fault: Fault) {
    let library = library().as_ref().expect("it was built");
    let root = bench.folder.root().canonicalize().expect("the folder's real name");
    drop(fs::remove_file(root.join(LOG)));
    command
        .env("LD_PRELOAD", library)
        .env("FAULTS_STORE", root.join(DISK))
        .env("FAULTS_LOG", root.join(LOG))
        .env("FAULTS_CALL", fault.call)
        .env("FAULTS_AT", fault.at.to_string())
        .env("FAULTS_ERRNO", fault.number.to_string());
}

/// The calls of the run that was prepared last.
pub fn calls(bench: &Bench) -> Calls {
    Calls::read(&bench.folder.path(LOG))
}

/// Why it cannot be used, if it cannot.
pub fn missing() -> Option<String> {
    library().as_ref().err().cloned()
}

fn library() -> &'static Result<PathBuf, String> {
    static BUILT: OnceLock<(Folder, Result<PathBuf, String>)> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        let folder = Folder::new();
        let library = folder.path("shim.so");
        let source = workspace().join("tests/faulty/shim.c");
        let mut compiler = Command::new("cc");
        compiler.args(["-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o"]);
        let built = match compiler.arg(&library).arg(&source).output() {
            Err(cause) => Err(format!("no C compiler: `cc`: {cause}")),
            Ok(output) if output.status.success() => Ok(library),
            Ok(output) => Err(format!("`cc`: {}", String::from_utf8_lossy(&output.stderr).trim())),
        };
        (folder, built)
    });
    &built.1
}

//! The second verifier, which is written in Python from `docs/formats.md`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Ended, workspace};

/// Where it is.
pub(crate) fn folder() -> PathBuf {
    workspace().join("tests/verifier")
}

/// Runs it over a bundle, with `arguments`; `None` where there is no Python, which CI always has.
pub(crate) fn second(bundle: &Path, arguments: &[&str]) -> Option<Ended> {
    let mut python = python()?;
    Some(Ended::of(python.arg(folder().join("verify.py")).args(arguments).arg(bundle)))
}

/// Runs a program that uses its parts, and is told `input`.
pub(crate) fn asked(program: &str, input: &str) -> Option<Ended> {
    let mut python = python()?;
    python.arg("-c").arg(program).arg(folder());
    python.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = python.spawn().unwrap();
    running.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    Some(running.wait_with_output().unwrap().into())
}

fn python() -> Option<Command> {
    if Command::new("python3").arg("--version").output().is_ok() {
        return Some(Command::new("python3"));
    }
    assert!(std::env::var_os("CI").is_none(), "CI has no python3");
    None
}

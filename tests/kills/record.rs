//! What the store says about a point's runs, asked as people ask.

use std::path::Path;

use pogo_tests::Program;
use serde_json::Value;

use crate::running::STORE;

/// A run as the list has it.
#[derive(Debug)]
pub struct Recorded {
    id: String,
    verdict: String,
    reason: String,
}

impl Recorded {
    /// Every run of the store, newest first.
    ///
    /// # Errors
    ///
    /// It cannot be read, in the program's words.
    pub fn all(folder: &Path) -> Result<Vec<Self>, String> {
        let list = ask(folder, &format!("list --store {STORE} --json"))?;
        let runs = list["runs"].as_array().ok_or("the list has no runs")?;
        Ok(runs.iter().map(Self::from).collect())
    }

    fn from(summary: &Value) -> Self {
        let text = |key: &str| summary[key].as_str().unwrap_or("nothing").to_owned();
        Self { id: text("id"), verdict: text("verdict"), reason: text("reason") }
    }

    /// Why it ended, as a record spells it.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Reads all of it, which must be what the list says.
    ///
    /// # Errors
    ///
    /// It cannot be read, or is not.
    pub fn read(&self, folder: &Path) -> Result<(), String> {
        let shown = ask(folder, &format!("show {} --store {STORE} --json", self.id))?;
        let shown = Self::from(&shown["summary"]);
        if shown.shown() == self.shown() {
            return Ok(());
        }
        Err(format!("the list says {}, the run itself {}", self.shown(), shown.shown()))
    }

    /// Verdict and reason.
    pub fn shown(&self) -> String {
        format!("{} for `{}`", self.verdict, self.reason)
    }
}

fn ask(folder: &Path, line: &str) -> Result<Value, String> {
    let ended = Program::run(folder, line);
    let said = || format!("`pogo {line}`: exit {}: {}", ended.code, ended.stderr.trim());
    if ended.code != 0 {
        return Err(said());
    }
    serde_json::from_str(&ended.stdout).map_err(|error| format!("{}: {error}", said()))
}

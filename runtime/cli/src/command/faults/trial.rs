//! One run of a test with a fault, as a process of its own: it cannot disturb the others.

use std::env;
use std::fmt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use pogo_record::Verdict;
use pogo_runtime::Fixture;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use crate::args::Faults;
use crate::exit;

/// What a test made of a fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Found {
    /// The unit fails.
    Detected {
        /// The measurements and checks that failed, in their order.
        by: Vec<String>,
    },
    /// The run is no verdict about the unit: something is wrong with the bench or the script.
    BenchError {
        /// What was said first.
        message: String,
    },
    /// The unit passes.
    Nothing,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Detected { by } if by.is_empty() => f.write_str("the unit failed"),
            Self::Detected { by } => f.write_str(&by.join(", ")),
            Self::BenchError { message } => write!(f, "bench error: {message}"),
            Self::Nothing => f.write_str("nothing"),
        }
    }
}

/// Runs of one test.
pub struct Trials {
    program: PathBuf,
    arguments: Vec<String>,
    stores: TempDir,
}

/// As much of a run's document as tells what was found.
#[derive(Deserialize)]
struct Document {
    measurements: Vec<Measurement>,
    events: Vec<Event>,
}

#[derive(Deserialize)]
struct Measurement {
    name: String,
    verdict: Verdict,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    body: serde_json::Value,
}

impl Trials {
    /// Runs of what `arguments` name, on `fixture`.
    pub fn of(arguments: &Faults, fixture: &Fixture) -> Result<Self> {
        let text = |path: &std::path::Path| path.display().to_string();
        let mut all: Vec<String> = vec!["run".into(), text(&arguments.product)];
        all.extend(["--fixture".into(), text(&fixture.path)]);
        all.extend(["--seed".into(), arguments.seed.to_string()]);
        all.extend(arguments.variant.iter().flat_map(|it| ["--variant".into(), it.clone()]));
        all.extend(["--dut", "none", "--sim", "--trial", "--json"].map(String::from));
        if let Some(answers) = &arguments.answers {
            all.extend(["--answers".into(), text(answers)]);
        }
        let program = env::current_exe().context("this program's own file is not known")?;
        let stores = TempDir::new().context("there is no temporary folder")?;
        Ok(Self { program, arguments: all, stores })
    }

    /// One run, with the fault called `fault`.
    ///
    /// # Errors
    ///
    /// It could not be run at all.
    pub fn run(&self, fault: Option<&str>) -> Result<Found> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdin(Stdio::null());
        command.arg("--store").arg(self.stores.path().join(fault.unwrap_or("without")));
        if let Some(fault) = fault {
            command.args(["--fault", fault]);
        }
        let output = command.output().context("a run could not be started")?;
        let code = output.status.code();
        if code.is_none_or(|code| {
            ![exit::PASS, exit::FAIL, exit::NO_VERDICT].map(i32::from).contains(&code)
        }) {
            bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let document: Document = serde_json::from_slice(&output.stdout)
            .with_context(|| String::from_utf8_lossy(&output.stderr).trim().to_owned())?;
        Ok(match code {
            Some(0) => Found::Nothing,
            Some(1) => Found::Detected { by: document.failed() },
            _ => Found::BenchError { message: document.error() },
        })
    }
}

impl Document {
    fn failed(self) -> Vec<String> {
        let failed = self.measurements.into_iter().filter(|it| it.verdict == Verdict::Fail);
        failed.map(|it| it.name).collect()
    }

    /// What was said first of what went wrong.
    fn error(self) -> String {
        let error = self.events.into_iter().find(|it| it.kind == "error");
        let message = error.and_then(|it| Some(it.body.get("message")?.as_str()?.to_owned()));
        message.unwrap_or_else(|| "no verdict".to_owned())
    }
}

//! What a test makes of a fault.

use std::fmt;

use anyhow::{Result, bail};
use pogo_runtime::Fixture;
use serde::Serialize;

use crate::args::Faults;
use crate::exit;
use crate::trial::{Outcome, Trials};

/// What a test made of a fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Found {
    /// The unit fails.
    Detected {
        /// The measurements and checks that failed, in their order.
        by: Vec<String>,
        /// What was said first, if none of them failed: it did not answer.
        #[serde(skip_serializing_if = "Option::is_none")]
        message: Option<String>,
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
            Self::Detected { message: Some(message), .. } => write!(f, "the unit: {message}"),
            Self::Detected { by, .. } => f.write_str(&by.join(", ")),
            Self::BenchError { message } => write!(f, "bench error: {message}"),
            Self::Nothing => f.write_str("nothing"),
        }
    }
}

/// What runs of the test have in common.
pub fn arguments(arguments: &Faults, fixture: &Fixture) -> Vec<String> {
    let text = |path: &std::path::Path| path.display().to_string();
    let mut all: Vec<String> = vec![text(&arguments.product)];
    all.extend(["--fixture".into(), text(&fixture.path)]);
    all.extend(["--seed".into(), arguments.seed.to_string()]);
    all.extend(arguments.variant.iter().flat_map(|it| ["--variant".into(), it.clone()]));
    all.extend(["--dut", "none", "--trial"].map(String::from));
    if let Some(answers) = &arguments.answers {
        all.extend(["--answers".into(), text(answers)]);
    }
    all
}

/// One run, with the fault called `fault`.
///
/// # Errors
///
/// It could not be run at all.
pub fn found(trials: &Trials, arguments: &[String], fault: Option<&str>) -> Result<Found> {
    let fault = fault.into_iter().flat_map(|it| ["--fault".to_owned(), it.to_owned()]);
    let all: Vec<_> = arguments.iter().cloned().chain(fault).collect();
    let outcome: Outcome = trials.run(&all)?;
    Ok(match u8::try_from(outcome.code) {
        Ok(exit::PASS) => Found::Nothing,
        Ok(exit::FAIL) => {
            let by = outcome.failed();
            let message = by.is_empty().then(|| outcome.error());
            Found::Detected { by, message }
        }
        Ok(exit::NO_VERDICT) => Found::BenchError { message: outcome.error() },
        _ => bail!("{}", outcome.said),
    })
}

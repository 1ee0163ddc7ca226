//! Whether the evidence about a unit is complete. Whether it is released is for people to decide.
//!
//! Complete is: each step that an approved release manifest requires has a production PASS under
//! that manifest. There are no release manifests yet, so nothing is ever complete, and what is
//! missing is said.

use std::collections::BTreeMap;

use serde::Serialize;

use super::attempt::outcome;
use super::{COUNTS, NOT_RECORDED, counted};
use crate::body::Mode;
use crate::error::Result;
use crate::store::{Reader, Run};
use crate::verdict::Verdict;

/// Whether the evidence about a unit is complete.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReleaseCheck {
    /// The unit's serial number.
    pub serial: String,
    /// Whether nothing is missing.
    pub complete: bool,
    /// What is missing, a sentence each.
    pub missing: Vec<String>,
    /// What there is, by plan.
    pub plans: Vec<Standing>,
}

/// What there is of one plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Standing {
    /// The plan.
    pub plan: String,
    /// Every attempt, in the order of starting.
    pub attempts: Vec<Weighed>,
}

/// An attempt, and what it is worth.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Weighed {
    /// The run.
    pub run: uuid::Uuid,
    /// Its mode.
    pub mode: Mode,
    /// How it ended: `PASS`, `INTERRUPTED`.
    pub ended: String,
    /// Why it does not count; `None` if it does.
    pub not_counted: Option<String>,
}

impl ReleaseCheck {
    /// About the unit `serial`, from all of these logs.
    ///
    /// # Errors
    ///
    /// A log cannot be read.
    pub fn of(readers: &[Reader], serial: &str) -> Result<Self> {
        let mut runs = Vec::new();
        for reader in readers {
            runs.extend(reader.runs_of(serial)?);
        }
        runs.sort_by_key(|run| (run.summary.started, run.summary.id));
        let mut missing = vec![
            "an approved release manifest, which says what steps a unit needs: this version of \
             Pogo has none, so no unit is complete"
                .to_owned(),
        ];
        if runs.is_empty() {
            missing.push("any run of this unit: none is recorded".to_owned());
        }
        let mut by_plan: BTreeMap<&str, Vec<&Run>> = BTreeMap::new();
        for run in &runs {
            by_plan.entry(&run.header.plan.id).or_default().push(run);
        }
        missing.extend(by_plan.iter().filter_map(|(plan, runs)| lacking(plan, runs)));
        let standing = |(plan, runs): (&str, Vec<&Run>)| Standing {
            plan: plan.to_owned(),
            attempts: runs.into_iter().map(weigh).collect(),
        };
        let plans = by_plan.into_iter().map(standing).collect();
        let complete = missing.is_empty();
        Ok(Self { serial: serial.to_owned(), complete, missing, plans })
    }
}

/// What the runs of a plan lack.
fn lacking(plan: &str, runs: &[&Run]) -> Option<String> {
    let last = runs.iter().rev().find(|run| is_production(run));
    let Some(last) = last else {
        let others = counted(runs.len(), "attempt");
        return Some(format!("a production run of plan {plan}: {others} in other modes"));
    };
    if last.summary.verdict != Some(Verdict::Pass) {
        let ended = outcome(last).word;
        return Some(format!("a PASS of plan {plan}: its last production run is {ended}"));
    }
    let manifest = last.header.manifest.as_deref().unwrap_or(NOT_RECORDED);
    Some(format!("proof that the manifest of plan {plan} ({manifest}) was approved"))
}

fn is_production(run: &Run) -> bool {
    run.summary.mode == COUNTS && other_purpose(run).is_none()
}

fn other_purpose(run: &Run) -> Option<&str> {
    run.header.purpose.as_deref().filter(|it| *it != "production")
}

fn weigh(run: &Run) -> Weighed {
    let not_counted = match (run.summary.mode.caveat(), other_purpose(run)) {
        (Some(caveat), _) => Some(caveat.to_owned()),
        (None, Some(purpose)) => Some(format!("made for another purpose: {purpose}")),
        (None, None) if run.header.manifest.is_none() => Some("made without a manifest".into()),
        (None, None) => Some("nobody can tell whether its manifest was approved".into()),
    };
    let (summary, ended) = (&run.summary, outcome(run).word);
    Weighed { run: summary.id, mode: summary.mode, ended, not_counted }
}

//! The beginning and the end of a step.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::verdict::{Reason, Verdict};

/// The body of `step.started`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepStarted {
    /// The step's number, from 1, in the order of starting.
    pub step: u32,
    /// The step it is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<u32>,
    /// Its name.
    pub name: String,
    /// Which attempt at this step it is, from 1. What an earlier one came to counts no more: it
    /// failed, or it went wrong in a way that this one forgives.
    pub attempt: u32,
    /// The kinds of bench errors after which there may be another attempt.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forgives: Vec<String>,
}

/// The body of `step.ended`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepEnded {
    /// The step's number.
    pub step: u32,
    /// What is known about the unit.
    pub verdict: Verdict,
    /// Why.
    pub reason: Reason,
    /// More about the reason, for a person: `passed on attempt 2 of 3`, or why it was left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// What an attempt is called that is no step of the script's.
pub const ATTEMPT: &str = "attempt";

impl StepStarted {
    /// Its name as people read it: `power on`, `attempt 2`.
    pub fn shown(&self) -> Cow<'_, str> {
        match self.name.as_str() {
            ATTEMPT => format!("{ATTEMPT} {}", self.attempt).into(),
            name => name.into(),
        }
    }
}

impl StepEnded {
    /// The end of `step`, for `reason`.
    pub fn new(step: u32, reason: Reason) -> Self {
        Self { step, verdict: reason.verdict(), reason, message: None }
    }
}

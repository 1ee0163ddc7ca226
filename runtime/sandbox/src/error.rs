//! What ends a script, and what a script sees of it.

use std::fmt;
use std::sync::Arc;

use pogo_hal::{Diagnostic, Error, Secret};
use rhai::{Dynamic, EvalAltResult, Position};

use crate::Interruption;

/// A script ended before its end.
#[derive(Clone, Debug)]
pub struct ScriptError {
    /// What to show: message, place, hint, and the calls that led there.
    pub diagnostic: Box<Diagnostic>,
    /// Whose doing it is.
    pub cause: Cause,
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.diagnostic.fmt(f)
    }
}

impl std::error::Error for ScriptError {}

/// Why a script ended before its end.
#[derive(Clone, Debug)]
pub enum Cause {
    /// The host's `interrupt` said so, with its reason.
    Stopped(String),
    /// The script used more than its limits allow.
    Limit,
    /// An operation on the bench failed and the script did not catch it.
    Bench(Arc<Error>),
    /// It was made to leave, and nothing is wrong.
    Left(Leave),
    /// The script itself is wrong, or threw something.
    Script,
    /// The script would have given the secret of this name away.
    Secret(String),
    /// Native code panicked: a bug in Pogo, with the panic's message.
    Panic(String),
}

/// A bench error as a script sees it: `error.kind`, `error.message`, `error.hint`.
#[derive(Clone, Debug)]
pub struct BenchError(pub Arc<Error>);

/// An error of a verb's caller as a script sees it: `error.message`, `error.hint`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// What is wrong, a lowercase fragment.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// The error with which a verb reports that the bench failed. A script can catch it, and sees its
/// `kind`, `message` and `hint` (`()` if it has none); [`crate::Sandbox::explain`] gives it back as
/// [`Cause::Bench`].
pub fn bench_error(error: Error) -> Box<EvalAltResult> {
    let value = Dynamic::from(BenchError(Arc::new(error)));
    EvalAltResult::ErrorRuntime(value, Position::NONE).into()
}

/// The error with which a verb reports that it was called wrongly. A script can catch it, and sees
/// its `message` and `hint` (`()` if it has none).
pub fn script_error(
    message: impl Into<String>,
    hint: impl Into<Option<String>>,
) -> Box<EvalAltResult> {
    let complaint = Complaint { message: message.into(), hint: hint.into() };
    EvalAltResult::ErrorRuntime(Dynamic::from(complaint), Position::NONE).into()
}

/// The error with which a verb that was interrupted ends the script. No script can catch it.
pub fn stop(interruption: Interruption) -> Box<EvalAltResult> {
    terminated(End::Stopped(interruption.reason))
}

/// The error with which a verb leaves what the script is in the middle of. No script can catch it.
pub fn leave(leave: Leave) -> Box<EvalAltResult> {
    terminated(End::Left(leave))
}

/// What `error` leaves, if it is one of [`leave`].
pub fn left(error: &EvalAltResult) -> Option<Leave> {
    let EvalAltResult::ErrorTerminated(token, _) = error.unwrap_inner() else { return None };
    match &*token.read_lock::<End>()? {
        End::Left(leave) => Some(leave.clone()),
        _ => None,
    }
}

/// What a script is made to leave before its end, without anything being wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leave {
    /// The innermost step, for the reason that is given.
    Step(String),
    /// The scripts: something failed, and the run was to stop there.
    Scripts,
}

/// What travels in Rhai's `ErrorTerminated`.
#[derive(Clone, Debug)]
pub(crate) enum End {
    Left(Leave),
    Stopped(String),
    Limit {
        message: String,
        hint: Option<String>,
    },
    /// `by` would have given a secret away, there.
    Secret {
        name: String,
        by: String,
        file: Option<String>,
        position: Position,
    },
}

impl End {
    pub(crate) fn limit(message: impl Into<String>, hint: &str) -> Self {
        Self::Limit { message: message.into(), hint: Some(hint.to_owned()) }
    }
}

/// Whether `error` ends a script that would have given a secret away.
pub fn gave_a_secret_away(error: &EvalAltResult) -> bool {
    match error.unwrap_inner() {
        EvalAltResult::ErrorTerminated(token, _) => {
            token.read_lock::<End>().is_some_and(|end| matches!(*end, End::Secret { .. }))
        }
        EvalAltResult::ErrorRuntime(thrown, _) => thrown.is::<Secret>(),
        _ => false,
    }
}

pub(crate) fn terminated(end: End) -> Box<EvalAltResult> {
    EvalAltResult::ErrorTerminated(Dynamic::from(end), Position::NONE).into()
}

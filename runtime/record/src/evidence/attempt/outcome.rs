//! How a run ended, in a word and a sentence.

use crate::body::Aftermath;
use crate::store::Run;
use crate::verdict::{Reason, Verdict};

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// As people read it: `PASS`, `INTERRUPTED`, `GOES ON`.
    pub word: String,
    /// What is known about the unit; `None` while the run goes on.
    pub verdict: Option<Verdict>,
    /// Why, and what else was said about it.
    pub sentence: String,
}

/// How `run` ended. One whose process is gone is INTERRUPTED, whether or not somebody has written
/// that down yet.
pub fn outcome(run: &Run) -> Outcome {
    let summary = &run.summary;
    let interrupted = |sentence: String| Outcome {
        word: "INTERRUPTED".into(),
        verdict: Some(Reason::Interrupted.verdict()),
        sentence,
    };
    match (summary.verdict, summary.reason) {
        (None, _) if summary.goes_on => {
            let (word, sentence) = ("GOES ON".into(), "it has not ended".into());
            Outcome { word, verdict: None, sentence }
        }
        (None, _) => interrupted(
            "its process is gone; the next run on this station closes its record".into(),
        ),
        (Some(_), Some(Reason::Interrupted)) => {
            let after = match run.interrupted.as_ref().map(|it| &it.after) {
                None => String::new(),
                Some(Aftermath::Guard { .. }) => {
                    "; its guard brought its bench to its safe state".into()
                }
                Some(Aftermath::NextRun { .. }) => "; the next run looked after its bench".into(),
                Some(Aftermath::Nobody { why }) => {
                    format!("; nobody looked after its bench: {why}")
                }
            };
            interrupted(format!("{}{after}", Reason::Interrupted))
        }
        (Some(verdict), reason) => {
            let message = run.ended.as_ref().and_then(|it| it.message.as_deref());
            let sentence = match (reason, message) {
                (Some(reason), Some(message)) => format!("{reason}: {message}"),
                (Some(reason), None) => reason.to_string(),
                (None, message) => message.unwrap_or_default().to_owned(),
            };
            Outcome { word: verdict.to_string(), verdict: Some(verdict), sentence }
        }
    }
}

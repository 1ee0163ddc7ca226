//! Which steps are done: what the command line says, held against the scripts.

use pogo_hal::{Diagnostic, nearest};
use pogo_runtime::{Checked, Flow};

use crate::args;

/// What `given` says, if the scripts have the steps that it names.
///
/// # Errors
///
/// They have not; with the nearest name that they have.
pub fn flow(given: args::Flow, checked: &Checked) -> Result<Flow, Diagnostic> {
    let args::Flow { step: only, from, pause_on_fail, keep_going, stop_at_first_failure } = given;
    let named = only.iter().map(|it| ("--step", it)).chain(from.iter().map(|it| ("--from", it)));
    for (flag, name) in named {
        if checked.steps().contains(name) {
            continue;
        }
        let steps = checked.steps().iter().map(String::as_str);
        let hint = match nearest(name, steps) {
            Some(it) => format!("did you mean `{it}`?"),
            None if checked.steps().is_empty() => "the scripts have no steps".to_owned(),
            None => format!("the steps: {}", checked.steps().join(", ")),
        };
        let message = format!("{flag}: there is no step `{name}`");
        return Err(Diagnostic::new(message).with_hint(hint));
    }
    Ok(Flow { keep_going, stop_at_first_failure, only, from, pause_on_fail })
}

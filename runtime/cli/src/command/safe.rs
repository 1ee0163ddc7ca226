//! `pogo safe`: safe state of every role, and nothing else.

use std::io;

use anyhow::Result;
use pogo_hal::SafeState;
use pogo_models::Models;
use pogo_record::SafeOutcome;
use pogo_runtime::Fixture;
use serde_json::json;

use crate::args::Safe;
use crate::bench::Bench;
use crate::diagnostics::Failure;
use crate::exit;
use crate::paint::Paint;
use crate::report;
use crate::simulated::Simulated;
use crate::terminal::{err, out};

/// Brings every role to its safe state, and says of each what it answered.
///
/// # Errors
///
/// Something is wrong with the fixture, and nothing was opened.
pub fn safe(arguments: &Safe) -> Result<u8> {
    let refused = |diagnostics| Failure { code: exit::REFUSED, diagnostics };
    let fixture = Fixture::read(&arguments.fixture).map_err(|it| refused(vec![it]))?;
    let bench =
        Bench::understand(&fixture, &Models::beside(fixture.folder()), Simulated::None, 0, &[])
            .map_err(refused)?;
    let known = pogo_runtime::make_safe(&fixture, &bench)
        .map_err(|error| Failure::of_bench(exit::NO_VERDICT, &error))?;
    let all = known.iter().all(|(_, state)| state.is_ok());
    if arguments.json {
        let one = |(role, state): &(String, pogo_hal::Result<SafeState>)| match state {
            Ok(state) => json!({ "role": role, "safe": true, "said": said(&state.clone().into()) }),
            Err(error) => json!({ "role": role, "safe": false, "said": error.message() }),
        };
        let roles: Vec<_> = known.iter().map(one).collect();
        out(&format!("{:#}\n", json!({ "roles": roles })));
    } else {
        let width = known.iter().map(|(role, _)| role.chars().count()).max().unwrap_or(0);
        let paint = Paint::of(&io::stderr());
        for (role, state) in &known {
            match state {
                Ok(state) => {
                    out(&format!("{role:width$}  safe: {}\n", said(&state.clone().into())))
                }
                Err(error) => {
                    err(&report::shout(role, error.message(), paint));
                    if let Some(hint) = error.hint() {
                        err(&format!("  hint: {hint}\n"));
                    }
                }
            }
        }
    }
    Ok(if all { exit::PASS } else { exit::NO_VERDICT })
}

/// What is known of a role, as people read it.
pub(super) fn said(outcome: &SafeOutcome) -> String {
    match outcome {
        SafeOutcome::Passive => "it can do no harm in any state".into(),
        SafeOutcome::Confirmed { state, read_back } => {
            format!("{state}, read back as `{read_back}`")
        }
        SafeOutcome::NotConfirmed { message } => message.clone(),
    }
}

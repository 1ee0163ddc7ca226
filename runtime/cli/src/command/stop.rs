//! `pogo stop`: ends a run of another process, as Ctrl-C does.

use std::io;
use std::time::Duration;

use anyhow::{Context, Result};
use pogo_hal::Diagnostic;
use pogo_record::{Run, RunSummary, Uuid, Verdict};
use serde_json::json;

use crate::args::Stop;
use crate::diagnostics::Failure;
use crate::exit;
use crate::logs::{self, Logs};
use crate::page::{aftermath, safety};
use crate::paint::Paint;
use crate::report;
use crate::running::Running;
use crate::terminal::{err, out};

/// How long a run may take to end once it was told.
const PATIENCE: Duration = Duration::from_secs(30);

/// Stops the run and says how it ended. Exits with 0 if the run has ended, now or before, and
/// every role is safe.
///
/// # Errors
///
/// There is no such run; its process is gone, belongs to somebody else, or does not end in time.
pub fn stop(arguments: &Stop) -> Result<u8> {
    let store = &arguments.store.folder;
    let logs = Logs::open(store)?;
    let runs = logs.list()?;
    let id = match &arguments.run {
        Some(name) => logs::meant(name, &runs, store)?,
        None => only_one(&logs, &runs, arguments)?,
    };
    let mut run = logs.run(id)?;
    let had_ended = run.summary.verdict.is_some();
    if !had_ended {
        let pid = run.process.pid;
        let running = Running::find(&run.process).context(format!("process {pid}"))?;
        if let Some(running) = &running {
            let asked = if arguments.now { running.ask_twice() } else { running.ask() };
            asked.map_err(|cause| not_asked(&run, &cause))?;
            if !running.ended_within(PATIENCE).context(format!("process {pid}"))? {
                return Err(still_there(&run).into());
            }
        }
        // It may have come to its end by itself meanwhile.
        run = logs.run(id)?;
    }
    let Some(verdict) = run.summary.verdict else { return Err(never_ended(&run).into()) };
    Ok(tell(&run, verdict, had_ended, arguments))
}

/// The one run that is going on.
fn only_one(logs: &Logs, runs: &[RunSummary], arguments: &Stop) -> Result<Uuid, Failure> {
    let mut going_on = Vec::new();
    for summary in runs.iter().filter(|it| it.verdict.is_none()) {
        let run = logs.run(summary.id)?;
        if run.process.is_alive() {
            going_on.push(run);
        }
    }
    let wrong = |message: String, hint: String| {
        Failure::new(exit::COMMAND_LINE, Diagnostic::new(message).with_hint(hint))
    };
    match going_on.as_slice() {
        [run] => Ok(run.summary.id),
        [] => {
            let store = arguments.store.folder.display();
            Err(wrong(format!("no run in `{store}` is going on"), logs::OTHER_STORE.into()))
        }
        several => {
            let one = |run: &Run| format!("`{}` ({})", run.summary.id, unit(run));
            let ids: Vec<_> = several.iter().map(one).collect();
            let message = format!("{} runs are going on", several.len());
            Err(wrong(message, format!("name one of them: {}", ids.join(", "))))
        }
    }
}

fn unit(run: &Run) -> String {
    let header = &run.header;
    let known = [header.device.serial.as_deref(), header.fixture.id.as_deref()];
    known.into_iter().flatten().collect::<Vec<_>>().join(" on ")
}

fn name(run: &Run) -> String {
    format!("run {} ({})", report::short(run.summary.id), unit(run))
}

fn failure(message: String, hint: String) -> Failure {
    Failure::new(exit::NO_VERDICT, Diagnostic::new(message).with_hint(hint))
}

fn not_asked(run: &Run, cause: &io::Error) -> Failure {
    let message = format!("process {} of {}: {cause}", run.process.pid, name(run));
    failure(message, "stop it as the user who started it, or as root".into())
}

fn still_there(run: &Run) -> Failure {
    let (pid, patience) = (run.process.pid, PATIENCE.as_secs());
    failure(
        format!("{} was told to stop and has not ended within {patience} s", name(run)),
        format!(
            "see what process {pid} is doing, and look at the bench; `pogo stop --now {}` skips \
             the clean-ups",
            run.summary.id
        ),
    )
}

fn never_ended(run: &Run) -> Failure {
    let fixture = run.header.fixture.path.as_deref().unwrap_or("FILE");
    let message = format!("{} never ended: its process {} is gone", name(run), run.process.pid);
    if run.header.clock.simulated {
        return failure(message, "it was simulated; the next `pogo run --sim` closes it".into());
    }
    failure(
        message,
        format!(
            "outputs may still be on: `pogo safe --fixture {fixture}` switches them off now; the \
             next `pogo run` does so too, and closes the run"
        ),
    )
}

fn tell(run: &Run, verdict: Verdict, had_ended: bool, arguments: &Stop) -> u8 {
    let safety = safety(run);
    let looked_after = run.header.clock.simulated
        || run.interrupted.as_ref().is_none_or(|it| !it.after.safe().is_empty());
    let is_safe = looked_after && safety.iter().all(|(_, wrong)| wrong.is_none());
    let reason = run.summary.reason.map(|it| it.to_string()).unwrap_or_default();
    if arguments.json {
        let role = |(role, wrong): &(String, Option<String>)| match wrong {
            None => json!({ "role": role, "safe": true }),
            Some(wrong) => json!({ "role": role, "safe": false, "said": wrong }),
        };
        let document = json!({
            "run": run.summary.id,
            "had_ended": had_ended,
            "verdict": verdict,
            "reason": run.summary.reason,
            "safe": is_safe,
            "roles": safety.iter().map(role).collect::<Vec<_>>(),
        });
        out(&format!("{document:#}\n"));
    } else {
        let before = if had_ended { " had ended before" } else { "" };
        let paint = Paint::of(&io::stdout());
        let shown = paint.verdict(verdict, verdict);
        let roles = report::roles(&safety, paint);
        out(&format!("{}{before}: {shown}, {reason}{roles}\n", name(run)));
        let paint = Paint::of(&io::stderr());
        for (role, wrong) in &safety {
            wrong.iter().for_each(|wrong| err(&report::shout(role, wrong, paint)));
        }
        err(&aftermath(run));
    }
    if is_safe { exit::PASS } else { exit::NO_VERDICT }
}

//! The benches of runs that never ended: made safe before another run opens anything.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use pogo_models::Models;
use pogo_record::{Aftermath, Orphan, Safe, SafeBy, SafeOutcome};
use pogo_runtime::Fixture;

use crate::bench::Bench;
use crate::command::safe::said;
use crate::paint::Paint;
use crate::report;
use crate::simulated::Simulated;
use crate::terminal::err;

/// For a run that touches no hardware itself: only what was wholly simulated is closed; the rest
/// is left to a run on real instruments.
pub fn leave(orphan: &Orphan) -> Option<Aftermath> {
    orphan.header().clock.simulated.then(|| nobody("its bench was simulated"))
}

/// Brings the fixture of a run that never ended to its safe state, unless the run's guard has done
/// so, and says on stderr what is known of each role and what a person must do now.
pub fn look_after(orphan: &Orphan) -> Option<Aftermath> {
    if let Some(simulated) = leave(orphan) {
        return Some(simulated);
    }
    err(&format!("{} never ended: its process {} is gone\n", name(orphan), orphan.process().pid));
    let try_it = || real_roles(orphan).and_then(|fixture| made_safe(orphan, &fixture));
    // A driver that panics must not keep every later run from beginning.
    let after = catch_unwind(AssertUnwindSafe(try_it))
        .unwrap_or_else(|_| Err("Pogo itself went wrong over it: this is a bug in it".to_owned()))
        .unwrap_or_else(|why| Aftermath::Nobody { why });
    err(&told(&after, &name(orphan), Paint::of(&io::stderr())));
    Some(after)
}

fn nobody(why: &str) -> Aftermath {
    Aftermath::Nobody { why: why.to_owned() }
}

fn name(orphan: &Orphan) -> String {
    let header = orphan.header();
    let serial = header.device.serial.as_deref().map(|it| format!(" of {it}")).unwrap_or_default();
    let fixture = header.fixture.id.as_deref().map(|it| format!(" on {it}")).unwrap_or_default();
    format!("run {}{serial}{fixture}", report::short(orphan.id()))
}

/// The fixture as it was when the run began, without the roles that were simulated.
fn real_roles(orphan: &Orphan) -> Result<Fixture, String> {
    let facts = &orphan.header().fixture;
    let path = facts.path.as_deref().ok_or("its record does not say where its fixture file is")?;
    let mut fixture =
        Fixture::read(Path::new(path)).map_err(|it| match (&it.place, &it.message) {
            (Some(place), message) => format!("{place}: {message}"),
            (None, message) => message.clone(),
        })?;
    if facts.sha256.as_ref() != Some(&fixture.sha256) {
        return Err(format!("`{path}` has changed since"));
    }
    fixture.roles.retain(|role| !facts.simulated.contains(&role.name));
    Ok(fixture)
}

fn made_safe(orphan: &Orphan, fixture: &Fixture) -> Result<Aftermath, String> {
    let is_safe =
        |role: &str| orphan.safe().iter().any(|it| it.role == role && it.outcome.is_safe());
    if fixture.roles.iter().all(|role| is_safe(&role.name)) {
        return Ok(Aftermath::Guard { safe: orphan.safe().to_vec() });
    }
    let bench =
        Bench::understand(fixture, &Models::beside(fixture.folder()), Simulated::None, 0, &[])
            .map_err(|wrong| {
                wrong.iter().map(|it| it.message.as_str()).collect::<Vec<_>>().join("; ")
            })?;
    // Its guard may still be at work; then this waits for it.
    let bench = bench.locked("what a killed run left behind");
    let known = pogo_runtime::make_safe(fixture, &bench).map_err(|it| it.message().to_owned())?;
    let safe = known.into_iter().map(|(role, state)| {
        let outcome = match state {
            Ok(state) => state.into(),
            Err(error) => SafeOutcome::NotConfirmed { message: error.message().to_owned() },
        };
        Safe { role, outcome, by: SafeBy::NextRun }
    });
    Ok(Aftermath::NextRun { safe: safe.collect() })
}

/// A line for each role, or what to do if nobody could do anything.
fn told(after: &Aftermath, run: &str, paint: Paint) -> String {
    let by = match after {
        Aftermath::Guard { .. } => " by its guard",
        Aftermath::NextRun { .. } => "",
        Aftermath::Nobody { why } => {
            let shout = paint.error(format!("!!! the bench of {run} MAY NOT BE SAFE"));
            return format!(
                "\n{shout}: {why}\n    \
                 Outputs may still be on. Touch neither the unit nor the fixture before `pogo safe\n    \
                 --fixture FILE` has confirmed every role, or you have seen that all is off.\n\n"
            );
        }
    };
    let width = after.safe().iter().map(|it| it.role.chars().count()).max().unwrap_or(0);
    let line = |Safe { role, outcome, .. }: &Safe| match outcome {
        SafeOutcome::NotConfirmed { message } => report::shout(role, message, paint),
        outcome => format!("  {role:width$}  safe{by}: {}\n", said(outcome)),
    };
    after.safe().iter().map(line).collect::<String>() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn confirmed(role: &str) -> Safe {
        let (state, read_back) = ("output off".to_owned(), "0".to_owned());
        Safe {
            role: role.into(),
            outcome: SafeOutcome::Confirmed { state, read_back },
            by: SafeBy::Guard,
        }
    }

    #[test]
    fn every_role_of_a_run_that_never_ended_is_told_with_what_to_do_now() {
        let message = "nobody answers".to_owned();
        let dmm = Safe {
            role: "dmm".into(),
            outcome: SafeOutcome::NotConfirmed { message },
            by: SafeBy::Guard,
        };
        let after = Aftermath::NextRun { safe: vec![confirmed("psu_main"), dmm] };
        let text = told(&after, "run 0197…c2", Paint::Plain);
        assert!(text.starts_with("  psu_main  safe: output off, read back as `0`\n"), "{text}");
        assert!(text.contains("!!! dmm IS NOT SAFE: nobody answers\n"), "{text}");
        assert!(text.contains("switched `dmm` off at the instrument itself"), "{text}");
        let text = told(&Aftermath::Guard { safe: vec![confirmed("psu")] }, "", Paint::Plain);
        assert_eq!(text, "  psu  safe by its guard: output off, read back as `0`\n\n");
        let text = told(&nobody("`f.toml` has changed since"), "run 0197…c2", Paint::Plain);
        assert!(text.contains("run 0197…c2 MAY NOT BE SAFE: `f.toml` has changed since\n"));
    }
}

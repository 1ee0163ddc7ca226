//! The first and the last line of a run, and the alarm if a role is not safe.

use std::time::Duration;

use pogo_record::{Mode, Reason, Uuid, Verdict};

use crate::duration;
use crate::paint::Paint;
use crate::transcript::Tally;

/// How a run ended, as far as its last line says it.
#[derive(Debug)]
pub struct Outcome {
    /// What is known about the unit, and why.
    pub reason: Reason,
    /// What it counts for.
    pub mode: Mode,
    /// What was judged.
    pub tally: Tally,
    /// How long it took on the bench.
    pub bench_time: Duration,
    /// How long somebody waited for it.
    pub wall_time: Duration,
    /// Whether the bench's time was simulated.
    pub virtual_time: bool,
    /// The run's id; `None` if it could not even be begun in the record.
    pub run: Option<Uuid>,
    /// Every role, with what went wrong if its safe state was not confirmed.
    pub safety: Vec<(String, Option<String>)>,
}

/// `TH-100 SN0001 · bench.fixture.toml · simulate`, with the faults that the bench has on purpose.
pub fn header(
    (product, dut): (&str, &str),
    fixture: &str,
    mode: Mode,
    faults: &[String],
    paint: Paint,
) -> String {
    let faults = match faults {
        [] => String::new(),
        all => format!(", with {}", all.join(", ")),
    };
    format!("{} · {fixture} · {}{faults}\n", paint.bold(format!("{product} {dut}")), mode.name())
}

/// What the run does not count for, as a line above its verdict; empty for production.
fn banner(mode: Mode, paint: Paint) -> String {
    match mode.caveat() {
        Some(caveat) => paint.dim(format!("{}: {caveat}", mode.name())) + "\n",
        None => String::new(),
    }
}

/// `PASS  4 measurements, 1.38 s simulated in 9 ms · run 0197…c2 · psu, dmm safe`, behind an empty
/// line and the banner.
pub fn last_line(outcome: &Outcome, paint: Paint) -> String {
    let Outcome { reason, mode, tally, bench_time, wall_time, virtual_time, run, safety } = outcome;
    let verdict = reason.verdict();
    let judged = match tally.judged {
        1 => "1 measurement".into(),
        count => format!("{count} measurements"),
    };
    let why = match (reason, tally) {
        (Reason::Passed, _) => judged,
        (Reason::Limit, Tally { failed: 1.., .. }) => {
            format!("{} of {judged} failed", tally.failed)
        }
        _ => format!("{reason}, {judged}"),
    };
    let why = format!("{why}{}", asides(tally));
    let took = match virtual_time {
        true => {
            let (bench, wall) = (duration::bench(*bench_time), duration::wall(*wall_time));
            format!("{bench} simulated in {wall}")
        }
        false => duration::bench(*bench_time),
    };
    let banner = banner(*mode, paint);
    let verdict = paint.verdict(verdict, verdict);
    format!("\n{banner}{verdict}  {why}, {took} · {}{}\n", id(*run), roles(safety, paint))
}

/// The last line of a bench on which somebody has only looked around.
pub fn closed(outcome: &Outcome, paint: Paint) -> String {
    let Outcome { run, safety, .. } = outcome;
    format!("\nCLOSED  nothing was judged · {}{}\n", id(*run), roles(safety, paint))
}

fn id(run: Option<Uuid>) -> String {
    run.map_or_else(|| "no record".to_owned(), |run| format!("run {}", short(run)))
}

/// What a verdict does not say by itself.
fn asides(tally: &Tally) -> String {
    let mut text = String::new();
    if tally.later > 0 {
        text += &format!(", {} passed on a later attempt", tally.later);
    }
    if tally.skipped > 0 {
        let plural = if tally.skipped == 1 { "" } else { "s" };
        text += &format!(", {} step{plural} skipped", tally.skipped);
    }
    text
}

/// ` · psu, dmm safe · load NOT SAFE`; empty if nothing is known of any role.
pub fn roles(safety: &[(String, Option<String>)], paint: Paint) -> String {
    let (safe, unsafe_): (Vec<_>, Vec<_>) = safety.iter().partition(|(_, wrong)| wrong.is_none());
    let names = |roles: &[&(String, Option<String>)]| {
        roles.iter().map(|(role, _)| role.as_str()).collect::<Vec<_>>().join(", ")
    };
    let mut text = String::new();
    if !safe.is_empty() {
        text += &format!(" · {} safe", names(&safe));
    }
    if !unsafe_.is_empty() {
        let shout = format!("{} NOT SAFE", names(&unsafe_));
        text += &format!(" · {}", paint.verdict(Verdict::Fail, shout));
    }
    text
}

/// What a person must do now, for every role whose safe state was not confirmed; empty if there is
/// none.
pub fn alarm(outcome: &Outcome, paint: Paint) -> String {
    let mut text = String::new();
    for (role, wrong) in &outcome.safety {
        let Some(wrong) = wrong else { continue };
        text += &shout(role, wrong, paint);
    }
    text
}

/// That `role` is not safe, because of `wrong`, and what a person must do now.
pub fn shout(role: &str, wrong: &str, paint: Paint) -> String {
    let shout = paint.error(format!("!!! {role} IS NOT SAFE"));
    format!(
        "\n{shout}: {wrong}\n    \
         Its output may still be on. Touch neither the unit nor the fixture before you have\n    \
         switched `{role}` off at the instrument itself and seen that it is off.\n"
    )
}

/// That an interlock is not closed any more.
pub fn interlock(message: &str, paint: Paint) -> String {
    format!("\n{}\n", paint.error(format!("!!! {message}")))
}

/// An id as people see it: `0197…c2`. `pogo show` takes it so.
pub fn short(run: Uuid) -> String {
    let id = run.to_string();
    format!("{}…{}", &id[..4], &id[id.len() - 2..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(reason: Reason, judged: usize, failed: usize) -> Outcome {
        Outcome {
            reason,
            mode: Mode::Production,
            tally: Tally { judged, failed, ..Tally::default() },
            bench_time: Duration::from_millis(1380),
            wall_time: Duration::from_millis(9),
            virtual_time: true,
            run: "0197a3b1-0000-7000-8000-0000000000c2".parse().ok(),
            safety: vec![("psu".into(), None), ("dmm".into(), None)],
        }
    }

    #[test]
    fn the_first_and_the_last_line_look_as_designed() {
        let first =
            header(("TH-100", "SN0001"), "bench.fixture.toml", Mode::Simulate, &[], Paint::Plain);
        assert_eq!(first, "TH-100 SN0001 · bench.fixture.toml · simulate\n");
        assert_eq!(
            last_line(&outcome(Reason::Passed, 4, 0), Paint::Plain),
            "\nPASS  4 measurements, 1.38 s simulated in 9 ms · run 0197…c2 · psu, dmm safe\n"
        );
    }

    #[test]
    fn the_last_line_says_why_it_is_no_pass() {
        for (reason, judged, failed, said) in [
            (Reason::Limit, 4, 1, "FAIL  1 of 4 measurements failed, "),
            (Reason::NoAnswer, 1, 0, "FAIL  the unit did not answer, 1 measurement, "),
            (Reason::BenchError, 2, 0, "ERROR  the bench went wrong, 2 measurements, "),
            (Reason::Stopped, 0, 0, "ABORTED  somebody stopped it, 0 measurements, "),
        ] {
            let line = last_line(&outcome(reason, judged, failed), Paint::Plain);
            assert!(line.trim_start().starts_with(said), "{line}");
        }
    }

    #[test]
    fn whatever_is_no_production_says_so_above_its_verdict() {
        for (mode, said) in [
            (Mode::Simulate, "\nsimulate: no evidence about any real unit\nPASS  "),
            (Mode::Engineering, "\nengineering: no evidence for the release of a unit\nPASS  "),
        ] {
            let line = last_line(&Outcome { mode, ..outcome(Reason::Passed, 1, 0) }, Paint::Plain);
            assert!(line.starts_with(said), "{line}");
        }
    }

    #[test]
    fn real_time_is_said_once() {
        let outcome = Outcome { virtual_time: false, ..outcome(Reason::Passed, 1, 0) };
        let line = last_line(&outcome, Paint::Plain);
        assert_eq!(line, "\nPASS  1 measurement, 1.38 s · run 0197…c2 · psu, dmm safe\n");
    }

    #[test]
    fn a_role_that_is_not_safe_is_shouted_with_what_to_do_now() {
        let mut outcome = outcome(Reason::NotSafe, 4, 0);
        assert_eq!(alarm(&outcome, Paint::Plain), "");
        outcome.safety[0].1 = Some("nobody answers at TCPIP0::192.0.2.21::5025::SOCKET".into());
        let line = last_line(&outcome, Paint::Plain);
        assert!(line.ends_with(" · run 0197…c2 · dmm safe · psu NOT SAFE\n"), "{line}");
        let alarm = alarm(&outcome, Paint::Plain);
        assert!(alarm.contains("!!! psu IS NOT SAFE: nobody answers at TCPIP0::192.0.2.21"));
        assert!(alarm.contains("switched `psu` off at the instrument itself"), "{alarm}");
    }
}

//! A recorded run as people read it: its header, then what its transcript said.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::tz::TimeZone;
use pogo_hal::{Diagnostic, Place};
use pogo_record::{
    Aftermath, Asset, Body, ErrorEvent, InterlockState, Reason, Run, Safe, SafeOutcome, Verdict,
};
use pogo_runtime::Progress;

use crate::diagnostics::render_recorded;
use crate::paint::Paint;
use crate::report::{self, Outcome};
use crate::transcript::{Block, Transcript};

/// The whole page.
pub fn page(run: &Run, zone: &TimeZone, paint: Paint) -> String {
    let mut transcript = Transcript::new(paint);
    let mut depths = BTreeMap::new();
    let mut blocks: Vec<Block> = Vec::new();
    for (at, event) in run.events.iter().enumerate() {
        // A step is one deeper than the step it is part of; what has no step stands outside.
        let inside = |step: Option<u32>| step.and_then(|it| depths.get(&it)).map_or(0, |it| it + 1);
        let (value, limit, trouble);
        let name;
        let progress = match &event.body {
            Body::StepStarted(step) => {
                let depth = inside(step.parent);
                depths.insert(step.step, depth);
                name = step.shown();
                Progress::StepStarted { name: &name, depth }
            }
            Body::StepEnded(ended) => {
                let step = run.steps.iter().find(|it| it.started.step == ended.step);
                let took = step.and_then(|it| it.duration_ns).unwrap_or(0);
                Progress::StepEnded {
                    name: step.map_or("", |it| &it.started.name),
                    depth: depths.get(&ended.step).copied().unwrap_or(0),
                    reason: ended.reason,
                    again: step.is_some_and(|it| run.is_repeated(it)),
                    message: ended.message.as_deref().filter(|_| ended.verdict == Verdict::Pass),
                    took: Duration::from_nanos(took),
                }
            }
            Body::Measurement(judged) | Body::Check(judged) => {
                limit = judged.limit.to_string();
                Progress::Judged {
                    name: &judged.name,
                    value: &judged.shown,
                    limit: &limit,
                    verdict: judged.verdict,
                    depth: inside(judged.step),
                }
            }
            Body::Record(kept) => {
                value = kept.shown.as_str();
                Progress::Kept { name: &kept.name, value, depth: inside(kept.step) }
            }
            Body::Note(note) => {
                Progress::Kept { name: "", value: &note.text, depth: inside(note.step) }
            }
            Body::Firmware(it) => {
                Progress::Kept { name: &it.name, value: &it.version, depth: inside(it.step) }
            }
            Body::Component(it) => {
                limit = it.shown();
                Progress::Kept { name: &it.name, value: &limit, depth: inside(it.step) }
            }
            Body::Prompt(prompt) => Progress::Prompted { prompt, depth: inside(prompt.step) },
            Body::Error(error) if !is_said_again(error, &run.events[at + 1..]) => {
                trouble = diagnostic(error);
                Progress::Trouble(&trouble)
            }
            Body::Interlock(seen) if seen.state != InterlockState::Closed => {
                trouble = Diagnostic {
                    hint: seen.hint.clone(),
                    ..Diagnostic::new(seen.message.as_deref().unwrap_or_default())
                };
                Progress::Trouble(&trouble)
            }
            _ => continue,
        };
        blocks.extend(transcript.see(&progress));
    }
    if let Some(ended) = &run.ended {
        let steps: Vec<_> = run.steps.iter().map(|it| &it.started.name).collect();
        let left = ended.skipped.iter().filter(|it| !steps.contains(it)).map(|it| (it, true));
        for (name, skipped) in left.chain(ended.not_reached.iter().map(|it| (it, false))) {
            blocks.extend(transcript.see(&Progress::NotDone { name, skipped }));
        }
    }
    blocks.push(transcript.take());
    blocks.iter().for_each(|block| transcript.fit(block));
    let outcome = outcome(run, &transcript);
    let mut text = report::header(
        (
            run.header.device.part.as_deref().unwrap_or(&run.header.plan.id),
            run.header.device.serial.as_deref().unwrap_or(NOT_RECORDED),
        ),
        run.header.fixture.id.as_deref().unwrap_or(NOT_RECORDED),
        run.header.mode,
        &run.header.fixture.faults,
        paint,
    );
    text.push('\n');
    text += &facts(run, zone, paint);
    if !run.events.is_empty() {
        text.push('\n');
    }
    for block in &blocks {
        text += &transcript.lines(block);
        text.extend(block.troubles.iter().map(|it| render_recorded(it, paint)));
    }
    match run.summary.verdict {
        Some(_) => text += &report::last_line(&outcome, paint),
        None => text += "\nthis run has not ended\n",
    }
    text.push_str(&aftermath(run));
    // What a person must do now stands last.
    text.push_str(&report::alarm(&outcome, paint));
    text
}

/// What became of the bench of a run whose process died, as a line; empty for all others.
pub fn aftermath(run: &Run) -> String {
    match run.interrupted.as_ref().map(|it| &it.after) {
        None => String::new(),
        Some(Aftermath::Guard { .. }) => "its guard brought its bench to its safe state\n".into(),
        Some(Aftermath::NextRun { .. }) => "the next run looked after its bench\n".into(),
        Some(Aftermath::Nobody { why }) => format!("nobody looked after its bench: {why}\n"),
    }
}

const NOT_RECORDED: &str = "not recorded";

fn facts(run: &Run, zone: &TimeZone, paint: Paint) -> String {
    let header = &run.header;
    let local = run.summary.started.to_zoned(zone.clone());
    let or_not = |it: &Option<String>| it.clone().unwrap_or_else(|| NOT_RECORDED.to_owned());
    let attempt = run.summary.attempt.map_or_else(|| NOT_RECORDED.into(), |it| it.to_string());
    let seed = header.clock.seed.map(|seed| ("seed", seed.to_string()));
    let mut facts = vec![
        ("run", run.summary.id.to_string()),
        ("started", local.strftime("%Y-%m-%d %H:%M:%S %:z").to_string()),
        ("attempt", attempt),
        ("operator", or_not(&header.operator.id)),
        ("scripts", sha256(&header.plan.script_sha256)),
        ("fixture", sha256(&header.fixture.sha256)),
        ("pogo", header.pogo.version.clone()),
    ];
    let given = [
        ("lot", &header.lot),
        ("work order", &header.work_order),
        ("purpose", &header.purpose),
        ("revision", &header.device.revision),
        ("variant", &header.plan.variant),
    ];
    facts.extend(given.into_iter().filter_map(|(what, it)| Some((what, it.clone()?))));
    facts.extend(seed);
    facts.extend(header.assets.iter().map(|it| (it.role.as_str(), asset(it))));
    let width = facts.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    facts
        .iter()
        .map(|(name, value)| format!("  {}  {value}\n", paint.dim(format!("{name:width$}"))))
        .collect()
}

fn sha256(it: &Option<String>) -> String {
    it.as_ref().map_or_else(|| NOT_RECORDED.to_owned(), |it| format!("sha256 {it}"))
}

fn asset(it: &Asset) -> String {
    let known = [&it.manufacturer, &it.model].into_iter().flatten().cloned();
    let mut parts = vec![known.collect::<Vec<_>>().join(" ")];
    parts.extend(it.serial.iter().map(|it| format!("serial {it}")));
    parts.extend(it.firmware.iter().map(|it| format!("firmware {it}")));
    parts.extend(it.calibration.iter().map(|it| format!("calibrated {it}")));
    parts.extend(it.address.clone());
    parts.retain(|part| !part.is_empty());
    parts.join(", ")
}

/// A bench error is recorded before the script sees it, without a place, and once more with its
/// place if it ends a step: the second one says it all.
fn is_said_again(error: &ErrorEvent, later: &[pogo_record::Event]) -> bool {
    error.place.is_none()
        && later.iter().any(|it| match &it.body {
            Body::Error(again) => again.place.is_some() && again.message == error.message,
            _ => false,
        })
}

fn diagnostic(error: &ErrorEvent) -> Diagnostic {
    let mut diagnostic = Diagnostic::new(&error.message);
    diagnostic.hint.clone_from(&error.hint);
    diagnostic.place = error.place.as_deref().and_then(place);
    diagnostic
}

fn place(text: &str) -> Option<Place> {
    let mut parts = text.rsplitn(3, ':');
    let (column, line) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    Some(Place { file: parts.next()?.into(), line, column, width: 1 })
}

fn outcome(run: &Run, transcript: &Transcript) -> Outcome {
    let summary = &run.summary;
    let waited = summary.ended.map(|ended| ended.duration_since(summary.started));
    Outcome {
        reason: summary.reason.unwrap_or(Reason::Interrupted),
        mode: run.header.mode,
        tally: transcript.tally(),
        bench_time: Duration::from_nanos(summary.duration_ns.unwrap_or(0)),
        wall_time: waited.and_then(|it| it.try_into().ok()).unwrap_or_default(),
        virtual_time: run.header.clock.simulated,
        run: Some(summary.id),
        safety: safety(run),
    }
}

/// Every role of which something was said at the end of the run or after it, with what is wrong if
/// it is not safe.
pub fn safety(run: &Run) -> Vec<(String, Option<String>)> {
    let said_in_it = run.events.iter().filter_map(|event| match &event.body {
        Body::Safe(safe) => Some(safe),
        _ => None,
    });
    let said_later = run.interrupted.iter().flat_map(|it| it.after.safe());
    let mut safety = Vec::new();
    for Safe { role, outcome, .. } in said_in_it.chain(said_later) {
        safety.retain(|(earlier, _)| earlier != role);
        safety.push((
            role.clone(),
            match outcome {
                SafeOutcome::NotConfirmed { message } => Some(message.clone()),
                SafeOutcome::Passive | SafeOutcome::Confirmed { .. } => None,
            },
        ));
    }
    safety
}

#[cfg(test)]
mod tests {
    use pogo_hal::Origins;
    use pogo_record::{
        Event, Judged, Limit, Mode, Process, RunHeader, RunInterrupted, RunSummary, SafeBy, Step,
        StepEnded, StepStarted,
    };

    use super::*;

    fn run(bodies: Vec<Body>, reason: Reason) -> Run {
        let event = |body: Body| Event { seq: 0, mono_ns: 0, kind: body.kind(), body };
        let started = StepStarted { step: 1, name: "power on".into(), ..StepStarted::default() };
        Run {
            summary: RunSummary {
                id: "0197a3b1-0000-7000-8000-0000000000c2".parse().unwrap(),
                mode: Mode::Engineering,
                plan: "TH-100".into(),
                device: None,
                serial: Some("SN0001".into()),
                attempt: Some(2),
                verdict: Some(reason.verdict()),
                reason: Some(reason),
                started: "2026-11-22T10:00:00Z".parse().unwrap(),
                ended: None,
                duration_ns: Some(1_380_000_000),
                goes_on: false,
            },
            first: 0,
            last: None,
            header: RunHeader::default(),
            process: Process { pid: 1, start_ticks: None, boot_id: None },
            ended: None,
            interrupted: None,
            steps: vec![Step {
                started,
                started_ns: 0,
                duration_ns: Some(310_000_000),
                verdict: None,
                reason: None,
                message: None,
            }],
            measurements: Vec::new(),
            events: bodies.into_iter().map(event).collect(),
            removed: BTreeMap::new(),
        }
    }

    fn error(place: Option<&str>) -> Body {
        let place = place.map(str::to_owned);
        let message = "dmm.dc_voltage: no answer within 5 s".into();
        Body::Error(ErrorEvent { kind: "timeout".into(), message, place, ..ErrorEvent::default() })
    }

    #[test]
    fn a_recorded_run_looks_as_its_transcript_did_and_an_error_is_said_once() {
        let step = StepStarted { step: 1, name: "power on".into(), ..StepStarted::default() };
        let limit = Limit::at_most(2.0).unwrap();
        let (judged, _) = Judged::new(Some(1), "gain", 1.5.into(), &Origins::none(), limit);
        let outcome = SafeOutcome::NotConfirmed { message: "nobody answers".into() };
        let bodies = vec![
            Body::StepStarted(step),
            Body::Measurement(judged),
            error(None),
            Body::StepEnded(StepEnded::new(1, Reason::BenchError)),
            error(Some("power.rhai:4:9")),
            Body::Safe(Safe { role: "psu".into(), outcome, by: pogo_record::SafeBy::Run }),
        ];
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        let text = page(&run(bodies, Reason::BenchError), &zone, Paint::Plain);
        assert!(text.contains("  started   2026-11-22 11:00:00 +01:00\n  attempt   2\n"), "{text}");
        let (_, transcript) =
            text.split_once("\n\n").and_then(|(_, it)| it.split_once("\n\n")).unwrap();
        assert_eq!(
            transcript,
            "\
> power on                                      ERROR  0.31 s
    gain            1.5         <= 2                   pass
error: dmm.dc_voltage: no answer within 5 s
  --> power.rhai:4:9

engineering: no evidence for the release of a unit
ERROR  the bench went wrong, 1 measurement, 1.38 s · run 0197…c2 · psu NOT SAFE

!!! psu IS NOT SAFE: nobody answers
    Its output may still be on. Touch neither the unit nor the fixture before you have
    switched `psu` off at the instrument itself and seen that it is off.
"
        );
    }

    #[test]
    fn what_the_next_run_found_out_about_an_interrupted_one_counts() {
        let said = |role: &str, outcome| Safe { role: role.into(), outcome, by: SafeBy::Run };
        let read_back = || ("off".to_owned(), "0".to_owned());
        let confirmed = || {
            let (state, read_back) = read_back();
            SafeOutcome::Confirmed { state, read_back }
        };
        let message = "nobody answers".to_owned();
        let before = Body::Safe(said("psu", SafeOutcome::NotConfirmed { message }));
        let reason = Reason::Interrupted;
        let after =
            Aftermath::NextRun { safe: vec![said("psu", confirmed()), said("dmm", confirmed())] };
        let found = RunInterrupted { verdict: reason.verdict(), reason, recovered: 0, after };
        let run = Run { interrupted: Some(found), ..run(vec![before], reason) };
        let text = page(&run, &TimeZone::UTC, Paint::Plain);
        assert!(
            text.ends_with(" · run 0197…c2 · psu, dmm safe\nthe next run looked after its bench\n"),
            "{text}"
        );
    }
}

//! `pogo replay`: a script once more, on what its instruments answered then.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use pogo_hal::Place;
use pogo_record::evidence::difference::Difference;
use pogo_record::{Mode, Run, Verdict};
use pogo_sim::Departure;
use pogo_sim::replay::shown;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::run;
use crate::args::{self, Replay, Secrets, Store};
use crate::exit;
use crate::logs::{self, Logs};
use crate::paint::Paint;
use crate::replaying::Replaying;
use crate::report::short;
use crate::secrets;
use crate::terminal::out;
use crate::text;

/// Runs it, and says whether the same came of it. Exits with 0 if it did and with 1 otherwise.
///
/// # Errors
///
/// There is no such run, of which messages were kept; or the script is refused.
pub fn replay(arguments: Replay) -> Result<u8> {
    let folder = &arguments.store.folder;
    let logs = Logs::open(folder)?;
    let recorded = logs.run(logs::meant(&arguments.run, &logs.list()?, folder)?)?;
    let secrets = secrets::read(arguments.secrets.file.as_deref())?;
    let reader = logs.of(recorded.summary.id)?;
    let replaying = Arc::new(Replaying::read(reader, &recorded, secrets)?);
    drop(logs);
    let store = TempDir::new().context("there is no temporary folder")?;
    let paint = Paint::of(&io::stdout());
    if !arguments.json {
        let id = short(recorded.summary.id);
        let ended = recorded.summary.verdict.map_or("without a verdict", Verdict::name);
        let messages = replaying.messages();
        let text = format!("replaying run {id}, {ended}: {messages} messages\n\n");
        out(&text);
    }
    let json = arguments.json;
    let ended = run::run(as_run(arguments, &recorded, &replaying, store.path().to_owned()));
    let code = match ended {
        Ok(code) if code == exit::REFUSED => return Ok(code),
        ended => ended?,
    };
    let again = Mode::Simulate.folder(store.path());
    if !again.exists() {
        return Ok(code);
    }
    let logs = Logs::open(store.path())?;
    let Some(newest) = logs.list()?.first().map(|it| it.id) else { return Ok(code) };
    let of = Difference::of(&recorded, &logs.run(newest)?);
    let departs = replaying.departure().map(|it| (it, replaying.departs_at().cloned()));
    out(&match json {
        true => format!("{:#}\n", document(&of, departs.as_ref())),
        false => said(&of, departs.as_ref(), paint),
    });
    let same = of.results.is_empty() && departs.is_none();
    Ok(if same { exit::PASS } else { exit::FAIL })
}

/// What is run: as it was then, with what may have changed since.
fn as_run(
    arguments: Replay,
    recorded: &Run,
    replaying: &Arc<Replaying>,
    store: PathBuf,
) -> args::Run {
    let header = &recorded.header;
    let Replay { product, fixture, answers, secrets, json, .. } = arguments;
    let fixture = fixture.or_else(|| header.fixture.path.as_ref().map(PathBuf::from));
    args::Run {
        product,
        fixture,
        variant: header.plan.variant.clone(),
        dut: header.device.serial.clone().unwrap_or_else(|| "none".into()),
        sim: None,
        realtime: false,
        seed: 0,
        fault: Vec::new(),
        trial: true,
        operator: header.operator.id.clone(),
        lot: header.lot.clone(),
        work_order: header.work_order.clone(),
        udi: None,
        purpose: header.purpose.clone(),
        production: false,
        answers,
        secrets: Secrets { file: secrets.file },
        store: Store { folder: store },
        verbose: false,
        trace: false,
        junit: None,
        json,
        flow: args::Flow::default(),
        replaying: Some(replaying.clone()),
    }
}

/// Over what is not the same.
const HEADS: [&str; 5] = ["differs", "recorded", "replayed", "difference>", "of width>"];

fn said(of: &Difference, departs: Option<&(Departure, Option<Place>)>, paint: Paint) -> String {
    let (same, other) = (counted(of.same_results, "result"), of.results.len());
    // What comes behind a departure is of no interest: nobody answered any more.
    if let Some(departs) = departs {
        return format!(
            "\n{}{}\n",
            told(departs),
            paint.bold(format!("DEPARTS  after {same} as recorded"))
        );
    }
    let mut text = String::from("\n");
    if other > 0 {
        text += &text::results(of, &HEADS, paint);
        text.push('\n');
    }
    let last = match other {
        0 => format!("THE SAME  {same} as recorded"),
        _ => format!(
            "DIFFERENT  {} not as recorded, {same} as recorded",
            counted(other as u64, "result")
        ),
    };
    format!("{text}{}\n", paint.bold(last))
}

fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// Where a replay is another than its recording.
fn told((departure, place): &(Departure, Option<Place>)) -> String {
    let Departure { said, recorded } = departure;
    let here = match said {
        Some((resource, bytes)) => format!("`{}` to {resource}", shown(bytes)),
        None => "nothing more".into(),
    };
    let there = match recorded {
        Some(it) => format!(
            "`{}` to {}, {:.3} s after the bench was opened",
            shown(&it.bytes),
            it.resource,
            it.at_ns as f64 / 1e9
        ),
        None => "nothing more".into(),
    };
    let place = match place {
        Some(place) => format!("{place}"),
        None => "after the last line of the script".into(),
    };
    format!("{place} departs from the recording\n  here      {here}\n  recorded  {there}\n\n")
}

fn document(of: &Difference, departs: Option<&(Departure, Option<Place>)>) -> Value {
    let departure = departs.map(|(it, place)| {
        let place = place
            .as_ref()
            .map(|it| json!({ "file": &*it.file, "line": it.line, "column": it.column }));
        let said = it.said.as_ref().map(
            |(resource, bytes)| json!({ "address": resource.to_string(), "message": shown(bytes) }),
        );
        let recorded = it.recorded.as_ref().map(|it| {
            json!({
                "address": it.resource.to_string(),
                "message": shown(&it.bytes),
                "at_ns": it.at_ns,
            })
        });
        json!({ "place": place, "said": said, "recorded": recorded })
    });
    json!({
        "recorded": of.a,
        "replayed": of.b,
        "departure": departure,
        "results": of.results,
        "same_results": of.same_results,
        "same": of.results.is_empty() && departure.is_none(),
    })
}

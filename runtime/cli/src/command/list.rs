//! `pogo list`: the runs of a store, newest first.

use anyhow::Result;
use std::io;
use std::time::Duration;

use jiff::tz::TimeZone;
use pogo_record::{Reason, RunSummary, Uuid};
use serde_json::json;
use unicode_width::UnicodeWidthStr;

use crate::args::List;
use crate::duration;
use crate::exit;
use crate::logs::{self, Logs};
use crate::paint::Paint;
use crate::terminal::out;

/// Prints the table; times are in the local time zone.
///
/// # Errors
///
/// The store cannot be read.
pub fn list(arguments: &List) -> Result<u8> {
    let store = &arguments.store.folder;
    let runs = Logs::open(store)?.list()?;
    if arguments.json {
        out(&format!("{:#}\n", json!({ "runs": runs })));
    } else if runs.is_empty() {
        out(&format!("{}; {}\n", logs::empty(store), logs::OTHER_STORE));
    } else {
        out(&table(&runs, &TimeZone::system(), Paint::of(&io::stdout())));
    }
    Ok(exit::PASS)
}

const HEADINGS: [&str; 7] = ["run", "when", "unit", "product", "verdict", "duration", "mode"];
const VERDICT: usize = 4;

fn table(runs: &[RunSummary], zone: &TimeZone, paint: Paint) -> String {
    let ids: Vec<Uuid> = runs.iter().map(|run| run.id).collect();
    let tail = tail(&ids);
    let mut rows = vec![(HEADINGS.map(str::to_owned), None)];
    rows.extend(runs.iter().map(|run| (row(run, tail, zone), run.verdict)));
    let widths: [usize; HEADINGS.len()] = std::array::from_fn(|column| {
        rows.iter().map(|(cells, _)| cells[column].width()).max().unwrap_or(0)
    });
    let mut text = String::new();
    for (at, (cells, verdict)) in rows.iter().enumerate() {
        let mut line = String::new();
        for (column, cell) in cells.iter().enumerate() {
            let padding = " ".repeat(widths[column] - cell.width());
            let cell = match verdict {
                Some(verdict) if column == VERDICT => paint.verdict(*verdict, cell),
                _ if at == 0 => paint.dim(cell),
                _ => cell.clone(),
            };
            line += &format!("{cell}{padding}  ");
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

fn row(run: &RunSummary, tail: usize, zone: &TimeZone) -> [String; HEADINGS.len()] {
    let id = run.id.to_string();
    let unknown = || "–".to_owned();
    [
        format!("{}…{}", &id[..4], &id[id.len() - tail..]),
        run.started.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string(),
        run.serial.clone().unwrap_or_else(unknown),
        run.plan.clone(),
        match (run.verdict, run.reason) {
            (None, _) if run.goes_on => "running".to_owned(),
            // As the next run will close it.
            (None, _) => "KILLED".to_owned(),
            // Nobody stopped it: its process went away, and the next run found it so.
            (_, Some(Reason::Interrupted)) => "INTERRUPTED".to_owned(),
            (Some(verdict), _) => verdict.to_string(),
        },
        run.duration_ns.map_or_else(unknown, |it| duration::bench(Duration::from_nanos(it))),
        run.mode.name().to_owned(),
    ]
}

/// How many characters of their ends tell the runs apart: `0197…c2` as long as two will do.
fn tail(ids: &[Uuid]) -> usize {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let differ = |tail: &usize| {
        let mut short: Vec<_> = ids.iter().map(|id| (&id[..4], &id[id.len() - tail..])).collect();
        short.sort_unstable();
        short.windows(2).all(|pair| pair[0] != pair[1])
    };
    (2..32).find(differ).unwrap_or(32)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use pogo_record::{Mode, Verdict};

    use super::*;

    fn run(id: &str, verdict: Option<Verdict>) -> RunSummary {
        let started: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        RunSummary {
            id: id.parse().unwrap(),
            mode: Mode::Simulate,
            plan: "TH-100".into(),
            device: Some("TH-100".into()),
            serial: Some("SN0001".into()),
            attempt: Some(1),
            verdict,
            reason: verdict.map(|_| Reason::Passed),
            started,
            ended: None,
            duration_ns: verdict.map(|_| 1_380_000_000),
            goes_on: verdict.is_none(),
        }
    }

    #[test]
    fn the_table_is_aligned_and_its_times_are_local() {
        let runs = [
            run("0197a3b1-0000-7000-8000-0000000001c2", Some(Verdict::Pass)),
            run("0197a3b1-0000-7000-8000-0000000002c2", None),
            RunSummary { goes_on: false, ..run("0197a3b1-0000-7000-8000-0000000003c2", None) },
        ];
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        assert_eq!(
            table(&runs, &zone, Paint::Plain),
            "\
run       when                 unit    product  verdict  duration  mode
0197…1c2  2026-11-22 12:00:00  SN0001  TH-100   PASS     1.38 s    simulate
0197…2c2  2026-11-22 12:00:00  SN0001  TH-100   running  –         simulate
0197…3c2  2026-11-22 12:00:00  SN0001  TH-100   KILLED   –         simulate
"
        );
    }

    #[test]
    fn every_run_of_a_list_has_an_id_of_its_own() {
        let ids: Vec<Uuid> = ["1c2", "2c2", "3b1"]
            .map(|tail| format!("0197a3b1-0000-7000-8000-000000000{tail}").parse().unwrap())
            .into();
        assert_eq!(tail(&ids), 3);
        assert_eq!(tail(&ids[1..]), 2);
    }
}

//! `pogo store stats`: how large a store is, what is in it, and how soon its disk is full.

use std::fmt::Write;

use anyhow::Result;
use pogo_record::care::{self, Counted, Figures, Growth, LogFigures};
use pogo_record::size;

use super::failure;
use crate::args::care::Whole;
use crate::command::verify::nothing;
use crate::exit;
use crate::terminal::out;

/// Prints the numbers.
///
/// # Errors
///
/// There is no record, or it cannot be read.
pub fn stats(arguments: &Whole) -> Result<u8> {
    let store = &arguments.store.folder;
    let figures = care::figures(store).map_err(|cause| failure(&cause))?;
    let Some(figures) = figures else { return Err(nothing(store).into()) };
    out(&match arguments.json {
        true => format!("{:#}\n", serde_json::to_value(&figures)?),
        false => text(&figures),
    });
    Ok(exit::PASS)
}

fn text(figures: &Figures) -> String {
    let mut text: String = figures.logs.iter().map(log).collect();
    text.push_str("disk\n");
    let mut line = |what: &str, is: String| {
        let _ = writeln!(text, "  {what:<12}{is}");
    };
    if let Some(free) = figures.free {
        line("free", format!("{}; runs are refused below {}", size(free), size(figures.reserve)));
    }
    let pace = match (figures.per_day, figures.days_left) {
        (None, _) => "not known: the last runs span less than a day".to_owned(),
        (Some(day), None) => format!("{} a day", size(day)),
        (Some(day), Some(1)) => format!("{} a day: 1 day until runs are refused", size(day)),
        (Some(day), Some(days)) => {
            format!("{} a day: {days} days until runs are refused", size(day))
        }
    };
    line("pace", pace);
    text
}

fn log(log: &LogFigures) -> String {
    let mut text = format!("{}\n", log.folder.display());
    let mut lines = |what: &str, are: &[String]| {
        for (at, is) in are.iter().enumerate() {
            let _ = writeln!(text, "  {:<12}{is}", if at == 0 { what } else { "" });
        }
    };
    lines("database", &[size(log.database)]);
    let Counted { count, bytes } = log.attachments;
    let attachments = match count {
        0 => "none".to_owned(),
        _ => format!("{count}, {}", size(bytes)),
    };
    lines("attachments", &[attachments]);
    let runs = log.runs.iter().map(|it| format!("{} {} {}", it.count, it.mode, it.ended));
    lines("runs", &runs.collect::<Vec<_>>());
    if let Some(Growth { median, last_mean, last }) = log.growth {
        let [median, mean] = [median, last_mean].map(size);
        lines("a run adds", &[format!("{median} (median), {mean} (mean of the last {last})")]);
    }
    let all: u64 = log.entries.iter().map(|it| it.counted.count).sum();
    let width = all.to_string().len();
    let entries = log.entries.iter().map(|it| {
        let Counted { count, bytes } = it.counted;
        format!("{count:>width$} {:<16}{}", it.kind, size(bytes))
    });
    lines("entries", &entries.chain([format!("{all} in all")]).collect::<Vec<_>>());
    text.push('\n');
    text
}

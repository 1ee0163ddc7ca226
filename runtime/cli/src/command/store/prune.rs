//! `pogo store prune`: removes attachments that are no longer kept.

use std::fmt::Write;

use anyhow::{Result, anyhow};
use jiff::{Span, Timestamp, Zoned};
use pogo_hal::Diagnostic;
use pogo_record::care::{self, Outdated, Retention, Unused};
use pogo_record::size;
use serde_json::json;

use super::failure;
use crate::args::care::Prune;
use crate::command::verify::nothing;
use crate::diagnostics::Failure;
use crate::exit;
use crate::station::{self, Station};
use crate::terminal::{Busy, out};

/// Says what would go; with `--yes`, removes it.
///
/// # Errors
///
/// The station keeps attachments for longer, there is no record, a run goes on, or something is not
/// what it was.
pub fn prune(arguments: &Prune) -> Result<u8> {
    let store = &arguments.store.folder;
    let before = before(arguments.older_than)?;
    kept_by_station(before)?;
    let retention = Retention {
        before,
        passed_only: arguments.keep_failed,
        operator: arguments.operator.clone(),
        archive: arguments.archive.clone(),
    };
    let logs = match arguments.yes {
        false => care::outdated(store, &retention),
        true => {
            let busy = Busy::begun();
            let mut progress = |done, all| busy.says(&format!("attachments: {done} of {all}"));
            care::prune(store, &retention, &mut progress)
        }
    };
    let logs = logs.map_err(|cause| failure(&cause))?;
    if logs.is_empty() {
        return Err(nothing(store).into());
    }
    out(&match arguments.json {
        true => {
            format!("{:#}\n", json!({ "before": before, "removed": arguments.yes, "logs": logs }))
        }
        false => text(&logs, arguments),
    });
    Ok(exit::PASS)
}

/// The moment that lies `span` back.
fn before(span: Span) -> Result<Timestamp> {
    let then = Zoned::now().checked_sub(span);
    then.map(|it| it.timestamp()).map_err(|cause| anyhow!("--older-than: {cause}"))
}

/// # Errors
///
/// The station file says that what is younger than that has to be kept.
fn kept_by_station(asked: Timestamp) -> Result<()> {
    let station = Station::here().map_err(|it| Failure::new(exit::REFUSED, it))?;
    let Some(least) = &station.keep_attachments else { return Ok(()) };
    if asked <= before(least.span)? {
        return Ok(());
    }
    let text = format!("this station keeps attachments for {}; nothing was removed", least.text);
    let hint = format!("`station.keep_attachments` in `{}` says so", station::file().display());
    Err(Failure::new(exit::REFUSED, Diagnostic::new(text).with_hint(hint)).into())
}

fn text(logs: &[Outdated], arguments: &Prune) -> String {
    let mut text = String::new();
    for log in logs {
        let _ = writeln!(text, "{}", log.folder.display());
        let of = match log.runs {
            0 => String::new(),
            1 => " of 1 run".to_owned(),
            runs => format!(" of {runs} runs"),
        };
        let left_over = match log.left_over {
            0 => String::new(),
            left => format!("; {left} of them were let go of earlier"),
        };
        let what = if arguments.yes { "removed" } else { "would go" };
        let _ =
            writeln!(text, "  {what:<12}{}{of}, {}{left_over}", files(log.files), size(log.bytes));
        let _ = writeln!(text, "  {:<12}{}", "stays", files(log.kept));
        if let Some(database) = database(&log.unused) {
            let _ = writeln!(text, "  {:<12}{database}", "database");
        }
        text.push('\n');
    }
    let all: u64 = logs.iter().map(|it| it.files).sum();
    text.push_str(&match (arguments.yes, all, &arguments.archive) {
        (false, 0, _) => "nothing is old enough\n".to_owned(),
        (false, ..) => "nothing was removed; `--yes` removes it\n".to_owned(),
        (true, _, None) => format!("PRUNED  {}; every entry stays\n", files(all)),
        (true, _, Some(archive)) => {
            format!("PRUNED  {}, copied to {}; every entry stays\n", files(all), archive.display())
        }
    });
    text
}

/// What becomes of room in the database file that nothing is kept in.
fn database(of: &Unused) -> Option<String> {
    match of {
        Unused { bytes: 0, .. } => None,
        Unused { kept_because: Some(why), bytes, .. } => {
            Some(format!("{} of it unused: {why}", size(*bytes)))
        }
        Unused { freed: 0, bytes, .. } => Some(format!("{} of it unused", size(*bytes))),
        Unused { freed, .. } => Some(format!("smaller by {}", size(*freed))),
    }
}

fn files(count: u64) -> String {
    if count == 1 { "1 file".to_owned() } else { format!("{count} files") }
}

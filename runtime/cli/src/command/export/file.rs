//! `pogo export --html`, `--json`, `--csv`, `--junit`: runs as one file each.

use std::path::Path;

use anyhow::{Context, Result};
use pogo_hal::Diagnostic;
use pogo_record::bundle::Of;
use pogo_record::html::{Sheet, document};
use pogo_record::{RecordError, Run, export, html};

use super::bundle::meant;
use crate::args::Export;
use crate::command::show;
use crate::diagnostics::Failure;
use crate::exit;
use crate::logs::{self, Logs};
use crate::terminal::out;
use crate::whole_file;

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Html,
    Json,
    Csv,
    Junit,
}

/// The form that `arguments` ask for.
fn format(arguments: &Export) -> Format {
    match arguments {
        Export { html: true, .. } => Format::Html,
        Export { csv: true, .. } => Format::Csv,
        Export { junit: true, .. } => Format::Junit,
        _ => Format::Json,
    }
}

/// Writes the run, or every run of the unit that the log has which a bundle would be made of.
///
/// # Errors
///
/// There is no such run or unit, or something is where the file was to go: exit code 64. Something
/// cannot be read or written: 3.
pub(super) fn file(arguments: &Export) -> Result<u8> {
    let from = &arguments.store.folder;
    if let Some(to) = &arguments.out
        && to.symlink_metadata().is_ok()
    {
        let what = format!("`{}` is there already; nothing is overwritten", to.display());
        let diagnostic = Diagnostic::new(what).with_hint("name another file with `--out`");
        return Err(Failure::new(exit::COMMAND_LINE, diagnostic).into());
    }
    let logs = Logs::open(from)?;
    let list = logs.list()?;
    let (mode, of) = meant(&arguments.of, &list, from)?;
    let in_log = |run: &&pogo_record::RunSummary| mode.folder(from) == run.mode.folder(from);
    let ids: Vec<_> = match &of {
        Of::Run(id) => vec![*id],
        Of::Serial(serial) => {
            let own = list.iter().filter(|run| run.serial.as_ref() == Some(serial));
            // The list begins with the newest.
            own.filter(in_log).rev().map(|run| run.id).collect()
        }
    };
    let runs = ids.iter().map(|id| logs.run(*id)).collect::<Result<Vec<_>, _>>()?;
    let origin = ids.first().map(|id| logs.origin(*id)).transpose()?.flatten();
    let text = text(&runs, origin.as_deref(), format(arguments));
    let text = text.map_err(|cause| logs::failure(&cause))?;
    match &arguments.out {
        None => out(&text),
        Some(to) => {
            whole_file::write(to, &text).with_context(|| format!("`{}`", to.display()))?;
            out(&format!("{}: {}\n", to.display(), counted(&runs)));
        }
    }
    Ok(exit::PASS)
}

fn counted(runs: &[Run]) -> String {
    match runs.len() {
        1 => "1 run".to_owned(),
        more => format!("{more} runs"),
    }
}

fn text(runs: &[Run], origin: Option<&str>, format: Format) -> Result<String, RecordError> {
    Ok(match format {
        Format::Csv => export::csv(runs)?,
        Format::Junit => export::junit(runs)?,
        Format::Json => match runs {
            [run] => show::document(run),
            runs => {
                format!("[{}]\n", runs.iter().map(show::document).collect::<Vec<_>>().join(","))
            }
        },
        Format::Html => {
            let title = runs.first().map(title).unwrap_or_default();
            let sheets: Vec<_> = runs.iter().map(|run| sheet(run, origin)).collect();
            document(&title, &sheets)
        }
    })
}

fn title(run: &Run) -> String {
    let serial = run.summary.serial.as_deref().unwrap_or("no serial number");
    format!("{serial} · {}", run.summary.plan)
}

fn sheet(run: &Run, origin: Option<&str>) -> Sheet {
    let attempt = run.summary.attempt.map(|it| format!(" · attempt {it}")).unwrap_or_default();
    Sheet::of(run.summary.mode, format!("{}{attempt}", title(run)), html::run(run, origin))
}

/// Writes the JUnit report of a run that has just ended, in place of whatever is there.
///
/// # Errors
///
/// The run cannot be read again, or the file cannot be written.
pub fn junit(run: &Run, to: &Path) -> Result<()> {
    let text = export::junit(std::slice::from_ref(run)).map_err(|cause| logs::failure(&cause))?;
    whole_file::write(to, &text).with_context(|| format!("the JUnit report `{}`", to.display()))
}

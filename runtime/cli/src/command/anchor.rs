//! `pogo anchor`: keeps a store's last checkpoint elsewhere.

use std::io;

use anyhow::{Context, Result};
use pogo_hal::Diagnostic;
use pogo_record::verify::{self, Against};
use pogo_record::{Mode, Store, care};

use super::verify::{anchor as read, nothing, text};
use crate::args::Anchor;
use crate::diagnostics::{Failure, render_warning};
use crate::exit;
use crate::logs::diagnostic;
use crate::paint::Paint;
use crate::terminal::{err, out};
use crate::whole_file;

/// Writes the file, after the store was verified, and against what the file held before.
///
/// # Errors
///
/// There is no signed record, the file holds something else than an anchor, or it cannot be
/// written.
pub fn anchor(arguments: &Anchor) -> Result<u8> {
    let (store, file) = (&arguments.store.folder, &arguments.file);
    let before = if file.exists() { vec![read(file)?] } else { Vec::new() };
    let report = verify::verify(store, &Against { anchors: before, rejudge: false });
    if !report.holds() {
        err(&text(&report, None));
        let what = format!("`{}` stays as it is: the store does not hold", file.display());
        return Err(Failure::new(exit::INTEGRITY, Diagnostic::new(what)).into());
    }
    // Simulated runs are signed with a key that everybody has: there is nothing to keep of them.
    let folder = Mode::Engineering.folder(store);
    let log = report.logs.iter().find(|log| log.folder == folder);
    let note = log.and_then(|log| log.checkpoint.as_deref()).ok_or_else(|| nothing(store))?;
    whole_file::write(file, note).with_context(|| format!("the anchor `{}`", file.display()))?;
    // The file is what counts: a store that may only be read remembers nothing of it.
    if Store::may_be_written(&folder).is_ok()
        && let Err(cause) = care::remember_anchor(&folder, note)
    {
        err(&render_warning(&diagnostic(&cause), Paint::of(&io::stderr())));
    }
    let size = log.map_or(0, |log| log.signed);
    out(&match arguments.json {
        true => format!("{:#}\n", serde_json::json!({ "entries": size, "checkpoint": note })),
        false => {
            format!("{} keeps the first {size} entries of {}\n", file.display(), store.display())
        }
    });
    Ok(exit::PASS)
}

//! `pogo history`: everything that was recorded of a unit, or of the units of a lot.

use std::io;

use anyhow::Result;
use pogo_hal::Diagnostic;
use pogo_record::evidence::history::{History, LotHistory};
use pogo_record::{RecordError, html};

use super::answer;
use crate::args;
use crate::diagnostics::Failure;
use crate::exit;
use crate::logs::{self, Logs};
use crate::paint::Paint;
use crate::terminal::out;
use crate::text;

/// Prints the history.
///
/// # Errors
///
/// The store cannot be read, or holds nothing of the unit or the lot: exit code 64.
pub fn history(arguments: &args::History) -> Result<u8> {
    let args::History { serial, lot, store, form } = arguments;
    let logs = Logs::open(&store.folder)?;
    let said = |cause: RecordError| logs::failure(&cause);
    let paint = Paint::of(&io::stdout());
    let text = match (serial, lot) {
        (Some(serial), _) => {
            let of = History::of(logs.readers(), serial).map_err(said)?;
            if of.attempts.is_empty() {
                return Err(unknown_unit(&logs, serial, &store.folder)?.into());
            }
            answer(form, &of, html::history, |of| text::history(of, paint))
        }
        (None, lot) => {
            let lot = lot.as_deref().unwrap_or_default();
            let of = LotHistory::of(logs.readers(), lot).map_err(said)?;
            if of.is_empty() {
                let what = format!("no run in `{}` is of the lot `{lot}`", store.folder.display());
                let hint = format!("letter case counts; {}", logs::OTHER_STORE);
                let diagnostic = Diagnostic::new(what).with_hint(hint);
                return Err(Failure::new(exit::COMMAND_LINE, diagnostic).into());
            }
            answer(form, &of, html::lot_history, |of| text::lot_history(of, paint))
        }
    };
    out(&text);
    Ok(exit::PASS)
}

/// That nothing is known of the unit `serial`, and what may have been meant.
///
/// # Errors
///
/// The store cannot be read.
pub fn unknown_unit(
    logs: &Logs,
    serial: &str,
    store: &std::path::Path,
) -> Result<Failure, Failure> {
    let mut like = Vec::new();
    for reader in logs.readers() {
        like.extend(reader.serials_like(serial).map_err(|cause| logs::failure(&cause))?);
    }
    like.sort();
    like.dedup();
    let hint = match like.first() {
        Some(other) => format!("letter case counts: there are runs of `{other}`"),
        None => logs::OTHER_STORE.to_owned(),
    };
    let what = format!("no run in `{}` is of the unit `{serial}`", store.display());
    Ok(Failure::new(exit::COMMAND_LINE, Diagnostic::new(what).with_hint(hint)))
}

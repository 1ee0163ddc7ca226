//! `pogo trace`: from a part, a lot or a firmware to units, and from a unit to what it is made of.

use std::io;

use anyhow::Result;
use pogo_hal::Diagnostic;
use pogo_record::evidence::trace::{Sought, Trace, UnitTrace};
use pogo_record::{RecordError, html};

use super::answer;
use super::history::unknown_unit;
use crate::args;
use crate::diagnostics::Failure;
use crate::exit;
use crate::logs::{self, Logs};
use crate::paint::Paint;
use crate::terminal::out;
use crate::text;

/// Prints what was found.
///
/// # Errors
///
/// The store cannot be read, or nothing is recorded of what is looked for: exit code 64.
pub fn trace(arguments: &args::Trace) -> Result<u8> {
    let args::Trace { serial, component, lot, firmware, at, store, form } = arguments;
    let logs = Logs::open(&store.folder)?;
    let said = |cause: RecordError| logs::failure(&cause);
    let (paint, before) = (Paint::of(&io::stdout()), at.map(|it| it.to));
    if let Some(serial) = serial {
        let of = UnitTrace::of(logs.readers(), serial, before).map_err(said)?;
        if of.modes.is_empty() {
            return Err(unknown_unit(&logs, serial, &store.folder)?.into());
        }
        out(&answer(form, &of, html::unit_trace, |of| text::unit_trace(of, paint)));
        return Ok(exit::PASS);
    }
    let sought = component.clone().map(Sought::Component);
    let sought = sought.or(lot.clone().map(Sought::Lot)).or(firmware.clone().map(Sought::Firmware));
    // One of them is given: the command line sees to it.
    let sought = sought.unwrap_or_else(|| Sought::Lot(String::new()));
    let of = Trace::of(logs.readers(), sought, before).map_err(said)?;
    if of.is_empty() {
        let what = format!("no run in `{}` names {}", store.folder.display(), of.sought.shown());
        let hint = format!("letter case counts; {}", logs::OTHER_STORE);
        let diagnostic = Diagnostic::new(what).with_hint(hint);
        return Err(Failure::new(exit::COMMAND_LINE, diagnostic).into());
    }
    out(&answer(form, &of, html::trace, |of| text::trace(of, paint)));
    Ok(exit::PASS)
}

//! `pogo release-check`: whether the evidence about a unit is complete.

use std::io;

use anyhow::Result;
use pogo_record::evidence::release::ReleaseCheck;
use pogo_record::html;

use super::answer;
use crate::args;
use crate::exit;
use crate::logs::{self, Logs};
use crate::paint::Paint;
use crate::terminal::out;
use crate::text;

/// Prints what is missing. Exits with 0 if nothing is and with 2 otherwise.
///
/// # Errors
///
/// The store cannot be read.
pub fn release_check(arguments: &args::ReleaseCheck) -> Result<u8> {
    let args::ReleaseCheck { serial, store, form } = arguments;
    let logs = Logs::open(&store.folder)?;
    let of = ReleaseCheck::of(logs.readers(), serial).map_err(|cause| logs::failure(&cause))?;
    let paint = Paint::of(&io::stdout());
    out(&answer(form, &of, html::release_check, |of| text::release_check(of, paint)));
    Ok(if of.complete { exit::PASS } else { exit::REFUSED })
}

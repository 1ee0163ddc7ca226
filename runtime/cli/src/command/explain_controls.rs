//! `pogo explain-controls`: what keeps the record honest here, and what does not.

use std::io;

use anyhow::Result;

use super::answer;
use crate::args::ExplainControls;
use crate::controls::{self, Controls};
use crate::exit;
use crate::paint::Paint;
use crate::terminal::out;

/// Prints the controls of this station and this store.
///
/// # Errors
///
/// The station file or the store cannot be read.
pub fn explain_controls(arguments: &ExplainControls) -> Result<u8> {
    let controls = Controls::here(&arguments.store.folder)?;
    let paint = Paint::of(&io::stdout());
    let text = |it: &Controls| controls::text(it, paint);
    out(&answer(&arguments.form, &controls, controls::html, text));
    Ok(exit::PASS)
}

//! `pogo yield`: how many units pass, what fails, and what the process can do.

use std::io;

use anyhow::Result;
use pogo_record::evidence::yields::{Scope, yields};
use pogo_record::html;

use super::answer;
use crate::args::Yield;
use crate::exit;
use crate::logs::{self, Logs};
use crate::paint::Paint;
use crate::terminal::out;
use crate::text;

/// Prints the yield of every plan, each mode by itself.
///
/// # Errors
///
/// The store cannot be read.
pub fn yield_(arguments: &Yield) -> Result<u8> {
    let Yield { since, until, plan, mode, store, form } = arguments;
    let scope = Scope {
        mode: *mode,
        plans: plan.clone(),
        since: since.map(|it| it.from),
        until: until.map(|it| it.to),
    };
    let logs = Logs::open(&store.folder)?;
    let of = yields(logs.readers(), scope).map_err(|cause| logs::failure(&cause))?;
    out(&answer(form, &of, html::yields, |of| text::yields(of, Paint::of(&io::stdout()))));
    Ok(exit::PASS)
}

//! `pogo run-diff`: what two runs do not have in common.

use std::io;

use anyhow::Result;
use pogo_record::evidence::difference::Difference;
use pogo_record::{Run, html};

use super::answer;
use crate::args::RunDiff;
use crate::exit;
use crate::logs::{self, Logs};
use crate::paint::Paint;
use crate::terminal::out;
use crate::text;

/// Prints what differs. Exits with 0 if nothing does and with 1 otherwise.
///
/// # Errors
///
/// There is no such run, or a store cannot be read.
pub fn run_diff(arguments: &RunDiff) -> Result<u8> {
    let RunDiff { a, b, other_store, store, form } = arguments;
    let find = |name: &str, store: &std::path::Path| -> Result<Run> {
        let logs = Logs::open(store)?;
        Ok(logs.run(logs::meant(name, &logs.list()?, store)?)?)
    };
    let other = other_store.as_ref().unwrap_or(&store.folder);
    let of = Difference::of(&find(a, &store.folder)?, &find(b, other)?);
    let paint = Paint::of(&io::stdout());
    out(&answer(form, &of, html::difference, |of| text::difference(of, paint)));
    Ok(if of.is_empty() { exit::PASS } else { exit::FAIL })
}

//! `pogo show`: a run as its transcript did, with what was known when it started.

use anyhow::Result;
use std::io;

use jiff::tz::TimeZone;

use crate::args::Show;
use crate::exit;
use crate::logs::{self, Logs};
use crate::page::page;
use crate::paint::Paint;
use crate::terminal::out;

/// Prints the run; times are in the local time zone. Exits with 0 whatever its verdict was.
///
/// # Errors
///
/// There is no such run, or the store cannot be read.
pub fn show(arguments: &Show) -> Result<u8> {
    let store = &arguments.store.folder;
    let logs = Logs::open(store)?;
    let run = logs.run(logs::meant(&arguments.run, &logs.list()?, store)?)?;
    out(&match arguments.json {
        true => document(&run),
        false => page(&run, &TimeZone::system(), Paint::of(&io::stdout())),
    });
    Ok(exit::PASS)
}

/// The run as one JSON document.
pub fn document(run: &pogo_record::Run) -> String {
    match serde_json::to_string_pretty(run) {
        Ok(text) => text + "\n",
        // What was read from JSON can be written as JSON; said all the same, never swallowed.
        Err(cause) => format!("{}\n", serde_json::json!({ "error": cause.to_string() })),
    }
}

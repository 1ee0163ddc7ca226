//! `pogo store reindex`: makes the tables again that are made from the entries.

use std::fmt::Write;

use anyhow::Result;
use pogo_record::care::{self, Reindexed};
use serde_json::json;

use super::failure;
use crate::args::care::Whole;
use crate::command::verify::nothing;
use crate::exit;
use crate::terminal::out;

/// Makes them, and says how many rows were wrong.
///
/// # Errors
///
/// There is no record, a run goes on, or the entries are not those that were signed.
pub fn reindex(arguments: &Whole) -> Result<u8> {
    let store = &arguments.store.folder;
    let logs = care::reindex(store).map_err(|cause| failure(&cause))?;
    if logs.is_empty() {
        return Err(nothing(store).into());
    }
    out(&match arguments.json {
        true => format!("{:#}\n", json!({ "logs": logs })),
        false => logs.iter().map(text).collect(),
    });
    Ok(exit::PASS)
}

fn text(log: &Reindexed) -> String {
    let mut text = format!("{}  {} entries\n", log.folder.display(), log.entries);
    for table in &log.tables {
        let rows = if table.rows == 1 { "row" } else { "rows" };
        let mended = match table.mended {
            0 => String::new(),
            mended => format!(", {mended} mended"),
        };
        let _ = writeln!(text, "  {:<12}{} {rows}{mended}", table.name, table.rows);
    }
    text
}

//! The files beside a database: those that something names, and those that nothing does.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use super::fact::{Fact, State, VERIFY, count};
use super::{Look, Told};
use crate::error::{RecordError, Result};
use crate::size::size;
use crate::store::care::named;
use crate::store::spool;

/// What runs have handed over and not committed.
pub(super) fn open(look: &Look<'_>) -> Told {
    let said = |cause: rusqlite::Error| RecordError::sqlite(look.path, &cause);
    let mut statement =
        look.connection.prepare("SELECT id FROM run WHERE ended IS NULL").map_err(said)?;
    let runs = statement.query_map([], |row| row.get::<_, String>(0)).map_err(said)?;
    let runs: BTreeSet<String> = runs.collect::<rusqlite::Result<_>>().map_err(said)?;
    let files = files(&look.folder.join("open"))?;
    let strays: Vec<_> = files
        .iter()
        .filter(|(name, _)| !name.strip_suffix(".jsonl").is_some_and(|run| runs.contains(run)))
        .collect();
    let (all, stray) = (files.len() as u64, strays.len() as u64);
    let fact = |is: String| Fact::fine("open", is).number("files", all).number("strays", stray);
    // A run that is about to begin has its file first.
    if stray == 0 || spool::in_use(look.folder)?.is_some() {
        return Ok(fact(match all {
            0 => "nothing waits".to_owned(),
            _ => format!("{} of runs without an end", count(all, "file")),
        }));
    }
    let is = format!("{} of no run: {}", count(stray, "file"), strays[0].0);
    Ok(fact(is).but(State::Attention, "the next run removes what a run has left there"))
}

/// Files that entries name.
pub(super) fn attachments(look: &Look<'_>) -> Told {
    let named = named::all(look.connection, look.path)?;
    let there = files(&named::folder(look.folder))?;
    let bytes = there.iter().map(|(_, bytes)| bytes).sum();
    let mut wrong = Vec::new();
    let is_kept = |name: &String| named.get(name).is_some_and(|it| !it.pruned);
    for (name, it) in named.iter().filter(|(_, it)| !it.pruned) {
        match there.iter().find(|(file, _)| file == name) {
            None => wrong.push(format!("entry {}: {name} is gone", it.first)),
            Some((_, bytes)) if *bytes != it.size => wrong.push(format!(
                "entry {}: {name} has {bytes} bytes instead of {}",
                it.first, it.size
            )),
            Some(_) => {}
        }
    }
    let strays: Vec<_> = there.iter().filter(|(file, _)| !named.contains_key(file)).collect();
    let left_over = there.iter().filter(|(file, _)| named.contains_key(file) && !is_kept(file));
    let (left_over, pruned) = (left_over.count(), named.values().filter(|it| it.pruned).count());
    let (all, stray) = ((named.len() - pruned) as u64, strays.len() as u64);
    let fact = |is: String| {
        let fact = Fact::fine("attachments", is).number("files", all).number("bytes", bytes);
        let fact = fact.number("pruned", pruned as u64);
        fact.number("strays", stray).number("wrong", wrong.len() as u64)
    };
    if let Some(first) = wrong.first() {
        let more = match wrong.len() - 1 {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        return Ok(fact(format!("{first}{more}")).but(State::Damaged, VERIFY));
    }
    // A run writes a file before the entry that names it.
    if stray > 0 && spool::in_use(look.folder)?.is_none() {
        let is = format!("{} that no entry names: {}", count(stray, "file"), strays[0].0);
        let advice = "a process died before it had recorded them; nothing needs them";
        return Ok(fact(is).but(State::Attention, advice));
    }
    if left_over > 0 {
        let is = format!("{} that the station no longer keeps", count(left_over as u64, "file"));
        return Ok(fact(is).but(State::Attention, "`pogo store prune` removes what is left"));
    }
    Ok(fact(match all {
        0 if pruned == 0 => "none".to_owned(),
        0 => format!("none; {} no longer kept", count(pruned as u64, "file")),
        _ => format!("{}, {}; not held against their hashes", count(all, "file"), size(bytes)),
    }))
}

/// The files in `folder`, with their sizes, by name; none if there is no such folder.
fn files(folder: &Path) -> Result<Vec<(String, u64)>> {
    let said = |cause: io::Error| RecordError::io(folder, "read", &cause);
    let entries = match fs::read_dir(folder) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(said)?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(said)?;
        // One that is gone meanwhile is none.
        if let Ok(about) = entry.metadata() {
            files.push((entry.file_name().to_string_lossy().into_owned(), about.len()));
        }
    }
    files.sort();
    Ok(files)
}

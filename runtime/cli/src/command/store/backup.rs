//! `pogo store backup`: a copy of a store, made while it is used.

use std::fmt::Write;
use std::path::Path;

use anyhow::Result;
use pogo_record::care::{self, Copied, Covered, Files, Key, KeyIs, Progress};
use pogo_record::size;
use serde_json::json;

use super::failure;
use crate::args::care::Backup;
use crate::command::verify::nothing;
use crate::exit;
use crate::terminal::{Busy, out};

/// Makes the copy. Exits with 4 if something is wrong with what was copied.
///
/// # Errors
///
/// There is no record, something is there under the name, there is no room, or the copy cannot be
/// made.
pub fn backup(arguments: &Backup) -> Result<u8> {
    let (store, destination) = (&arguments.store.folder, &arguments.destination);
    let key = if arguments.with_key { Key::Copied } else { Key::Left };
    let busy = Busy::begun();
    let mut progress = |it| busy.says(&said(it));
    let logs = care::backup(store, destination, key, &mut progress);
    drop(busy);
    let logs = logs.map_err(|cause| failure(&cause))?;
    if logs.is_empty() {
        return Err(nothing(store).into());
    }
    let holds = logs.iter().all(|log| log.wrong.is_empty());
    out(&match arguments.json {
        true => format!("{:#}\n", json!({ "holds": holds, "logs": logs })),
        false => text(&logs, destination),
    });
    Ok(if holds { exit::PASS } else { exit::INTEGRITY })
}

fn said(progress: Progress) -> String {
    match progress {
        Progress::Pages(done, all) => format!("database: {done} of {all} pages"),
        Progress::Files(done, all) => format!("attachments: {done} of {all}"),
        Progress::Checking => "holding the copy against its last checkpoint".to_owned(),
    }
}

fn text(logs: &[Copied], destination: &Path) -> String {
    let mut text: String = logs.iter().map(one).collect();
    let wrong = logs.iter().map(|log| log.wrong.len()).sum::<usize>();
    let all = logs.iter().map(|log| log.database + log.attachments.bytes).sum();
    let _ = match wrong {
        0 => writeln!(text, "COPIED  {} to {}", size(all), destination.display()),
        _ => writeln!(text, "COPIED  to {}, and the store does not hold", destination.display()),
    };
    text
}

fn one(log: &Copied) -> String {
    let mut text = format!("{}\n", log.folder.display());
    let mut line = |what: &str, is: &str| {
        let _ = writeln!(text, "  {what:<12}{is}");
    };
    let Covered { entries, signed, checkpoint } = &log.covered;
    if checkpoint.is_some() {
        line("entries", &format!("{entries}, {signed} of them signed"));
        line("checkpoint", "the last one holds");
    }
    line("attachments", &attachments(log.attachments));
    let key = match log.key {
        KeyIs::Copied => "copied: whoever has this copy can sign as the station",
        KeyIs::Left => "left where it is: the copy can be read and verified, not added to",
        KeyIs::Published => "none of its own: these are simulated runs",
    };
    line("key", key);
    log.wrong.iter().for_each(|what| line("wrong", what));
    text.push('\n');
    text
}

fn attachments(files: Files) -> String {
    let Files { linked, copied, bytes } = files;
    let size = size(bytes);
    match (linked, copied) {
        (0, 0) => "none".to_owned(),
        (0, copied) => format!("{copied} copied, {size}"),
        (linked, 0) => format!("{linked} linked, {size}: on the disk of the store, and no more"),
        (linked, copied) => format!("{copied} copied, {linked} linked, {size}"),
    }
}

//! What was written, read back as it was meant.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::de::DeserializeOwned;

use super::view::{Ends, Event, Run, RunSummary};
use super::{attachment, database};
use crate::body::{Attachment, Body, Mode};
use crate::entry::Entry;
use crate::error::{RecordError, Result};
use crate::store::mention::Kind;

/// A log, opened for reading.
pub struct Reader {
    dir: PathBuf,
    /// `None` if nothing was ever recorded.
    pub(super) database: Option<(Connection, PathBuf)>,
}

impl Reader {
    /// Opens the log below `dir`.
    ///
    /// # Errors
    ///
    /// There is no such folder, or the database is not ours or newer than this program.
    pub fn open(dir: &Path) -> Result<Self> {
        Ok(Self { dir: dir.to_owned(), database: database::open_to_read(dir)? })
    }

    /// The folder that the log is in.
    pub fn folder(&self) -> &Path {
        &self.dir
    }

    /// Every run, newest first.
    ///
    /// # Errors
    ///
    /// The log cannot be read.
    pub fn list(&self) -> Result<Vec<RunSummary>> {
        let Some((connection, path)) = &self.database else { return Ok(Vec::new()) };
        let query = format!("{RUNS} ORDER BY run.started DESC");
        let rows = select(connection, &query, two_entries).map_err(|it| at(path, &it))?;
        let summary = |(start, end): TwoEntries| Ends::read(path, &start, end.as_deref());
        rows.into_iter().map(|row| summary(row).map(|ends| ends.summary())).collect()
    }

    /// The run whose id begins with `id`; `0197…c2`, as people see it, will do as well.
    ///
    /// # Errors
    ///
    /// There is no such run, there are several, or the log cannot be read.
    pub fn run(&self, id: &str) -> Result<Run> {
        let none = || {
            RecordError::new(format!("no run `{id}` in `{}`", self.dir.display()))
                .with_hint("`pogo list` shows the runs of a store")
        };
        let (connection, path) = self.database.as_ref().ok_or_else(none)?;
        let ids = "SELECT id FROM run ORDER BY started";
        let ids = select(connection, ids, |row| row.get::<_, String>(0));
        let (head, tail) = id.split_once('…').unwrap_or((id, ""));
        let (head, tail) = (head.to_lowercase(), tail.to_lowercase());
        let meant = |it: &String| it.starts_with(&head) && it.ends_with(&tail);
        let mut found = ids.map_err(|it| at(path, &it))?.into_iter().filter(meant);
        match (found.next(), found.count()) {
            (None, _) => Err(none()),
            (Some(run), 0) => self.read(connection, path, &run),
            (Some(_), more) => Err(RecordError::new(format!(
                "`{id}` means {} runs in `{}`",
                more + 1,
                self.dir.display()
            ))
            .with_hint("write more of the id")),
        }
    }

    /// What was run in `mode` for units with the serial number `serial`, each plan once, in the
    /// order of their names.
    ///
    /// # Errors
    ///
    /// The log cannot be read.
    pub fn plans_of(&self, serial: &str, mode: Mode) -> Result<Vec<String>> {
        let Some((connection, path)) = &self.database else { return Ok(Vec::new()) };
        let query = "SELECT DISTINCT plan FROM run WHERE serial = ? AND mode = ? ORDER BY plan";
        let plans = connection.prepare(query).and_then(|mut statement| {
            statement.query_map([serial, mode.name()], |row| row.get(0))?.collect()
        });
        plans.map_err(|it| at(path, &it))
    }

    /// The bytes of an attachment.
    ///
    /// # Errors
    ///
    /// Its file cannot be read.
    pub fn attachment(&self, attachment: &Attachment) -> Result<Vec<u8>> {
        attachment::read(&self.dir, &attachment.sha256)
    }

    pub(super) fn read(&self, connection: &Connection, path: &Path, run: &str) -> Result<Run> {
        let said = |cause: rusqlite::Error| at(path, &cause);
        let query = format!("{RUNS} WHERE run.id = ?");
        let (start, end) = connection.query_row(&query, [run], two_entries).map_err(said)?;
        let ends = Ends::read(path, &start, end.as_deref())?;
        let last = ends.end.as_ref().map_or(i64::MAX, |(end, _)| end.seq.cast_signed());
        // Runs of several processes may stand side by side, and one that goes on has no last entry.
        let query = "SELECT bytes FROM entry WHERE seq > ? AND seq < ? \
                     AND instr(bytes, CAST(? AS BLOB)) > 0 ORDER BY seq";
        let mut statement = connection.prepare(query).map_err(said)?;
        let mut rows = statement.query(params![ends.start.0.seq, last, run]).map_err(said)?;
        let mut events = Vec::new();
        while let Some(row) = rows.next().map_err(said)? {
            let entry: Entry = parse(path, row.get_ref(0).map_err(said)?.as_blob().unwrap_or(b""))?;
            if entry.run == Some(ends.start.0.run.unwrap_or_default()) {
                events.push(event(path, &entry)?);
            }
        }
        let removed = self.removed(connection, path, &events)?;
        Ok(ends.with(events, removed))
    }

    /// Which of the files that `events` attached are gone because the station has said so, and when.
    fn removed(
        &self,
        connection: &Connection,
        path: &Path,
        events: &[Event],
    ) -> Result<BTreeMap<String, Timestamp>> {
        let mut removed = BTreeMap::new();
        for event in events {
            let Body::Attachment(Attachment { sha256, .. }) = &event.body else { continue };
            if self.dir.join("attachments").join(sha256).exists() {
                continue;
            }
            let query = "SELECT bytes FROM mention JOIN entry ON entry.seq = mention.seq \
                         WHERE kind = ? AND value = ? AND mention.seq > ? \
                         ORDER BY mention.seq DESC LIMIT 1";
            let values = params![Kind::AttachmentPruned.name(), sha256, event.seq];
            let said: Option<Vec<u8>> = connection
                .prepare_cached(query)
                .and_then(|mut it| it.query_row(values, |row| row.get(0)).optional())
                .map_err(|cause| at(path, &cause))?;
            if let Some(bytes) = said {
                removed.insert(sha256.clone(), parse::<Entry>(path, &bytes)?.utc);
            }
        }
        Ok(removed)
    }
}

pub(super) const RUNS: &str = "SELECT start.bytes, stop.bytes FROM run \
                    JOIN entry AS start ON start.seq = run.started \
                    LEFT JOIN entry AS stop ON stop.seq = run.ended";

pub(super) type TwoEntries = (Vec<u8>, Option<Vec<u8>>);

pub(super) fn two_entries(row: &Row<'_>) -> rusqlite::Result<TwoEntries> {
    Ok((row.get(0)?, row.get(1)?))
}

fn select<T>(
    connection: &Connection,
    query: &str,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    connection.prepare(query)?.query_map([], read)?.collect()
}

pub(super) fn at(path: &Path, cause: &rusqlite::Error) -> RecordError {
    RecordError::sqlite(path, cause)
}

pub(super) fn parse<T: DeserializeOwned>(path: &Path, bytes: &[u8]) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|cause| {
        RecordError::new(format!("record `{}`: an entry makes no sense: {cause}", path.display()))
            .with_hint("it was written by another version of Pogo, or changed by somebody")
    })
}

fn event(path: &Path, entry: &Entry) -> Result<Event> {
    let bytes = entry.body.get().as_bytes();
    let body = match entry.kind.as_str() {
        "step.started" => Body::StepStarted(parse(path, bytes)?),
        "step.ended" => Body::StepEnded(parse(path, bytes)?),
        "measurement" => Body::Measurement(parse(path, bytes)?),
        "check" => Body::Check(parse(path, bytes)?),
        "record" => Body::Record(parse(path, bytes)?),
        "note" => Body::Note(parse(path, bytes)?),
        "prompt" => Body::Prompt(parse(path, bytes)?),
        "setpoint" => Body::Setpoint(parse(path, bytes)?),
        "output" => Body::Output(parse(path, bytes)?),
        "error" => Body::Error(parse(path, bytes)?),
        "recovery" => Body::Recovery(parse(path, bytes)?),
        "attachment" => Body::Attachment(parse(path, bytes)?),
        "interlock" => Body::Interlock(parse(path, bytes)?),
        "firmware" => Body::Firmware(parse(path, bytes)?),
        "component" => Body::Component(parse(path, bytes)?),
        "safe" => Body::Safe(parse(path, bytes)?),
        other => {
            let text = format!("record `{}`: `{other}` is not a type of entry", path.display());
            return Err(RecordError::new(text).with_hint("use the newer Pogo that wrote it"));
        }
    };
    Ok(Event { seq: entry.seq, mono_ns: entry.mono_ns, kind: body.kind(), body })
}

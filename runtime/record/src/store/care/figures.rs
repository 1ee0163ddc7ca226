//! How large a store is, what is in it, and how soon its disk is full.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;

use super::growth::{Growth, Pace, Taken};
use super::{logs, named};
use crate::body::Attachment;
use crate::entry::Entry;
use crate::error::{RecordError, Result};
use crate::store::reading::wal;
use crate::store::space::{self, RESERVE};
use crate::store::{RunSummary, Store, database};
use crate::verdict::Reason;

/// What there is to know of a store in numbers. Sizes are in bytes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// Its logs.
    pub logs: Vec<LogFigures>,
    /// How much its disk has free; `None` if the file system does not say.
    pub free: Option<u64>,
    /// With less than this, runs are refused.
    pub reserve: u64,
    /// How much a day adds at the pace of the last runs; `None` if they span less than a day.
    pub per_day: Option<u64>,
    /// How many days that leaves until runs are refused.
    pub days_left: Option<u64>,
}

/// A log in numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LogFigures {
    /// Its folder.
    pub folder: PathBuf,
    /// The size of its database with what waits in the write-ahead log.
    pub database: u64,
    /// Its attachments.
    pub attachments: Counted,
    /// Its entries by type; the most frequent first.
    pub entries: Vec<EntriesOf>,
    /// Its runs, by mode and by how they ended; the most frequent first.
    pub runs: Vec<RunsOf>,
    /// How much a run adds; `None` before the first one.
    pub growth: Option<Growth>,
    #[serde(skip)]
    pace: Option<Pace>,
}

/// So many, of this size together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// How many.
    pub count: u64,
    /// How large all of them are, as they were written.
    pub bytes: u64,
}

/// The entries of a type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EntriesOf {
    /// The type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Those.
    #[serde(flatten)]
    pub counted: Counted,
}

/// The runs of a mode that ended in one way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunsOf {
    /// The mode, as a record spells it.
    pub mode: &'static str,
    /// `pass`, `fail`, `error` or `aborted`; `interrupted`; `running` or `killed` without an end.
    pub ended: String,
    /// How many.
    pub count: u64,
}

/// Counts what is in the store; `None` if there is no record.
///
/// # Errors
///
/// A log cannot be read.
pub fn figures(store: &Path) -> Result<Option<Figures>> {
    let logs =
        logs(store).map(|folder| one(folder, Timestamp::now())).collect::<Result<Vec<_>>>()?;
    if logs.is_empty() {
        return Ok(None);
    }
    let free = space::free(store).map(|it| it.bytes);
    let begun = logs.iter().filter(|log| log.growth.is_some());
    let per_day = begun.map(|log| log.pace.map(|pace| pace.per_day())).sum::<Option<u64>>();
    let per_day = per_day.filter(|it| *it > 0);
    let days_left = free.zip(per_day).map(|(free, day)| free.saturating_sub(RESERVE) / day);
    Ok(Some(Figures { logs, free, reserve: RESERVE, per_day, days_left }))
}

fn one(folder: PathBuf, now: Timestamp) -> Result<LogFigures> {
    let runs = runs(Store::reader(&folder)?.list()?);
    let size = |path: &Path| fs::metadata(path).map_or(0, |it| it.len());
    let file = folder.join(database::FILE);
    let database = size(&file) + size(&wal(&file));
    let (mut entries, mut files) = (BTreeMap::<String, Counted>::new(), Counted::default());
    let mut taken: Vec<Taken> = Vec::new();
    if let Some((connection, path)) = database::open_to_read(&folder)? {
        let said = |cause: rusqlite::Error| RecordError::sqlite(&path, &cause);
        let query = "SELECT type, length(bytes), \
                     CASE WHEN type IN ('run.started', 'attachment') THEN bytes END \
                     FROM entry ORDER BY seq";
        let mut statement = connection.prepare(query).map_err(said)?;
        let mut rows = statement.query([]).map_err(said)?;
        let mut seen = BTreeSet::new();
        while let Some(row) = rows.next().map_err(said)? {
            let kind: String = row.get(0).map_err(said)?;
            let bytes: u64 = row.get(1).map_err(said)?;
            let text: Option<Vec<u8>> = row.get(2).map_err(said)?;
            let entry = text.and_then(|text| serde_json::from_slice::<Entry>(&text).ok());
            if let ("run.started", Some(entry)) = (&*kind, &entry) {
                taken.push(Taken { started: entry.utc, entries: 0, files: 0 });
            }
            let attached = entry
                .filter(|_| kind == "attachment")
                .and_then(|entry| serde_json::from_str::<Attachment>(entry.body.get()).ok());
            // One that is named again takes no more room.
            let file = attached.filter(|it| seen.insert(it.sha256.clone())).map_or(0, |it| it.size);
            if let Some(run) = taken.last_mut() {
                run.entries += bytes;
                run.files += file;
            }
            let counted = entries.entry(kind).or_default();
            counted.count += 1;
            counted.bytes += bytes;
        }
        for name in named::all(&connection, &path)?.keys() {
            if let Ok(about) = fs::metadata(named::folder(&folder).join(name)) {
                files.count += 1;
                files.bytes += about.len();
            }
        }
    }
    let all = entries.values().map(|it| it.bytes).sum();
    let growth = Growth::of(&taken, database, all);
    let pace = Pace::of(&taken, database, all, now);
    let mut entries: Vec<EntriesOf> =
        entries.into_iter().map(|(kind, counted)| EntriesOf { kind, counted }).collect();
    entries.sort_by_key(|it| std::cmp::Reverse(it.counted.count));
    Ok(LogFigures { folder, database, attachments: files, entries, runs, growth, pace })
}

fn runs(all: Vec<RunSummary>) -> Vec<RunsOf> {
    let mut counted = BTreeMap::<(&'static str, String), u64>::new();
    for run in all {
        let ended = match (run.verdict, run.reason) {
            (_, Some(Reason::Interrupted)) => "interrupted".to_owned(),
            (Some(verdict), _) => verdict.to_string().to_lowercase(),
            (None, _) if run.goes_on => "running".to_owned(),
            (None, _) => "killed".to_owned(),
        };
        *counted.entry((run.mode.name(), ended)).or_default() += 1;
    }
    let mut runs: Vec<RunsOf> =
        counted.into_iter().map(|((mode, ended), count)| RunsOf { mode, ended, count }).collect();
    runs.sort_by_key(|it| std::cmp::Reverse(it.count));
    runs
}

//! Removing what a station no longer has to keep: the files beside a log, never an entry of it.
//!
//! What goes is said first, in an entry that is signed with it; only then is it removed, so that a
//! process that dies over it leaves nothing that is gone and not accounted for.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::named::{self, Named};
use super::reindex::refuse_beside_a_run;
use super::unused::{self, Unused};
use super::{archive, covered, logs};
use crate::author::Author;
use crate::body::{Attachment, Pruned, PrunedFile};
use crate::entry::{Entry, Pending};
use crate::error::{RecordError, Result};
use crate::store::attachment;
use crate::store::database::{self, sync_folder};
use crate::store::log::{Failure, Log};
use crate::store::permission;
use crate::store::seal::Seal;
use crate::verdict::Verdict;

/// How many files one entry names, so that it stays a small one and a run waits for few.
const GROUP: usize = 500;

/// What is no longer kept.
#[derive(Clone, Debug)]
pub struct Retention {
    /// Files go that only runs name which ended before this.
    pub before: Timestamp,
    /// Those stay that a run names which did not pass.
    pub passed_only: bool,
    /// Who says so.
    pub operator: Option<String>,
    /// The folder that gets a copy of each file before it goes; it is made if there is none.
    pub archive: Option<PathBuf>,
}

/// What retention takes from a log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Outdated {
    /// The log's folder.
    pub folder: PathBuf,
    /// How many files.
    pub files: u64,
    /// How large they are together.
    pub bytes: u64,
    /// How many runs named them.
    pub runs: u64,
    /// How many files stay that entries name.
    pub kept: u64,
    /// How many of them are only removed now: they were let go of earlier, and something came
    /// between.
    pub left_over: u64,
    /// Room in the database file that nothing is kept in.
    pub unused: Unused,
}

/// What `retention` would take from each log of the store. Nothing is changed.
///
/// # Errors
///
/// `Refused`: the archive is in the store. Or a log cannot be read.
pub fn outdated(store: &Path, retention: &Retention) -> Result<Vec<Outdated>> {
    archive::refuse_inside(store, retention.archive.as_deref())?;
    let read = |folder: PathBuf| {
        let Some((connection, path)) = database::open_to_read(&folder)? else { return Ok(None) };
        let plan = Plan::of(&connection, &path, &folder, retention)?;
        Ok(Some(Outdated { unused: unused::look(&connection, &path)?, ..plan.told(&folder) }))
    };
    logs(store).filter_map(|folder| read(folder).transpose()).collect()
}

/// Removes what `retention` says from each log of the store; what was removed. `progress` is told
/// how many files of a log are done, and how many there are.
///
/// # Errors
///
/// `Refused`: a run goes on, the store may only be read, or the archive is in it. `Damaged`: the entries are not those that were signed, or a file is
/// not what an entry says. Or something cannot be read or written. What was removed until then is
/// accounted for; the rest is still there.
pub fn prune(
    store: &Path,
    retention: &Retention,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Vec<Outdated>> {
    archive::refuse_inside(store, retention.archive.as_deref())?;
    logs(store).map(|folder| one(&folder, retention, progress)).collect()
}

fn one(
    folder: &Path,
    retention: &Retention,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Outdated> {
    let why = "remove what is no longer kept";
    refuse_beside_a_run(folder, why)?;
    permission::look(folder)?;
    let (mut connection, path, _) = database::open(folder)?;
    // Before anything is taken away: that what stays is what was signed.
    covered::look(&connection, &path)?;
    let first = Plan::of(&connection, &path, folder, retention)?;
    let all = first.told(folder);
    let mut done = 0;
    loop {
        // A run that begins now waits for this with what it attaches.
        let held = attachment::hold_alone(&named::folder(folder))?;
        refuse_beside_a_run(folder, why)?;
        let plan = Plan::of(&connection, &path, folder, retention)?;
        let mut group: Vec<_> = plan.left_over.into_iter().take(GROUP).collect();
        if group.is_empty() {
            let files: Vec<_> = plan.outdated.into_iter().take(GROUP).collect();
            if files.is_empty() {
                drop(held);
                return Ok(Outdated { unused: unused::free(&connection, &path)?, ..all });
            }
            archive::copy(folder, &files, retention.archive.as_deref())?;
            say(&mut connection, folder, retention, &files).map_err(|it| it.told(&path))?;
            group = files.into_iter().map(|(name, _)| name).collect();
        }
        remove(&named::folder(folder), &group)?;
        drop(held);
        done += group.len() as u64;
        progress(done.min(all.files), all.files);
    }
}

/// What goes, and what stays.
struct Plan {
    /// By hash: the size.
    outdated: BTreeMap<String, u64>,
    /// Those that were let go of earlier and are still there.
    left_over: BTreeSet<String>,
    bytes: u64,
    runs: u64,
    kept: u64,
}

impl Plan {
    fn of(
        connection: &Connection,
        path: &Path,
        folder: &Path,
        retention: &Retention,
    ) -> Result<Self> {
        let named = named::all(connection, path)?;
        let keeping = keeping(connection, path, retention)?;
        let there = |name: &String| named::folder(folder).join(name).exists();
        let (mut outdated, mut left_over) = (BTreeMap::new(), BTreeSet::new());
        let (mut kept, mut bytes) = (0, 0);
        let mut runs = BTreeSet::new();
        for (name, Named { size, pruned, .. }) in named {
            let naming = keeping.get(&name);
            if pruned {
                if there(&name) {
                    bytes += size;
                    left_over.insert(name);
                }
            } else if naming.is_some_and(|it| !it.keep) {
                bytes += size;
                runs.extend(naming.into_iter().flat_map(|it| it.runs.iter().copied()));
                outdated.insert(name, size);
            } else {
                kept += 1;
            }
        }
        Ok(Self { outdated, left_over, bytes, runs: runs.len() as u64, kept })
    }

    fn told(&self, folder: &Path) -> Outdated {
        Outdated {
            folder: folder.to_owned(),
            files: (self.outdated.len() + self.left_over.len()) as u64,
            bytes: self.bytes,
            runs: self.runs,
            kept: self.kept,
            left_over: self.left_over.len() as u64,
            unused: Unused::default(),
        }
    }
}

/// Which runs name a file, and whether one of them keeps it.
#[derive(Default)]
struct Naming {
    /// The places of their first entries.
    runs: BTreeSet<u64>,
    keep: bool,
}

/// By hash: who names each file.
fn keeping(
    connection: &Connection,
    path: &Path,
    retention: &Retention,
) -> Result<BTreeMap<String, Naming>> {
    let said = |cause: rusqlite::Error| RecordError::sqlite(path, &cause);
    let query = "SELECT run.id, run.started, entry.bytes FROM run \
                 LEFT JOIN entry ON entry.seq = run.ended";
    let mut statement = connection.prepare(query).map_err(said)?;
    let mut rows = statement.query([]).map_err(said)?;
    let mut runs = BTreeMap::new();
    while let Some(row) = rows.next().map_err(said)? {
        let id: String = row.get(0).map_err(said)?;
        let started: u64 = row.get(1).map_err(said)?;
        let end: Option<Vec<u8>> = row.get(2).map_err(said)?;
        // A run without an end keeps what it names: it may go on.
        let goes = end.is_some_and(|bytes| {
            let Some((entry, End { verdict })) = read::<End>(&bytes) else { return false };
            entry.utc < retention.before && (verdict == Verdict::Pass || !retention.passed_only)
        });
        runs.insert(id, (started, goes));
    }
    let query = "SELECT bytes FROM entry WHERE type = 'attachment'";
    let mut statement = connection.prepare(query).map_err(said)?;
    let mut rows = statement.query([]).map_err(said)?;
    let mut all: BTreeMap<String, Naming> = BTreeMap::new();
    while let Some(row) = rows.next().map_err(said)? {
        let bytes = row.get_ref(0).map_err(said)?.as_blob().unwrap_or_default();
        let Some((entry, Attachment { sha256, .. })) = read(bytes) else { continue };
        let naming = all.entry(sha256).or_default();
        match entry.run.and_then(|run| runs.get(&run.to_string())) {
            Some((started, true)) => drop(naming.runs.insert(*started)),
            _ => naming.keep = true,
        }
    }
    Ok(all)
}

/// As much of a run's end as says how it ended.
#[derive(serde::Deserialize)]
struct End {
    verdict: Verdict,
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Option<(Entry, T)> {
    let entry: Entry = serde_json::from_slice(bytes).ok()?;
    let body = serde_json::from_str(entry.body.get()).ok()?;
    Some((entry, body))
}

/// Says in the log that the files of `group` are no longer kept, and signs that.
fn say(
    connection: &mut Connection,
    folder: &Path,
    retention: &Retention,
    group: &[(String, u64)],
) -> Result<(), Failure> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut log = Log::new(&transaction)?;
    let author = author(&transaction)?;
    let files =
        group.iter().map(|(sha256, size)| PrunedFile { sha256: sha256.clone(), size: *size });
    let body = Pruned {
        before: retention.before,
        passed_only: retention.passed_only,
        operator: retention.operator.clone(),
        archive: retention.archive.as_ref().map(|it| it.display().to_string()),
        files: files.collect(),
    };
    log.append(&Pending::new(&author, "attachments.pruned", None, 0, &body)?)?;
    if let Some(key) = log.tree().key.clone() {
        let mut seal = Seal::of(folder);
        log.checkpoint(&author, &[seal.signer(&key)?])?;
    }
    log.finish()?;
    Ok(transaction.commit()?)
}

/// The station and the mode of the log's last run.
fn author(transaction: &Transaction<'_>) -> Result<Author, Failure> {
    let query = "SELECT bytes FROM entry ORDER BY seq DESC LIMIT 1";
    let bytes: Vec<u8> = transaction.query_row(query, [], |row| row.get(0))?;
    let entry: Entry = serde_json::from_slice(&bytes)
        .map_err(|cause| RecordError::damaged(format!("the last entry: {cause}")))?;
    Ok(Author { station: entry.station, mode: entry.mode })
}

fn remove(folder: &Path, group: &[String]) -> Result<()> {
    for name in group {
        let path = folder.join(name);
        match fs::remove_file(&path) {
            Err(cause) if cause.kind() != ErrorKind::NotFound => {
                return Err(RecordError::io(&path, "remove", &cause));
            }
            _ => {}
        }
    }
    sync_folder(folder)
}

//! Which entries a bundle has, and what shows that they were signed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::{BundledRun, Of, Proven};
use crate::body::{Attachment, KeyActivated, Pruned, RunStarted, Signed as Body};
use crate::entry::{Entry, leaf};
use crate::error::{RecordError, Result};
use crate::proof::{Checkpoint, Hash, Note, Tree, VerifierKey, verify_inclusion};
use crate::verdict::Verdict;

/// What a log's last checkpoint covers.
pub(super) struct Signed {
    pub(super) note: String,
    pub(super) size: u64,
    pub(super) key: VerifierKey,
    root: Hash,
    tree: Tree,
    /// Where keys took over, from the first on.
    keys: Vec<u64>,
}

impl Signed {
    /// The last checkpoint, and the tree that it signs.
    pub(super) fn read(connection: &Connection, path: &Path) -> Result<Self> {
        let said = |cause: rusqlite::Error| RecordError::sqlite(path, &cause);
        let query =
            "SELECT seq, bytes FROM entry WHERE type = 'checkpoint' ORDER BY seq DESC LIMIT 1";
        let last = connection.query_row(query, [], place).optional().map_err(said)?;
        let (seq, bytes) = last.ok_or_else(|| {
            let what = format!("nothing in `{}` is signed", path.display());
            RecordError::refused(what)
        })?;
        let Body { note } = body(&entry(seq, &bytes)?)?;
        let wrong = |cause| does_not_hold(seq, &format!("no checkpoint that holds: {cause}"));
        let signed: Note = note.parse().map_err(wrong)?;
        let Checkpoint { origin, size, root } = signed.text().parse().map_err(wrong)?;
        let (leaves, keys) = leaves(connection, size).map_err(said)?;
        let tree = Tree::new(leaves);
        let last = keys.last().ok_or_else(|| does_not_hold(0, "names no key"))?;
        let KeyActivated { key, .. } = body(&entry(*last, &bytes_at(connection, path, *last)?)?)?;
        let key: VerifierKey = key.parse().map_err(wrong)?;
        signed.verify(std::slice::from_ref(&key)).map_err(wrong)?;
        if size != seq || origin != key.name() || tree.root(size) != Ok(root) {
            return Err(does_not_hold(seq, "what was signed is not what is there"));
        }
        Ok(Self { note, size, key, root, tree, keys })
    }

    /// What `of` names, up to the checkpoint, with what the log says about itself meanwhile.
    pub(super) fn runs(&self, connection: &Connection, path: &Path, of: &Of) -> Result<Found> {
        let said = |cause: rusqlite::Error| RecordError::sqlite(path, &cause);
        let query = match of {
            Of::Run(_) => "SELECT id, started, ended FROM run WHERE id = ?",
            Of::Serial(_) => "SELECT id, started, ended FROM run WHERE serial = ? ORDER BY started",
        };
        let name = match of {
            Of::Run(run) => run.to_string(),
            Of::Serial(serial) => serial.clone(),
        };
        let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        let mut statement = connection.prepare(query).map_err(said)?;
        let rows = statement.query_map([name], row).map_err(said)?;
        let rows: Vec<(String, u64, Option<u64>)> = rows.collect::<Result<_, _>>().map_err(said)?;
        let mut found = Found::default();
        for (id, started, ended) in rows {
            if started >= self.size {
                found.unsigned.push(id);
                continue;
            }
            let last = ended.unwrap_or(u64::MAX).min(self.size - 1);
            found.read(connection, path, of, (started, last))?;
        }
        found.prune(connection, path, self.size)?;
        // Who signs, from the beginning on; a new key with what the one before it says about it.
        for (at, key) in self.keys.iter().copied().enumerate() {
            let behind = (at > 0 && key + 1 < self.size).then_some(key + 1);
            for seq in [Some(key), behind].into_iter().flatten() {
                found.entries.insert(seq, bytes_at(connection, path, seq)?);
            }
        }
        Ok(found)
    }

    /// The proofs of `entries`.
    pub(super) fn prove(&self, entries: BTreeMap<u64, Vec<u8>>) -> Result<Vec<Proven>> {
        let prove = |(seq, bytes): (u64, Vec<u8>)| {
            entry(seq, &bytes)?;
            let hash = Hash(leaf(&bytes));
            let proof = self.tree.inclusion(seq, self.size).unwrap_or_default();
            verify_inclusion(seq, self.size, &hash, &proof, &self.root)
                .map_err(|_| does_not_hold(seq, "its bytes are not those that were signed"))?;
            Ok(Proven { seq, bytes, leaf: hash, proof })
        };
        entries.into_iter().map(prove).collect()
    }
}

/// What was found of a run or a unit.
#[derive(Default)]
pub(super) struct Found {
    pub(super) runs: Vec<BundledRun>,
    pub(super) entries: BTreeMap<u64, Vec<u8>>,
    /// Runs that no checkpoint knows of yet.
    pub(super) unsigned: Vec<String>,
    attachments: BTreeMap<String, u64>,
    /// Those that the station has said it no longer keeps, and when.
    pruned: BTreeMap<String, Timestamp>,
}

impl Found {
    /// The run between these places: what belongs to it, and what belongs to no run.
    fn read(
        &mut self,
        connection: &Connection,
        path: &Path,
        of: &Of,
        (first, last): (u64, u64),
    ) -> Result<()> {
        let said = |cause: rusqlite::Error| RecordError::sqlite(path, &cause);
        let query = "SELECT seq, bytes FROM entry WHERE seq BETWEEN ? AND ? ORDER BY seq";
        let mut statement = connection.prepare(query).map_err(said)?;
        let mut rows = statement.query(params![first, last]).map_err(said)?;
        let mut run: Option<BundledRun> = None;
        while let Some(row) = rows.next().map_err(said)? {
            let (seq, bytes) = place(row).map_err(said)?;
            let entry = entry(seq, &bytes)?;
            match (&mut run, entry.run) {
                (None, Some(id)) if entry.kind == "run.started" => {
                    run = Some(begun(id, of, &entry)?);
                }
                (None, _) => return Err(does_not_hold(seq, "a run has to begin here")),
                (Some(it), Some(id)) if it.id == id => self.heard(it, &entry)?,
                (Some(_), Some(_)) => continue,
                (Some(_), None) => {}
            }
            self.entries.insert(seq, bytes);
        }
        self.runs.extend(run);
        Ok(())
    }

    fn heard(&mut self, run: &mut BundledRun, entry: &Entry) -> Result<()> {
        match entry.kind.as_str() {
            "attachment" => {
                let Attachment { sha256, size, .. } = body(entry)?;
                self.attachments.insert(sha256, size);
            }
            "run.ended" | "run.interrupted" => {
                let Outcome { verdict } = body(entry)?;
                run.verdict = Some(verdict);
            }
            _ => {}
        }
        Ok(())
    }

    /// What the first `size` entries say about attachments of the runs that are no longer kept.
    fn prune(&mut self, connection: &Connection, path: &Path, size: u64) -> Result<()> {
        if self.attachments.is_empty() {
            return Ok(());
        }
        let said = |cause: rusqlite::Error| RecordError::sqlite(path, &cause);
        let query = "SELECT seq, bytes FROM entry \
                     WHERE type = 'attachments.pruned' AND seq < ? ORDER BY seq";
        let mut statement = connection.prepare(query).map_err(said)?;
        let mut rows = statement.query([size]).map_err(said)?;
        while let Some(row) = rows.next().map_err(said)? {
            let (seq, bytes) = place(row).map_err(said)?;
            let entry = entry(seq, &bytes)?;
            let Pruned { files, .. } = body(&entry)?;
            let ours: Vec<_> =
                files.into_iter().filter(|it| self.attachments.contains_key(&it.sha256)).collect();
            if !ours.is_empty() {
                self.pruned.extend(ours.into_iter().map(|it| (it.sha256, entry.utc)));
                self.entries.insert(seq, bytes);
            }
        }
        Ok(())
    }

    /// The attachments by name, with their sizes; each is there and has these bytes, or the station
    /// has said that it no longer keeps it.
    pub(super) fn attachments(&mut self, log: &Path) -> Result<Vec<(String, u64)>> {
        use crate::verify::attachment;
        let wrong = |(name, what): (&String, String)| {
            let what = format!("the attachment `{name}`: {what}");
            RecordError::damaged(what).with_hint(VERIFY)
        };
        let mut all = Vec::new();
        // What was removed after it was said so; until then it is still there.
        self.pruned.retain(|name, _| !log.join("attachments").join(name).exists());
        for (name, size) in self.attachments.iter().filter(|it| !self.pruned.contains_key(it.0)) {
            attachment(log, name, *size).map_or(Ok(()), |what| Err(wrong((name, what))))?;
            all.push((name.clone(), *size));
        }
        Ok(all)
    }

    /// Why there is no bundle, if nothing of what was found was signed.
    pub(super) fn unsigned_only(&self) -> RecordError {
        let runs: BTreeSet<_> = self.unsigned.iter().map(|id| format!("`{id}`")).collect();
        let runs = runs.into_iter().collect::<Vec<_>>().join(", ");
        let what = format!("nothing is signed yet of the run {runs}, which goes on");
        let hint = "a log is signed at a run's end, and once a minute before";
        RecordError::refused(what).with_hint(hint)
    }

    /// What a bundle of it does not have, a sentence each.
    pub(super) fn unseen(&self) -> Vec<String> {
        let open = self.runs.iter().filter(|run| run.verdict.is_none());
        let open = open.map(|run| format!("the run {} has no end that was signed", run.id));
        let new = self.unsigned.iter();
        let new = new.map(|id| format!("the run {id}, of which nothing was signed yet"));
        let gone = self.pruned.iter();
        let gone = gone.map(|(name, at)| {
            format!("the attachment {name}, which the station no longer keeps since {at}")
        });
        open.chain(new).chain(gone).collect()
    }
}

/// What to do about a log that is not what was signed.
const VERIFY: &str = "`pogo verify` says what else is not what it was";

/// As much of a run's end as says how it ended.
#[derive(Deserialize)]
struct Outcome {
    verdict: Verdict,
}

fn begun(id: Uuid, of: &Of, entry: &Entry) -> Result<BundledRun> {
    let RunStarted { attempt, header, .. } = body(entry)?;
    let (mode, plan, serial) = (header.mode, header.plan.id, header.device.serial);
    let is_meant = match of {
        Of::Run(run) => *run == id,
        Of::Serial(meant) => serial.as_ref() == Some(meant),
    };
    match is_meant {
        true => Ok(BundledRun { id, mode, plan, serial, attempt, verdict: None }),
        false => Err(does_not_hold(entry.seq, "the table `run` is wrong about this run")),
    }
}

/// The hashes of the first `size` entries, and where keys took over.
fn leaves(connection: &Connection, size: u64) -> rusqlite::Result<(Vec<Hash>, Vec<u64>)> {
    let (mut leaves, mut keys) = (Vec::new(), Vec::new());
    let query = "SELECT seq, type, leaf FROM entry WHERE seq < ? ORDER BY seq";
    let mut statement = connection.prepare(query)?;
    let mut rows = statement.query([size])?;
    while let Some(row) = rows.next()? {
        // One that is no hash, or not there, makes another root.
        let hash = Hash::try_from(row.get_ref(2)?.as_blob().unwrap_or_default());
        leaves.push(hash.unwrap_or_else(|_| Hash::of_nothing()));
        if row.get_ref(1)?.as_str() == Ok("key.activated") {
            keys.push(row.get(0)?);
        }
    }
    Ok((leaves, keys))
}

fn place(row: &Row<'_>) -> rusqlite::Result<(u64, Vec<u8>)> {
    Ok((row.get(0)?, row.get(1)?))
}

fn bytes_at(connection: &Connection, path: &Path, seq: u64) -> Result<Vec<u8>> {
    let query = "SELECT bytes FROM entry WHERE seq = ?";
    let found = connection.query_row(query, [seq], |row| row.get(0)).optional();
    let found = found.map_err(|cause| RecordError::sqlite(path, &cause))?;
    found.ok_or_else(|| does_not_hold(seq, "missing"))
}

/// The entry in `bytes`, which are one line of text.
fn entry(seq: u64, bytes: &[u8]) -> Result<Entry> {
    let entry: Entry = serde_json::from_slice(bytes)
        .map_err(|cause| does_not_hold(seq, &format!("no entry: {cause}")))?;
    match entry.seq == seq && !bytes.iter().any(|byte| matches!(byte, b'\n' | b'\r' | 0)) {
        true => Ok(entry),
        false => Err(does_not_hold(seq, "its bytes are not those that Pogo writes")),
    }
}

fn body<T: DeserializeOwned>(entry: &Entry) -> Result<T> {
    serde_json::from_str(entry.body.get())
        .map_err(|cause| does_not_hold(entry.seq, &format!("makes no sense: {cause}")))
}

fn does_not_hold(seq: u64, what: &str) -> RecordError {
    let what = format!("entry {seq}: {what}");
    RecordError::damaged(what).with_hint(VERIFY)
}

//! One log, from its first entry to its last.

use std::panic;
use std::path::Path;
use std::thread;

use rusqlite::{Connection, Row};

use super::anchors::Anchors;
use super::files::Files;
use super::finding::{About, Findings};
use super::pages::{DatabaseFile, Pages};
use super::runs::Runs;
use super::seals::Seals;
use super::tables::{self, BootRow};
use super::wal::{self, Wal};
use super::{Against, LogReport, rejudge};
use crate::body::{Mode, StationBoot};
use crate::entry::{Entry, SCHEMA, leaf};
use crate::error::RecordError;
use crate::proof::{Hash, VerifierKey};
use crate::store::database;
use crate::store::mention::{self, Mention};
use crate::store::tree::Tree;

/// Verifies the log in `folder`; `None` if there is none and nothing says that there was one.
pub(super) fn verify(folder: &Path, against: &Against) -> Option<LogReport> {
    let mut walk = Walk::new(against);
    let opened = match folder.is_dir() {
        true => database::open_to_verify(folder),
        false => Ok(None),
    };
    match opened {
        Ok(Some((connection, path))) => {
            if let Err(cause) = walk.both(&connection, folder) {
                let said = RecordError::sqlite(&path, &cause);
                walk.found.add(About::Database, walk.broken_at(), said.message());
            }
            walk.files.look(folder, &mut walk.found);
        }
        Ok(None) => {
            walk.file(folder);
            match walk.found.is_empty() {
                true if !folder.join("attachments").exists() => return None,
                true => {
                    let what = "the database is gone, attachments are not";
                    walk.found.add(About::Database, None, what);
                }
                false => {}
            }
        }
        Err(cause) => {
            walk.found.add(About::Database, None, cause.message());
            walk.file(folder);
        }
    }
    Some(walk.report(folder))
}

/// What is known of a log up to some entry.
struct Walk<'a> {
    against: &'a Against,
    found: Findings,
    /// What the table `tree` has to hold in the end; its leaves are the stored hashes.
    tree: Tree,
    seals: Seals,
    runs: Runs,
    boots: Vec<BootRow>,
    mentions: Vec<Mention>,
    files: Files,
    anchors: Option<Anchors<'a>>,
    next: u64,
    entries: u64,
    rejudged: u64,
    unseen: Vec<String>,
    done: bool,
}

impl<'a> Walk<'a> {
    fn new(against: &'a Against) -> Self {
        let (found, tree, seals, runs) =
            (Findings::default(), Tree::default(), Seals::default(), Runs::default());
        let (boots, mentions, files, anchors) = (Vec::new(), Vec::new(), Files::default(), None);
        let (next, entries, rejudged, unseen, done) = (0, 0, 0, Vec::new(), false);
        Self {
            against,
            found,
            tree,
            seals,
            runs,
            boots,
            mentions,
            files,
            anchors,
            next,
            entries,
            rejudged,
            unseen,
            done,
        }
    }

    /// Everything that the database holds, as it is at one moment, and its files.
    fn both(&mut self, connection: &Connection, folder: &Path) -> rusqlite::Result<()> {
        let connection = &connection.unchecked_transaction()?;
        // From here on, what is read in the file stays as it is.
        let begun = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()));
        let (file, wal) = self.files(folder);
        let (all, pages) = thread::scope(|scope| {
            let pages = file.map(|file| {
                scope.spawn(|| {
                    let file = file;
                    file.look(&wal)
                })
            });
            (begun.and_then(|()| self.all(connection)), pages.map(|pages| pages.join()))
        });
        if let Some(pages) = pages {
            self.pages(pages.unwrap_or_else(|panic| panic::resume_unwind(panic)));
        }
        all
    }

    /// The database's files, whatever is in them.
    fn file(&mut self, folder: &Path) {
        if let (Some(file), wal) = self.files(folder) {
            self.pages(file.look(&wal));
        }
    }

    /// The database file, and what its write-ahead log holds.
    fn files(&mut self, folder: &Path) -> (Option<DatabaseFile>, Wal) {
        let path = folder.join(database::FILE);
        let file = DatabaseFile::open(&path).unwrap_or_else(|cause| {
            self.found.add(About::Database, None, cause.message());
            None
        });
        // Asked first: what is written into the file from now on does not count.
        let wal = wal::read(&path, file.as_ref().map_or(0, DatabaseFile::backfilled));
        let what = match &wal {
            Ok(wal) => wal.damage.clone(),
            Err(cause) => Some(format!("write-ahead log: {cause}")),
        };
        what.into_iter().for_each(|what| self.found.add(About::Database, None, what));
        (file, wal.unwrap_or_default())
    }

    fn pages(&mut self, pages: Pages) {
        self.found.precede(pages.found);
        self.unseen.extend(pages.unseen);
    }

    /// Everything that the database holds.
    fn all(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        connection.pragma_update(None, "cell_size_check", true)?;
        let sound = tables::pages(connection, &mut self.found)?;
        tables::definitions(connection, &mut self.found)?;
        let mut statement =
            connection.prepare("SELECT seq, id, type, bytes, leaf FROM entry ORDER BY seq")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            self.entry(row)?;
        }
        self.done = true;
        self.ends();
        // Where pages or entries make no sense, what is made from them does not either.
        if sound && self.found.is_empty() {
            let (runs, mentions) = (&self.runs.rows(), &self.mentions);
            tables::rows(connection, runs, &self.boots, mentions, &self.tree, &mut self.found)?;
        }
        Ok(())
    }

    fn entry(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        let seq: u64 = row.get(0)?;
        let (id, kind, bytes) = (row.get_ref(1)?, row.get_ref(2)?, row.get_ref(3)?);
        let bytes = bytes.as_blob().unwrap_or_default();
        if seq != self.next {
            let (from, to) = (self.next, seq.saturating_sub(1));
            self.found.add(About::Sequence, Some(from), format!("missing, up to {to}"));
        }
        self.next = seq + 1;
        self.entries += 1;
        let hash = Hash(leaf(bytes));
        let stored = Hash::try_from(row.get_ref(4)?.as_blob().unwrap_or_default());
        if stored.as_ref() != Ok(&hash) {
            self.found.add(About::Entry, Some(seq), "its bytes are not those that were hashed");
        }
        let columns = (id.as_str().unwrap_or_default(), kind.as_str().unwrap_or_default());
        match head(seq, columns, bytes) {
            Ok(entry) => self.says(&entry),
            Err(what) => self.found.add(About::Entry, Some(seq), what),
        }
        self.tree.take(columns.1, bytes, stored.unwrap_or(hash));
        if let Some(anchors) = &mut self.anchors {
            let tree = &self.tree.frontier;
            anchors.at(tree.size(), || tree.root(), &mut self.found);
        }
        Ok(())
    }

    fn says(&mut self, entry: &Entry) {
        self.seals.take(entry, &self.tree.frontier, &mut self.found);
        if let (None, Some(key)) = (&self.anchors, self.seals.keys.first()) {
            self.anchors = Some(Anchors::of(&self.against.anchors, key.name()));
        }
        self.runs.take(entry, &mut self.found);
        self.mentions.extend(mention::of(entry));
        let (body, seq) = (entry.body.get(), Some(entry.seq));
        if (entry.mode == Mode::Simulate) != self.seals.is_simulation() {
            let what = format!("an entry in the mode `{}` in this log", entry.mode.name());
            self.found.add(About::Run, seq, what);
        }
        match entry.kind.as_str() {
            "station.boot" => match serde_json::from_str(body) {
                Ok(StationBoot { pogo, boot_id, .. }) => {
                    let boot_id = boot_id.unwrap_or_default();
                    self.boots.push(BootRow { boot_id, pogo, seq: entry.seq });
                }
                Err(cause) => self.found.add(About::Entry, seq, format!("makes no sense: {cause}")),
            },
            "attachment" => match serde_json::from_str(body) {
                Ok(attachment) => self.files.take(entry.seq, attachment, &mut self.found),
                Err(cause) => self.found.add(About::Entry, seq, format!("makes no sense: {cause}")),
            },
            "attachments.pruned" => match serde_json::from_str(body) {
                Ok(pruned) => self.files.prune(entry.seq, pruned, &mut self.found),
                Err(cause) => self.found.add(About::Entry, seq, format!("makes no sense: {cause}")),
            },
            "measurement" | "check" if self.against.rejudge => match serde_json::from_str(body) {
                Ok(judged) => {
                    self.rejudged += 1;
                    if let Some(what) = rejudge::verdict(&judged) {
                        self.found.add(About::Verdict, seq, what);
                    }
                }
                Err(cause) => self.found.add(About::Entry, seq, format!("makes no sense: {cause}")),
            },
            _ => {}
        }
    }

    /// What has to hold once every entry has gone by.
    fn ends(&mut self) {
        if let Some(end) = self.runs.last_end
            && end >= self.seals.signed
            && self.found.is_empty()
        {
            let what = "a run ends here, and no checkpoint that holds covers it";
            self.found.add(About::Checkpoint, Some(end), what);
        }
        if let Some(anchors) = &mut self.anchors {
            let (all, keys) = (&self.against.anchors, &self.seals.keys);
            anchors.end(self.entries, all, keys, &mut self.found);
        }
    }

    /// The first entry that could not be read, if it came to that.
    fn broken_at(&self) -> Option<u64> {
        (!self.done && self.next > 0).then_some(self.next)
    }

    fn report(self, folder: &Path) -> LogReport {
        let anchored = self.anchors.as_ref().and_then(|anchors| anchors.held);
        let mut unseen = Vec::new();
        match anchored {
            None => unseen.push(
                "whether the end of the log was cut off, or all of it written anew by somebody who \
                 has its key: only a checkpoint that was kept elsewhere shows that (`--anchor`)"
                    .to_owned(),
            ),
            Some(size) => unseen.push(format!(
                "whether entries were cut off after the first {size}, which the anchor has seen"
            )),
        }
        let tail = self.entries.saturating_sub(self.seals.signed + 1);
        if tail > 0 {
            unseen.push(format!("the last {tail} entries are hashed and not signed yet"));
        }
        match self.runs.open() {
            0 => {}
            1 => unseen.push("1 run has no end: it goes on, or its process died".to_owned()),
            more => {
                unseen.push(format!("{more} runs have no end: they go on, or their processes died"))
            }
        }
        unseen.extend(self.unseen);
        LogReport {
            folder: folder.to_owned(),
            origin: self.seals.keys.first().map(|key| key.name().to_owned()),
            key: self.seals.keys.last().map(VerifierKey::to_string),
            entries: self.entries,
            signed: self.seals.signed,
            checkpoint: self.seals.last,
            checkpoints: self.seals.checkpoints,
            runs: self.runs.rows().len() as u64,
            attachments: self.files.count,
            pruned: self.files.pruned(),
            rejudged: self.rejudged,
            anchored,
            findings: self.found.sorted(),
            unseen,
        }
    }
}

/// The entry in `bytes`, if it is the one that its row says.
fn head(seq: u64, (id, kind): (&str, &str), bytes: &[u8]) -> Result<Entry, String> {
    let entry: Entry =
        serde_json::from_slice(bytes).map_err(|cause| format!("no entry: {cause}"))?;
    if entry.schema > SCHEMA {
        let schema = entry.schema;
        return Err(format!("of schema {schema}; this program knows up to {SCHEMA}"));
    }
    let differs = [
        ("place", entry.seq != seq),
        ("id", entry.id.to_string() != id),
        ("type", entry.kind != kind),
    ];
    match differs.iter().find(|(_, differs)| *differs) {
        Some((what, _)) => Err(format!("its {what} is not the one in its row")),
        None => Ok(entry),
    }
}

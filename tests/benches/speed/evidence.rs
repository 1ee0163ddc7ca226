//! What evidence costs: the same measurements, recorded by the store and recorded by hand without
//! any. The floor serialises, spools and commits the same entries in groups as large, into the same
//! tables with the same settings; it hashes nothing, grows no tree, signs nothing, and its pages
//! have no checksums. It also knows no other threads and looks for no files, which makes it a
//! little too good.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use pogo_record::{Body, Reason, RunHeader, SCHEMA, Store, Uuid};
use rusqlite::{Connection, params};

/// The store's largest group.
const GROUP: usize = 4096;

/// Records `body` so many times in a run of a new store below `dir`.
pub fn with(dir: &Path, header: RunHeader, body: &Body, count: usize) {
    let store = Store::open(dir).expect("a store");
    let log = store.start_run(header).expect("a run");
    for number in 0..count {
        log.append(number as u64, body).expect("the store takes it");
    }
    log.end(count as u64, &Reason::Passed.into()).expect("the run's end");
}

/// The same by hand.
pub fn without(dir: &Path, header: &RunHeader, body: &Body, count: usize) {
    let mut bare = Bare::new(dir);
    let run = Uuid::now_v7();
    let started = serde_json::to_string(header).expect("it is JSON");
    bare.commit(&[Entry::new(header, "run.started", run, 0, &started)]);
    let mut group = Vec::new();
    for number in 0..count {
        let json = serde_json::to_string(body).expect("it is JSON");
        let entry = Entry::new(header, body.kind(), run, number as u64, &json);
        bare.spool.write_all(entry.tail.as_bytes()).expect("it is spooled");
        group.push(entry);
        if group.len() == GROUP {
            bare.commit(&group);
            group.clear();
        }
    }
    group.push(Entry::new(header, "run.ended", run, count as u64, "{}"));
    bare.commit(&group);
}

struct Bare {
    database: Connection,
    spool: File,
    next: u64,
}

struct Entry {
    id: Uuid,
    kind: String,
    /// What comes behind its place, and a line end.
    tail: String,
}

impl Entry {
    fn new(header: &RunHeader, kind: &str, run: Uuid, mono_ns: u64, body: &str) -> Self {
        let (id, station, mode) = (Uuid::now_v7(), &header.station, header.mode.name());
        let tail = format!(
            "\"type\":\"{kind}\",\"station\":\"{station}\",\"mode\":\"{mode}\",\"run\":\"{run}\",\
             \"utc\":\"2026-11-22T10:00:00.000000000Z\",\"mono_ns\":{mono_ns},\"body\":{body}}}\n"
        );
        Self { id, kind: kind.to_owned(), tail }
    }
}

impl Bare {
    fn new(dir: &Path) -> Self {
        std::fs::create_dir_all(dir).expect("a folder");
        let database = Connection::open(dir.join("bare.db")).expect("a database");
        let settings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                        PRAGMA foreign_keys = ON; \
                        CREATE TABLE entry(seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, \
                        type TEXT NOT NULL, bytes BLOB NOT NULL) STRICT; \
                        CREATE TRIGGER entry_follows BEFORE INSERT ON entry \
                        WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), -1) + 1 FROM entry) \
                        OR EXISTS (SELECT 1 FROM entry WHERE id = NEW.id) \
                        BEGIN SELECT RAISE(ABORT, 'the log only grows'); END; \
                        CREATE TABLE outbox(seq INTEGER NOT NULL REFERENCES entry(seq), \
                        sink TEXT NOT NULL, state TEXT NOT NULL, \
                        tries INTEGER NOT NULL DEFAULT 0, next_at TEXT, \
                        PRIMARY KEY(seq, sink)) STRICT, WITHOUT ROWID;";
        database.execute_batch(settings).expect("its tables");
        let spool = OpenOptions::new().append(true).create(true).open(dir.join("bare.jsonl"));
        Self { database, spool: spool.expect("a spool"), next: 0 }
    }

    fn commit(&mut self, group: &[Entry]) {
        let transaction = self.database.transaction().expect("a transaction");
        for Entry { id, kind, tail } in group {
            let seq = self.next;
            let tail = tail.trim_end();
            let bytes = format!("{{\"schema\":{SCHEMA},\"id\":\"{id}\",\"seq\":{seq},{tail}");
            let insert = "INSERT INTO entry(seq, id, type, bytes) VALUES (?, ?, ?, ?)";
            let mut insert = transaction.prepare_cached(insert).expect("a statement");
            let row = params![seq, id.to_string(), kind, bytes.as_bytes()];
            insert.execute(row).expect("a row");
            let insert = "INSERT INTO outbox(seq, sink, state) VALUES (?, 'server', 'waiting')";
            let mut insert = transaction.prepare_cached(insert).expect("a statement");
            insert.execute([seq]).expect("a row");
            self.next += 1;
        }
        transaction.commit().expect("it is durable");
        self.spool.set_len(0).expect("the spool is empty");
    }
}

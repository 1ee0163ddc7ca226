//! Single bytes, changed at random: through SQL, and in the file behind SQLite's back.

use std::fs;

use super::*;

/// A sequence of numbers that looks random and is always the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, count: u64) -> u64 {
        // Marsaglia, "Xorshift RNGs", 2003.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % count
    }

    /// One byte of `bytes`, changed; gives where.
    fn change(&mut self, bytes: &mut [u8]) -> usize {
        let at = usize::try_from(self.below(bytes.len() as u64)).unwrap();
        bytes[at] ^= u8::try_from(1 + self.below(255)).unwrap();
        at
    }
}

/// How often; the by-hand run is `POGO_FLIPS=10000 cargo test -p pogo-record --release flips`.
fn count() -> u64 {
    std::env::var("POGO_FLIPS").ok().and_then(|it| it.parse().ok()).unwrap_or(300)
}

#[test]
fn every_byte_of_every_entry_is_watched_and_the_entry_named() {
    let dir = store();
    let mut dice = Dice(2026);
    for _ in 0..count() {
        let seq = dice.below(ENTRIES);
        let column = ["id", "type", "bytes", "leaf"][usize::try_from(dice.below(4)).unwrap()];
        let (before, after) = without_rails(dir.path(), |connection| {
            let query = format!("SELECT CAST({column} AS BLOB) FROM entry WHERE seq = ?");
            let before: Vec<u8> = connection.query_row(&query, [seq], |row| row.get(0)).unwrap();
            let mut after = before.clone();
            dice.change(&mut after);
            put(connection, column, seq, &after);
            (before, after)
        });
        let (_, named, _) = first(dir.path());
        assert_eq!(named, Some(seq), "{column}: {before:?} {after:?}");
        without_rails(dir.path(), |connection| put(connection, column, seq, &before));
    }
    assert!(strictly(dir.path()).holds());
}

fn put(connection: &Connection, column: &str, seq: u64, bytes: &[u8]) {
    let kind = if matches!(column, "id" | "type") { "TEXT" } else { "BLOB" };
    let update = format!("UPDATE entry SET {column} = CAST(? AS {kind}) WHERE seq = ?");
    connection.execute(&update, params![bytes, seq]).unwrap();
}

/// Everything that a reader can learn from the database.
fn dump(dir: &Path) -> Option<Vec<String>> {
    let connection = Connection::open(dir.join(FILE)).ok()?;
    let mut all = Vec::new();
    for table in ["sqlite_schema", "entry", "outbox", "run", "boot", "mention", "tree"] {
        let mut statement = connection.prepare(&format!("SELECT * FROM {table}")).ok()?;
        let columns = statement.column_count();
        let mut rows = statement.query([]).ok()?;
        while let Some(row) = rows.next().ok()? {
            let cells = (0..columns).map(|at| format!("{:?}", row.get_ref(at)));
            all.push(cells.collect::<Vec<_>>().join(" "));
        }
    }
    Some(all)
}

#[test]
fn a_byte_of_the_file_that_was_changed_is_found_or_holds_nothing() {
    let dir = store();
    let sound = dump(dir.path()).unwrap();
    let file = fs::read(dir.path().join(FILE)).unwrap();
    let (mut dice, mut unused) = (Dice(4711), 0);
    let copy = copy(dir.path());
    for _ in 0..count() {
        let mut bytes = file.clone();
        let at = dice.change(&mut bytes);
        fs::write(copy.path().join(FILE), bytes).unwrap();
        let report = strictly(copy.path());
        if report.holds() {
            unused += 1;
            assert_eq!(
                dump(copy.path()).as_ref(),
                Some(&sound),
                "byte {at} is read and was not found"
            );
        }
    }
    eprintln!("{unused} of {} bytes hold nothing", count());
}

#[test]
fn a_byte_of_the_write_ahead_log_that_was_changed_is_found() {
    let dir = tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let open = store.start_run(header("SN1")).unwrap();
    for _ in 0..20 {
        open.append(1, &Body::Measurement(rail(None, 1.8))).unwrap();
        open.barrier().unwrap();
    }
    assert!(strictly(dir.path()).holds());
    // As a process that was killed leaves it, without the index that others share.
    let killed = tempdir().unwrap();
    let wal = format!("{FILE}-wal");
    let bytes = fs::read(dir.path().join(&wal)).unwrap();
    let database = fs::read(dir.path().join(FILE)).unwrap();
    let mut dice = Dice(99);
    for round in 0..count() / 3 {
        fs::write(killed.path().join(FILE), &database).unwrap();
        drop(fs::remove_file(killed.path().join(format!("{FILE}-shm"))));
        let mut bytes = bytes.clone();
        let at = if round == 0 { None } else { Some(dice.change(&mut bytes)) };
        fs::write(killed.path().join(&wal), bytes).unwrap();
        let report = strictly(killed.path());
        assert_eq!(report.holds(), at.is_none(), "byte {at:?}: {report:#?}");
    }
    drop(open);
}

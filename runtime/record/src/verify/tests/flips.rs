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

/// How often, half of them through SQL and half in the file; the by-hand run is
/// `POGO_FLIPS=10000 cargo test -p pogo-record --release flips`.
fn count() -> u64 {
    std::env::var("POGO_FLIPS").ok().and_then(|it| it.parse().ok()).unwrap_or(600)
}

#[test]
fn every_byte_of_every_entry_is_watched_and_the_entry_named() {
    let dir = store();
    let mut dice = Dice(2026);
    let times = count() / 2 - count() / 6;
    for _ in 0..times {
        let seq = dice.below(ENTRIES);
        let column = ["id", "type", "bytes", "leaf"][usize::try_from(dice.below(4)).unwrap()];
        let kind = if matches!(column, "id" | "type") { "TEXT" } else { "BLOB" };
        let cell = Cell { table: "entry", column, kind, key: "seq", row: seq };
        let (before, after) =
            without_rails(dir.path(), |connection| cell.change(connection, &mut dice));
        let (_, named, _) = first(dir.path());
        assert_eq!(named, Some(seq), "{column}: {before:?} {after:?}");
        without_rails(dir.path(), |connection| cell.put(connection, &before));
    }
    assert!(strictly(dir.path()).holds());
    eprintln!("{times} bytes of entries, through SQL: all found, the entry named");
}

#[test]
fn every_byte_of_the_tables_that_are_made_from_entries_is_watched_and_the_place_named() {
    let dir = store();
    let mut dice = Dice(1879);
    let starts = |at: usize| -> u64 { [3, 10, 16][at] };
    for _ in 0..count() / 6 {
        let column = usize::try_from(dice.below(11)).unwrap();
        let (table, column, kind) = [
            ("run", "id", "TEXT"),
            ("run", "mode", "TEXT"),
            ("run", "plan", "TEXT"),
            ("run", "serial", "TEXT"),
            ("boot", "boot_id", "TEXT"),
            ("boot", "pogo", "TEXT"),
            ("tree", "edge", "BLOB"),
            ("tree", "key", "TEXT"),
            ("outbox", "state", "TEXT"),
            ("mention", "value", "TEXT"),
            ("mention", "run", "TEXT"),
        ][column];
        let (key, row) = match table {
            "run" => ("started", starts(usize::try_from(dice.below(3)).unwrap())),
            "mention" => ("seq", starts(usize::try_from(dice.below(3)).unwrap())),
            "boot" => ("seq", 1),
            "tree" => ("one", 1),
            _ => ("seq", dice.below(ENTRIES)),
        };
        let cell = Cell { table, column, kind, key, row };
        let connection = open(dir.path());
        let (before, after) = cell.change(&connection, &mut dice);
        if before.is_empty() {
            continue;
        }
        let (about, named, what) = first(dir.path());
        let said = format!("{table}.{column} of {row}: {before:?} {after:?}: {what}");
        assert_eq!(about, About::Index, "{said}");
        assert_eq!(named, (table != "tree").then_some(row), "{said}");
        assert!(what.contains(table), "{said}");
        cell.put(&connection, &before);
    }
    assert!(strictly(dir.path()).holds());
    eprintln!("{} bytes of other tables, through SQL: all found, the place named", count() / 6);
}

/// A cell of a table.
struct Cell {
    table: &'static str,
    column: &'static str,
    kind: &'static str,
    /// What names its row.
    key: &'static str,
    row: u64,
}

impl Cell {
    /// Changes a byte of it, if it has one; gives what it was and is.
    fn change(&self, connection: &Connection, dice: &mut Dice) -> (Vec<u8>, Vec<u8>) {
        let Self { table, column, key, row, .. } = self;
        let query = format!("SELECT CAST({column} AS BLOB) FROM {table} WHERE {key} = ?");
        let before: Vec<u8> = connection.query_row(&query, [row], |row| row.get(0)).unwrap();
        let mut after = before.clone();
        if !before.is_empty() {
            dice.change(&mut after);
            self.put(connection, &after);
        }
        (before, after)
    }

    fn put(&self, connection: &Connection, bytes: &[u8]) {
        let Self { table, column, kind, key, row } = self;
        let update = format!("UPDATE {table} SET {column} = CAST(? AS {kind}) WHERE {key} = ?");
        assert_eq!(connection.execute(&update, params![bytes, row]).unwrap(), 1);
    }
}

#[test]
fn every_byte_of_the_file_is_watched_and_the_page_named() {
    let dir = store();
    // Pages that nothing is kept in any more are watched as well.
    let used = "CREATE TABLE used(a); INSERT INTO used VALUES (zeroblob(20000)); DROP TABLE used";
    open(dir.path()).execute_batch(used).unwrap();
    assert!(strictly(dir.path()).holds());
    let file = fs::read(dir.path().join(FILE)).unwrap();
    let mut dice = Dice(4711);
    let copy = copy(dir.path());
    for _ in 0..count() / 2 {
        let mut bytes = file.clone();
        let at = dice.change(&mut bytes);
        fs::write(copy.path().join(FILE), bytes).unwrap();
        let page = format!("page {} is not as Pogo wrote it", at / 4096 + 1);
        let found = found(copy.path());
        assert!(found.iter().any(|it| it.what == page), "byte {at}: {found:?}");
    }
    eprintln!("{} bytes of {} in the file: all found, the page named", count() / 2, file.len());
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
    for round in 0..count() / 6 {
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

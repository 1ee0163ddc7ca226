//! The floor of a durable run: opens SQLite as Pogo's store does, commits once, exits.
//!
//! The one argument is the database's file.

fn main() -> rusqlite::Result<()> {
    let path = std::env::args_os().nth(1).unwrap_or_else(|| "floor.db".into());
    let connection = rusqlite::Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
         CREATE TABLE IF NOT EXISTS entry (seq INTEGER PRIMARY KEY, bytes BLOB NOT NULL);",
    )?;
    connection.execute("INSERT INTO entry (bytes) VALUES (zeroblob(400))", [])?;
    Ok(())
}

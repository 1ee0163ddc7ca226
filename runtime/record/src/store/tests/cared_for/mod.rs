//! What looking after a store promises.

mod backed_up;
mod counted;
mod healthy;
mod pruned;
mod reindexed;

use std::fs;
use std::path::Path;

use rusqlite::types::Value;

use super::*;

/// Every row of `table`, in the order of its columns.
fn rows(dir: &Path, table: &str) -> Vec<Vec<Value>> {
    let connection = connect(dir);
    let columns = connection.prepare(&format!("SELECT * FROM {table}")).unwrap().column_count();
    let order: Vec<String> = (1..=columns).map(|it| it.to_string()).collect();
    let query = format!("SELECT * FROM {table} ORDER BY {}", order.join(", "));
    let mut statement = connection.prepare(&query).unwrap();
    let row = |row: &rusqlite::Row<'_>| (0..columns).map(|it| row.get(it)).collect();
    statement.query_map([], row).unwrap().map(Result::unwrap).collect()
}

/// Does `change` as somebody who knows about the rails.
fn change(dir: &Path, change: &str) {
    let connection = connect(dir);
    connection.pragma_update(None, "foreign_keys", false).unwrap();
    connection.execute_batch(change).unwrap();
}

/// A store with two attachments, one of them named twice.
fn attached(dir: &Path) {
    let store = Store::open(dir).unwrap();
    let run = store.start_run(header("SN1")).unwrap();
    for (number, text) in ["one", "two", "one"].iter().enumerate() {
        run.attach(number as u64, None, "it.txt", "text/plain", text.as_bytes()).unwrap();
    }
    run.end(9, &Reason::Passed.into()).unwrap();
}

fn attachments(dir: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(dir.join("attachments")).unwrap();
    let mut files: Vec<_> = files.map(|it| it.unwrap().path()).collect();
    files.sort();
    files
}

//! What looking after a store promises.

mod backed_up;
mod reindexed;

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

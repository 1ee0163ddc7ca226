//! Making the tables again that are made from the entries.

use std::path::{Path, PathBuf};

use rusqlite::{Transaction, TransactionBehavior};
use serde::Serialize;

use super::{covered, logs};
use crate::error::{RecordError, Result};
use crate::store::{database, index, spool};

/// What became of the tables of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reindexed {
    /// The log's folder.
    pub folder: PathBuf,
    /// How many entries it has.
    pub entries: u64,
    /// Its tables.
    pub tables: Vec<Table>,
}

/// What became of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// How many rows it has.
    pub rows: u64,
    /// How many of them were missing or wrong, or were there and should not have been.
    pub mended: u64,
}

/// Makes the tables that are made from the entries again, in every log of the store; each in one
/// transaction, in which the entries are held against the last checkpoint first: tables made from
/// entries that were changed would have the next checkpoint vouch for them.
///
/// # Errors
///
/// A run goes on; the entries are not those that were signed; or a log cannot be opened, read or
/// written. That log is then as it was.
pub fn reindex(store: &Path) -> Result<Vec<Reindexed>> {
    logs(store).map(|folder| one(&folder)).collect()
}

fn one(folder: &Path) -> Result<Reindexed> {
    refuse_beside_a_run(folder, "make its tables again")?;
    let (mut connection, path, _) = database::open(folder)?;
    let (mut entries, mut tables) = (0, Vec::new());
    if database::has_begun(&connection, &path)? {
        let said = |cause: rusqlite::Error| RecordError::sqlite(&path, &cause);
        let immediate = TransactionBehavior::Immediate;
        let transaction = connection.transaction_with_behavior(immediate).map_err(said)?;
        entries = covered::look(&transaction, &path)?.entries;
        tables = rebuild(&transaction).map_err(said)?;
        transaction.commit().map_err(said)?;
    }
    Ok(Reindexed { folder: folder.to_owned(), entries, tables })
}

fn rebuild(transaction: &Transaction<'_>) -> rusqlite::Result<Vec<Table>> {
    for table in index::TABLES {
        let keep = format!("CREATE TEMP TABLE old_{table} AS SELECT * FROM main.{table}");
        transaction.execute_batch(&keep)?;
    }
    index::rebuild(transaction)?;
    let count = |query: &str| transaction.query_row(query, [], |row| row.get::<_, u64>(0));
    let one = |name| {
        let missing = format!(
            "SELECT count(*) FROM (SELECT * FROM main.{name} EXCEPT SELECT * FROM old_{name})"
        );
        let too_many = format!(
            "SELECT count(*) FROM (SELECT * FROM old_{name} EXCEPT SELECT * FROM main.{name})"
        );
        let rows = count(&format!("SELECT count(*) FROM main.{name}"))?;
        let mended = count(&missing)?.max(count(&too_many)?);
        transaction.execute_batch(&format!("DROP TABLE old_{name}"))?;
        Ok(Table { name, rows, mended })
    };
    index::TABLES.into_iter().map(one).collect()
}

/// # Errors
///
/// A process writes a run to the log in `folder`, which waits no longer than it has to for `what`.
pub(super) fn refuse_beside_a_run(folder: &Path, what: &str) -> Result<()> {
    let Some(run) = spool::in_use(folder)? else { return Ok(()) };
    let text = format!("the store `{}` is written to by the run {run}", folder.display());
    Err(RecordError::refused(text).with_hint(format!("wait for the end of the run to {what}")))
}

//! The index tables: views of the log that can be made again from it.

use rusqlite::{Transaction, params};

use super::mention;
use super::tree::Tree;
use crate::body::{RunStarted, StationBoot};
use crate::entry::Entry;

/// The tables that are made from the entries, and `outbox`, which is kept beside them.
pub(crate) const TABLES: [&str; 5] = ["run", "boot", "mention", "tree", "outbox"];

/// Makes [`TABLES`] again from the entries as they are, whether or not those are what was signed.
/// What waits for a server waits from its beginning again: a server takes no entry twice.
pub(crate) fn rebuild(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    let begin = "DELETE FROM run; DELETE FROM boot; DELETE FROM mention; DELETE FROM outbox; \
                 INSERT INTO outbox(seq, sink, state) SELECT seq, 'server', 'waiting' FROM entry; \
                 INSERT OR IGNORE INTO tree(one, size, edge, signed) VALUES (1, 0, x'', 0)";
    transaction.execute_batch(begin)?;
    let query = "SELECT bytes FROM entry WHERE type IN \
                 ('run.started', 'run.ended', 'run.interrupted', 'station.boot', 'firmware', \
                 'component', 'attachments.pruned') ORDER BY seq";
    let mut statement = transaction.prepare(query)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let bytes: Vec<u8> = row.get(0)?;
        let Ok(entry) = serde_json::from_slice::<Entry>(&bytes) else { continue };
        mention::add(transaction, &entry)?;
        let (run, body) = (entry.run.map(|run| run.to_string()), entry.body.get());
        match entry.kind.as_str() {
            "run.started" => {
                let Ok(RunStarted { header, .. }) = serde_json::from_str(body) else { continue };
                let insert =
                    "INSERT INTO run(id, started, mode, plan, serial) VALUES (?, ?, ?, ?, ?)";
                let (mode, plan, serial) = (header.mode, header.plan.id, header.device.serial);
                transaction.prepare_cached(insert)?.execute(params![
                    run,
                    entry.seq,
                    mode.name(),
                    plan,
                    serial
                ])?;
            }
            "station.boot" => {
                let Ok(StationBoot { pogo, boot_id, .. }) = serde_json::from_str(body) else {
                    continue;
                };
                let insert = "INSERT INTO boot(boot_id, pogo, seq) VALUES (?, ?, ?)";
                let boot_id = boot_id.unwrap_or_default();
                transaction.prepare_cached(insert)?.execute(params![boot_id, pogo, entry.seq])?;
            }
            "firmware" | "component" | "attachments.pruned" => {}
            _ => {
                let update = "UPDATE run SET ended = ? WHERE id = ?";
                transaction.prepare_cached(update)?.execute(params![entry.seq, run])?;
            }
        }
    }
    drop(rows);
    drop(statement);
    Tree::of_entries(transaction)?.save(transaction)
}

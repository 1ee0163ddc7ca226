//! The database: whether its pages make sense, and whether every other table says what the entries
//! say.

use rusqlite::{Connection, Row};

use super::finding::{About, Findings};
use crate::store::database;
use crate::store::mention::Mention;
use crate::store::tree::Tree;

/// A row of the table of runs.
#[derive(Debug, PartialEq)]
pub(super) struct RunRow {
    pub(super) id: String,
    pub(super) started: u64,
    pub(super) ended: Option<u64>,
    pub(super) mode: String,
    pub(super) plan: String,
    pub(super) serial: Option<String>,
}

/// A row of the table of boots.
#[derive(Debug, PartialEq)]
pub(super) struct BootRow {
    pub(super) boot_id: String,
    pub(super) pogo: String,
    pub(super) seq: u64,
}

/// Asks SQLite about every page; gives whether all of them make sense.
pub(super) fn pages(connection: &Connection, found: &mut Findings) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare("PRAGMA integrity_check(5)")?;
    let said = statement.query_map([], |row| row.get::<_, String>(0))?;
    let said: Vec<String> = said.collect::<Result<_, _>>()?;
    let wrong: Vec<_> = said.iter().filter(|line| *line != "ok").collect();
    wrong.iter().for_each(|line| found.add(About::Database, None, line.trim().replace('\n', "; ")));
    Ok(wrong.is_empty())
}

/// Holds the tables' definitions, which hold the log's rails, against those that Pogo makes.
pub(super) fn definitions(connection: &Connection, found: &mut Findings) -> rusqlite::Result<()> {
    let query = "SELECT name, type || ' of ' || tbl_name || ': ' || coalesce(sql, '') \
                 FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%' ORDER BY name";
    let read = |connection: &Connection| -> rusqlite::Result<Vec<(String, String)>> {
        let mut statement = connection.prepare(query)?;
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
    };
    let model = Connection::open_in_memory()?;
    database::create_tables(&model)?;
    let (here, expected) = (read(connection)?, read(&model)?);
    let unlike = |one: &[(String, String)], other: &[(String, String)]| {
        one.iter().find(|it| !other.contains(it)).map(|(name, _)| name.clone())
    };
    if let Some(name) = unlike(&here, &expected).or_else(|| unlike(&expected, &here)) {
        found.add(About::Database, None, format!("`{name}` is not defined as Pogo defines it"));
    }
    Ok(())
}

/// Holds the tables that are made from the entries against what they have to be.
pub(super) fn rows(
    connection: &Connection,
    runs: &[&RunRow],
    boots: &[BootRow],
    mentions: &[Mention],
    tree: &Tree,
    found: &mut Findings,
) -> rusqlite::Result<()> {
    let query = "SELECT id, started, ended, mode, plan, serial FROM run ORDER BY started";
    let stored = all(connection, query, |row| {
        let (id, started, ended) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (mode, plan, serial) = (row.get(3)?, row.get(4)?, row.get(5)?);
        Ok(RunRow { id, started, ended, mode, plan, serial })
    })?;
    let differs =
        (0..stored.len().max(runs.len())).find(|at| stored.get(*at) != runs.get(*at).copied());
    if let Some(at) = differs {
        let (seq, id) = match (runs.get(at), stored.get(at)) {
            (Some(run), _) => (Some(run.started), run.id.as_str()),
            (None, run) => (None, run.map_or("?", |run| &run.id)),
        };
        found.add(About::Index, seq, format!("the table `run` is wrong about the run {id}"));
    }
    let stored = all(connection, "SELECT boot_id, pogo, seq FROM boot ORDER BY seq", |row| {
        Ok(BootRow { boot_id: row.get(0)?, pogo: row.get(1)?, seq: row.get(2)? })
    })?;
    if stored != boots {
        found.add(About::Index, boots.first().map(|it| it.seq), "the table `boot` is wrong");
    }
    let query = "SELECT kind, value, seq, run FROM mention ORDER BY seq, kind";
    let mut statement = connection.prepare(query)?;
    let mut stored = statement.query_map([], |row| {
        let (kind, value, seq, run) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        Ok(Mention { kind, value, seq, run })
    })?;
    for expected in mentions.iter().map(Some).chain([None]) {
        let stored = stored.next().transpose()?;
        if stored.as_ref() != expected {
            let seq = expected.into_iter().chain(&stored).map(|it| it.seq).min();
            found.add(About::Index, seq, "the table `mention` is wrong");
            break;
        }
    }
    match Tree::load(connection) {
        Ok(stored) if stored == *tree => {}
        _ => found.add(About::Index, None, "the edge of the log's tree is wrong"),
    }
    let waiting = "SELECT count(*) = (SELECT count(*) FROM entry) FROM outbox JOIN entry USING (seq) \
                   WHERE sink = 'server' AND state = 'waiting' AND tries = 0 AND next_at IS NULL";
    let complete: bool = connection.query_row(waiting, [], |row| row.get(0))?;
    let rest = "SELECT count(*) > (SELECT count(*) FROM entry) FROM outbox";
    if !complete || connection.query_row(rest, [], |row| row.get(0))? {
        found.add(About::Index, None, "the table `outbox` is wrong");
    }
    Ok(())
}

fn all<T>(
    connection: &Connection,
    query: &str,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    connection.prepare(query)?.query_map([], read)?.collect()
}

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
        let (id, started, ended) = (text(row, 0)?, row.get(1)?, row.get(2)?);
        let (mode, plan) = (text(row, 3)?, text(row, 4)?);
        let serial = row.get_ref(5)?.as_bytes_or_null()?.map(lossy);
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
        Ok(BootRow { boot_id: text(row, 0)?, pogo: text(row, 1)?, seq: row.get(2)? })
    })?;
    let differs = (0..stored.len().max(boots.len())).find(|at| stored.get(*at) != boots.get(*at));
    if let Some(at) = differs {
        let seq = boots.get(at).or(stored.get(at)).map(|boot| boot.seq);
        found.add(About::Index, seq, "the table `boot` is wrong");
    }
    self::mentions(connection, mentions, found)?;
    match Tree::load(connection) {
        Ok(stored) if stored == *tree => {}
        _ => found.add(About::Index, None, "the edge of the log's tree is wrong"),
    }
    outbox(connection, tree.frontier.size(), found)
}

/// Holds what is found by name against what the entries name.
fn mentions(
    connection: &Connection,
    mentions: &[Mention],
    found: &mut Findings,
) -> rusqlite::Result<()> {
    let query = "SELECT kind, value, seq, run FROM mention ORDER BY seq, kind, value";
    let mut statement = connection.prepare(query)?;
    let mut stored = statement.query_map([], |row| {
        let (kind, value, seq, run) = (text(row, 0)?, text(row, 1)?, row.get(2)?, text(row, 3)?);
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
    Ok(())
}

/// Holds the outbox against the entries, which all wait there: nothing is sent yet.
fn outbox(connection: &Connection, entries: u64, found: &mut Findings) -> rusqlite::Result<()> {
    let query = "SELECT seq, sink = 'server' AND state = 'waiting' AND tries = 0 \
                 AND next_at IS NULL FROM outbox ORDER BY seq";
    let mut statement = connection.prepare(query)?;
    let mut rows = statement.query([])?;
    let (mut next, mut fits) = (0, true);
    while let Some(row) = rows.next()? {
        fits = next < entries && (row.get::<_, u64>(0)?, row.get(1)?) == (next, true);
        if !fits {
            break;
        }
        next += 1;
    }
    if !fits || next < entries {
        found.add(About::Index, Some(next), "the table `outbox` is wrong");
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

/// A text that may have been changed into none.
fn text(row: &Row<'_>, at: usize) -> rusqlite::Result<String> {
    Ok(lossy(row.get_ref(at)?.as_bytes()?))
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

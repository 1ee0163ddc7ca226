//! A quick look at a store: whether it opens and makes sense, whether the next run can be recorded
//! in it, and what somebody should see to.
//!
//! This is not [`crate::verify`]: entries are not held against their hashes, hashes not against
//! signatures. A store that somebody changed with care looks sound here.

mod anchor;
mod beside;
mod database;
mod disk;
mod fact;
mod flush;
mod key;
mod runs;
mod tail;

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde::Serialize;

pub use fact::{Fact, State};

use super::logs;
use crate::body::Mode;
use crate::error::RecordError;
use crate::store::database as file;
use crate::store::tree::Tree;

/// What a quick look at a store has found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Health {
    /// The worst of all facts.
    pub state: State,
    /// Its logs.
    pub logs: Vec<LogHealth>,
    /// About the disk that it is on.
    pub disk: Vec<Fact>,
}

/// What a quick look at a log has found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LogHealth {
    /// Its folder.
    pub folder: PathBuf,
    /// About it.
    pub facts: Vec<Fact>,
}

impl Health {
    /// Every fact, those of the logs first.
    pub fn facts(&self) -> impl Iterator<Item = &Fact> {
        self.logs.iter().flat_map(|log| &log.facts).chain(&self.disk)
    }
}

/// Looks at the store; `None` if there is no record. What cannot be told is said as a fact.
///
/// A file is made in the folder of the store, and removed again, to see how long the disk takes.
pub fn check(store: &Path) -> Option<Health> {
    let logs: Vec<LogHealth> = logs(store).map(|folder| one(store, folder)).collect();
    if logs.is_empty() {
        return None;
    }
    let disk = vec![disk::permission(store), disk::room(store), flush::look(store)];
    let mut health = Health { state: State::Fine, logs, disk };
    health.state = health.facts().map(|fact| fact.state).max().unwrap_or_default();
    Some(health)
}

/// What is looked at, as it is at one moment.
struct Look<'a> {
    folder: &'a Path,
    path: &'a Path,
    connection: &'a Connection,
    tree: &'a Tree,
    /// Whether its runs are simulated.
    simulated: bool,
}

/// What a fact is, or why it cannot be told.
type Told = Result<Fact, RecordError>;

/// The name of a fact, and what tells it.
type Looks = (&'static str, fn(&Look<'_>) -> Told);

fn one(store: &Path, folder: PathBuf) -> LogHealth {
    let facts = match opened(store, &folder) {
        Ok(facts) => facts,
        Err(failure) => vec![Fact::failed("database", &failure)],
    };
    LogHealth { folder, facts }
}

fn opened(store: &Path, folder: &Path) -> Result<Vec<Fact>, RecordError> {
    let Some((connection, path)) = file::open_to_read(folder)? else {
        return Ok(vec![Fact::fine("database", "nothing was recorded yet")]);
    };
    let said = |cause: rusqlite::Error| RecordError::sqlite(&path, &cause);
    let moment = connection.unchecked_transaction().map_err(said)?;
    let tree = Tree::load(&moment).map_err(|failure| failure.told(&path))?;
    let simulated = folder != Mode::Engineering.folder(store);
    let look = Look { folder, path: &path, connection: &moment, tree: &tree, simulated };
    let database = database::look(&look)?;
    if database.state == State::Damaged {
        // What is read from it from here on would say nothing new.
        return Ok(vec![database]);
    }
    let looks: [Looks; 7] = [
        ("settings", database::settings),
        ("runs", runs::look),
        ("open", beside::open),
        ("attachments", beside::attachments),
        ("signed", tail::look),
        ("key", key::look),
        ("anchor", anchor::look),
    ];
    let told =
        |(name, told): Looks| told(&look).unwrap_or_else(|failure| Fact::failed(name, &failure));
    Ok([database].into_iter().chain(looks.into_iter().map(told)).collect())
}

//! How a log is kept.

use super::tree::Tree;
use super::{Reader, Settings};
use crate::body::StationBoot;
use crate::entry::Entry;
use crate::error::Result;

/// How a log is kept, as it says itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keeping {
    /// How many entries it has.
    pub entries: u64,
    /// How many of them the last checkpoint covers.
    pub signed: u64,
    /// What its checkpoints are checked with, as a C2SP verifier key.
    pub key: Option<String>,
    /// The database's settings as they were read back when the station was last started.
    pub settings: Option<Settings>,
}

impl Reader {
    /// How the log is kept; `None` if nothing was ever recorded.
    ///
    /// # Errors
    ///
    /// The log cannot be read.
    pub fn keeping(&self) -> Result<Option<Keeping>> {
        let Some((connection, path)) = &self.database else { return Ok(None) };
        let tree = Tree::load(connection).map_err(|failure| failure.told(path))?;
        let query = "SELECT bytes FROM boot JOIN entry USING (seq) ORDER BY seq DESC LIMIT 1";
        let boots: Vec<Vec<u8>> = self.rows(query, &[], |row| row.get(0))?;
        let boot = |bytes: &Vec<u8>| {
            let entry: Entry = serde_json::from_slice(bytes).ok()?;
            serde_json::from_str(entry.body.get()).ok()
        };
        let settings = boots.first().and_then(boot).map(|it: StationBoot| it.sqlite);
        let (entries, signed, key) = (tree.frontier.size(), tree.signed, tree.key);
        Ok(Some(Keeping { entries, signed, key, settings }))
    }
}

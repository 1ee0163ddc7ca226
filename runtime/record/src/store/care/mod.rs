//! What a store needs from whoever looks after it.
//!
//! Every function here takes the folder that a user calls the store, with the logs of real and of
//! simulated runs in it. None of them reads every entry as closely as [`crate::verify`] does;
//! whatever would take evidence away, or sign anew what was changed, does that first.

mod anchored;
mod archive;
mod backup;
mod covered;
mod figures;
mod files;
mod growth;
mod health;
mod named;
mod prune;
mod reindex;
mod source;
mod unused;

use std::path::{Path, PathBuf};

pub use anchored::remember_anchor;
pub use backup::{Copied, Key, KeyIs, Progress, backup};
pub use covered::Covered;
pub use figures::{Counted, EntriesOf, Figures, LogFigures, RunsOf, figures};
pub use files::Files;
pub use growth::Growth;
pub use health::{Fact, Health, LogHealth, State, check};
pub use prune::{Outdated, Retention, outdated, prune};
pub use reindex::{Reindexed, Table, reindex};
pub use unused::Unused;

use super::database::FILE;
use crate::body::Mode;

/// The folders of the logs that a store has: of real runs, and of simulated ones.
fn logs(store: &Path) -> impl Iterator<Item = PathBuf> {
    let folders = [Mode::Engineering.folder(store), Mode::Simulate.folder(store)];
    folders.into_iter().filter(|folder| folder.join(FILE).exists())
}

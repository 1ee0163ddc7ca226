//! The command line of `pogo store`.

use clap::{Args, Subcommand};

use super::Store;
use crate::examples;

/// `pogo store`.
#[derive(Debug, Subcommand)]
pub enum Care {
    /// Makes the tables again that are made from the entries
    ///
    /// For a store of which `pogo verify` says that a table is wrong. The entries are held against
    /// the last checkpoint first; if they were changed, nothing is made from them and the exit code
    /// is 4. Exits with 2 while a run goes on.
    #[command(after_help = examples::REINDEX)]
    Reindex(Whole),
}

/// What commands about a whole store take.
#[derive(Args, Debug)]
pub struct Whole {
    #[command(flatten)]
    pub store: Store,
    /// Prints one JSON document
    #[arg(long)]
    pub json: bool,
}

impl Care {
    /// Whether errors are to be printed as JSON too.
    pub fn wants_json(&self) -> bool {
        match self {
            Self::Reindex(it) => it.json,
        }
    }
}

//! The command line of `pogo store`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};
use jiff::Span;

use super::Store;
use crate::examples;

/// `pogo store`.
#[derive(Debug, Subcommand)]
pub enum Care {
    /// Takes a quick look at a store: is it sound, and can the next run be recorded?
    ///
    /// A line for each fact, and a hint where somebody should see to something. This is not
    /// `pogo verify`, which looks at every entry. Exits with 4 if the record is damaged, and with 3
    /// if something cannot be told.
    #[command(after_help = examples::STORE_CHECK)]
    Check(Whole),
    /// Copies a store to a new folder, also while runs go on
    ///
    /// The copy holds the beginning of the log, up to one moment, and is held against its last
    /// checkpoint; it appears whole or not at all. Nothing is ever overwritten. If something is
    /// wrong with the store, it is copied all the same and the exit code is 4. Exits with 2 if the
    /// disk has no room.
    #[command(after_help = examples::BACKUP)]
    Backup(Backup),
    /// Says how large a store is, what is in it, and how soon its disk is full
    #[command(after_help = examples::STATS)]
    Stats(Whole),
    /// Removes attachments that are no longer kept; every entry stays
    ///
    /// Files go that only runs name which ended longer ago than that. Without `--yes` nothing is
    /// removed, and what would go is said. With it, an entry that names every file is written and
    /// signed first, and `pogo verify` goes on to hold. Exits with 2 while a run goes on, and if the
    /// station file says to keep them for longer.
    #[command(after_help = examples::PRUNE)]
    Prune(Prune),
    /// Makes the tables again that are made from the entries
    ///
    /// For a store of which `pogo verify` says that a table is wrong. The entries are held against
    /// the last checkpoint first; if they were changed, nothing is made from them and the exit code
    /// is 4. Exits with 2 while a run goes on.
    #[command(after_help = examples::REINDEX)]
    Reindex(Whole),
}

/// `pogo store backup`.
#[derive(Args, Debug)]
pub struct Backup {
    /// The folder to make
    #[arg(value_name = "DEST")]
    pub destination: PathBuf,
    /// Copies the private key too: whoever has it can sign as this station
    #[arg(long)]
    pub with_key: bool,
    #[command(flatten)]
    pub store: Store,
    /// Prints one JSON document
    #[arg(long)]
    pub json: bool,
}

/// `pogo store prune`.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("copies").required(true).args(["archive", "no_archive"]))]
pub struct Prune {
    /// How long ago a run has to have ended, as in `24 months` or `90 days`
    #[arg(long, value_name = "TIME", value_parser = age)]
    pub older_than: Span,
    /// Keeps what runs attached that did not pass
    #[arg(long)]
    pub keep_failed: bool,
    /// Copies each file to this folder first, under its hash
    #[arg(long, value_name = "DIR")]
    pub archive: Option<PathBuf>,
    /// What is removed is gone for good
    #[arg(long)]
    pub no_archive: bool,
    /// Who says so; recorded
    #[arg(long, value_name = "NAME")]
    pub operator: Option<String>,
    /// Removes; without it, only says what would be removed
    #[arg(long)]
    pub yes: bool,
    #[command(flatten)]
    pub store: Store,
    /// Prints one JSON document
    #[arg(long)]
    pub json: bool,
}

/// A time that has passed.
pub fn age(text: &str) -> Result<Span, String> {
    let wrong = || "write it as in `24 months` or `90 days`".to_owned();
    let span: Span = text.parse().map_err(|_| wrong())?;
    if span.is_positive() { Ok(span) } else { Err(wrong()) }
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
            Self::Backup(it) => it.json,
            Self::Prune(it) => it.json,
            Self::Check(it) | Self::Stats(it) | Self::Reindex(it) => it.json,
        }
    }
}

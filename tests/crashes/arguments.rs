//! The command line.

use std::path::PathBuf;

use clap::{Parser, value_parser};

/// Kills what writes a record, at random moments, and looks at what is left
///
/// A process writes runs to a store and says on a pipe what has returned: `start_run`, `append`,
/// `attach`, `end`. It gets SIGKILL at a random moment from its start on, so that opening the store
/// and closing the run of the one before it are hit too. After each kill the store must verify as
/// it lies there. After some of them, and at the end of every store, it is opened, and then
///
/// - every run that had started is there, and is INTERRUPTED unless it had come to its end;
/// - everything that was acknowledged is there, as it was said, in order, and once;
/// - every run whose end was acknowledged has that end;
/// - the store verifies, with every verdict worked out again, against an anchor taken after the
///   kill before; no file of an open run is left.
///
/// SIGKILL does not show what a power cut does: what the kernel has, it keeps.
#[derive(Debug, Parser)]
#[command(name = "tests/crash", bin_name = "tests/crash", verbatim_doc_comment)]
pub struct Arguments {
    /// How many kills
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub points: u64,
    /// What decides what is written, and when the kills come
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// How many stores are written to at once
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = value_parser!(u64).range(1..=64))]
    pub jobs: u64,
    /// Prints the figures as one JSON document
    #[arg(long)]
    pub json: bool,
    /// Writes to this store until somebody ends it
    #[arg(long, value_name = "STORE", hide = true)]
    pub write: Option<PathBuf>,
}

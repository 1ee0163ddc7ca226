//! The command line.

use clap::{Parser, value_parser};

/// Lets each write and each fsync of a run's store fail once, and sets the clock while it runs
///
/// For every fsync or fdatasync, pwrite and write on the files of the store, and for both EIO and
/// ENOSPC, a run is taken in which that call fails, until one gets through without reaching it; a
/// write also fails after half of its bytes. Then:
///
/// - the run exits with 3 and is not in the record as passed; with 0 only if its verdict was on the
///   disk before the call, or if the call was SQLite's fsync of the store's folder, whose failure
///   SQLite ignores;
/// - its supply is off;
/// - everything that it had done before its last command to the instrument is in the record, read
///   after the next run, which passes;
/// - its start was on the disk before its first command.
///
/// A wall clock that is set back or forward in the middle changes neither verdict, order of the
/// entries nor deadlines. Takes a C compiler, strace and libfaketime.
#[derive(Debug, Parser)]
#[command(name = "tests/faults", bin_name = "tests/faults", verbatim_doc_comment)]
pub struct Arguments {
    /// Only every Kth call fails
    #[arg(long, value_name = "K", default_value_t = 1, value_parser = value_parser!(u64).range(1..))]
    pub every: u64,
    /// Only rows whose name begins so: `sync`, `pwrite`, `write`, `start` or `clock`; may be given
    /// more than once
    #[arg(long = "row", value_name = "NAME")]
    pub rows: Vec<String>,
    /// How many points are taken at once
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = value_parser!(u16).range(1..))]
    pub jobs: u16,
    /// A row that cannot be taken here is no failure
    #[arg(long)]
    pub allow_missing: bool,
    /// Says of every point how its run ended, to stderr
    #[arg(long)]
    pub verbose: bool,
}

//! The command line.

use clap::{Parser, value_parser};

use crate::row::Row;

/// Hits runs with what could end them, and checks what is left
///
/// Every point is a run over TCP against two processes that play a supply and a meter. It is hit by
/// the event of its row in one of twelve phases: before open, opening, between commands, mid-message,
/// awaiting a reply, waiting, computing, clean-up, safe state, record close, prompt, idle. Then:
///
/// - the supply is off within 1 s of the event (2 s if an instrument hangs or holds back) and stays
///   off until 300 ms after the run's last process is gone;
/// - the record can be read, and says the right verdict and reason;
/// - no process of the run is left;
/// - the next run on the same fixture and store passes.
///
/// A point with seed N is in phase N modulo 12. To take one again alone, give its row and seed with
/// `--points 1`, as the failures are printed. Before everything else, `--release` takes the program
/// as people get it. The row `disk-full` mounts a small disk, which takes root.
#[derive(Debug, Parser)]
#[command(name = "tests/kill", bin_name = "tests/kill", verbatim_doc_comment)]
pub struct Arguments {
    /// How many points each row gets
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = value_parser!(u64).range(1..))]
    pub points: u64,
    /// Only this row; may be given more than once
    #[arg(long = "row", value_name = "NAME")]
    pub rows: Vec<Row>,
    /// The seed of each row's first point; the next point has the next one
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// How many points are taken at once
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = value_parser!(u16).range(1..))]
    pub jobs: u16,
    /// The time until the supply has to be off, whatever the row: for machines that are busy
    #[arg(long, value_name = "SECONDS", value_parser = value_parser!(u64).range(1..=60))]
    pub within: Option<u64>,
    /// A row that cannot be taken here is no failure
    #[arg(long)]
    pub allow_missing: bool,
    /// Says of every point how its run ended, to stderr
    #[arg(long)]
    pub verbose: bool,
    /// Prints the table as one JSON document
    #[arg(long)]
    pub json: bool,
}

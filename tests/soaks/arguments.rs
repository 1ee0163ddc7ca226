//! The command line.

use clap::{Parser, value_parser};

/// Runs a short job thousands of times, and a long one once, and looks for what is left over
///
/// The short runs are on benches over TCP, a bench for each of `--jobs`, one run after the other.
/// Of eight runs one is ended by SIGKILL and one by SIGTERM at a random moment. Every other run
/// must pass. At the end:
///
/// - no process of ours is left, and no lock of an instrument is held;
/// - no run in a store is open, and every supply is off;
/// - the instruments' processes have as many descriptors as at the beginning.
///
/// The clean runs are of the thermometer that is shipped, in this process and all of one seed: they
/// are one trace to the last byte on the wires, whose hash is printed.
///
/// The long run calls an instrument `--calls` times, and waits between. Neither it nor its guard
/// may grow.
#[derive(Debug, Parser)]
#[command(name = "tests/soak", bin_name = "tests/soak", verbatim_doc_comment)]
pub struct Arguments {
    /// How many short runs
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub runs: u64,
    /// How many clean runs of the thermometer
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub clean: u64,
    /// How many calls the long run makes
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    pub calls: u64,
    /// What decides which runs are ended, and when
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// How many runs go on at once
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = value_parser!(u64).range(1..=64))]
    pub jobs: u64,
    /// Prints the figures as one JSON document
    #[arg(long)]
    pub json: bool,
}

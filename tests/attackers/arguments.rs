//! The command line.

use std::ffi::OsString;
use std::num::NonZeroUsize;

use clap::Parser;

/// Runs scripts that mean harm, and looks at what became of it
///
/// Each file of `tests/attacks` is run on a simulated bench of a supply and two meters, as a process
/// with a folder of its own. Its first lines say what it tries and how that has to end. An attack is
/// contained if
///
/// - the process ends by itself, with the exit code and the words that the file says;
/// - it takes at most 30 s of CPU and 640 MiB of memory;
/// - every role is safe at the end, and said to be;
/// - the record verifies, with every verdict worked out again (not of attacks that fill it);
/// - nothing is in the folder, or beside it, that was not there before, but the store.
#[derive(Debug, Parser)]
#[command(name = "tests/attack", bin_name = "tests/attack", verbatim_doc_comment)]
pub struct Arguments {
    /// Leaves out the attacks that use up all they may, which take seconds each
    #[arg(long)]
    pub quick: bool,
    /// Only this attack; can be given several times
    #[arg(long, value_name = "NAME")]
    pub only: Vec<String>,
    /// How many attacks there are at once
    #[arg(long, value_name = "N", default_value = "2")]
    pub jobs: NonZeroUsize,
    /// Prints one JSON document
    #[arg(long)]
    pub json: bool,
    /// Runs this program and says what it took: the only child of a process is counted alone
    #[arg(long, hide = true, num_args = 1.., allow_hyphen_values = true)]
    pub watch: Vec<OsString>,
}

//! `pogo completions`: generated from the definition of the command line.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Arguments;
use crate::exit;
use crate::terminal::out;

/// Prints the completions for `shell`.
pub fn completions(shell: Shell) -> u8 {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "pogo", &mut script);
    out(&String::from_utf8_lossy(&script));
    exit::PASS
}

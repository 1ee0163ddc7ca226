//! `pogo guard`: what `pogo run` starts beside itself, and nobody else.

use crate::exit;
use crate::rescue::carry_out;
use crate::terminal::err;

/// The word that comes first on its command line.
pub const WORD: &str = "guard";

/// Stands guard until the run is over or its process is gone, and gives the exit code.
pub fn guard() -> u8 {
    match pogo_runtime::stand_guard(carry_out) {
        Ok(()) => exit::PASS,
        Err(error) => {
            err(&format!("error: `pogo guard` is started by `pogo run` alone: {error}\n"));
            exit::COMMAND_LINE
        }
    }
}

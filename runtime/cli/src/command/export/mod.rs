//! `pogo export`: what a store has of a run or a unit, for people and programs without Pogo.

mod bundle;
mod file;

use anyhow::Result;

pub use self::file::junit;
use crate::args::Export;

/// Writes it in the form that is asked for.
///
/// # Errors
///
/// There is no such run or unit: exit code 64. Those of each form.
pub fn export(arguments: &Export) -> Result<u8> {
    match arguments.bundle {
        true => bundle::bundle(arguments),
        false => file::file(arguments),
    }
}

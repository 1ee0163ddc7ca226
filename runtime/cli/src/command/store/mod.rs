//! `pogo store`: looking after a store.

mod backup;
mod check;
mod prune;
mod reindex;
mod stats;

use anyhow::Result;
use pogo_record::{RecordError, RecordErrorKind};

use crate::args::care::Care;
use crate::diagnostics::Failure;
use crate::{exit, logs};

/// Does what `care` says.
///
/// # Errors
///
/// It cannot be done: nothing was touched, or the record is damaged, or something failed.
pub fn store(care: &Care) -> Result<u8> {
    match care {
        Care::Check(it) => check::check(it),
        Care::Backup(it) => backup::backup(it),
        Care::Stats(it) => stats::stats(it),
        Care::Prune(it) => prune::prune(it),
        Care::Reindex(it) => reindex::reindex(it),
    }
}

/// What a store says of itself, with the exit code for it.
pub fn failure(cause: &RecordError) -> Failure {
    let code = match cause.kind() {
        RecordErrorKind::Failed => exit::NO_VERDICT,
        RecordErrorKind::Refused => exit::REFUSED,
        RecordErrorKind::Damaged => exit::INTEGRITY,
    };
    Failure::new(code, logs::diagnostic(cause))
}

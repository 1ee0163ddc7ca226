//! What somebody else has to say about a run whose process is gone.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use uuid::Uuid;

use super::spool;
use crate::author::Author;
use crate::body::{Body, Safe};
use crate::entry::Pending;
use crate::error::{RecordError, Result};

/// Adds what became of the roles of `run`, whose process has died, to what it left behind below the
/// folder `dir`; whoever closes the run takes it into the log. Durable when this returns.
///
/// # Errors
///
/// The run had not begun or has ended, or the file cannot be written.
pub fn testify(
    dir: &Path,
    run: Uuid,
    author: &Author,
    mono_ns: u64,
    safe: impl IntoIterator<Item = Safe>,
) -> Result<()> {
    let path = spool::path(dir, run);
    let mut lines = Vec::new();
    for safe in safe {
        let body = Body::Safe(safe);
        lines.extend(Pending::new(author, body.kind(), Some(run), mono_ns, &body)?.to_line());
    }
    OpenOptions::new()
        .append(true)
        .open(&path)
        .and_then(|mut file| {
            // What was cut off in the middle of writing must not swallow the first line.
            file.write_all(b"\n")?;
            file.write_all(&lines)?;
            file.sync_data()
        })
        .map_err(|cause| RecordError::io(&path, "write", &cause))
}

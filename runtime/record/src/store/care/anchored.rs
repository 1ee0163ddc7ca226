//! What a log remembers of the checkpoint that was last kept elsewhere.
//!
//! It proves nothing, because whoever can change the log can change this too. It reminds whoever
//! looks after the store, and it finds a log that was put back by mistake from before its anchor.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use jiff::Timestamp;

use crate::error::{RecordError, Result};
use crate::proof::ProofError;
use crate::store::database::sync_folder;
use crate::verify::Anchor;

/// The file below a log's folder, with the text of an anchor.
const FILE: &str = "anchored";

/// Notes that the checkpoint with this text, of the log in `folder`, was kept elsewhere just now.
///
/// # Errors
///
/// The file cannot be written; an earlier one is then still there.
pub fn remember_anchor(folder: &Path, text: &str) -> Result<()> {
    let path = folder.join(FILE);
    let partial = folder.join(format!("{FILE}.{}.part", std::process::id()));
    let write = || {
        let mut file = File::create(&partial)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&partial, &path)
    };
    write().map_err(|cause| {
        drop(fs::remove_file(&partial));
        RecordError::io(&path, "write", &cause)
    })?;
    sync_folder(folder)
}

/// The anchor of the log in `folder` that was made last, and when; `None` if there is none.
pub(super) fn last(folder: &Path) -> Result<Option<(Anchor, Timestamp)>> {
    let path = folder.join(FILE);
    let said = |cause: io::Error| RecordError::io(&path, "read", &cause);
    let text = match fs::read_to_string(&path) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
        text => text.map_err(said)?,
    };
    let made = fs::metadata(&path).and_then(|it| it.modified()).map_err(said)?;
    let wrong = |what: String| RecordError::new(format!("`{}`: {what}", path.display()));
    let anchor = text.parse().map_err(|cause: ProofError| wrong(cause.to_string()))?;
    let made = Timestamp::try_from(made).map_err(|cause| wrong(cause.to_string()))?;
    Ok(Some((anchor, made)))
}

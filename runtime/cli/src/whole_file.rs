//! Files that are there as a whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// Replaces `file`, or makes it.
///
/// # Errors
///
/// It cannot be written; what was there before still is.
pub fn write(file: &Path, text: &str) -> io::Result<()> {
    let mut partial = file.as_os_str().to_owned();
    partial.push(format!(".{}.part", std::process::id()));
    let mut out = File::create(&partial)?;
    let done = out.write_all(text.as_bytes()).and_then(|()| out.sync_all());
    done.and_then(|()| fs::rename(&partial, file)).inspect_err(|_| drop(fs::remove_file(&partial)))
}

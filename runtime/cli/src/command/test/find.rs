//! Where scenarios stand.

use std::io;
use std::path::{Path, PathBuf};

/// What the files are called that hold them.
pub const ENDING: &str = ".scenarios.toml";

/// Every file with scenarios in `folder` and below, in the order of their names; or the one that
/// `folder` is. Folders whose names begin with a dot, and `target`, are left out; links are not
/// followed.
///
/// # Errors
///
/// A folder cannot be read.
pub fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    if folder.is_file() {
        return Ok(vec![folder.to_owned()]);
    }
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next)? {
            let entry = entry?;
            let (kind, name) = (entry.file_type()?, entry.file_name());
            let name = name.to_string_lossy();
            if kind.is_dir() && !name.starts_with('.') && name != "target" {
                folders.push(entry.path());
            } else if kind.is_file() && name.ends_with(ENDING) {
                files.push(entry.path());
            }
        }
    }
    // `./a` is `a`, for whoever reads it.
    let plain = |it: PathBuf| it.strip_prefix("./").map(Path::to_owned).unwrap_or(it);
    let mut files: Vec<_> = files.into_iter().map(plain).collect();
    files.sort();
    Ok(files)
}

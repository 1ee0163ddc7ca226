//! What stands in files, with what an editor holds open laid over it.
//!
//! Whoever checks a text that nobody has saved yet reads every file through an [`Overlay`]; a run
//! reads through an empty one, which is the disk.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Texts that count instead of what the files of that name hold.
#[derive(Clone, Debug, Default)]
pub struct Overlay(Arc<BTreeMap<PathBuf, Arc<str>>>);

impl Overlay {
    /// These texts, by the path of their file.
    pub fn new(open: impl IntoIterator<Item = (PathBuf, Arc<str>)>) -> Self {
        Self(Arc::new(open.into_iter().map(|(path, text)| (real(&path), text)).collect()))
    }

    /// The text that is laid over the file at `path`; `None` if what stands in the file counts.
    pub fn open(&self, path: &Path) -> Option<&Arc<str>> {
        // Most have nothing open, and looking for the real path asks the disk.
        if self.0.is_empty() { None } else { self.0.get(&real(path)) }
    }

    /// The text that counts as what the file at `path` holds.
    ///
    /// # Errors
    ///
    /// Nothing is laid over it, and the file cannot be read or holds no text.
    pub fn read(&self, path: &Path) -> io::Result<String> {
        match self.open(path) {
            Some(text) => Ok(text.to_string()),
            None => std::fs::read_to_string(path),
        }
    }
}

/// The one name of a file that has several; a file that is not there yet has its absolute path.
fn real(path: &Path) -> PathBuf {
    let absolute = || std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    path.canonicalize().unwrap_or_else(|_| absolute())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_counts_under_every_name_of_its_file_and_the_disk_for_the_rest() {
        let (here, absent) = (Path::new("src/lib.rs"), PathBuf::from("src/absent.rs"));
        let overlay =
            Overlay::new([(here.to_owned(), "open".into()), (absent.clone(), "new".into())]);
        assert_eq!(overlay.read(Path::new("./src/../src/lib.rs")).unwrap(), "open");
        assert_eq!(overlay.read(&absent).unwrap(), "new");
        assert_eq!(overlay.open(Path::new("src/overlay.rs")), None);
        assert!(overlay.read(Path::new("src/overlay.rs")).unwrap().contains("Overlay"));
        assert_ne!(Overlay::default().read(here).unwrap(), "open");
    }
}

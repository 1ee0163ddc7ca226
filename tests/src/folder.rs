//! A folder of its own for every test: scripts, a fixture, a store.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A temporary folder with files in it; gone when dropped.
pub struct Folder(TempDir);

impl Folder {
    /// An empty folder.
    ///
    /// # Panics
    ///
    /// The system gives none.
    #[expect(clippy::new_without_default, reason = "it makes a folder, which no default should")]
    pub fn new() -> Self {
        Self(TempDir::with_prefix("pogo-tests-").expect("a temporary folder"))
    }

    /// An empty folder on the disk that `parent` is on.
    ///
    /// # Panics
    ///
    /// The system gives none.
    pub fn below(parent: &Path) -> Self {
        Self(TempDir::with_prefix_in("pogo-tests-", parent).expect("a temporary folder"))
    }

    /// A copy of the folder `from`, which holds files only.
    ///
    /// # Panics
    ///
    /// A file cannot be copied.
    pub fn copy(from: &Path) -> Self {
        let folder = Self::new();
        for entry in fs::read_dir(from).expect("the folder to copy") {
            let entry = entry.expect("an entry of it");
            fs::copy(entry.path(), folder.path(entry.file_name())).expect("a copy");
        }
        folder
    }

    /// The path of `name` in it.
    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.path().join(name)
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        self.0.path()
    }

    /// The same with the file `name` in it, which says `text`. Folders on the way are made.
    ///
    /// # Panics
    ///
    /// The file cannot be written.
    #[must_use]
    pub fn with(self, name: &str, text: &str) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a name")).expect("a folder");
        fs::write(path, text).expect("a file");
        self
    }

    /// The same with `text` at the end of the file `name`.
    ///
    /// # Panics
    ///
    /// There is no such file.
    #[must_use]
    pub fn appended(self, name: &str, text: &str) -> Self {
        let before = fs::read_to_string(self.path(name)).expect("a file to append to");
        self.with(name, &format!("{before}\n{text}"))
    }

    /// The same with `old` in the file `name` replaced by `new`.
    ///
    /// # Panics
    ///
    /// `old` does not stand in it exactly once.
    #[must_use]
    pub fn edited(self, name: &str, old: &str, new: &str) -> Self {
        let text = fs::read_to_string(self.path(name)).expect("a file to edit");
        assert_eq!(text.matches(old).count(), 1, "`{old}` in {name}");
        self.with(name, &text.replacen(old, new, 1))
    }
}

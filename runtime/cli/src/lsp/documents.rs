//! The texts that the editor holds open.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lsp_types::{TextDocumentContentChangeEvent, Uri};
use pogo_hal::Overlay;

use super::position::Lines;
use super::uri::path_of;

/// A text that the editor holds open.
#[derive(Clone, Debug)]
pub struct Document {
    /// What the editor calls it.
    pub uri: Uri,
    /// The file it is of; `None` if it was never saved.
    pub path: Option<PathBuf>,
    /// The one name of that file, if it has several.
    real: Option<PathBuf>,
    /// Which of its states this is.
    pub version: i32,
    /// What stands in it.
    pub text: Arc<str>,
    /// Where its lines begin.
    pub lines: Lines,
}

impl Document {
    fn new(uri: Uri, version: i32, text: String) -> Self {
        let (path, lines) = (path_of(&uri), Lines::of(&text));
        let real = path.as_deref().and_then(|it| it.canonicalize().ok());
        Self { uri, path, real, version, text: text.into(), lines }
    }

    /// Whether it is a table of settings and no script.
    pub fn is_toml(&self) -> bool {
        let extension = self.path.as_deref().and_then(Path::extension);
        extension.is_some_and(|it| it == "toml")
    }
}

/// Every text that the editor holds open.
#[derive(Clone, Debug, Default)]
pub struct Documents(BTreeMap<String, Document>);

impl Documents {
    /// Takes a text that was opened.
    pub fn open(&mut self, uri: Uri, version: i32, text: String) {
        self.0.insert(uri.as_str().to_owned(), Document::new(uri, version, text));
    }

    /// Changes a text as its editor did, change by change; `false` if it is not open.
    pub fn change(
        &mut self,
        uri: &Uri,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
    ) -> bool {
        let Some(document) = self.0.get_mut(uri.as_str()) else { return false };
        let mut text = document.text.to_string();
        for change in changes {
            let Some(range) = change.range else {
                text = change.text;
                continue;
            };
            let lines = Lines::of(&text);
            let (one, other) = (lines.offset(&text, range.start), lines.offset(&text, range.end));
            text.replace_range(one.min(other)..one.max(other), &change.text);
        }
        (document.version, document.lines) = (version, Lines::of(&text));
        document.text = text.into();
        true
    }

    /// Forgets a text that was closed: what its file holds counts again.
    pub fn close(&mut self, uri: &Uri) -> Option<Document> {
        self.0.remove(uri.as_str())
    }

    /// The text called `uri`.
    pub fn get(&self, uri: &Uri) -> Option<&Document> {
        self.0.get(uri.as_str())
    }

    /// The text of the file at `path`.
    pub fn of_file(&self, path: &Path) -> Option<&Document> {
        let mut named = self.0.values().filter(|it| it.path.as_deref() == Some(path));
        if let Some(it) = named.next() {
            return Some(it);
        }
        let real = path.canonicalize().ok()?;
        self.0.values().find(|it| it.real.as_ref() == Some(&real))
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Document> {
        self.0.values()
    }

    /// All of them, laid over their files.
    pub fn overlay(&self) -> Overlay {
        let text = |it: &Document| Some((it.path.clone()?, it.text.clone()));
        Overlay::new(self.all().filter_map(text))
    }
}

/// Whether two paths are of one file.
pub fn is_same(one: &Path, other: &Path) -> bool {
    one == other || one.canonicalize().is_ok_and(|it| other.canonicalize().is_ok_and(|o| it == o))
}

#[cfg(test)]
mod tests {
    use lsp_types::{Position, Range};

    use super::*;

    #[test]
    fn changes_are_made_one_after_the_other_wherever_they_point() {
        let uri: Uri = "untitled:x".parse().unwrap();
        let mut all = Documents::default();
        all.open(uri.clone(), 1, "one\ntwo".into());
        let change = |from: (u32, u32), to: (u32, u32), text: &str| {
            let range = Range::new(Position::new(from.0, from.1), Position::new(to.0, to.1));
            TextDocumentContentChangeEvent {
                range: Some(range),
                range_length: None,
                text: text.into(),
            }
        };
        let changes = vec![
            change((0, 0), (0, 3), "\u{1F600}"),
            change((0, 1), (0, 2), "!"),
            change((9, 9), (9, 9), "."),
            change((1, 3), (1, 0), "2"),
        ];
        assert!(all.change(&uri, 2, changes));
        assert_eq!(&*all.get(&uri).unwrap().text, "!\n2.");
        assert!(!all.change(&"untitled:y".parse().unwrap(), 2, Vec::new()));
    }
}

//! The texts that were compiled, and places in them.
//!
//! Rhai gives the start of what it complains about and no end; the end is found by reading the
//! token that stands there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use pogo_hal::Place;
use rhai::Position;

/// A compiled text.
#[derive(Clone)]
pub(crate) struct Source {
    pub(crate) text: Arc<str>,
    /// Where its imports start, canonical; `None` if that is the root.
    pub(crate) folder: Option<PathBuf>,
}

/// Every text that was compiled, by the name that the user gave it.
#[derive(Default)]
pub(crate) struct Sources(RwLock<BTreeMap<String, Source>>);

impl Sources {
    pub(crate) fn learn(&self, file: &str, text: &str, folder: Option<&Path>) {
        let source = Source { text: text.into(), folder: folder.map(Path::to_owned) };
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(file.to_owned(), source);
    }

    pub(crate) fn get(&self, file: &str) -> Option<Source> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(file).cloned()
    }

    pub(crate) fn all(&self) -> Vec<(String, Arc<str>)> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.iter().map(|(file, source)| (file.clone(), source.text.clone())).collect()
    }

    /// The place in `file` that Rhai means; `None` if it means none.
    pub(crate) fn place(&self, file: &str, position: Position) -> Option<Place> {
        let source = self.get(file);
        place(file, source.as_ref().map_or("", |it| &it.text), position)
    }
}

/// The place in a text that Rhai means. A position past the end becomes the last character.
pub(crate) fn place(file: &str, text: &str, position: Position) -> Option<Place> {
    let (line, column) = (position.line()?, position.position().unwrap_or(1).max(1));
    let place = |line, column, width| Some(Place { file: file.into(), line, column, width });
    match text.lines().nth(line - 1) {
        Some(content) if column <= content.chars().count() => {
            let start = content.char_indices().nth(column - 1).map_or(0, |(at, _)| at);
            place(line, column, width(&content[start..]))
        }
        Some(content) if !content.trim().is_empty() && text.lines().nth(line).is_some() => {
            place(line, content.trim_end().chars().count(), 1)
        }
        _ => {
            match text.lines().enumerate().take(line).filter(|(_, it)| !it.trim().is_empty()).last()
            {
                Some((line, content)) => place(line + 1, content.trim_end().chars().count(), 1),
                None => place(line, column, 1),
            }
        }
    }
}

/// How many characters the token at the start of `text` has, at least 1.
fn width(text: &str) -> usize {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let mut characters = text.chars();
    match characters.next() {
        Some(first) if word(first) || first == '$' => {
            let number = first.is_ascii_digit();
            let mut length = 1;
            let mut rest = characters.peekable();
            while let Some(c) = rest.next() {
                // `3.3.V` is the number `3.3` and its unit; `1..2` is no `1.`.
                let point = number && c == '.' && rest.peek().is_some_and(char::is_ascii_digit);
                if !word(c) && !point {
                    break;
                }
                length += 1;
            }
            length
        }
        Some(quote @ ('"' | '`' | '\'')) => {
            let (mut length, mut escaped) = (1, false);
            for c in characters {
                length += 1;
                if c == quote && !escaped {
                    break;
                }
                escaped = c == '\\' && !escaped;
            }
            length
        }
        Some(_) => {
            const OPERATORS: [&str; 23] = [
                "..=", "<<=", ">>=", "**=", "==", "!=", "<=", ">=", "&&", "||", "??", "..", "+=",
                "-=", "*=", "/=", "%=", "**", "<<", ">>", "::", "=>", "#{",
            ];
            OPERATORS.into_iter().find(|it| text.starts_with(it)).map_or(1, str::len)
        }
        None => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_marked_as_wide_as_it_is() {
        for (text, expected) in [
            ("voltage + 1", 7),
            ("3.3.V", 3),
            ("1..2", 1),
            ("..=5", 3),
            ("\"a \\\" b\" + 1", 8),
            ("\"open", 5),
            ("`a ${b}`;", 8),
            ("größe;", 5),
            ("(", 1),
            ("", 1),
        ] {
            assert_eq!(width(text), expected, "{text}");
        }
    }

    #[test]
    fn a_place_past_the_end_becomes_the_last_character() {
        let text = "let x = 1;\nfoo(\n\n";
        for position in [Position::new(3, 1), Position::new(4, 1), Position::new(9, 7)] {
            let it = place("a.rhai", text, position).unwrap();
            assert_eq!((it.line, it.column, it.width), (2, 4, 1), "{position:?}");
        }
        let it = place("a.rhai", "größe(x)", Position::new(1, 7)).unwrap();
        assert_eq!((it.line, it.column, it.width), (1, 7, 1));
        assert_eq!(place("a.rhai", text, Position::NONE), None);
        assert!(place("a.rhai", "", Position::new(1, 1)).is_some());
    }
}

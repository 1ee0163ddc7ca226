//! Why a text is no UDI.

use std::ops::Range;

use pogo_hal::{Diagnostic, Place};

use super::gs1::GS;

/// What to do about most errors.
pub(super) const SCAN_AGAIN: &str =
    "scan the label again; if it reads the same, the label itself is wrong";

/// A character as people can see it.
pub(super) fn named(letter: char) -> String {
    match letter {
        GS => "a separator (GS)".to_owned(),
        ' ' => "a blank".to_owned(),
        _ => format!("`{letter}`"),
    }
}

/// What is wrong with a label, where, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}, at character {column}")]
pub struct UdiError {
    message: String,
    column: usize,
    width: usize,
    hint: String,
}

impl UdiError {
    /// `at` counts characters from 0; nothing in it means the place before that character.
    pub(super) fn new(
        at: Range<usize>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        let (column, width) = (at.start + 1, at.len().max(1));
        Self { message: message.into(), column, width, hint: hint.into() }
    }

    /// What is wrong: a lowercase fragment.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The first character that is meant, from 1; one more than there are if something is missing
    /// at the end.
    pub fn column(&self) -> usize {
        self.column
    }

    /// How many characters are meant; at least 1.
    pub fn width(&self) -> usize {
        self.width
    }

    /// What to do about it.
    pub fn hint(&self) -> &str {
        &self.hint
    }

    /// The same for a reader of diagnostics, in a text `called` so.
    pub fn diagnostic(&self, called: &str) -> Diagnostic {
        let (column, width) = (self.column, self.width);
        let place = Place { file: called.into(), line: 1, column, width };
        Diagnostic::new(&self.message).at(place).with_hint(&self.hint)
    }
}

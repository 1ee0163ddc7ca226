//! What is wrong in a file that somebody wrote: what, where, what to do.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::{Code, Secrets, Severity};

/// A place in a text file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, as the user named it.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// How many characters are meant; at least 1.
    pub width: usize,
}

impl Place {
    /// The place that a range of bytes of `text` means, which is what the file `file` holds.
    pub fn of(file: &Arc<str>, text: &str, span: Range<usize>) -> Self {
        let start = text.floor_char_boundary(span.start.min(text.len()));
        let end = text.floor_char_boundary(span.end.clamp(start, text.len()));
        let before = &text[..start];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let meant = text[start..end].lines().next().unwrap_or("");
        Self {
            file: file.clone(),
            line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            width: meant.chars().count().max(1),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// A message about something that somebody wrote.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Diagnostic {
    /// What is wrong: a lowercase fragment without a final period.
    pub message: String,
    /// The code of what is wrong; `None` where nobody would look it up.
    pub code: Option<Code>,
    /// Where; `None` if it is wrong nowhere in particular.
    pub place: Option<Place>,
    /// What to do about it.
    pub hint: Option<String>,
    /// The calls that led there, innermost first, each with what was called.
    pub calls: Vec<(String, Place)>,
    /// Whether what stands at the place is for nobody's eyes, as in a file of secrets.
    pub confidential: bool,
}

impl Diagnostic {
    /// A message without a place.
    pub fn new(message: impl Into<String>) -> Self {
        let (message, calls) = (message.into(), Vec::new());
        Self { message, code: None, place: None, hint: None, calls, confidential: false }
    }

    /// Says which code it has, unless it has one already.
    #[must_use]
    pub fn coded(mut self, code: Code) -> Self {
        self.code.get_or_insert(code);
        self
    }

    /// How much it matters.
    pub fn severity(&self) -> Severity {
        self.code.map_or(Severity::Error, Code::severity)
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Says that the line at the place must not be shown.
    #[must_use]
    pub fn confidential(mut self) -> Self {
        self.confidential = true;
        self
    }

    /// The same, saying none of `secrets`.
    #[must_use]
    pub fn hiding(mut self, secrets: &Secrets) -> Self {
        let hide = |text: &mut String| *text = secrets.hide(text).into_owned();
        hide(&mut self.message);
        self.hint.iter_mut().for_each(hide);
        self.calls.iter_mut().map(|(called, _)| called).for_each(hide);
        self
    }

    /// Says what to do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// The one of `known` that somebody who wrote `name` most likely meant; `None` if nothing is near.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = name.to_lowercase();
    known
        .into_iter()
        .map(|it| (strsim::damerau_levenshtein(&folded, &it.to_lowercase()), it))
        .filter(|(distance, it)| *distance <= (name.len().max(it.len()) / 3).max(1))
        // Among equals, one that differs in case only, then the first.
        .min_by_key(|(distance, it)| (*distance, !it.eq_ignore_ascii_case(name)))
        .map(|(_, it)| it)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_finds_the_name_that_was_meant_and_a_stranger_finds_none() {
        let known = ["address", "model", "channel", "limits"];
        assert_eq!(nearest("adress", known), Some("address"));
        assert_eq!(nearest("chanel", known), Some("channel"));
        assert_eq!(nearest("Model", known), Some("model"));
        assert_eq!(nearest("colour", known), None);
    }
}

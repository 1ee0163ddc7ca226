//! What a text has to look like.

use regex::{Regex, RegexBuilder};

use super::LimitError;

/// A regular expression that describes whole texts: `1\.2\..*` does not accept `21.2.3`, because
/// an expectation that is met by accident is worse than one that is not.
#[derive(Clone, Debug)]
pub struct Pattern {
    source: String,
    regex: Regex,
}

impl Pattern {
    /// Bytes that a compiled pattern may take.
    const LARGEST: usize = 1 << 20;

    /// Reads a regular expression.
    ///
    /// # Errors
    ///
    /// It is none, or too large a one.
    pub fn new(source: &str) -> Result<Self, LimitError> {
        // First alone, so that the parentheses around it cannot make sense of half an expression.
        let compile = |text: &str| RegexBuilder::new(text).size_limit(Self::LARGEST).build();
        let regex = compile(source).and_then(|_| compile(&format!(r"\A(?:{source})\z"))).map_err(
            |error| {
                let last = error.to_string().lines().last().unwrap_or_default().to_owned();
                let what = last.trim_start_matches("error: ");
                LimitError::new(format!("`{source}` is not a regular expression: {what}"))
            },
        )?;
        Ok(Self { source: source.into(), regex })
    }

    /// The expression as it was written.
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// Whether it describes all of `text`.
    pub fn describes(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

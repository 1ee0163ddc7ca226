//! What is known, and what is not.

use serde::{Serialize, Serializer};

/// What a missing fact says.
pub const NOT_RECORDED: &str = "NOT RECORDED";

/// Something that is known, or is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// What it is about: `lot`.
    pub what: &'static str,
    /// What is known.
    pub is: Known,
}

/// What is known: one thing, several, or nothing. Nothing is `NOT RECORDED` wherever it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known(Vec<String>);

impl Fact {
    /// A fact of which at most one thing is known.
    pub fn new(what: &'static str, is: Option<impl ToString>) -> Self {
        Self { what, is: Known(is.iter().map(ToString::to_string).collect()) }
    }

    /// A fact of which several things may be known.
    pub fn all(what: &'static str, is: impl IntoIterator<Item = String>) -> Self {
        let mut known = Known::default();
        is.into_iter().for_each(|it| known.add(it));
        Self { what, is: known }
    }
}

impl Known {
    /// Adds `it`, unless it is known already.
    pub fn add(&mut self, it: String) {
        if !self.0.contains(&it) {
            self.0.push(it);
        }
    }

    /// Whether nothing is known.
    pub fn is_nothing(&self) -> bool {
        self.0.is_empty()
    }

    /// Each thing as a line; `NOT RECORDED` is the only one if nothing is known.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        let nothing = self.0.is_empty().then_some(NOT_RECORDED);
        self.0.iter().map(String::as_str).chain(nothing)
    }
}

impl Serialize for Known {
    /// As a list of texts, or as `NOT RECORDED`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.is_empty() {
            true => serializer.serialize_str(NOT_RECORDED),
            false => self.0.serialize(serializer),
        }
    }
}

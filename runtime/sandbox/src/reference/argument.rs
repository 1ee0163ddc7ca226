//! What a function takes.

use super::Kind;

/// An argument of a function, or a key of a map of options.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Argument {
    /// What the documentation calls it: `level`.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// What is allowed, or what it is for: `up to the fixture's limit`; may be empty.
    pub about: &'static str,
    /// Whether it may be left out. What follows such an argument may be left out too.
    pub optional: bool,
}

/// An argument that has to be given.
pub const fn argument(name: &'static str, kind: Kind, about: &'static str) -> Argument {
    Argument { name, kind, about, optional: false }
}

impl Argument {
    /// The same, if it may be left out.
    #[must_use]
    pub const fn optional(self) -> Self {
        Self { optional: true, ..self }
    }

    /// How it stands in [`Entry::usage`](super::Entry::usage): `level`, `#{ within, image }`.
    pub fn spelt(&self) -> String {
        match self.kind {
            Kind::Closure => "|| { … }".to_owned(),
            Kind::Options(keys) => {
                let keys: Vec<_> = keys.iter().map(|key| key.name).collect();
                format!("#{{ {} }}", keys.join(", "))
            }
            _ => self.name.to_owned(),
        }
    }
}

//! Markup that cannot be broken by what is put into it.

use std::fmt::{self, Display, Write};

use crate::unseen::is_unseen;

/// A piece of a document. Text that is put into it is escaped; tags and classes are this program's
/// own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Html(String);

impl Html {
    /// Nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// `text`, escaped. What would act instead of being seen (control characters, marks that turn
    /// the direction of writing) is replaced by U+FFFD.
    pub fn text(text: impl Display) -> Self {
        let mut escaped = Escaped(String::new());
        // Writing to a string does not fail.
        let _ = write!(escaped, "{text}");
        Self(escaped.0)
    }

    /// The element `name` with `inner` in it.
    pub fn tag(name: &'static str, inner: Self) -> Self {
        Self(format!("<{name}>{inner}</{name}>"))
    }

    /// The same with a class.
    pub fn classed(name: &'static str, class: &'static str, inner: Self) -> Self {
        Self(format!("<{name} class=\"{class}\">{inner}</{name}>"))
    }

    /// Markup that was made elsewhere in this module, as it is.
    pub(super) fn made(markup: String) -> Self {
        Self(markup)
    }

    /// This, then `next`.
    #[must_use]
    pub fn and(mut self, next: Self) -> Self {
        self.0.push_str(&next.0);
        self
    }
}

impl Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromIterator<Self> for Html {
    fn from_iter<I: IntoIterator<Item = Self>>(all: I) -> Self {
        all.into_iter().fold(Self::new(), Self::and)
    }
}

struct Escaped(String);

impl Write for Escaped {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for letter in text.chars() {
            match letter {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                '\n' => self.0.push('\n'),
                it if is_unseen(it) => self.0.push('\u{FFFD}'),
                it => self.0.push(it),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_put_into_a_document_becomes_markup() {
        let hostile = "</td><script>alert('1')</script>\" onload=\"x\u{202E}\u{1b}[2J&";
        assert_eq!(
            Html::tag("td", Html::text(hostile)).to_string(),
            "<td>&lt;/td&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot; \
             onload=&quot;x\u{FFFD}\u{FFFD}[2J&amp;</td>"
        );
    }
}

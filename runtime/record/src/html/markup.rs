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
    /// the direction of writing) is replaced by U+FFFD. Long words, such as hashes, may be broken
    /// at the end of a line.
    pub fn text(text: impl Display) -> Self {
        Self::escaped(text, Some(LONG))
    }

    /// The same for a title, in which nothing is broken.
    pub(super) fn title(text: impl Display) -> Self {
        Self::escaped(text, None)
    }

    fn escaped(text: impl Display, long: Option<usize>) -> Self {
        let mut escaped = Escaped { markup: String::new(), long, word: 0 };
        // Writing to a string does not fail.
        let _ = write!(escaped, "{text}");
        Self(escaped.markup)
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

/// How many letters of a word stand together at least.
const LONG: usize = 24;

struct Escaped {
    markup: String,
    /// After how many letters of a word it may be broken.
    long: Option<usize>,
    /// How many letters of a word have gone by without a place to break it.
    word: usize,
}

impl Write for Escaped {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for letter in text.chars() {
            self.word = if letter.is_whitespace() { 0 } else { self.word + 1 };
            if self.long.is_some_and(|long| self.word > long) {
                self.markup.push_str("<wbr>");
                self.word = 1;
            }
            match letter {
                '&' => self.markup.push_str("&amp;"),
                '<' => self.markup.push_str("&lt;"),
                '>' => self.markup.push_str("&gt;"),
                '"' => self.markup.push_str("&quot;"),
                '\'' => self.markup.push_str("&#39;"),
                '\n' => self.markup.push('\n'),
                it if is_unseen(it) => self.markup.push('\u{FFFD}'),
                it => self.markup.push(it),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_word_may_be_broken_and_a_title_may_not() {
        let hash = "0123456789abcdef".repeat(4);
        let text = Html::text(format_args!("sha256 {hash}")).to_string();
        assert_eq!(text.matches("<wbr>").count(), 2, "{text}");
        assert_eq!(text.replace("<wbr>", ""), format!("sha256 {hash}"));
        assert_eq!(Html::text("output_at_20_degc").to_string(), "output_at_20_degc");
        assert_eq!(Html::title(&hash).to_string(), hash);
    }

    #[test]
    fn nothing_that_is_put_into_a_document_becomes_markup() {
        let hostile = "</td><script>alert('1')</script>\" onload=\"x\u{202E}\u{1b}[2J&";
        assert_eq!(
            Html::tag("td", Html::title(hostile)).to_string(),
            "<td>&lt;/td&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot; \
             onload=&quot;x\u{FFFD}\u{FFFD}[2J&amp;</td>"
        );
    }
}

//! The tokens of a script, also of one that is being written and is no script yet.
//!
//! Completion and the like read these and not a syntax tree: at the moment they are asked for, there
//! mostly is none.

use std::ops::Range;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A name or keyword.
    Word,
    /// A number, without its unit.
    Number,
    /// A text in quotes; whether it is closed.
    Text(bool),
    /// A comment.
    Comment,
    /// Anything else: `::`, `#{`, `..=` and `..` are one, other characters one each.
    Mark,
}

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Its bytes.
    pub at: Range<usize>,
}

impl Token {
    /// What stands there.
    pub fn of<'a>(&self, text: &'a str) -> &'a str {
        text.get(self.at.clone()).unwrap_or_default()
    }

    /// The text between its quotes.
    pub fn inner<'a>(&self, text: &'a str) -> &'a str {
        let end = self.at.end - usize::from(self.kind == Kind::Text(true));
        text.get(self.at.start + 1..end).unwrap_or_default()
    }
}

/// The tokens of `text`, in order.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(letter) = text[at..].chars().next() {
        if letter.is_whitespace() {
            at += letter.len_utf8();
            continue;
        }
        let (kind, length) = token(&text[at..], letter);
        tokens.push(Token { kind, at: at..at + length });
        at += length;
    }
    tokens
}

fn token(rest: &str, first: char) -> (Kind, usize) {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let up_to = |is: &dyn Fn(char) -> bool| rest.find(|c| !is(c)).unwrap_or(rest.len());
    match first {
        '/' if rest.starts_with("//") => (Kind::Comment, rest.find('\n').unwrap_or(rest.len())),
        '/' if rest.starts_with("/*") => (Kind::Comment, block(rest)),
        '"' | '`' | '\'' => quoted(rest, first),
        it if it.is_ascii_digit() => (Kind::Number, number(rest)),
        it if word(it) => (Kind::Word, up_to(&word)),
        it => {
            const MARKS: [&str; 4] = ["..=", "..", "::", "#{"];
            let mark = MARKS.into_iter().find(|mark| rest.starts_with(mark));
            (Kind::Mark, mark.map_or(it.len_utf8(), str::len))
        }
    }
}

/// How long a comment in `/* */` is; these nest.
fn block(rest: &str) -> usize {
    let (mut depth, mut at) = (0_u32, 0);
    while at < rest.len() {
        let here = &rest.as_bytes()[at..];
        if here.starts_with(b"/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if here.starts_with(b"*/") {
            (depth, at) = (depth.saturating_sub(1), at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

fn quoted(rest: &str, quote: char) -> (Kind, usize) {
    let mut escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quote != '`' => escaped = true,
            it if it == quote => return (Kind::Text(true), at + 1),
            // A text that was begun and not closed ends with its line, or all below were in it.
            '\n' if quote != '`' => return (Kind::Text(false), at),
            _ => {}
        }
    }
    (Kind::Text(false), rest.len())
}

/// How long a number is: its point belongs to it if a digit follows.
fn number(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let digits = |mut at: usize| {
        while digit(at) || bytes.get(at) == Some(&b'_') {
            at += 1;
        }
        at
    };
    let mut end = digits(0);
    if bytes.get(end) == Some(&b'.') && digit(end + 1) {
        end = digits(end + 1);
    }
    let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
    if matches!(bytes.get(end), Some(b'e' | b'E')) && digit(end + 1 + sign) {
        end = digits(end + 1 + sign);
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<&str> {
        tokens(text).iter().map(|it| it.of(text)).collect()
    }

    #[test]
    fn a_script_is_split_as_rhai_splits_it_where_that_matters() {
        assert_eq!(split("psu.on(3.3.V)"), ["psu", ".", "on", "(", "3.3", ".", "V", ")"]);
        assert_eq!(split("1.V..=2e-3.A"), ["1", ".", "V", "..=", "2e-3", ".", "A"]);
        assert_eq!(split("a::b(#{ c: 5."), ["a", "::", "b", "(", "#{", "c", ":", "5", "."]);
        assert_eq!(
            split("\"a \\\" b\" /* /* */ */ x // y"),
            ["\"a \\\" b\"", "/* /* */ */", "x", "// y"]
        );
        assert_eq!(split("f(\"open\ng"), ["f", "(", "\"open", "g"]);
    }

    #[test]
    fn no_text_is_too_broken_to_be_split() {
        let parts = ["\"", "`", "/*", "\\", "ä", "\u{1F600}", "1_.", "e", "'", "#{", "\r\n", "..="];
        for one in parts {
            for two in parts {
                for three in parts {
                    let text = [one, two, three].concat();
                    let all = tokens(&text);
                    assert!(all.iter().all(|it| !it.of(&text).is_empty()), "{text:?}");
                    all.iter().for_each(|it| _ = it.inner(&text));
                }
            }
        }
    }
}

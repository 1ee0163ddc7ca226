//! What stands at a place of a script, and around it.

use super::lexer::{Kind, Token};

/// A place among the tokens of a script.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'a> {
    /// The script.
    pub text: &'a str,
    /// Its tokens, comments included.
    pub tokens: &'a [Token],
    /// The byte where it stands.
    pub offset: usize,
}

/// What a name is the name of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path<'a> {
    /// Something that stands alone.
    Alone,
    /// A member of the variable or role of this name.
    Of(&'a str),
    /// A property of a number: its unit.
    OfNumber,
    /// A member of something that has to be computed.
    OfSomething,
    /// A function of the module that is imported under this name.
    In(&'a str),
}

/// A call that is open at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenCall<'a> {
    /// What its name belongs to.
    pub path: Path<'a>,
    /// What is called.
    pub name: &'a str,
    /// In which argument the place is, from 0.
    pub argument: usize,
    /// Whether the place is among the keys of a map that is this argument.
    pub in_map: bool,
}

impl<'a> Cursor<'a> {
    /// The token that the place is in or directly behind; in a text, only between its quotes.
    pub fn token(&self) -> Option<(usize, &'a Token)> {
        let first = self.tokens.partition_point(|it| it.at.end < self.offset);
        let near = self.tokens.iter().enumerate().skip(first).take(2);
        let mut touching = near.filter(|(_, it)| {
            let (start, end) = (it.at.start, it.at.end);
            match it.kind {
                Kind::Text(closed) => {
                    start < self.offset && (self.offset < end || (!closed && self.offset == end))
                }
                Kind::Comment => start < self.offset && self.offset <= end,
                Kind::Word | Kind::Number => start <= self.offset && self.offset <= end,
                Kind::Mark => start < self.offset && self.offset <= end,
            }
        });
        let one = touching.next()?;
        // Between two, a name counts more than a mark.
        match touching.next() {
            Some(other) if one.1.kind == Kind::Mark => Some(other),
            _ => Some(one),
        }
    }

    /// Where the tokens begin that stand behind the place or around it.
    pub fn before(&self) -> usize {
        self.tokens.partition_point(|it| {
            it.at.end < self.offset || { it.at.end == self.offset && it.kind != Kind::Word }
        })
    }

    /// What a name belongs to that stands before the token at `index`, comments left aside.
    pub fn path(&self, index: usize) -> Path<'a> {
        let Some((at, mark)) = self.last(index) else { return Path::Alone };
        let before = self.last(at).map(|(_, it)| it);
        match (mark.of(self.text), before) {
            (".", Some(it)) if it.kind == Kind::Word => match self.last(at) {
                // `rail.psu.` is a member of a member.
                Some((word, _)) if self.path(word) == Path::Alone => Path::Of(it.of(self.text)),
                _ => Path::OfSomething,
            },
            (".", Some(it)) if it.kind == Kind::Number => Path::OfNumber,
            (".", Some(_)) => Path::OfSomething,
            ("::", Some(it)) if it.kind == Kind::Word => Path::In(it.of(self.text)),
            _ => Path::Alone,
        }
    }

    /// The innermost call whose parentheses are open before the token at `index`.
    pub fn call(&self, index: usize) -> Option<OpenCall<'a>> {
        let (mut depth, mut argument, mut in_map) = (0_usize, 0, false);
        let mut at = index;
        while let Some((here, token)) = self.last(at) {
            at = here;
            match token.of(self.text) {
                ")" | "]" | "}" => depth += 1,
                "," if depth == 0 => argument += 1,
                // A statement has ended or a block was opened: what is further out is no call.
                ";" if depth == 0 => return None,
                "{" if depth == 0 => return None,
                "#{" | "[" if depth == 0 => {
                    (in_map, argument) = (token.of(self.text) == "#{" && !in_map, 0);
                }
                "(" if depth == 0 => {
                    let (word, name) = self.last(here)?;
                    if name.kind != Kind::Word {
                        // Mere parentheses: their call is further out.
                        (argument, in_map) = (0, false);
                        continue;
                    }
                    let (path, name) = (self.path(word), name.of(self.text));
                    return Some(OpenCall { path, name, argument, in_map });
                }
                "(" | "[" | "{" | "#{" => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        None
    }

    /// The last token before the one at `index` that is no comment.
    fn last(&self, index: usize) -> Option<(usize, &'a Token)> {
        let before = self.tokens.get(..index)?.iter().enumerate().rev();
        let mut before = before.filter(|(_, it)| it.kind != Kind::Comment);
        before.next()
    }
}

#[cfg(test)]
mod tests {
    use super::super::lexer::tokens;
    use super::*;

    /// What is open where `¦` stands in `text`.
    fn call(text: &str) -> Option<(String, usize, bool)> {
        let offset = text.find('¦').unwrap();
        let text = text.replacen('¦', "", 1);
        let tokens = tokens(&text);
        let cursor = Cursor { text: &text, tokens: &tokens, offset };
        let it = cursor.call(cursor.before())?;
        Some((it.name.to_owned(), it.argument, it.in_map))
    }

    #[test]
    fn the_innermost_open_call_is_found_with_its_argument() {
        let found = |name: &str, argument, in_map| Some((name.to_owned(), argument, in_map));
        assert_eq!(call("measure(\"a\", f(1, 2), ¦"), found("measure", 2, false));
        assert_eq!(call("measure(\"a\", f(1, ¦"), found("f", 1, false));
        assert_eq!(call("ask(\"a, (b\", #{ within: 1.s, ¦"), found("ask", 1, true));
        assert_eq!(call("f(1, (2 + ¦"), found("f", 1, false));
        assert_eq!(call("f([1, 2, ¦"), found("f", 0, false));
        assert_eq!(call("step(\"a\", || { ¦"), None);
        assert_eq!(call("f(1); ¦"), None);
        assert_eq!(call("f(1)¦"), None);
        assert_eq!(call("¦"), None);
    }
}

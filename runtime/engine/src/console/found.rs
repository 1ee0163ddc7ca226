//! Patterns in what a unit says, and what they find.

use pogo_hal::Diagnostic;
use regex::{Captures, Regex, RegexBuilder};

/// Bytes that a compiled pattern may take.
const LARGEST: usize = 1 << 20;

/// What a pattern found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    /// All of it.
    pub(crate) text: String,
    /// Its groups, the first one first; `None` for one that is not part of this.
    pub(crate) groups: Vec<Option<String>>,
    /// The groups that have names.
    pub(crate) named: Vec<(String, Option<String>)>,
    /// Where it ends.
    pub(super) end: usize,
}

impl Found {
    /// The first place in `text` that `pattern` describes, if there is one with something in it.
    pub(super) fn first(pattern: &Regex, text: &str) -> Option<Self> {
        let captures = pattern.captures(text)?;
        let whole = captures.get(0)?;
        // A pattern that describes nothing would be found before the unit has said anything.
        if whole.is_empty() {
            return None;
        }
        let group = |it: Option<regex::Match<'_>>| it.map(|it| it.as_str().to_owned());
        let named = |captures: &Captures<'_>| {
            let names = pattern.capture_names().flatten();
            names.map(|name| (name.to_owned(), group(captures.name(name)))).collect()
        };
        Some(Self {
            text: whole.as_str().to_owned(),
            groups: captures.iter().skip(1).map(group).collect(),
            named: named(&captures),
            end: whole.end(),
        })
    }
}

/// Reads a pattern. `^` and `$` stand for the beginning and the end of a line.
///
/// # Errors
///
/// It is no regular expression, too large a one, or describes nothing at all.
pub(crate) fn pattern(source: &str) -> Result<Regex, Diagnostic> {
    let built = RegexBuilder::new(source).size_limit(LARGEST).multi_line(true).build();
    let regex = built.map_err(|error| {
        let text = error.to_string();
        let last = text.lines().last().unwrap_or_default();
        let what = last.trim_start_matches("error: ");
        Diagnostic::new(format!("`{source}` is not a regular expression: {what}"))
            .with_hint("a backslash before a character takes it literally: `\\\\.`, `\\\\[`")
    })?;
    if regex.is_match("") {
        return Err(Diagnostic::new(format!("`{source}` also describes nothing at all"))
            .with_hint("say what has to come: `.+` instead of `.*`"));
    }
    Ok(regex)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_finds_its_groups_by_number_and_by_name() {
        let regex = pattern(r"^(?<name>\w+)=(-?[0-9.]+)( K)?$").unwrap();
        let found = Found::first(&regex, "boot\ntemp=23.5\nmore").unwrap();
        assert_eq!(found.text, "temp=23.5");
        assert_eq!(found.groups, [Some("temp".into()), Some("23.5".into()), None]);
        assert_eq!(found.named, [("name".to_owned(), Some("temp".to_owned()))]);
    }

    #[test]
    fn what_is_no_pattern_says_why() {
        for (text, said) in [
            ("temp=(", "unclosed group"),
            ("a{100000}{1000}", "size"),
            (".*", "describes nothing at all"),
            ("(?=x)", "look-around"),
        ] {
            let wrong = pattern(text).unwrap_err();
            assert!(wrong.message.contains(said), "{text}: {wrong:?}");
            assert!(wrong.message.starts_with(&format!("`{text}`")), "{wrong:?}");
        }
    }
}

//! The secrets of a run, and where they stand although they must not.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use zeroize::Zeroizing;

use super::Secret;
use super::search::Search;
use super::spelling::spellings;
use crate::{Diagnostic, nearest};

/// The secrets of a run. With none of them, everything here costs nothing.
#[derive(Default)]
pub struct Secrets {
    all: Vec<Secret>,
    search: Option<Search>,
}

/// A secret that stands where it must not.
#[derive(Clone, Debug)]
pub struct Found<'a> {
    /// Which.
    pub secret: &'a Secret,
    /// The encoding that it is in: `hex`; empty if it stands there as it is.
    pub encoding: &'static str,
    /// Where, in bytes.
    pub range: Range<usize>,
}

impl fmt::Display for Found<'_> {
    /// As people read it: ``the secret `wifi_key` in hex``.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, encoding) = (self.secret.name(), self.encoding);
        match encoding {
            "" => write!(f, "the secret `{name}`"),
            _ => write!(f, "the secret `{name}` in {encoding}"),
        }
    }
}

impl Secrets {
    /// These secrets.
    ///
    /// # Errors
    ///
    /// Two of them have one content: nobody could say which was found.
    pub fn new(all: Vec<Secret>) -> Result<Self, Diagnostic> {
        for (at, one) in all.iter().enumerate() {
            let same = |it: &&Secret| it.exposed().eq_ignore_ascii_case(one.exposed());
            if let Some(other) = all[..at].iter().find(same) {
                let (one, other) = (one.name(), other.name());
                return Err(Diagnostic::new(format!("`{other}` and `{one}` are the same secret"))
                    .with_hint("leave one of them, and use its name"));
            }
        }
        Ok(Self::of(all))
    }

    pub(super) fn of_one(secret: Secret) -> Self {
        Self::of(vec![secret])
    }

    fn of(all: Vec<Secret>) -> Self {
        let each = |(at, it): (usize, &Secret)| {
            spellings(it.exposed()).into_iter().map(move |spelling| (at, spelling))
        };
        let spellings: Vec<_> = all.iter().enumerate().flat_map(each).collect();
        let search = (!spellings.is_empty()).then(|| Search::new(spellings));
        Self { all, search }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Their names, in the order in which they were given.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(Secret::name)
    }

    /// The secret called `name`.
    pub fn named(&self, name: &str) -> Option<&Secret> {
        self.all.iter().find(|it| it.name() == name)
    }

    /// How many bytes the longest text has that is looked for. Whoever looks through something
    /// piece by piece lets the pieces overlap by one less.
    pub fn longest(&self) -> usize {
        self.search.as_ref().map_or(0, Search::longest)
    }

    /// `text` as it is sent to a device: the content of each secret in the place of its
    /// `[secret NAME]`.
    ///
    /// # Errors
    ///
    /// There is no secret of that name.
    pub fn fill(&self, text: &str) -> Result<Zeroizing<Vec<u8>>, Diagnostic> {
        let mut filled = Zeroizing::new(Vec::new());
        let mut rest = text;
        while let Some((before, (name, behind))) =
            rest.split_once("[secret ").and_then(|it| Some((it.0, it.1.split_once(']')?)))
        {
            let secret = self.named(name).ok_or_else(|| self.unknown(name))?;
            filled.extend_from_slice(before.as_bytes());
            filled.extend_from_slice(secret.exposed());
            rest = behind;
        }
        filled.extend_from_slice(rest.as_bytes());
        Ok(filled)
    }

    /// That there is no secret called `name`, and which may have been meant.
    pub fn unknown(&self, name: &str) -> Diagnostic {
        if self.is_empty() {
            return Diagnostic::new(format!("nobody has given the secret `{name}`"))
                .with_hint("give `--secrets FILE`, or name the file in POGO_SECRETS");
        }
        let message = format!("there is no secret `{name}` in the file of secrets");
        match nearest(name, self.names()) {
            Some(it) => Diagnostic::new(message).with_hint(format!("did you mean `{it}`?")),
            None => {
                let names: Vec<&str> = self.names().collect();
                Diagnostic::new(message).with_hint(format!("it has {}", names.join(", ")))
            }
        }
    }

    /// The first that stands in `bytes`.
    pub fn find(&self, bytes: &[u8]) -> Option<Found<'_>> {
        self.find_from(bytes, 0)
    }

    /// All that stand in `bytes`, in order; where several begin at one place, the longest.
    pub fn find_all<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = Found<'a>> {
        let mut from = 0;
        std::iter::from_fn(move || {
            let found = self.find_from(bytes, from)?;
            from = found.range.end;
            Some(found)
        })
    }

    fn find_from(&self, bytes: &[u8], from: usize) -> Option<Found<'_>> {
        let (range, whose, spelling) = self.search.as_ref()?.find(bytes, from)?;
        Some(Found { secret: &self.all[whose], encoding: spelling.encoding, range })
    }

    /// `bytes` with `[secret NAME]` in the place of each that stands there.
    pub fn hide_bytes<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        let mut hidden = Vec::new();
        let mut end = 0;
        for found in self.find_all(bytes) {
            hidden.extend_from_slice(&bytes[end..found.range.start]);
            hidden.extend_from_slice(found.secret.placeholder().as_bytes());
            end = found.range.end;
        }
        if end == 0 {
            return bytes.into();
        }
        hidden.extend_from_slice(&bytes[end..]);
        hidden.into()
    }

    /// `text` with `[secret NAME]` in the place of each that stands there.
    pub fn hide<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.hide_bytes(text.as_bytes()) {
            Cow::Borrowed(_) => text.into(),
            // One that is no text can begin inside a letter.
            Cow::Owned(hidden) => String::from_utf8_lossy(&hidden).into_owned().into(),
        }
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(&self.all).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(all: &[(&str, &[u8])]) -> Secrets {
        let secret = |(name, content): &(&str, &[u8])| Secret::new(name, content.to_vec()).unwrap();
        Secrets::new(all.iter().map(secret).collect()).unwrap()
    }

    const KEY: &[u8] = b"Tr0ub4dor & \"3\"";

    #[test]
    fn a_secret_is_hidden_however_it_is_written() {
        let it = secrets(&[("wifi_key", KEY)]);
        for (text, hidden) in [
            ("AT+KEY=Tr0ub4dor & \"3\";", "AT+KEY=[secret wifi_key];"),
            ("at+key=TR0UB4DOR & \"3\"", "at+key=[secret wifi_key]"),
            (r#"{"a":"Tr0ub4dor & \"3\""}"#, r#"{"a":"[secret wifi_key]"}"#),
            ("say \"Tr0ub4dor & \"\"3\"\"\"", "say \"[secret wifi_key]\""),
            ("Tr0ub4dor &amp; &quot;3&quot;", "[secret wifi_key]"),
            ("=547230756234646F72202620223322=", "=[secret wifi_key]="),
            ("54:72:30:75:62:34:64:6f:72:20:26:20:22:33:22", "[secret wifi_key]"),
            ("?k=Tr0ub4dor%20%26%20%223%22&b", "?k=[secret wifi_key]&b"),
            ("VHIwdWI0ZG9yICYgIjMi", "[secret wifi_key]"),
            // `user:` before it, and ` end` behind.
            ("dXNlcjpUcjB1YjRkb3IgJiAiMyIgZW5k", "dXNlcjp[secret wifi_key]IgZW5k"),
            ("Tr0ub4dor & ", "Tr0ub4dor & "),
        ] {
            assert_eq!(it.hide(text), hidden, "{text}");
        }
        let twice = "Tr0ub4dor & \"3\"Tr0ub4dor & \"3\"";
        assert_eq!(it.hide(twice), "[secret wifi_key][secret wifi_key]");
    }

    #[test]
    fn of_two_that_begin_alike_the_longer_is_meant() {
        let it = secrets(&[("short", b"correct horse"), ("long", b"correct horse battery")]);
        assert_eq!(it.hide("a correct horse battery"), "a [secret long]");
        assert_eq!(it.hide("a correct horse bat"), "a [secret short] bat");
        let found = it.find(b"a correct horse bat").unwrap();
        assert_eq!((found.secret.name(), found.range.clone()), ("short", 2..15));
        assert_eq!(found.to_string(), "the secret `short`");
    }

    #[test]
    fn what_is_no_text_is_found_among_bytes_and_inside_a_text() {
        let it = secrets(&[("key", &[0xa9, 1, 2, 3, 4, 5, 6, 7])]);
        assert_eq!(
            it.hide_bytes(b"\xc3\xa9\x01\x02\x03\x04\x05\x06\x07!").as_ref(),
            b"\xc3[secret key]!"
        );
        assert_eq!(it.hide("é\u{1}\u{2}\u{3}\u{4}\u{5}\u{6}\u{7}!"), "\u{fffd}[secret key]!");
        assert_eq!(it.hide("a901020304050607"), "[secret key]");
    }

    #[test]
    fn nothing_is_copied_where_nothing_is_found() {
        for it in [Secrets::default(), secrets(&[("key", KEY)])] {
            assert!(matches!(it.hide("Tr0ub4dor"), Cow::Borrowed("Tr0ub4dor")));
        }
        assert_eq!(format!("{:?}", secrets(&[("key", KEY)])), "{[secret key]}");
    }

    #[test]
    fn what_is_sent_has_the_content_in_its_place() {
        let it = secrets(&[("key", KEY), ("code", b"open sesame")]);
        let filled = |text| it.fill(text).map(|it| String::from_utf8(it.to_vec()).unwrap());
        let text = "A [secret code],[secret key]; [secret] [secret x";
        assert_eq!(filled(text).unwrap(), "A open sesame,Tr0ub4dor & \"3\"; [secret] [secret x");
        let error = filled("[secret cod]").unwrap_err();
        assert_eq!(error.message, "there is no secret `cod` in the file of secrets");
        assert_eq!(error.hint.as_deref(), Some("did you mean `code`?"));
        let error = Secrets::default().fill("[secret code]").unwrap_err();
        assert_eq!(error.message, "nobody has given the secret `code`");
    }

    #[test]
    fn one_content_has_one_name() {
        let secret = |name, content: &[u8]| Secret::new(name, content.to_vec()).unwrap();
        let error = Secrets::new(vec![secret("a", KEY), secret("b", KEY)]).unwrap_err();
        assert_eq!(error.message, "`a` and `b` are the same secret");
        assert!(Secrets::new(vec![secret("a", KEY), secret("b", b"another one")]).is_ok());
    }
}

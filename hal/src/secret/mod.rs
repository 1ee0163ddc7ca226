//! Values that are sent to a device and shown to nobody.
//!
//! A [`Secret`] has a name, which may be shown, and a content, which may not. [`Secrets`] finds the
//! contents in whatever must not hold them, also in the encodings in which they usually get there.

mod search;
mod secrets;
mod spelling;

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::Diagnostic;

pub use secrets::{Found, Secrets};

/// A named value that is sent to a device and shown to nobody. Clones share one content, which is
/// wiped from memory when the last of them goes.
#[derive(Clone)]
pub struct Secret(Arc<Inner>);

struct Inner {
    name: String,
    content: Zeroizing<Vec<u8>>,
}

impl Secret {
    /// The fewest bytes: anything shorter is found by chance.
    pub const SHORTEST: usize = 8;
    /// The most bytes: a private key of any kind fits.
    pub const LONGEST: usize = 16 << 10;

    /// The fewest digits that a secret of nothing else has: records are full of shorter numbers.
    const FEWEST_DIGITS: usize = 12;
    /// The fewest different bytes: what repeats itself is found by chance.
    const FEWEST_DIFFERENT: usize = 4;
    const LONGEST_NAME: usize = 64;

    /// The secret called `name`, of which `content` is what a device gets.
    ///
    /// # Errors
    ///
    /// `name` is none, or gives the content away; `content` is too long, or could not be told from
    /// what is there by chance. The message never says more of the content than its length.
    pub fn new(name: &str, content: impl Into<Zeroizing<Vec<u8>>>) -> Result<Self, Diagnostic> {
        let content = content.into();
        let letter = |c: char| c.is_ascii_lowercase();
        let plain = |c: char| letter(c) || c.is_ascii_digit() || c == '_';
        let is_name = name.starts_with(letter) && name.chars().all(plain);
        if !is_name || name.len() > Self::LONGEST_NAME {
            return Err(Diagnostic::new(format!("`{name}` cannot be the name of a secret"))
                .with_hint("write names as `wifi_key`: lower-case letters, digits and `_`"));
        }
        Self::fits(name, &content)?;
        let secret = Self(Arc::new(Inner { name: name.to_owned(), content }));
        let alone = Secrets::of_one(secret.clone());
        if alone.find(name.as_bytes()).is_some() {
            return Err(Diagnostic::new("the name of a secret gives it away")
                .with_hint("say what it is for, as in `wifi_key`"));
        }
        Ok(secret)
    }

    fn fits(name: &str, content: &[u8]) -> Result<(), Diagnostic> {
        let length = content.trim_ascii().len();
        let wrong = |what: String| Err(Diagnostic::new(format!("the secret `{name}` {what}")));
        let by_chance = "a record could not be searched for it without false alarms";
        if length < Self::SHORTEST {
            let what = format!("has {length} bytes, fewer than {}", Self::SHORTEST);
            return wrong(what).map_err(|it| it.with_hint(by_chance));
        }
        if content.len() > Self::LONGEST {
            return wrong(format!("has {} bytes, more than {}", content.len(), Self::LONGEST));
        }
        let is_number = content.iter().all(|it| it.is_ascii_digit() || b" .+-".contains(it));
        if is_number && length < Self::FEWEST_DIGITS {
            let what = format!("is a number of fewer than {} characters", Self::FEWEST_DIGITS);
            return wrong(what).map_err(|it| it.with_hint(by_chance));
        }
        let mut seen = [false; 256];
        content.iter().for_each(|byte| seen[usize::from(*byte)] = true);
        if seen.iter().filter(|it| **it).count() < Self::FEWEST_DIFFERENT {
            let what = format!("has fewer than {} different bytes", Self::FEWEST_DIFFERENT);
            return wrong(what).map_err(|it| it.with_hint(by_chance));
        }
        Ok(())
    }

    /// Its name, which may be shown.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Its content: for whoever hands it to a device, and for nobody else.
    pub fn exposed(&self) -> &[u8] {
        &self.0.content
    }

    /// What stands in its place.
    fn placeholder(&self) -> String {
        format!("[secret {}]", self.name())
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.placeholder())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.placeholder())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(name: &str, content: &str) -> Result<Secret, Diagnostic> {
        Secret::new(name, content.as_bytes().to_vec())
    }

    #[test]
    fn a_secret_shows_its_name_and_nothing_else() {
        let it = secret("wifi_key", "correct horse").unwrap();
        for shown in [format!("{it}"), format!("{it:?}"), format!("{it:#?}")] {
            assert_eq!(shown, "[secret wifi_key]");
        }
        assert_eq!(it.exposed(), b"correct horse");
    }

    #[test]
    fn what_would_be_found_by_chance_is_refused_and_not_quoted() {
        for (content, why) in [
            ("horse", "has 5 bytes, fewer than 8"),
            ("  horse  ", "has 5 bytes, fewer than 8"),
            ("90210-4711", "is a number of fewer than 12 characters"),
            ("abcabcabcabc", "has fewer than 4 different bytes"),
            (&*"horse".repeat(4000), "has 20000 bytes, more than 16384"),
        ] {
            let error = secret("key", content).unwrap_err();
            assert_eq!(error.message, format!("the secret `key` {why}"), "{content:.20}");
            assert!(!format!("{error:?}").contains(content.trim()), "{error:?}");
        }
        assert!(secret("key", "902104711902").is_ok());
    }

    #[test]
    fn a_name_is_plain_and_gives_nothing_away() {
        for name in ["", "Key", "wifi-key", "1st", "a]", "schlüssel", &"a".repeat(65)] {
            let error = secret(name, "correct horse").unwrap_err();
            assert!(error.message.ends_with("cannot be the name of a secret"), "{error}");
        }
        let error = secret("hunter2_hunter2", "Hunter2_Hunter2").unwrap_err();
        assert_eq!(error.message, "the name of a secret gives it away");
    }
}

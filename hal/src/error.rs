//! Errors: a kind to act on, a sentence to read, a hint, a cause underneath.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use crate::Secrets;

/// What every fallible operation of a bench gives.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What a caller may do about an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Nobody answers at the address: check power, cable and `address` in the fixture file.
    Unreachable,
    /// Somebody is there but did not answer in time; the request may have been carried out.
    Timeout,
    /// The instrument understood and declined, with a code of its own.
    Refused,
    /// The instrument answered something that is not an answer.
    Garbled,
    /// The request exceeds what the fixture allows; nothing was sent.
    OutOfRange,
    /// This instrument cannot do that at all.
    Unsupported,
    /// The run was stopped while this was in progress.
    Stopped,
    /// The bench's side is proven sound and the unit under test stayed silent: the unit fails.
    NoAnswer,
}

impl ErrorKind {
    /// The kind as records and scripts spell it: `unreachable`, `no-answer`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::Refused => "refused",
            Self::Garbled => "garbled",
            Self::OutOfRange => "out-of-range",
            Self::Unsupported => "unsupported",
            Self::Stopped => "stopped",
            Self::NoAnswer => "no-answer",
        }
    }
}

/// Why something on the bench did not happen.
///
/// The message is a lowercase fragment that says who and what; the hint says what to do and is
/// printed last. Each layer that passes an error on may add one fact with [`Error::context`].
#[derive(Clone, Debug)]
pub struct Error(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    kind: ErrorKind,
    message: String,
    hint: Option<String>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of `kind` that says `message`.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { kind, message: message.into(), hint: None, source: None }))
    }

    /// Nobody answers.
    pub fn unreachable(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unreachable, message)
    }

    /// No answer in time.
    pub fn timeout(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Timeout, message)
    }

    /// Understood and declined.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Refused, message)
    }

    /// Not an answer.
    pub fn garbled(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Garbled, message)
    }

    /// Beyond what the fixture allows; nothing was sent.
    pub fn out_of_range(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::OutOfRange, message)
    }

    /// This instrument cannot.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unsupported, message)
    }

    /// The run was stopped.
    pub fn stopped(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Stopped, message)
    }

    /// Says what to do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Keeps what caused it.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into().into());
        self
    }

    /// Puts one more fact in front: `psu.set_voltage`.
    #[must_use]
    pub fn context(mut self, fact: impl fmt::Display) -> Self {
        self.0.message = format!("{fact}: {}", self.0.message);
        self
    }

    /// The same, saying none of `secrets`: an instrument may answer with what it was told. A cause
    /// that says one is left out.
    #[must_use]
    pub fn hiding(mut self, secrets: &Secrets) -> Self {
        if secrets.is_empty() {
            return self;
        }
        self.0.message = secrets.hide(&self.0.message).into_owned();
        self.0.hint = self.0.hint.map(|hint| secrets.hide(&hint).into_owned());
        let says_one = |it: &Arc<dyn StdError + Send + Sync>| {
            secrets.find(format!("{it} {it:?}").as_bytes()).is_some()
        };
        self.0.source = self.0.source.filter(|it| !says_one(it));
        self
    }

    /// What a caller may do about it.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What happened.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Secret;

    #[test]
    fn an_error_can_be_made_to_say_no_secret() {
        let secret = Secret::new("code", b"open sesame".to_vec()).unwrap();
        let secrets = Secrets::new(vec![secret]).unwrap();
        let said = || Error::refused("`OFF,open sesame` refused").with_hint("not open sesame");
        let error = said().caused_by(said()).hiding(&secrets);
        assert_eq!(error.message(), "`OFF,[secret code]` refused");
        assert_eq!(error.hint(), Some("not [secret code]"));
        assert!(error.source().is_none());
        let error = Error::refused("no").caused_by(Error::timeout("late")).hiding(&secrets);
        assert_eq!(error.source().unwrap().to_string(), "late");
    }
}

//! Colour, where it is wanted: on a terminal, unless `NO_COLOR` is set.

use std::env;
use std::fmt::Display;
use std::io::IsTerminal;

use pogo_record::{Colour, Reason, Verdict};

/// Whether text is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// Plain text.
    Plain,
    /// With the control sequences of ECMA-48.
    Coloured,
}

impl Paint {
    /// What suits `stream`: stdout or stderr.
    pub fn of(stream: &impl IsTerminal) -> Self {
        // An empty `NO_COLOR` counts as unset. Source: no-color.org.
        let refused = env::var_os("NO_COLOR").is_some_and(|it| !it.is_empty());
        if stream.is_terminal() && !refused { Self::Coloured } else { Self::Plain }
    }

    /// What matters.
    pub fn bold(self, text: impl Display) -> String {
        self.with("1", text)
    }

    /// What matters less.
    pub fn dim(self, text: impl Display) -> String {
        self.with("2", text)
    }

    /// What is wrong.
    pub fn error(self, text: impl Display) -> String {
        self.with("1;31", text)
    }

    /// In the colour of `verdict`.
    pub fn verdict(self, verdict: Verdict, text: impl Display) -> String {
        let reason = match verdict {
            Verdict::Pass => Reason::Passed,
            Verdict::Fail => Reason::Limit,
            Verdict::Error => Reason::BenchError,
            Verdict::Aborted => Reason::Stopped,
        };
        let code = match reason.row().colour {
            Colour::Green => "32",
            Colour::Red => "1;31",
            Colour::Yellow => "1;33",
            Colour::Magenta => "1;35",
        };
        self.with(code, text)
    }

    fn with(self, code: &str, text: impl Display) -> String {
        match self {
            Self::Plain => text.to_string(),
            Self::Coloured => format!("\x1b[{code}m{text}\x1b[0m"),
        }
    }
}

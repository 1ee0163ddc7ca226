//! What the record answers when somebody asks: each answer a pure function of what is stored, so
//! that asking twice gives the same answer twice.
//!
//! Only runs in the mode `production` are evidence about a unit. The others are shown with the mode
//! that they have, and never counted together with those that count.
//!
//! Deliberately absent: nothing here verifies anything (`verify` does), and nothing prints.

mod amount;
pub mod attempt;
pub mod difference;
mod fact;
pub mod history;
pub mod release;
pub(crate) mod start;
mod time;
pub mod trace;
pub mod yields;

use serde::Serialize;

pub use fact::{Fact, Known, NOT_RECORDED};
pub use time::{day, seconds, utc};

use crate::body::Mode;

/// The one mode that counts as evidence about a unit.
pub const COUNTS: Mode = Mode::Production;

/// The modes, the one that counts first.
pub const MODES: [Mode; 3] = [Mode::Production, Mode::Engineering, Mode::Simulate];

/// What has to stand above everything in this mode; nothing where it counts.
pub fn warning(mode: Mode) -> Option<String> {
    mode.caveat().map(|it| it.replacen("no evidence", "NO EVIDENCE", 1))
}

/// `1 unit`, `2 units`.
pub fn counted(count: impl TryInto<u64>, what: &str) -> String {
    match count.try_into().unwrap_or(u64::MAX) {
        1 => format!("1 {what}"),
        more => format!("{more} {what}s"),
    }
}

/// How many of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Share {
    /// How many of them.
    pub of: u64,
    /// How many there are.
    pub n: u64,
}

impl Share {
    /// One more, which is one `of` them or not.
    pub(crate) fn count(&mut self, of: bool) {
        self.n += 1;
        self.of += u64::from(of);
    }

    /// As a number from 0 to 1; `None` of none.
    pub fn ratio(self) -> Option<f64> {
        (self.n > 0).then(|| self.of as f64 / self.n as f64)
    }

    /// As people read it: `98.97 %`, or a dash of none.
    pub fn percent(self) -> String {
        self.ratio().map_or_else(|| "–".to_owned(), |it| format!("{:.2} %", it * 100.0))
    }
}

#[cfg(test)]
mod tests;

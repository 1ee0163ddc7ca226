//! One fact about a store.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::error::{RecordError, RecordErrorKind};

/// What a fact says of the store, from good to bad.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Nothing is wrong.
    #[default]
    Fine,
    /// The record is sound; somebody should see to something.
    Attention,
    /// It cannot be told.
    Unknown,
    /// The record is not what was written.
    Damaged,
}

/// One fact about a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// What it is about, in one word.
    pub name: &'static str,
    /// What that means.
    pub state: State,
    /// What it is, as a fragment.
    pub is: String,
    /// What to do about it.
    pub advice: Option<String>,
    /// The numbers in it.
    pub numbers: BTreeMap<&'static str, u64>,
}

impl Fact {
    pub(super) fn fine(name: &'static str, is: impl Into<String>) -> Self {
        let (state, is, numbers) = (State::Fine, is.into(), BTreeMap::new());
        Self { name, state, is, advice: None, numbers }
    }

    /// The same, with something to do about it.
    pub(super) fn but(self, state: State, advice: impl Into<String>) -> Self {
        Self { state, advice: Some(advice.into()), ..self }
    }

    /// The same with a number of it.
    pub(super) fn number(mut self, name: &'static str, number: u64) -> Self {
        self.numbers.insert(name, number);
        self
    }

    /// It could not be told, or what was told is that the record is damaged.
    pub(super) fn failed(name: &'static str, failure: &RecordError) -> Self {
        let state = match failure.kind() {
            RecordErrorKind::Damaged => State::Damaged,
            RecordErrorKind::Failed | RecordErrorKind::Refused => State::Unknown,
        };
        let advice = failure.hint().unwrap_or(VERIFY);
        Self::fine(name, failure.message()).but(state, advice)
    }
}

/// What to do about damage.
pub(super) const VERIFY: &str = "`pogo verify` says more; keep a copy of the store as it is";

/// `1 file`, `2 files`.
pub(super) fn count(number: u64, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// How long ago something was, in the largest unit that says enough, and in seconds. What is yet to
/// come by the clock was just now.
pub(super) fn ago(then: Timestamp) -> (String, u64) {
    let seconds = Timestamp::now().duration_since(then).as_secs().max(0).unsigned_abs();
    (long(seconds), seconds)
}

/// So many seconds.
pub(super) fn long(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_of_several_facts_is_the_damage() {
        let states = [State::Unknown, State::Fine, State::Damaged, State::Attention];
        assert_eq!(states.into_iter().max(), Some(State::Damaged));
        assert!(State::Unknown > State::Attention && State::Attention > State::Fine);
    }

    #[test]
    fn a_time_is_said_in_the_unit_that_says_enough() {
        let said = [0, 119, 120, 7_199, 7_200, 172_799, 172_800, 864_000].map(long);
        let expected = ["0 s", "119 s", "2 min", "119 min", "2 h", "47 h", "2 days", "10 days"];
        assert_eq!(said, expected);
    }

    #[test]
    fn what_the_clock_has_not_come_to_was_just_now() {
        assert_eq!(ago(Timestamp::MAX), ("0 s".to_owned(), 0));
    }
}

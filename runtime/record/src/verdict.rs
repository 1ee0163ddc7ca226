//! Verdicts, the reasons for them, and what each means to a program, a person and a CI server.
//!
//! This file holds the one table: whoever needs an exit code, a colour or a JUnit element for an
//! outcome asks here.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The run passed.
pub const EXIT_PASS: u8 = 0;
/// The unit is bad.
pub const EXIT_FAIL: u8 = 1;
/// Refused before anything was opened.
pub const EXIT_REFUSED: u8 = 2;
/// No verdict about the unit: the bench or the script went wrong while running.
pub const EXIT_NO_VERDICT: u8 = 3;
/// The record is not what it was.
pub const EXIT_INTEGRITY: u8 = 4;
/// The command line makes no sense.
pub const EXIT_COMMAND_LINE: u8 = 64;
/// Stopped by somebody, or by the end of the process.
pub const EXIT_ABORTED: u8 = 130;

/// What is known about the unit. Ordered: a parent's verdict is its children's greatest.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Everything that was judged is within its limits.
    #[default]
    Pass,
    /// The unit is bad.
    Fail,
    /// The bench or the script is bad; nothing is known about the unit.
    Error,
    /// Ended before it was done.
    Aborted,
}

impl Verdict {
    /// As a record spells it: `pass`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Error => "error",
            Self::Aborted => "aborted",
        }
    }
}

impl fmt::Display for Verdict {
    /// As people read it: `PASS`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pass => "PASS",
            Self::Fail => "FAIL",
            Self::Error => "ERROR",
            Self::Aborted => "ABORTED",
        })
    }
}

/// The colours that a terminal or a page gives to an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Good.
    Green,
    /// The unit is bad.
    Red,
    /// The bench or the script is bad.
    Yellow,
    /// Ended early.
    Magenta,
}

impl Colour {
    /// Its plain name: `green`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Red => "red",
            Self::Yellow => "yellow",
            Self::Magenta => "magenta",
        }
    }
}

/// Why a step or a run ended as it did. The reason decides the verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reason {
    /// Everything that was judged is within its limits.
    #[default]
    Passed,
    /// It was left out on purpose; changes nothing.
    Skipped,
    /// A value is outside its limit.
    Limit,
    /// The bench is proven sound and the unit stayed silent.
    NoAnswer,
    /// The unit answered where the test expects it to stay silent.
    UnexpectedAnswer,
    /// An instrument could not be reached, refused, or made no sense.
    BenchError,
    /// The script is wrong: an exception, a type, a unit.
    ScriptError,
    /// A secret would have been given away: shown, compared or recorded.
    SecretGivenAway,
    /// The script used more time, memory or depth than it may.
    ScriptLimit,
    /// Something was not over by its deadline.
    Timeout,
    /// A value is not a number, or infinite.
    NotANumber,
    /// A declared measurement was never set.
    Unset,
    /// Nothing was judged.
    JudgedNothing,
    /// A role's safe state was not confirmed.
    NotSafe,
    /// The record could not be written.
    NotRecorded,
    /// Refused before anything was opened.
    Refused,
    /// An interlock was not closed before it began.
    InterlockOpen,
    /// Somebody stopped it.
    Stopped,
    /// An interlock opened, or could not be read any more, and that stopped it.
    Interlock,
    /// The process ended before the run did.
    Interrupted,
}

/// One line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// What is known about the unit.
    pub verdict: Verdict,
    /// The program's exit code.
    pub exit_code: u8,
    /// The colour it is shown in.
    pub colour: Colour,
    /// The element inside a JUnit `testcase`; `None` for what was judged and passed.
    pub junit: Option<&'static str>,
    /// As a record spells it.
    pub name: &'static str,
    /// As people read it.
    pub sentence: &'static str,
}

const fn row(of: Verdict, exit_code: u8, name: &'static str, sentence: &'static str) -> Row {
    let (colour, junit) = match of {
        Verdict::Pass => (Colour::Green, None),
        Verdict::Fail => (Colour::Red, Some("failure")),
        Verdict::Error => (Colour::Yellow, Some("error")),
        Verdict::Aborted => (Colour::Magenta, Some("error")),
    };
    Row { verdict: of, exit_code, colour, junit, name, sentence }
}

impl Reason {
    /// Every reason, in the order of declaration.
    pub const ALL: [Self; 20] = [
        Self::Passed,
        Self::Skipped,
        Self::Limit,
        Self::NoAnswer,
        Self::UnexpectedAnswer,
        Self::BenchError,
        Self::ScriptError,
        Self::SecretGivenAway,
        Self::ScriptLimit,
        Self::Timeout,
        Self::NotANumber,
        Self::Unset,
        Self::JudgedNothing,
        Self::NotSafe,
        Self::NotRecorded,
        Self::Refused,
        Self::InterlockOpen,
        Self::Stopped,
        Self::Interlock,
        Self::Interrupted,
    ];

    /// The table.
    #[rustfmt::skip]
    pub const fn row(self) -> Row {
        use Verdict::{Aborted, Error, Fail, Pass};
        match self {
            Self::Passed => row(Pass, EXIT_PASS, "passed", "everything judged is within its limits"),
            Self::Skipped => Row { junit: Some("skipped"), ..row(Pass, EXIT_PASS, "skipped", "it was left out") },
            Self::Limit => row(Fail, EXIT_FAIL, "limit", "a value is outside its limit"),
            Self::NoAnswer => row(Fail, EXIT_FAIL, "no-answer", "the unit did not answer"),
            Self::UnexpectedAnswer => row(Fail, EXIT_FAIL, "unexpected-answer", "the unit answered where it has to be silent"),
            Self::BenchError => row(Error, EXIT_NO_VERDICT, "bench-error", "the bench went wrong"),
            Self::ScriptError => row(Error, EXIT_NO_VERDICT, "script-error", "the script is wrong"),
            Self::SecretGivenAway => row(Error, EXIT_NO_VERDICT, "secret-given-away", "a secret would have been given away"),
            Self::ScriptLimit => row(Error, EXIT_NO_VERDICT, "script-limit", "the script used more than it may"),
            Self::Timeout => row(Error, EXIT_NO_VERDICT, "timeout", "it was not over by its deadline"),
            Self::NotANumber => row(Error, EXIT_NO_VERDICT, "not-a-number", "a value is not a finite number"),
            Self::Unset => row(Error, EXIT_NO_VERDICT, "unset", "a declared measurement was never set"),
            Self::JudgedNothing => row(Error, EXIT_NO_VERDICT, "judged-nothing", "nothing was judged"),
            Self::NotSafe => row(Error, EXIT_NO_VERDICT, "not-safe", "a safe state was not confirmed"),
            Self::NotRecorded => row(Error, EXIT_NO_VERDICT, "not-recorded", "the record could not be written"),
            Self::Refused => row(Error, EXIT_REFUSED, "refused", "refused before anything was opened"),
            Self::InterlockOpen => row(Error, EXIT_NO_VERDICT, "interlock-open", "an interlock was not closed"),
            Self::Stopped => row(Aborted, EXIT_ABORTED, "stopped", "somebody stopped it"),
            Self::Interlock => row(Aborted, EXIT_ABORTED, "interlock", "an interlock opened or was lost"),
            Self::Interrupted => row(Aborted, EXIT_ABORTED, "interrupted", "the process ended before the run did"),
        }
    }

    /// What is known about the unit.
    pub const fn verdict(self) -> Verdict {
        self.row().verdict
    }

    /// The reason of a parent that has ended for `self` so far and has one more child: the one
    /// with the greater verdict, and the earlier one among equals.
    #[must_use]
    pub fn worst(self, other: Self) -> Self {
        if other.verdict() > self.verdict() { other } else { self }
    }
}

impl fmt::Display for Reason {
    /// As people read it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.row().sentence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_are_ordered_from_pass_to_aborted() {
        use Verdict::{Aborted, Error, Fail, Pass};
        assert!(Pass < Fail && Fail < Error && Error < Aborted);
    }

    #[test]
    fn a_parent_takes_its_worst_child_and_the_first_among_equals() {
        let run =
            |children: &[Reason]| children.iter().copied().fold(Reason::Passed, Reason::worst);
        assert_eq!(run(&[]), Reason::Passed);
        assert_eq!(run(&[Reason::Limit, Reason::Passed, Reason::NoAnswer]), Reason::Limit);
        assert_eq!(run(&[Reason::Limit, Reason::Timeout, Reason::BenchError]), Reason::Timeout);
        assert_eq!(run(&[Reason::BenchError, Reason::Stopped]), Reason::Stopped);
    }

    #[test]
    fn only_a_pass_exits_with_zero_and_only_a_fail_with_one() {
        for reason in Reason::ALL {
            let row = reason.row();
            assert_eq!(row.exit_code == EXIT_PASS, row.verdict == Verdict::Pass, "{reason:?}");
            assert_eq!(row.exit_code == EXIT_FAIL, row.verdict == Verdict::Fail, "{reason:?}");
            assert_eq!(
                row.exit_code == EXIT_ABORTED,
                row.verdict == Verdict::Aborted,
                "{reason:?}"
            );
            assert_eq!(row.junit.is_none(), reason == Reason::Passed, "{reason:?}");
            assert_eq!(row.colour == Colour::Green, row.verdict == Verdict::Pass, "{reason:?}");
        }
    }

    #[test]
    fn a_record_spells_verdicts_and_reasons_as_the_table_does() {
        for reason in Reason::ALL {
            let (row, text) = (reason.row(), serde_json::to_string(&reason).unwrap());
            assert_eq!(text, format!("\"{}\"", row.name));
            let verdict = serde_json::to_string(&row.verdict).unwrap();
            assert_eq!(verdict, format!("\"{}\"", row.verdict.name()));
        }
    }
}

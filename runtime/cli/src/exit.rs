//! The exit codes of the program: every one of them, and nothing else.
//!
//! Which of them a run exits with is decided by the table of verdicts in `pogo-record`, whose
//! numbers these are; a new one is a decision about the design.

use std::fmt::Write;

/// Done; for a run: everything that was judged passed.
pub const PASS: u8 = pogo_record::EXIT_PASS;

/// The unit is bad; or two runs that were compared differ.
pub const FAIL: u8 = pogo_record::EXIT_FAIL;

/// Refused before anything was opened: a script, a fixture, a model, a label or a name in one of them is
/// wrong, the disk has no room for a record, the store may only be read, or nothing of what is to be
/// exported is signed yet. Or the answer to a question is no: the evidence about a unit is not
/// complete. Nothing was sent to any instrument and no store was touched.
pub const REFUSED: u8 = pogo_record::EXIT_REFUSED;

/// There is no verdict: the bench, the script or the record went wrong while running. Nothing is
/// known about the unit.
pub const NO_VERDICT: u8 = pogo_record::EXIT_NO_VERDICT;

/// A record is not what it was when it was written.
pub const INTEGRITY: u8 = pogo_record::EXIT_INTEGRITY;

/// The command line makes no sense, or names a run, a unit, a lot or a part that the store does not
/// have.
pub const COMMAND_LINE: u8 = pogo_record::EXIT_COMMAND_LINE;

/// Stopped by somebody, or because an interlock opened; every instrument was told to be safe first.
pub const ABORTED: u8 = pogo_record::EXIT_ABORTED;

const ALL: [(u8, &str); 7] = [
    (PASS, "pass, or done"),
    (FAIL, "fail: the unit is bad; or two runs differ"),
    (
        REFUSED,
        "refused before anything was opened: a script, a fixture or a label is wrong, the disk is \
         full, the store is read-only; or the evidence about a unit is not complete",
    ),
    (NO_VERDICT, "no verdict: the bench, the script or the record went wrong"),
    (INTEGRITY, "integrity failure: a record is not what it was"),
    (COMMAND_LINE, "the command line makes no sense, or names what is not in the record"),
    (ABORTED, "stopped by somebody or by an interlock, after the bench was told to be safe"),
];

/// The codes as `pogo --help` explains them.
pub fn explained() -> String {
    ALL.iter().fold("Exit codes:".to_owned(), |mut text, (code, meaning)| {
        let _ = write!(text, "\n  {code:>3}  {meaning}");
        text
    })
}

#[cfg(test)]
mod tests {
    use pogo_record::Reason;

    use super::*;

    #[test]
    fn the_help_explains_every_exit_code_that_a_run_can_have() {
        let explained = explained();
        for reason in Reason::ALL {
            let code = reason.row().exit_code;
            assert!(explained.contains(&format!("\n  {code:>3}  ")), "{reason:?}: {code}");
        }
    }
}

//! What may be left of a run that was hit: the one table of it.

use std::process::ExitStatus;

use pogo_record::{EXIT_NO_VERDICT, Reason};

use crate::blow::Blow;
use crate::phase::Phase;
use crate::record::Recorded;
use crate::running::shown;

/// What may be left of a run.
pub struct Expected {
    /// The reasons that its record may give.
    reasons: Vec<Reason>,
    /// Whether it may be missing from the record.
    may_be_absent: bool,
    /// Whether it may have passed and be missing all the same: its record was there, and was taken.
    may_be_taken: bool,
    /// Whether its process may have been ended by a signal.
    may_be_killed: bool,
}

impl Expected {
    /// What `blow` may leave of a run in `phase`.
    pub fn after(blow: Blow, phase: Phase) -> Self {
        use Phase::{BeforeOpen, RecordClose};
        use Reason::{BenchError, Interrupted, NotRecorded, Passed, Stopped, Timeout};
        let mut reasons = match blow {
            _ if blow.kills() => vec![Interrupted],
            Blow::Signal(_) | Blow::Twice(..) | Blow::CloseTerminal => vec![Stopped],
            // What cannot be written any more cannot say why either.
            Blow::FillDisk | Blow::RemoveStore => vec![NotRecorded, Interrupted],
            Blow::HangMeter { interrupted: true } => vec![Stopped, BenchError, Timeout],
            Blow::HangMeter { .. } | Blow::KillMeter => vec![BenchError, Timeout],
            Blow::KillGuardThenRun(_) => vec![],
        };
        // It may have had all it needed by then; what was removed before it was made is not missed.
        let may_pass = match blow {
            // Time enough lies between the two to close the record.
            Blow::KillGuardThenRun(_) => phase.is_after_the_scripts(),
            _ if blow.kills() => phase == RecordClose,
            // Nobody is told of a terminal that was closed before it was theirs.
            Blow::CloseTerminal if phase == BeforeOpen => true,
            Blow::RemoveStore => phase == BeforeOpen,
            _ => phase.is_after_the_scripts(),
        };
        if may_pass {
            reasons.push(Passed);
        }
        let may_be_absent = match blow {
            Blow::RemoveStore => true,
            Blow::FillDisk => phase.is_before_the_record(),
            Blow::HangMeter { interrupted: false } | Blow::KillMeter => false,
            _ if blow.kills() => phase.is_before_the_record(),
            _ => phase == BeforeOpen,
        };
        // Before it hears signals it dies of them, and has done nothing yet.
        let may_be_killed = blow.kills() || (phase == BeforeOpen && is_deadly(blow));
        let may_be_taken = blow == Blow::RemoveStore && phase == RecordClose;
        Self { reasons, may_be_absent, may_be_taken, may_be_killed }
    }

    /// What is wrong with a run that ended so and is in the record so, or not at all.
    pub fn complaint(&self, ended: ExitStatus, recorded: Option<&Recorded>) -> Option<String> {
        let reason = |it: &Recorded| Reason::ALL.into_iter().find(|r| r.row().name == it.reason());
        let how = shown(ended);
        let Some(recorded) = recorded else {
            return match ended.code() {
                _ if !self.may_be_absent => Some(format!("the record has no such run ({how})")),
                Some(0) if !self.may_be_taken => {
                    Some("it passed, and the record has no such run".into())
                }
                None if !self.may_be_killed => Some(format!("it ended by {how}")),
                _ => None,
            };
        };
        let says = format!("the record says {} ({how})", recorded.shown());
        let Some(reason) = reason(recorded).filter(|it| self.reasons.contains(it)) else {
            let names: Vec<_> = self.reasons.iter().map(|it| it.row().name).collect();
            return Some(format!("{says}, expected {}", names.join(" or ")));
        };
        match ended.code() {
            None if self.may_be_killed => None,
            None => Some(says),
            // It said more than it could write.
            Some(code) if reason == Reason::Interrupted && code == i32::from(EXIT_NO_VERDICT) => {
                None
            }
            Some(code) if code == i32::from(reason.row().exit_code) => None,
            Some(_) => Some(format!("{says}, expected exit {}", reason.row().exit_code)),
        }
    }
}

fn is_deadly(blow: Blow) -> bool {
    matches!(
        blow,
        Blow::Signal(_)
            | Blow::Twice(..)
            | Blow::CloseTerminal
            | Blow::HangMeter { interrupted: true }
    )
}

//! What can go wrong.

use nix::errno::Errno;

use crate::arguments::Arguments;
use crate::bench::Benches;
use crate::clock::{self, Step};
use crate::fault::{self, Outcome};
use crate::job::Job;
use crate::order;
use crate::shim::{self, Fault};
use crate::table::Line;

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub enum Row {
    /// Each call of this name on the store's files fails once.
    Fault { job: Job, call: &'static str, error: Errno, half: bool },
    /// Nothing fails; the order of writing and speaking is looked at.
    Order,
    /// The clock is set.
    Clock(Step),
}

impl Row {
    /// All of them.
    pub fn all() -> Vec<Self> {
        let mut rows = Vec::new();
        let errors = [Errno::EIO, Errno::ENOSPC];
        for (job, calls) in [
            (Job::Passes, &["sync", "pwrite", "write"][..]),
            // Attachments are written to no database.
            (Job::Attaches, &["sync", "write"]),
        ] {
            for &call in calls {
                let fault = |error| Self::Fault { job, call, error, half: false };
                rows.extend(errors.map(fault));
                if call != "sync" {
                    rows.push(Self::Fault { job, call, error: Errno::ENOSPC, half: true });
                }
            }
        }
        rows.extend([Self::Order, Self::Clock(clock::BACK), Self::Clock(clock::FORWARD)]);
        rows
    }

    /// Whether it is asked for.
    pub fn is_asked(self, arguments: &Arguments) -> bool {
        let (name, _) = self.name();
        arguments.rows.is_empty() || arguments.rows.iter().any(|it| name.starts_with(it))
    }

    fn name(self) -> (String, String) {
        match self {
            Self::Fault { job, call, error, half } => {
                let of = if job == Job::Attaches { ", attaching" } else { "" };
                let half = if half { " after half" } else { "" };
                (format!("{call}{of}"), format!("{error:?}{half}"))
            }
            Self::Order => ("start before stimulus".into(), "-".into()),
            Self::Clock(step) => ("clock set".into(), step.by.into()),
        }
    }

    /// Takes all its points.
    pub fn take(self, benches: &Benches, arguments: &Arguments) -> Line {
        let (what, how) = self.name();
        let mut line = Line::new(what, how);
        match self {
            Self::Fault { job, call, error, half } => {
                line.missing = shim::missing();
                if line.missing.is_none() {
                    let number = if half { -(error as i32) } else { error as i32 };
                    every_call(job, Fault { call, number, at: 0 }, benches, arguments, &mut line);
                }
            }
            Self::Order => {
                line.missing = order::missing();
                if line.missing.is_none() {
                    let stores = [true, false];
                    let taken = benches.each(&[(); 2], |bench, ()| {
                        stores.map(|is_new| order::take(bench, is_new))
                    });
                    taken.into_iter().flatten().for_each(|it| line.add("run".into(), it));
                }
            }
            Self::Clock(step) => {
                line.missing = clock::missing();
                if line.missing.is_none() {
                    let jobs = [Job::Waits, Job::Outlives, Job::Waits, Job::Outlives];
                    let taken = benches.each(&jobs, |bench, job| clock::take(bench, *job, step));
                    let named = jobs.iter().map(|job| format!("{job:?}"));
                    named.zip(taken).for_each(|(name, it)| line.add(name, it));
                }
            }
        }
        line
    }
}

/// Lets the first call fail, the second, and so on, until a run does not come as far.
fn every_call(job: Job, fault: Fault, benches: &Benches, arguments: &Arguments, line: &mut Line) {
    let counted = benches.each(&[fault], |bench, fault| {
        let outcome = fault::take(bench, job, *fault);
        (outcome, shim::calls(bench).count(fault.call))
    });
    let Some((unharmed, count)) = counted.into_iter().next() else { return };
    line.add("nothing fails".into(), unharmed.complaints);
    let mut next = 1;
    let mut last = count;
    loop {
        let points: Vec<_> = (next..=last).step_by(step(arguments)).collect();
        let taken = benches.each(&points, |bench, at| {
            let outcome = fault::take(bench, job, Fault { at: *at, ..fault });
            if arguments.verbose {
                eprintln!("{job:?} {} {} {at}: {}", fault.call, fault.number, outcome.ended);
            }
            outcome
        });
        let all_reached = taken.iter().all(|it| it.reached);
        for (at, Outcome { complaints, reached, .. }) in points.iter().zip(taken) {
            line.reached += u64::from(reached);
            line.add(format!("call {at}"), complaints);
        }
        // How entries are grouped is a matter of time, so that a run may come further than others.
        if next > count && !all_reached {
            return;
        }
        (next, last) = (last + 1, last + 1);
    }
}

fn step(arguments: &Arguments) -> usize {
    usize::try_from(arguments.every).unwrap_or(usize::MAX)
}

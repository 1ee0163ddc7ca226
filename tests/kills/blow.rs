//! What happens to a run in the middle of it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use nix::sys::signal::Signal;
use pogo_tests::disk::SmallDisk;

use crate::bench::Bench;
use crate::job::Pastime;
use crate::processes;
use crate::running::Running;
use pogo_tests::real_time::pause;

/// An event, with whatever was drawn for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blow {
    /// The run gets a signal.
    Signal(Signal),
    /// It gets the same signal again.
    Twice(Signal, Duration),
    /// The terminal that it is in goes away.
    CloseTerminal,
    /// Not another byte fits on the store's disk.
    FillDisk,
    /// The store's folder is removed.
    RemoveStore,
    /// Its guard is killed, and then the run.
    KillGuardThenRun(Duration),
    /// The meter hangs, and perhaps somebody presses Ctrl-C.
    HangMeter {
        /// Whether somebody does.
        interrupted: bool,
    },
    /// The meter goes away.
    KillMeter,
}

/// What a blow can hit.
pub struct Victims<'a> {
    pub run: &'a mut Running,
    pub bench: &'a mut Bench,
    pub store: &'a Path,
    pub disk: Option<&'a SmallDisk>,
}

impl Blow {
    /// What the job has to do so that the blow can be felt.
    pub fn pastime(self) -> Pastime {
        match self {
            Self::FillDisk | Self::HangMeter { .. } | Self::KillMeter => Pastime::Busy,
            _ => Pastime::Quiet,
        }
    }

    /// Whether it ends the run's process without a word.
    pub fn kills(self) -> bool {
        matches!(self, Self::Signal(Signal::SIGKILL) | Self::KillGuardThenRun(_))
    }

    /// Strikes; returns once it has happened.
    pub fn strike(self, victims: &mut Victims) {
        let Victims { run, bench, store, disk } = victims;
        match self {
            Self::Signal(signal) => processes::signal(run.id(), signal),
            Self::Twice(signal, between) => {
                processes::signal(run.id(), signal);
                pause(between);
                // It may be over by now.
                if !run.has_ended() {
                    processes::signal(run.id(), signal);
                }
            }
            Self::CloseTerminal => run.close_terminal(),
            Self::FillDisk => disk.iter().for_each(|disk| disk.fill()),
            Self::RemoveStore => remove(store),
            Self::KillGuardThenRun(between) => {
                let guards = run.processes().into_iter().filter(processes::Process::is_guard);
                guards.for_each(|guard| processes::signal(guard.id, Signal::SIGKILL));
                pause(between);
                if !run.has_ended() {
                    processes::signal(run.id(), Signal::SIGKILL);
                }
            }
            Self::HangMeter { interrupted } => {
                processes::signal(bench.meter(), Signal::SIGSTOP);
                if interrupted {
                    processes::signal(run.id(), Signal::SIGINT);
                }
            }
            Self::KillMeter => processes::signal(bench.meter(), Signal::SIGKILL),
        }
    }

    /// Puts the bench in order, as somebody does before the next run.
    pub fn repair(self, bench: &mut Bench, disk: Option<&SmallDisk>) {
        match self {
            Self::FillDisk => disk.iter().for_each(|disk| disk.clear()),
            Self::HangMeter { .. } => processes::signal(bench.meter(), Signal::SIGCONT),
            Self::KillMeter => bench.replace_meter(),
            _ => {}
        }
    }
}

/// Removes `store` with everything in it, also what is made in it meanwhile.
fn remove(store: &Path) {
    for _ in 0..100 {
        match fs::remove_dir_all(store) {
            Err(cause) if cause.kind() == std::io::ErrorKind::DirectoryNotEmpty => {}
            // Not there yet is removed, too.
            _ => return,
        }
    }
}

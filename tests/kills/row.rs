//! What can end a run.

use std::time::Duration;

use clap::ValueEnum;
use nix::sys::signal::Signal;
use pogo_tests::disk;

use crate::blow::Blow;
use crate::dice::Dice;

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Row {
    /// Ctrl-C
    Sigint,
    /// Ctrl-C, and again 50 ms later
    SigintTwice,
    /// What a service manager says
    Sigterm,
    /// What a closed terminal says
    Sighup,
    /// What nobody can hear
    Sigkill,
    /// The terminal that the run is in goes away
    TerminalClosed,
    /// The store's disk is full
    DiskFull,
    /// The store's folder is removed
    StoreRemoved,
    /// The guard is killed, and the run 50 ms later
    GuardThenRuntime,
    /// The meter hangs; in half of the points somebody presses Ctrl-C
    InstrumentHung,
    /// The meter goes away
    InstrumentGone,
    /// The supply holds one connection's commands back; Ctrl-C or SIGKILL
    SupplyHoldsBack,
}

/// Between the two events of a row that has two.
const BETWEEN: Duration = Duration::from_millis(50);

impl Row {
    /// As the command line spells it.
    pub fn name(self) -> String {
        self.to_possible_value().map(|it| it.get_name().to_owned()).unwrap_or_default()
    }

    /// What happens to the run.
    pub fn blow(self, dice: &mut Dice) -> Blow {
        use Signal::{SIGHUP, SIGINT, SIGKILL, SIGTERM};
        match self {
            Self::Sigint => Blow::Signal(SIGINT),
            Self::SigintTwice => Blow::Twice(SIGINT, BETWEEN),
            Self::Sigterm => Blow::Signal(SIGTERM),
            Self::Sighup => Blow::Signal(SIGHUP),
            Self::Sigkill => Blow::Signal(SIGKILL),
            Self::TerminalClosed => Blow::CloseTerminal,
            Self::DiskFull => Blow::FillDisk,
            Self::StoreRemoved => Blow::RemoveStore,
            Self::GuardThenRuntime => Blow::KillGuardThenRun(BETWEEN),
            Self::InstrumentHung => Blow::HangMeter { interrupted: dice.coin() },
            Self::InstrumentGone => Blow::KillMeter,
            Self::SupplyHoldsBack => Blow::Signal(if dice.coin() { SIGINT } else { SIGKILL }),
        }
    }

    /// How soon after the event the supply has to be off.
    pub fn within(self) -> Duration {
        Duration::from_secs(match self {
            Self::InstrumentHung | Self::SupplyHoldsBack => 2,
            _ => 1,
        })
    }

    /// Why it cannot be taken on this machine, if it cannot.
    pub fn missing(self) -> Option<String> {
        match self {
            Self::DiskFull => disk::missing(),
            _ => None,
        }
    }
}

//! Which run is compared.

use serde::Serialize;

use crate::body::Mode;
use crate::evidence::attempt::outcome;
use crate::store::Run;

/// One of two runs, as far as it takes to know which one it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Side {
    /// Its id.
    pub run: uuid::Uuid,
    /// What was run.
    pub plan: String,
    /// The unit.
    pub serial: Option<String>,
    /// What it counts for.
    pub mode: Mode,
    /// Where.
    pub station: String,
    /// How it ended: `PASS`, `INTERRUPTED`.
    pub ended: String,
}

impl Side {
    pub(super) fn of(run: &Run) -> Self {
        let (summary, header) = (&run.summary, &run.header);
        Self {
            run: summary.id,
            plan: summary.plan.clone(),
            serial: summary.serial.clone(),
            mode: summary.mode,
            station: header.station.clone(),
            ended: outcome(run).word,
        }
    }
}

//! What is known of the units of one lot.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::body::Mode;
use crate::error::Result;
use crate::evidence::{COUNTS, MODES};
use crate::store::{Reader, RunSummary};
use crate::verdict::Verdict;

/// The units of one lot: how many were tested, and how many passed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LotHistory {
    /// The lot, as runs or the labels of their units name it; letter case counts.
    pub lot: String,
    /// The mode whose runs count.
    pub counts: Mode,
    /// The mode that counts, and every other that units of the lot were run in.
    pub modes: Vec<LotMode>,
}

/// The units of a lot that were run in one mode.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LotMode {
    /// The mode.
    pub mode: Mode,
    /// Whether it is evidence about them.
    pub counts: bool,
    /// How many units have at least one run.
    pub tested: u64,
    /// How many of them passed the last run of every plan that they have a run of.
    pub passed: u64,
    /// How many runs name no unit.
    pub without_serial: u64,
    /// Each unit, by serial number.
    pub units: Vec<LotUnit>,
}

/// A unit of a lot.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LotUnit {
    /// Its serial number.
    pub serial: String,
    /// How many runs it has.
    pub runs: u64,
    /// How the last run of each plan ended; `None` where it has not.
    pub last: BTreeMap<String, Option<Verdict>>,
    /// Whether all of them passed.
    pub passed: bool,
}

impl LotHistory {
    /// Of the lot `lot`, from all of these logs; without a unit if there is none.
    ///
    /// # Errors
    ///
    /// A log cannot be read.
    pub fn of(readers: &[Reader], lot: &str) -> Result<Self> {
        let mut runs = Vec::new();
        for reader in readers {
            runs.extend(reader.runs_of_lot(lot)?);
        }
        let modes = MODES.into_iter().map(|mode| LotMode::of(mode, &runs));
        let modes = modes.filter(|it| it.counts || it.tested + it.without_serial > 0).collect();
        Ok(Self { lot: lot.to_owned(), counts: COUNTS, modes })
    }

    /// Whether nothing names the lot.
    pub fn is_empty(&self) -> bool {
        self.modes.iter().all(|it| it.tested + it.without_serial == 0)
    }
}

impl LotMode {
    fn of(mode: Mode, runs: &[RunSummary]) -> Self {
        let mut units: BTreeMap<&str, LotUnit> = BTreeMap::new();
        let mut without_serial = 0;
        for run in runs.iter().filter(|run| run.mode == mode) {
            let Some(serial) = &run.serial else {
                without_serial += 1;
                continue;
            };
            let unit = units.entry(serial).or_insert_with(|| LotUnit {
                serial: serial.clone(),
                runs: 0,
                last: BTreeMap::new(),
                passed: false,
            });
            unit.runs += 1;
            unit.last.insert(run.plan.clone(), run.verdict);
        }
        let mut units: Vec<LotUnit> = units.into_values().collect();
        for unit in &mut units {
            unit.passed = unit.last.values().all(|it| *it == Some(Verdict::Pass));
        }
        let (tested, passed) = (units.len(), units.iter().filter(|it| it.passed).count());
        let (tested, passed) = (tested as u64, passed as u64);
        Self { mode, counts: mode == COUNTS, tested, passed, without_serial, units }
    }
}

//! The units in which something was found.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::Sought;
use crate::body::{Component, Firmware, Mode};
use crate::entry::Entry;
use crate::error::{RecordError, Result};
use crate::evidence::start::Start;
use crate::evidence::{COUNTS, MODES};
use crate::store::Reader;
use crate::store::mention::Kind;

/// Where something was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trace {
    /// What was looked for.
    pub sought: Sought,
    /// Runs that began before this moment were looked at; all of them if there is none.
    pub before: Option<Timestamp>,
    /// The mode whose runs count.
    pub counts: Mode,
    /// Each mode in which it was found, the one that counts first.
    pub modes: Vec<TraceMode>,
}

/// Where it was found by runs in one mode.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TraceMode {
    /// The mode.
    pub mode: Mode,
    /// Whether it is evidence about units.
    pub counts: bool,
    /// How many units it was found in.
    pub units: u64,
    /// Each unit and each way in which it was found there, by serial number.
    pub found: Vec<Found>,
}

/// A unit in which it was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Found {
    /// The unit's serial number; `None` if the runs name none.
    pub serial: Option<String>,
    /// As what it was found.
    pub thing: Thing,
    /// When the first run began that found it so.
    pub first: Timestamp,
    /// When the last one did.
    pub last: Timestamp,
    /// How many runs found it so.
    pub runs: u64,
    /// The last of them.
    pub run: uuid::Uuid,
    /// What that one ran.
    pub plan: String,
    /// Who started it.
    pub operator: Option<String>,
}

/// As what something was found in a unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Thing {
    /// The unit's lot, as whoever started the run said.
    Lot,
    /// The unit's lot, as its label says.
    LotOnLabel,
    /// What one of the unit's processors runs.
    Firmware(Firmware),
    /// A part that is built into it.
    Component(Component),
}

impl Thing {
    /// As people read it, in two parts: what it is, and more about it.
    pub fn shown(&self) -> (&'static str, String) {
        match self {
            Self::Lot => ("lot of the unit", "as the run was started".into()),
            Self::LotOnLabel => ("lot of the unit", "as its label says".into()),
            Self::Firmware(it) => ("firmware", it.shown()),
            Self::Component(it) => {
                ("component", format!("{} {}, {}", it.name, it.shown(), it.source.name()))
            }
        }
    }

    fn of(kind: &str, entry: &[u8]) -> Result<Self> {
        let nonsense =
            |cause| RecordError::new(format!("an entry that names it makes no sense: {cause}"));
        if kind == Kind::Lot.name() {
            return Ok(Self::Lot);
        }
        if kind == Kind::UdiLot.name() {
            return Ok(Self::LotOnLabel);
        }
        let entry: Entry = serde_json::from_slice(entry).map_err(nonsense)?;
        let body = entry.body.get();
        // In which step it was found makes it no other thing.
        Ok(match entry.kind.as_str() {
            "firmware" => {
                let it: Firmware = serde_json::from_str(body).map_err(nonsense)?;
                Self::Firmware(Firmware { step: None, ..it })
            }
            _ => {
                let it: Component = serde_json::from_str(body).map_err(nonsense)?;
                Self::Component(Component { step: None, ..it })
            }
        })
    }
}

impl Trace {
    /// Where `sought` was found by runs that began before `before`, from all of these logs.
    ///
    /// # Errors
    ///
    /// A log cannot be read.
    pub fn of(readers: &[Reader], sought: Sought, before: Option<Timestamp>) -> Result<Self> {
        let mut units: BTreeMap<(usize, Option<String>), Vec<Found>> = BTreeMap::new();
        for reader in readers {
            for (kind, from, to) in sought.ranges() {
                reader.each_mention(kind, &from, &to, |kind, entry, start| {
                    let (thing, start) = (Thing::of(kind, entry)?, Start::read(start)?);
                    if before.is_none_or(|it| start.at < it) {
                        let mode = MODES.iter().position(|it| *it == start.mode).unwrap_or(0);
                        let unit = units.entry((mode, start.serial.clone())).or_default();
                        see(unit, thing, start);
                    }
                    Ok(())
                })?;
            }
        }
        let mode = |(at, mode): (usize, Mode)| {
            let here = units.range((at, None)..(at + 1, None));
            let found: Vec<Found> = here.clone().flat_map(|(_, all)| all.clone()).collect();
            let units = here.filter(|((_, serial), _)| serial.is_some()).count() as u64;
            let counts = mode == COUNTS;
            (!found.is_empty()).then_some(TraceMode { mode, counts, units, found })
        };
        let modes = MODES.into_iter().enumerate().filter_map(mode).collect();
        Ok(Self { sought, before, counts: COUNTS, modes })
    }

    /// Whether it was found nowhere.
    pub fn is_empty(&self) -> bool {
        self.modes.is_empty()
    }
}

/// Adds a run that found `thing` in a unit.
fn see(unit: &mut Vec<Found>, thing: Thing, start: Start) {
    let Start { run, at, serial, plan, operator, .. } = start;
    match unit.iter_mut().find(|it| it.thing == thing) {
        // One run may say the same thing twice.
        Some(it) if it.run == run => {}
        Some(it) => {
            it.runs += 1;
            (it.first, it.last) = (it.first.min(at), it.last.max(at));
            (it.run, it.plan, it.operator) = (run, plan, operator);
        }
        None => {
            let (first, last, runs) = (at, at, 1);
            unit.push(Found { serial, thing, first, last, runs, run, plan, operator });
        }
    }
}

//! What a unit is made of, and was at some moment.

use jiff::Timestamp;
use serde::Serialize;

use super::units::Thing;
use crate::body::{Body, Component, Firmware, HashedFile, Mode};
use crate::error::Result;
use crate::evidence::{COUNTS, MODES};
use crate::store::{Reader, Run};

/// What a unit is made of.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UnitTrace {
    /// Its serial number.
    pub serial: String,
    /// Runs that began before this moment were looked at; all of them if there is none.
    pub before: Option<Timestamp>,
    /// The mode whose runs count.
    pub counts: Mode,
    /// Each mode that the unit was run in, the one that counts first.
    pub modes: Vec<HeldMode>,
}

/// What runs in one mode found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HeldMode {
    /// The mode.
    pub mode: Mode,
    /// Whether it is evidence about the unit.
    pub counts: bool,
    /// How many runs.
    pub runs: u64,
    /// Everything that was found, in the order of the first time.
    pub held: Vec<Held>,
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Held {
    /// What.
    pub thing: Holding,
    /// When the first run began that found it.
    pub first: Timestamp,
    /// When the last one did.
    pub last: Timestamp,
    /// How many runs found it.
    pub runs: u64,
    /// The last of them.
    pub run: uuid::Uuid,
    /// Whether nothing in its place was found after it.
    pub is_last: bool,
}

/// What was found in or for a unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "what")]
pub enum Holding {
    /// What one of its processors runs.
    Firmware(Firmware),
    /// A part that is built into it.
    Component(Component),
    /// Its lot.
    Lot {
        /// The lot.
        lot: String,
    },
    /// A file that it was tested with.
    File {
        /// The plan that the file belongs to.
        plan: String,
        /// The file.
        #[serde(flatten)]
        file: HashedFile,
    },
}

impl Holding {
    /// As people read it, in two parts: what it is, and more about it.
    pub fn shown(&self) -> (&'static str, String) {
        match self {
            Self::Firmware(it) => Thing::Firmware(it.clone()).shown(),
            Self::Component(it) => Thing::Component(it.clone()).shown(),
            Self::Lot { lot } => ("lot", lot.clone()),
            Self::File { plan, file } => {
                ("file", format!("{plan}: {} sha256 {}", file.name, file.sha256))
            }
        }
    }

    /// Two with the same place take over from one another.
    fn place(&self) -> (&'static str, &str, Option<&str>) {
        match self {
            Self::Firmware(it) => ("firmware", &it.name, None),
            Self::Component(it) => ("component", &it.name, it.designator.as_deref()),
            Self::Lot { .. } => ("lot", "", None),
            Self::File { plan, file } => ("file", plan, Some(&file.name)),
        }
    }
}

impl UnitTrace {
    /// Of the unit `serial`, as runs that began before `before` found it, from all of these logs.
    ///
    /// # Errors
    ///
    /// A log cannot be read.
    pub fn of(readers: &[Reader], serial: &str, before: Option<Timestamp>) -> Result<Self> {
        let mut runs = Vec::new();
        for reader in readers {
            runs.extend(reader.runs_of(serial)?);
        }
        runs.retain(|run| before.is_none_or(|it| run.summary.started < it));
        runs.sort_by_key(|run| (run.summary.started, run.summary.id));
        let modes = MODES.into_iter().filter_map(|mode| HeldMode::of(mode, &runs)).collect();
        Ok(Self { serial: serial.to_owned(), before, counts: COUNTS, modes })
    }
}

impl HeldMode {
    fn of(mode: Mode, runs: &[Run]) -> Option<Self> {
        let mut held: Vec<Held> = Vec::new();
        let mut count = 0;
        for run in runs.iter().filter(|run| run.summary.mode == mode) {
            count += 1;
            things(run).into_iter().for_each(|thing| see(&mut held, thing, run));
        }
        let counts = mode == COUNTS;
        (count > 0).then_some(Self { mode, counts, runs: count, held })
    }
}

fn things(run: &Run) -> Vec<Holding> {
    let header = &run.header;
    let label = header.device.udi.as_ref().and_then(|udi| udi.lot.clone());
    let lots = header.lot.iter().cloned().chain(label).map(|lot| Holding::Lot { lot });
    let found = run.events.iter().filter_map(|event| match &event.body {
        Body::Firmware(it) => Some(Holding::Firmware(Firmware { step: None, ..it.clone() })),
        Body::Component(it) => Some(Holding::Component(Component { step: None, ..it.clone() })),
        _ => None,
    });
    let plan = &header.plan;
    let files = plan.files.iter().map(|file| {
        let (plan, file) = (plan.id.clone(), file.clone());
        Holding::File { plan, file }
    });
    lots.chain(found).chain(files).collect()
}

fn see(held: &mut Vec<Held>, thing: Holding, run: &Run) {
    let (at, id) = (run.summary.started, run.summary.id);
    for it in held.iter_mut().filter(|it| it.thing.place() == thing.place() && it.thing != thing) {
        // Two different ones in one run stand side by side.
        it.is_last &= it.run == id;
    }
    match held.iter_mut().find(|it| it.thing == thing) {
        Some(it) => {
            it.runs += u64::from(it.run != id);
            (it.last, it.run, it.is_last) = (at, id, true);
        }
        None => {
            let (first, last, runs, is_last) = (at, at, 1, true);
            held.push(Held { thing, first, last, runs, run: id, is_last });
        }
    }
}

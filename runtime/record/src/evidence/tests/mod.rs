//! What the answers promise, each about a store of its own.

mod difference;
mod history;
mod release;
mod trace;
mod yields;

use std::path::Path;

use pogo_hal::{Dimension, Origins, Quantity};
use tempfile::{TempDir, tempdir};

use crate::body::{Body, Device, Judged, Mode, Plan, RunHeader};
use crate::limit::Limit;
use crate::store::{Reader, Store};
use crate::verdict::Reason;

/// A store that is being filled.
struct Filling {
    dir: TempDir,
    real: Store,
    simulated: Store,
}

impl Filling {
    fn new() -> Self {
        let dir = tempdir().unwrap();
        let open = |mode: Mode| Store::open(&mode.folder(dir.path())).unwrap();
        let (real, simulated) = (open(Mode::Engineering), open(Mode::Simulate));
        Self { dir, real, simulated }
    }

    /// A run that says `bodies` and ends for `reason`.
    fn run(&self, header: RunHeader, bodies: &[Body], reason: Reason) {
        let store = match header.mode {
            Mode::Simulate => &self.simulated,
            Mode::Engineering | Mode::Production => &self.real,
        };
        let run = store.begin_run(header).unwrap();
        bodies.iter().for_each(|body| run.append(1, body).unwrap());
        run.end(9, &reason.into()).unwrap();
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Both logs, as whoever asks reads them.
    fn readers(&self) -> Vec<Reader> {
        [Mode::Engineering, Mode::Simulate]
            .map(|mode| Store::reader(&mode.folder(self.path())).unwrap())
            .into()
    }
}

fn header(mode: Mode, plan: &str, serial: &str) -> RunHeader {
    RunHeader {
        mode,
        station: "ST1".into(),
        device: Device {
            part: Some("TH-100".into()),
            serial: Some(serial.into()),
            ..Device::default()
        },
        plan: Plan { id: plan.into(), ..Plan::default() },
        ..RunHeader::default()
    }
}

fn volts(value: f64) -> Quantity {
    Quantity::new(value, Dimension::Voltage)
}

fn measured(name: &str, value: f64, limit: Limit) -> Body {
    Body::Measurement(Judged::new(None, name, volts(value).into(), &Origins::none(), limit).0)
}

fn between(low: f64, high: f64) -> Limit {
    Limit::between(volts(low), volts(high)).unwrap()
}

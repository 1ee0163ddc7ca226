//! What a writer writes: always the same for one seed, so that it can be compared.

use pogo_hal::{Dimension, Origins, Quantity};
use pogo_record::{Body, Device, Judged, Limit, Note, Plan, RunHeader};
use pogo_tests::Chance;

/// Everything that one process would write if it lived for ever.
#[derive(Clone, Copy, Debug)]
pub struct Story {
    seed: u64,
}

/// One thing that a run says.
#[derive(Debug, PartialEq)]
pub enum Said {
    /// An entry.
    Entry(Box<Body>),
    /// A file beside the log, with what is in it.
    File(Vec<u8>),
}

impl Story {
    /// The one of `seed`.
    pub fn of(seed: u64) -> Self {
        Self { seed }
    }

    /// What is known when its run with this number starts.
    pub fn header(self, run: u64) -> RunHeader {
        RunHeader {
            station: "ST1".into(),
            device: Device { serial: Some(format!("SN{}", run % 3)), ..Device::default() },
            plan: Plan { id: "crash".into(), ..Plan::default() },
            lot: Some(format!("L{run}")),
            ..RunHeader::default()
        }
    }

    /// How many things its run with this number says before it ends.
    pub fn length(self, run: u64) -> u64 {
        self.chance(run, u64::MAX).below(60)
    }

    /// Whether somebody waits for the disk after that.
    pub fn waits(self, run: u64, number: u64) -> bool {
        self.chance(run, number).below(7) == 0
    }

    /// The thing with this `number`, from 0, that its run says.
    pub fn said(self, run: u64, number: u64) -> Said {
        let mut chance = self.chance(run, number);
        let which = chance.below(20);
        let long = chance.below(60_000) as usize;
        match which {
            0 => Said::File(format!("{number} {}", "f".repeat(long)).into_bytes()),
            // A thousand pages make SQLite move them from the write-ahead log into the file.
            1..4 => Said::Entry(note(number, long).into()),
            4..8 => Said::Entry(note(number, 20).into()),
            _ => {
                let volts = 1.7 + chance.below(200_000) as f64 / 1e6;
                let value = Quantity::new(volts, Dimension::Voltage).into();
                let limit = Limit::at_least(Quantity::new(1.7, Dimension::Voltage));
                let limit = limit.expect("a limit");
                let name = format!("rail_{number}");
                let (judged, _) = Judged::new(None, &name, value, &Origins::default(), limit);
                Said::Entry(Body::Measurement(judged).into())
            }
        }
    }

    fn chance(self, run: u64, number: u64) -> Chance {
        Chance::of_seed(self.seed << 32 ^ run << 16 ^ number.wrapping_add(1))
    }
}

fn note(number: u64, length: usize) -> Body {
    Body::Note(Note { step: None, text: format!("{number} {}", "n".repeat(length)) })
}

//! When readings are taken: at once for whoever asks, or after `INITiate` while other commands are
//! carried out. Source: SCPI-99, volume 2, 24 (the trigger model).

use pogo_models::Property;

use super::Multimeter;
use crate::circuit::Circuit;
use crate::scpi::{Code, Outcome};

/// As many readings as one trigger may lead to.
const MEMORY: f64 = 10_000.0;

/// How far an initiated measurement is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing was initiated.
    #[default]
    Idle,
    /// It waits for a trigger.
    Waiting,
    /// Readings are being taken.
    Measuring,
}

impl Multimeter {
    pub(super) fn begin(&mut self, count: u32) -> Outcome {
        self.memory.clear();
        self.left = count;
        Outcome::Busy(self.reading_ns())
    }

    /// Readings per trigger, and triggers.
    ///
    /// # Errors
    ///
    /// -225 if they are more than it can keep.
    pub(super) fn counts(&self) -> Result<(u32, u32), Code> {
        let count = |property| self.settings.number(property, 0).unwrap_or(1.0).max(1.0);
        let (samples, triggers) = (count(Property::SampleCount), count(Property::TriggerCount));
        if samples * triggers > MEMORY {
            return Err(Code::OUT_OF_MEMORY);
        }
        Ok((samples as u32, triggers as u32))
    }

    /// Whether readings need no trigger.
    pub(super) fn immediate(&self) -> bool {
        self.settings.choice(Property::TriggerSource).is_none_or(|it| it == "IMMediate")
    }

    pub(super) fn read(&mut self) -> Result<Outcome, Code> {
        // It would wait for a trigger that has to come behind the query, which would interrupt
        // it. Source: SCPI-99, volume 2, 21.8.10.
        if !self.immediate() {
            return Err(Code::TRIGGER_DEADLOCK);
        }
        let (samples, triggers) = self.counts()?;
        self.abort();
        Ok(self.begin(samples * triggers))
    }

    pub(super) fn initiate(&mut self) -> Result<(), Code> {
        if self.phase != Phase::Idle {
            return Err(Code::INIT_IGNORED);
        }
        let (samples, triggers) = self.counts()?;
        self.memory.clear();
        if self.immediate() {
            self.measure(samples * triggers, 0);
        } else {
            (self.phase, self.triggers) = (Phase::Waiting, triggers);
        }
        Ok(())
    }

    pub(super) fn measure(&mut self, readings: u32, triggers: u32) {
        (self.phase, self.left, self.triggers) = (Phase::Measuring, readings, triggers);
        self.timer = Some(self.reading_ns());
    }

    /// Ends what was initiated.
    pub(super) fn abort(&mut self) {
        (self.phase, self.left, self.triggers, self.timer) = (Phase::Idle, 0, 0, None);
    }

    /// Ends what was initiated under other settings, and forgets what it has read.
    pub(super) fn change(&mut self) {
        if self.phase != Phase::Idle {
            self.abort();
            self.memory.clear();
        }
    }

    /// A trigger has come over the wire.
    pub(super) fn bus_trigger(&mut self) -> Result<(), Code> {
        let heeds = self.settings.choice(Property::TriggerSource) == Some("BUS");
        if self.phase != Phase::Waiting || !heeds {
            return Err(Code::TRIGGER_IGNORED);
        }
        let (samples, _) = self.counts()?;
        self.measure(samples, self.triggers.saturating_sub(1));
        Ok(())
    }

    /// A reading of what was initiated is due.
    pub(super) fn next_reading(&mut self, circuit: &mut Circuit) {
        if self.phase != Phase::Measuring {
            return;
        }
        self.take(circuit);
        if self.left > 0 {
            self.timer = Some(self.reading_ns());
        } else {
            self.phase = if self.triggers > 0 { Phase::Waiting } else { Phase::Idle };
        }
    }
}

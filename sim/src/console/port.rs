//! The bench's side of a console: the adapter, the wire to the unit, and what is wrong with either.

use std::sync::Arc;

use pogo_hal::{Inbox, LineSettings, Resource};
use tokio::sync::Notify;

use crate::fault::{Ailments, Answered, Does, Fate};
use crate::noise::Noise;

/// Characters that are on their way to the unit before whoever sends more has to wait, as the
/// buffer of an operating system has it.
pub(crate) const AHEAD: u64 = 4096;

/// How much noise arrives at once.
pub(crate) const NOISE_EVERY_NS: u64 = 10_000_000;

/// See the module's own words.
#[derive(Debug)]
pub(crate) struct Port {
    /// The role that it has in the fixture.
    pub(crate) role: String,
    /// Where it is.
    pub(crate) resource: Resource,
    /// Which of the device's consoles it is plugged into.
    pub(crate) uart: usize,
    /// How this end is set up.
    pub(crate) line: LineSettings,
    ailments: Ailments,
    /// After so many lines the adapter is pulled out.
    unplugged_after: Option<u64>,
    written: u64,
    unplugged: bool,
    inbox: Inbox<u64>,
    /// Told of everything that arrives; nobody has opened it without.
    arrived: Option<Arc<Notify>>,
    free_at_ns: u64,
    noise: Noise,
    /// Until then nothing but noise arrives.
    noisy_until_ns: u64,
}

/// Why a port cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shut {
    /// There is nobody there.
    Absent,
    /// Somebody has it.
    Busy,
}

impl Port {
    /// A port that nobody has opened.
    pub(crate) fn new(
        role: &str,
        resource: Resource,
        uart: usize,
        line: LineSettings,
        noise: Noise,
    ) -> Self {
        Self {
            role: role.to_owned(),
            resource,
            uart,
            line,
            ailments: Ailments::default(),
            unplugged_after: None,
            written: 0,
            unplugged: false,
            inbox: Inbox::default(),
            arrived: None,
            free_at_ns: 0,
            noise,
            noisy_until_ns: 0,
        }
    }

    /// Lets something be wrong with it; whether it can be.
    pub(crate) fn suffer(&mut self, does: &Does) -> bool {
        match does {
            Does::Unplug { after } => self.unplugged_after = Some(*after),
            // A lead that is on nothing carries nothing, either way.
            Does::Open => self.ailments.add(Does::FallSilent { after: 0 }),
            Does::AnswerLate { .. }
            | Does::HoldBack { .. }
            | Does::FallSilent { .. }
            | Does::Refuse
            | Does::Garble { .. }
            | Does::Truncate { .. } => self.ailments.add(does.clone()),
            _ => return false,
        }
        true
    }

    /// Opens it; `arrived` is told of everything that arrives.
    pub(crate) fn open(&mut self, arrived: Arc<Notify>) -> Result<(), Shut> {
        if self.ailments.refuses() || self.unplugged {
            return Err(Shut::Absent);
        }
        if self.arrived.is_some() {
            return Err(Shut::Busy);
        }
        self.inbox = Inbox::default();
        self.arrived = Some(arrived);
        Ok(())
    }

    /// Closes it: what arrives from now on is lost.
    pub(crate) fn close(&mut self) {
        self.arrived = None;
    }

    /// Whether the adapter is gone.
    pub(crate) fn is_unplugged(&self) -> bool {
        self.unplugged
    }

    /// Sends `bytes` to the unit: how long until they are there, in nanoseconds from now, and what
    /// they are then; `None` if they never get there.
    pub(crate) fn write(
        &mut self,
        bytes: &[u8],
        unit_baud: u32,
        now_ns: u64,
    ) -> Option<(u64, Vec<u8>)> {
        if self.unplugged_after.is_some_and(|after| self.written >= after) {
            self.unplugged = true;
            self.stir();
        }
        self.written += 1;
        if self.unplugged {
            return None;
        }
        let takes = self.line.character_ns() * bytes.len() as u64;
        self.free_at_ns = self.free_at_ns.max(now_ns) + takes;
        let late = match self.ailments.hears(0) {
            Fate::Lost => return None,
            Fate::Heard => 0,
            Fate::Delayed(by_ns) => by_ns,
        };
        Some((self.free_at_ns - now_ns + late, self.carried(bytes, unit_baud)))
    }

    /// When there is room for more characters, in nanoseconds of the world.
    pub(crate) fn has_room_at_ns(&self) -> u64 {
        self.free_at_ns.saturating_sub(AHEAD * self.line.character_ns())
    }

    /// The unit has said `bytes`: when they arrive later than now, how much later and what they are.
    pub(crate) fn says(
        &mut self,
        bytes: Vec<u8>,
        unit_baud: u32,
        now_ns: u64,
    ) -> Option<(u64, Vec<u8>)> {
        // What the unit says while there is noise is lost in it.
        if self.ailments.is_silent() || now_ns < self.noisy_until_ns {
            return None;
        }
        let mut bytes = bytes;
        let mut answered = Answered::AtOnce;
        if self.ailments.is_any() {
            let mut text = String::from_utf8_lossy(&bytes).into_owned();
            answered = self.ailments.answers(b"", &mut text);
            bytes = text.into_bytes();
        }
        let bytes = self.carried(&bytes, unit_baud);
        match answered {
            Answered::Late(by_ns) => Some((by_ns, bytes)),
            Answered::AtOnce => {
                self.arrives(&bytes, now_ns);
                None
            }
        }
    }

    /// Something has arrived at this end.
    pub(crate) fn arrives(&mut self, bytes: &[u8], now_ns: u64) {
        if self.arrived.is_some() && !self.unplugged {
            self.inbox.push(now_ns, bytes);
            self.stir();
        }
    }

    /// As much noise arrives as the line carries in so many nanoseconds.
    pub(crate) fn noise(&mut self, for_ns: u64, now_ns: u64) {
        self.noisy_until_ns = now_ns.saturating_add(for_ns);
        let count = for_ns / self.line.character_ns().max(1);
        let noise: Vec<u8> = (0..count).map(|_| (self.noise.next() >> 56) as u8).collect();
        self.arrives(&noise, now_ns);
    }

    /// What has arrived since this was last asked.
    pub(crate) fn take(&mut self) -> (Vec<(u64, Vec<u8>)>, u64) {
        self.inbox.take()
    }

    fn stir(&self) {
        if let Some(arrived) = &self.arrived {
            arrived.notify_one();
        }
    }

    /// `bytes` as they look at the other end: two ends that are not of one speed see nonsense.
    fn carried(&self, bytes: &[u8], unit_baud: u32) -> Vec<u8> {
        // A receiver tolerates about half a bit in ten.
        let (here, there) = (f64::from(self.line.baud), f64::from(unit_baud));
        match (here / there - 1.0).abs() < 0.04 {
            true => bytes.to_vec(),
            false => bytes.iter().map(|byte| byte.reverse_bits() | 0x80).collect(),
        }
    }
}

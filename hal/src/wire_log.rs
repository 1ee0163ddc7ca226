//! The last exchanges with one instrument, as bytes.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

/// Which way a message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To the instrument.
    Sent,
    /// From the instrument.
    Received,
}

/// One message on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// When it was handed to, or taken from, the transport.
    pub at: Instant,
    /// Which way it went.
    pub direction: Direction,
    /// The message without its terminator; cut to [`WireLog::LONGEST`] bytes.
    pub bytes: Vec<u8>,
}

/// Something a driver did that the record must know although no script asked for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The error queue was not empty when the instrument was opened; it is now.
    FoundInQueue(Vec<String>),
    /// An exchange had been abandoned and the session was made fit again; says how.
    Recovered(String),
}

/// A bounded ring of the messages of one session, and the notices of its driver. Shared between
/// the session's owner, who writes, and the run, which reads when a step ends in ERROR.
#[derive(Debug, Default)]
pub struct WireLog {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    ring: VecDeque<Exchange>,
    dropped: u64,
    notices: Vec<Notice>,
}

impl WireLog {
    /// How many messages are kept; older ones are dropped and counted.
    pub const KEPT: usize = 256;
    /// How many bytes of a message are kept.
    pub const LONGEST: usize = 1024;

    /// Adds a message.
    pub fn push(&self, direction: Direction, message: &[u8]) {
        let mut inner = self.lock();
        // The oldest entry's buffer is used again: this runs twice for every query of a script.
        let mut bytes = if inner.ring.len() < Self::KEPT {
            Vec::new()
        } else {
            inner.dropped += 1;
            inner.ring.pop_front().map(|oldest| oldest.bytes).unwrap_or_default()
        };
        bytes.clear();
        bytes.extend_from_slice(&message[..message.len().min(Self::LONGEST)]);
        inner.ring.push_back(Exchange { at: Instant::now(), direction, bytes });
    }

    /// Adds a notice.
    pub fn notice(&self, notice: Notice) {
        self.lock().notices.push(notice);
    }

    /// Takes the notices that nobody has taken yet, oldest first.
    pub fn take_notices(&self) -> Vec<Notice> {
        std::mem::take(&mut self.lock().notices)
    }

    /// The messages that are kept, oldest first.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.lock().ring.iter().cloned().collect()
    }

    /// How many messages were dropped to stay within [`WireLog::KEPT`].
    pub fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic elsewhere must not hide what was said on the wire.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

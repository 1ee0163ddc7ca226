//! The last exchanges with one instrument, as bytes.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::time::Instant;

use crate::Secrets;

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
    /// The message without its terminator and without secrets; cut to [`WireLog::LONGEST`] bytes.
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
    secrets: OnceLock<Arc<Secrets>>,
    tap: OnceLock<Tap>,
}

/// Told of every message: when, which way, and its bytes without secrets, however many.
type Told = Box<dyn Fn(Instant, Direction, &[u8]) + Send + Sync>;

struct Tap(Told);

impl std::fmt::Debug for Tap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tap")
    }
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

    /// Keeps none of `secrets` from now on, nor of what is kept already: on the way out and in
    /// whatever comes back, `[secret NAME]` stands in its place. Only the first call counts.
    pub fn hide(&self, secrets: &Arc<Secrets>) {
        if secrets.is_empty() || self.secrets.set(secrets.clone()).is_err() {
            return;
        }
        for exchange in &mut self.lock().ring {
            if let Cow::Owned(hidden) = secrets.hide_bytes(&exchange.bytes) {
                exchange.bytes = hidden;
            }
        }
    }

    /// Tells `told` of every message that is kept already, as it is kept, and of every one to come,
    /// whole. Only the first call counts. It must not take long, and not look at this log.
    pub fn tap(&self, told: Told) {
        let inner = self.lock();
        inner.ring.iter().for_each(|it| told(it.at, it.direction, &it.bytes));
        // With the lock held: no message comes in between.
        let _ = self.tap.set(Tap(told));
    }

    /// `message` as it may be shown: without secrets. Cut it only afterwards: half a secret is not
    /// found.
    pub fn hidden<'a>(&self, message: &'a [u8]) -> Cow<'a, [u8]> {
        self.secrets.get().map_or(Cow::Borrowed(message), |it| it.hide_bytes(message))
    }

    /// Adds a message.
    pub fn push(&self, direction: Direction, message: &[u8]) {
        let message = self.hidden(message);
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
        let at = Instant::now();
        inner.ring.push_back(Exchange { at, direction, bytes });
        if let Some(Tap(told)) = self.tap.get() {
            told(at, direction, &message);
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Secret;

    fn kept(log: &WireLog) -> Vec<String> {
        let text = |it: Exchange| String::from_utf8(it.bytes).unwrap();
        log.exchanges().into_iter().map(text).collect()
    }

    #[test]
    fn a_secret_is_kept_neither_on_its_way_out_nor_as_an_echo() {
        let secret = Secret::new("code", b"open sesame".to_vec()).unwrap();
        let log = WireLog::default();
        log.push(Direction::Received, b"ACME,open sesame,1");
        log.hide(&Arc::new(Secrets::new(vec![secret]).unwrap()));
        log.push(Direction::Sent, b"CAL:SEC:STAT OFF,open sesame");
        log.push(Direction::Received, b"-221,\"Settings conflict;OPEN SESAME\"");
        log.push(Direction::Received, b"6f70656e20736573616d65");
        assert_eq!(
            kept(&log),
            [
                "ACME,[secret code],1",
                "CAL:SEC:STAT OFF,[secret code]",
                "-221,\"Settings conflict;[secret code]\"",
                "[secret code]",
            ]
        );
    }

    #[test]
    fn a_message_is_cut_only_after_its_secret_is_out_of_it() {
        let secret = Secret::new("code", b"open sesame".to_vec()).unwrap();
        let log = WireLog::default();
        log.hide(&Arc::new(Secrets::new(vec![secret]).unwrap()));
        let message = ["x".repeat(WireLog::LONGEST - 6), "open sesame".into()].concat();
        log.push(Direction::Sent, message.as_bytes());
        let kept = kept(&log);
        assert!(kept[0].ends_with("xxx[secre"), "{kept:?}");
    }
}

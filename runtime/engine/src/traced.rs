//! Every message of a run, until it is kept beside the record: `pogo run --trace`.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pogo_hal::Direction;
use pogo_record::Exchange;

/// So many bytes are kept before the step is over.
const MUCH: usize = 4 << 20;

/// The lines that are not kept yet.
#[derive(Debug, Default)]
pub(crate) struct Traced {
    lines: Mutex<Lines>,
}

#[derive(Debug, Default)]
struct Lines {
    text: String,
    files: usize,
}

impl Traced {
    /// Adds a message to or from `address`, `since` the bench was opened.
    pub(crate) fn add(&self, address: &str, since: Duration, direction: Direction, bytes: &[u8]) {
        let at_ns = u64::try_from(since.as_nanos()).unwrap_or(u64::MAX);
        let sent = direction == Direction::Sent;
        let line =
            Exchange { at_ns, address: address.to_owned(), sent, bytes: bytes.to_vec() }.line();
        self.lock().text += &line;
    }

    /// Whether there is so much that it should not wait for the end of the step.
    pub(crate) fn is_much(&self) -> bool {
        self.lock().text.len() > MUCH
    }

    /// The next file, its name first; `None` if nothing was said since the last.
    pub(crate) fn take(&self) -> Option<(String, String)> {
        let mut lines = self.lock();
        if lines.text.is_empty() {
            return None;
        }
        lines.files += 1;
        Some((Exchange::file(lines.files), std::mem::take(&mut lines.text)))
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        // A panic elsewhere must not hide what was said on the wire.
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

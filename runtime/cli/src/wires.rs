//! What goes over the wires, as people read it: `pogo run -v`.

use std::sync::Arc;

use pogo_hal::{Direction, WireLog};
use pogo_runtime::Tapped;

use crate::terminal::err;

/// Shows every message on stderr: seconds since the bench was opened, the role, the way it went, and
/// what it was.
pub fn told() -> Tapped {
    Arc::new(|roles, since, direction, bytes| {
        let way = match direction {
            Direction::Sent => '>',
            Direction::Received => '<',
        };
        let (shown, left) = bytes.split_at(bytes.len().min(WireLog::LONGEST));
        let more =
            if left.is_empty() { String::new() } else { format!(" … {} more bytes", left.len()) };
        let since = since.as_secs_f64();
        err(&format!("{since:>12.6} {roles} {way} {}{more}\n", shown.escape_ascii()));
    })
}

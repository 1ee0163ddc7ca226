//! What goes over the wires, as people read it: `pogo run -v`.

use std::sync::Arc;

use pogo_hal::Direction;
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
        err(&format!("{:>12.6} {roles} {way} {}\n", since.as_secs_f64(), bytes.escape_ascii()));
    })
}

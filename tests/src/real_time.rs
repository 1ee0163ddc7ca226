//! Real time, for what only shows in it: whether a process that was hit ends, and when.

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

/// The monotonic clock, which all processes share.
///
/// # Panics
///
/// There is none.
pub fn now() -> Duration {
    clock_gettime(ClockId::CLOCK_MONOTONIC).expect("a monotonic clock").into()
}

/// Lets time pass.
#[expect(clippy::disallowed_methods, reason = "events are hit at random real times")]
pub fn pause(time: Duration) {
    std::thread::sleep(time);
}

/// Looks every millisecond or two until `look` gives something; `None` once it is `until`.
pub fn wait_for<T>(until: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    loop {
        let found = look();
        if found.is_some() || now() > until {
            return found;
        }
        pause(Duration::from_millis(2));
    }
}

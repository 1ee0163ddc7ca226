//! Times as answers write them: in UTC, so that they are the same wherever somebody asks.

use jiff::Timestamp;

/// `2026-11-22 10:00:00 UTC`.
pub fn utc(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// The day in UTC: `2026-11-22`.
pub fn day(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d").to_string()
}

/// A duration of a run's clock: `0.90 s`.
pub fn seconds(nanoseconds: u64) -> String {
    format!("{:.2} s", nanoseconds as f64 / 1e9)
}

//! Which station this is.

/// Until a station file says otherwise, a station is its machine.
pub fn name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "unnamed".into() } else { name.into() }
}

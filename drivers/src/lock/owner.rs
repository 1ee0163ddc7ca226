//! Who holds a lock, as its file says it to others.

use std::fs;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// No file of ours is longer; a longer one is somebody's joke.
pub(super) const LONGEST: usize = 4096;

/// Who holds a lock: this process, and what it does with the instrument.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    pid: u32,
    /// When the process was started, in the kernel's ticks since boot.
    start_ticks: Option<u64>,
    what: String,
    since: Timestamp,
}

impl Owner {
    /// This process, which does `what`: `run 0197…c2 of SN0001`, `pogo safe`.
    pub fn new(what: impl Into<String>) -> Self {
        let pid = std::process::id();
        let (what, since) = (what.into(), Timestamp::now());
        Self { pid, start_ticks: start_ticks(pid), what, since }
    }

    /// What a lock's file says; `None` if it says nothing, or nothing that makes sense.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut owner: Self = serde_json::from_slice(bytes).ok()?;
        // Anybody can write there, and this goes to a terminal.
        owner.what = owner.what.chars().filter(|it| !it.is_control()).take(100).collect();
        Some(owner)
    }

    /// As it stands in the file.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// `run 0197…c2 of SN0001 (process 1234) since 2026-11-22 12:03:11`, in local time.
    pub(super) fn shown(&self, zone: TimeZone) -> String {
        let since = self.since.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S").to_string();
        let Self { pid, what, .. } = self;
        let gone = if self.is_alive() { "" } else { " is gone, its guard is still at work" };
        let this = if *pid == std::process::id() { ", which is this one" } else { "" };
        format!("{what} (process {pid}{gone}{this}) since {since}")
    }

    /// Its number, for a note about it.
    pub(super) fn pid(&self) -> u32 {
        self.pid
    }

    pub(super) fn is_alive(&self) -> bool {
        let ticks = start_ticks(self.pid);
        ticks.is_some() && ticks == self.start_ticks
    }
}

/// `None` if there is no such process.
///
/// Source: proc_pid_stat(5), field 22. The second field may itself contain anything.
fn start_ticks(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_read_as_it_was_written_and_shown_with_its_process_and_local_time() {
        let since = "2026-11-22T10:03:11Z".parse().unwrap();
        let owner = Owner { since, ..Owner::new("run 0197…c2 of SN0001") };
        assert_eq!(Owner::read(&owner.to_bytes()), Some(owner.clone()));
        let pid = std::process::id();
        assert_eq!(
            owner.shown(TimeZone::fixed(jiff::tz::offset(2))),
            format!(
                "run 0197…c2 of SN0001 (process {pid}, which is this one) since 2026-11-22 12:03:11"
            )
        );
        // Above the largest number that Linux gives to a process.
        let gone = Owner { pid: 1 << 23, ..owner };
        let shown = gone.shown(TimeZone::UTC);
        assert!(shown.contains("(process 8388608 is gone, its guard is still at work)"), "{shown}");
    }

    #[test]
    fn what_somebody_else_has_written_is_no_owner_and_sends_nothing_to_a_terminal() {
        for bytes in [&b""[..], b"{", b"null", b"[1]", b"{\"pid\":-1}", b"\xff\xff"] {
            assert_eq!(Owner::read(bytes), None);
        }
        let bad = Owner::new("\u{1b}[2J".to_owned() + &"x".repeat(500));
        let read = Owner::read(&bad.to_bytes()).unwrap();
        assert!(read.what.starts_with("[2Jx") && read.what.len() == 100, "{}", read.what);
    }
}

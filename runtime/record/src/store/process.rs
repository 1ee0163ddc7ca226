//! Which process this is, and whether another one still lives.

use std::fs;

use crate::body::Process;

impl Process {
    /// The process that runs this.
    pub fn this() -> Self {
        let pid = std::process::id();
        let boot_id = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok();
        let boot_id = boot_id.map(|id| id.trim().to_owned());
        Self { pid, start_ticks: start_ticks(pid), boot_id }
    }

    /// Whether it is still there, as far as this process can tell.
    pub fn is_alive(&self) -> bool {
        lives(self, &Self::this())
    }
}

/// Whether `process` is still there, as far as `this` can tell. A number that was given to a
/// later process does not count.
pub(super) fn lives(process: &Process, this: &Process) -> bool {
    process.boot_id == this.boot_id
        && start_ticks(process.pid).is_some_and(|ticks| process.start_ticks == Some(ticks))
}

/// `None` once the process is dead, even if nobody has asked for its exit code yet.
///
/// Source: proc_pid_stat(5), fields 3 and 22. The second field is the program's name in
/// parentheses and may itself contain anything.
fn start_ticks(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    if matches!(state, "Z" | "X") { None } else { fields.nth(18)?.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_lives_unless_its_number_its_start_or_its_boot_is_another() {
        let this = Process::this();
        assert!(lives(&this, &this));
        assert!(!lives(&Process { start_ticks: Some(1), ..this.clone() }, &this));
        assert!(!lives(&Process { boot_id: Some("earlier".into()), ..this.clone() }, &this));
        // Above the largest number that Linux gives to a process.
        assert!(!lives(&Process { pid: 1 << 23, ..this.clone() }, &this));
    }
}

//! What a process has of what could run out.

use std::fs;

/// What a process has at one moment.
#[derive(Clone, Copy, Debug, Default)]
pub struct Size {
    /// Memory that is its own, in KiB.
    pub private: u64,
    /// Open descriptors.
    pub descriptors: usize,
    /// Threads.
    pub threads: usize,
}

impl Size {
    /// That of process `id`; `None` if it is gone.
    ///
    /// Source: proc_pid_smaps(5), `smaps_rollup`.
    pub fn of(id: u32) -> Option<Self> {
        let text = fs::read_to_string(format!("/proc/{id}/smaps_rollup")).ok()?;
        let private = text.lines().filter(|line| line.starts_with("Private_"));
        let private =
            private.filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
        let threads = fs::read_dir(format!("/proc/{id}/task")).ok()?.count();
        Some(Self { private: private.sum(), descriptors: descriptors(id), threads })
    }

    /// The largest of each.
    pub fn max(self, other: Self) -> Self {
        Self {
            private: self.private.max(other.private),
            descriptors: self.descriptors.max(other.descriptors),
            threads: self.threads.max(other.threads),
        }
    }
}

/// How many descriptors process `id` has open; none if it is gone.
pub fn descriptors(id: u32) -> usize {
    fs::read_dir(format!("/proc/{id}/fd")).map_or(0, Iterator::count)
}

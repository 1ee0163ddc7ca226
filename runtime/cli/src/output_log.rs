//! When which output of a served bench was switched, a JSON line each.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use pogo_sim::Switched;
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;

use crate::terminal::err;

/// The file that `--log` names. What stands in it already stays.
pub struct OutputLog {
    file: File,
    path: PathBuf,
}

impl OutputLog {
    /// The file at `path`, made if it is not there.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self { file, path: path.to_owned() })
    }

    /// Writes the line of an output that was just switched. Once it returns, the line survives the
    /// end of this process; a line that cannot be written is said aloud.
    pub fn keep(&mut self, switched: Switched<'_>) {
        let Switched { resource, channel, roles, on } = switched;
        let line = json!({
            "at_ns": realtime_ns(),
            "mono_ns": monotonic_ns(),
            "resource": resource.to_string(),
            "channel": channel,
            "roles": roles,
            "output": if on { "on" } else { "off" },
        });
        // In one piece, so that nobody ever reads half a line.
        if let Err(cause) = self.file.write_all(format!("{line}\n").as_bytes()) {
            err(&format!("`{}` cannot be written: {cause}; lost: {line}\n", self.path.display()));
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "when something happened is wall time")]
fn realtime_ns() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// The clock that no one sets, so that moments of several processes can be held against each other.
fn monotonic_ns() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    let [seconds, rest] = [now.tv_sec, now.tv_nsec].map(|it| u64::try_from(it).unwrap_or(0));
    seconds * 1_000_000_000 + rest
}

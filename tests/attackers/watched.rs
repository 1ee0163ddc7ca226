//! What a process takes, measured by one that has no other child.

use std::ffi::OsString;
use std::process::Command;
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use serde_json::{Value, json};

/// Runs `line` to its end, and prints what it took behind whatever it prints itself.
///
/// # Panics
///
/// It cannot be started.
#[expect(clippy::print_stdout, reason = "a program says what it saw")]
pub fn watch(line: &[OsString]) {
    let (program, arguments) = line.split_first().expect("a program");
    let status = Command::new(program).args(arguments).status().expect("the program starts");
    let used = getrusage(UsageWho::RUSAGE_CHILDREN).expect("what it took");
    let cpu = used.user_time().num_microseconds() + used.system_time().num_microseconds();
    let document = json!({
        "code": status.code().unwrap_or(-1),
        "cpu_us": cpu,
        "memory_kib": used.max_rss(),
    });
    println!("\n{document}");
}

/// What a process took.
#[derive(Clone, Copy, Debug)]
pub struct Took {
    /// Its exit code; -1 if a signal ended it.
    pub code: i32,
    /// Its CPU time.
    pub cpu: Duration,
    /// The most memory that it had at one time, in KiB.
    pub memory: u64,
}

impl Took {
    /// Reads what [`watch`] has printed last.
    ///
    /// # Panics
    ///
    /// It has printed something else.
    pub fn read(line: &str) -> Self {
        let it: Value = serde_json::from_str(line).expect("what it took");
        let number = |key: &str| it[key].as_i64().expect("a number");
        Self {
            code: number("code") as i32,
            cpu: Duration::from_micros(number("cpu_us") as u64),
            memory: number("memory_kib") as u64,
        }
    }
}

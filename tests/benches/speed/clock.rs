//! Wall time, and the CPU time of child processes.

use std::process::{Command, Stdio};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;

/// What a piece of work took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// Wall time in seconds.
    pub wall: f64,
    /// User and system time in seconds.
    pub cpu: f64,
}

/// Now, in real time: the one thing that a bench is about.
#[expect(clippy::disallowed_methods, reason = "nothing is simulated while speed is measured")]
pub fn now() -> Instant {
    Instant::now()
}

/// What one process cost, which must end with `code`.
pub fn cost(command: &mut Command, code: i32) -> Cost {
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let before = children();
    let began = now();
    let status = command.status().expect("the process starts");
    let wall = began.elapsed().as_secs_f64();
    assert_eq!(status.code(), Some(code), "{command:?}");
    Cost { wall, cpu: children() - before }
}

/// CPU seconds of all children that have ended.
fn children() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("a process has children's usage");
    seconds(usage.user_time()) + seconds(usage.system_time())
}

fn seconds(time: TimeVal) -> f64 {
    time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6
}

//! Wall time, and the CPU time of this process and its children.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

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

/// What `work` cost in this process and in the children that ended meanwhile.
pub fn cost_here(work: impl FnOnce()) -> Cost {
    let (before, began) = (own() + children(), now());
    work();
    Cost { wall: began.elapsed().as_secs_f64(), cpu: own() + children() - before }
}

/// Lets real time pass.
#[expect(clippy::disallowed_methods, reason = "what happens while nothing happens is measured")]
pub fn pause(time: Duration) {
    std::thread::sleep(time);
}

/// CPU seconds of this process.
pub fn own() -> f64 {
    used_by(UsageWho::RUSAGE_SELF)
}

/// CPU seconds of all children that have ended.
fn children() -> f64 {
    used_by(UsageWho::RUSAGE_CHILDREN)
}

fn used_by(who: UsageWho) -> f64 {
    let usage = getrusage(who).expect("every process uses something");
    seconds(usage.user_time()) + seconds(usage.system_time())
}

fn seconds(time: TimeVal) -> f64 {
    time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6
}

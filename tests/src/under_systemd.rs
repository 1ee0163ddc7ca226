//! A run as systemd starts it: what it tells its service manager.

use std::os::unix::net::UnixDatagram;
use std::process::Stdio;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::bench::folder;
use crate::{Ended, Program};

const WAITS: &str = "run script.rhai --fixture bench.fixture.toml --dut SN0001 --store store \
                     --sim psu,dmm,other";

#[test]
fn a_run_says_that_it_has_begun_and_that_it_lives_until_it_is_stopped_itself() {
    let folder = folder("wait(600.s);");
    let socket = UnixDatagram::bind(folder.path("notify")).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let heard = || {
        let mut said = [0; 64];
        let length = socket.recv(&mut said).ok()?;
        Some(String::from_utf8(said[..length].to_vec()).unwrap())
    };
    let mut command = Program::command(folder.root(), WAITS);
    command.env("NOTIFY_SOCKET", folder.path("notify")).env("WATCHDOG_USEC", "100000");
    let mut run = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    assert_eq!(heard().as_deref(), Some("READY=1"));
    for _ in 0..3 {
        assert_eq!(heard().as_deref(), Some("WATCHDOG=1"));
    }
    let pid = Pid::from_raw(i32::try_from(run.id()).unwrap());
    kill(pid, Signal::SIGSTOP).unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    // What was under way before the stop may still come.
    let late = std::iter::from_fn(heard).take(3).count();
    assert!(late < 3, "a process that does not run says that it does");
    kill(pid, Signal::SIGCONT).unwrap();
    kill(pid, Signal::SIGTERM).unwrap();
    assert_eq!(run.wait().unwrap().code(), Some(130));
}

#[test]
fn a_run_does_not_depend_on_a_service_manager_that_does_not_listen() {
    let folder = folder("check(\"done\", true);");
    let mut command = Program::command(folder.root(), WAITS);
    command.env("NOTIFY_SOCKET", "/not/there").env("WATCHDOG_USEC", "1");
    assert_eq!(Ended::of(&mut command).code, 0);
}

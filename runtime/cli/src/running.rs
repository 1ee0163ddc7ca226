//! The process of a run that is still going on: found without mistaking another for it, asked to
//! end, and waited for.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use pogo_record::Process;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

/// A process that is held by a descriptor: its number cannot become another's any more.
#[derive(Debug)]
pub struct Running(OwnedFd);

impl Running {
    /// Finds `process`; `None` if it is gone, or its number belongs to a later one.
    ///
    /// # Errors
    ///
    /// The operating system gives no descriptor.
    pub fn find(process: &Process) -> io::Result<Option<Self>> {
        let Some(pid) = i32::try_from(process.pid).ok().and_then(Pid::from_raw) else {
            return Ok(None);
        };
        match pidfd_open(pid, PidfdFlags::empty()) {
            // Looked at only now: the number could have changed hands before it was held.
            Ok(held) => Ok(process.is_alive().then_some(Self(held))),
            Err(rustix::io::Errno::SRCH) => Ok(None),
            Err(cause) => Err(cause.into()),
        }
    }

    /// Asks it to end, as Ctrl-C does.
    ///
    /// # Errors
    ///
    /// It belongs to somebody else. That it has just ended is none.
    pub fn ask(&self) -> io::Result<()> {
        self.send(Signal::TERM)
    }

    /// Asks it to end without its clean-ups, as a second Ctrl-C does.
    ///
    /// # Errors
    ///
    /// Those of [`Running::ask`].
    pub fn ask_twice(&self) -> io::Result<()> {
        // Two of a kind would count as one if the process does not come to see the first in time.
        self.send(Signal::TERM)?;
        self.send(Signal::INT)
    }

    /// Waits for its end for as long as `patience` and says whether it came.
    ///
    /// # Errors
    ///
    /// The operating system does not let this process wait.
    pub fn ended_within(&self, patience: Duration) -> io::Result<bool> {
        let patience = Timespec::try_from(patience).map_err(io::Error::other)?;
        let mut ended = [PollFd::new(&self.0, PollFlags::IN)];
        Ok(poll(&mut ended, Some(&patience))? > 0)
    }

    fn send(&self, signal: Signal) -> io::Result<()> {
        match pidfd_send_signal(&self.0, signal) {
            Err(rustix::io::Errno::SRCH) | Ok(()) => Ok(()),
            Err(cause) => Err(cause.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command, Stdio};

    use super::*;

    /// A process that waits for ever.
    fn child() -> Child {
        Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap()
    }

    fn described(child: &Child) -> Process {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
        let ticks = stat.rsplit_once(')').unwrap().1.split_whitespace().nth(19).unwrap();
        Process { pid: child.id(), start_ticks: ticks.parse().ok(), ..Process::this() }
    }

    #[test]
    fn a_process_is_asked_and_waited_for() {
        let mut child = child();
        let running = Running::find(&described(&child)).unwrap().unwrap();
        assert!(!running.ended_within(Duration::ZERO).unwrap());
        running.ask().unwrap();
        assert!(running.ended_within(Duration::from_secs(10)).unwrap());
        assert_eq!(running.ask().ok(), Some(()), "it has ended: nothing is left to ask for");
        child.wait().unwrap();
        running.ask_twice().unwrap();
    }

    #[test]
    fn a_later_process_with_the_same_number_is_another_one() {
        let mut child = child();
        let it = described(&child);
        let earlier = Process { start_ticks: it.start_ticks.map(|it| it - 1), ..it.clone() };
        assert!(Running::find(&earlier).unwrap().is_none());
        let last_boot = Process { boot_id: Some("another".into()), ..it.clone() };
        assert!(Running::find(&last_boot).unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(Running::find(&it).unwrap().is_none());
        assert!(Running::find(&Process { pid: 0, ..it }).unwrap().is_none());
    }
}

//! A terminal with the program in it, and somebody in front of it.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nix::fcntl::OFlag;
use nix::pty::{grantpt, posix_openpt, ptsname_r, unlockpt};

use crate::real_time::{now, pause, wait_for};

/// A terminal. It closes when it is dropped, and so do those that read from it.
pub struct Terminal {
    near: Arc<Mutex<File>>,
    name: String,
    shown: String,
    seen: usize,
}

/// How long anything may take to be shown.
const PATIENCE: Duration = Duration::from_secs(20);

impl Terminal {
    /// A new one. Neither of its ends is inherited by any process but those that are given one.
    ///
    /// # Panics
    ///
    /// The system gives none.
    #[expect(clippy::new_without_default, reason = "it opens a terminal, which no default should")]
    pub fn new() -> Self {
        let flags = OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK;
        let near = posix_openpt(flags).expect("a terminal");
        grantpt(&near).and_then(|()| unlockpt(&near)).expect("a terminal to use");
        let name = ptsname_r(&near).expect("its name");
        let near: std::os::fd::OwnedFd = near.into();
        Self { near: Arc::new(Mutex::new(near.into())), name, shown: String::new(), seen: 0 }
    }

    /// The far end, for a process.
    ///
    /// # Panics
    ///
    /// It cannot be opened.
    pub fn end(&self) -> Stdio {
        let mut options = OpenOptions::new();
        options.read(true).write(true).custom_flags(OFlag::O_NOCTTY.bits());
        options.open(&self.name).expect("the other end").into()
    }

    /// Types `text`.
    ///
    /// # Panics
    ///
    /// The terminal takes no more.
    pub fn types(&self, text: &str) {
        let mut near = self.near.lock().unwrap_or_else(PoisonError::into_inner);
        near.write_all(text.as_bytes()).expect("a terminal that listens");
    }

    /// Waits until `text` is shown, behind what was waited for before.
    ///
    /// # Panics
    ///
    /// It is not.
    pub fn shows(&mut self, text: &str) {
        let found = wait_for(now() + PATIENCE, || {
            self.look();
            self.shown[self.seen..].find(text).map(|at| self.seen + at + text.len())
        });
        self.seen = found.unwrap_or_else(|| panic!("`{text}` is not shown:\n{}", self.shown));
    }

    /// Everything that was shown.
    pub fn shown(&mut self) -> &str {
        self.look();
        &self.shown
    }

    /// Types `text` every few milliseconds until the terminal is dropped, and reads nothing of
    /// what is shown.
    pub fn types_on_and_on(&self, text: &'static str) {
        let near = Arc::downgrade(&self.near);
        std::thread::spawn(move || {
            while let Some(near) = near.upgrade() {
                let mut near = near.lock().unwrap_or_else(PoisonError::into_inner);
                // Nobody may read it now; what is shown must not stop whoever shows it.
                let _ = near.write_all(text.as_bytes());
                let _ = near.read(&mut [0; 4096]);
                drop(near);
                pause(Duration::from_millis(3));
            }
        });
    }

    fn look(&mut self) {
        let mut near = self.near.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bytes = [0; 4096];
        while let Ok(length @ 1..) = near.read(&mut bytes) {
            self.shown += &String::from_utf8_lossy(&bytes[..length]);
        }
    }
}

/// `command` in `folder` as the leader of a session whose terminal is its stdin. The process stays
/// the same.
pub fn in_session(command: &Command, folder: &Path) -> Command {
    let mut session = Command::new("setsid");
    session.arg("--ctty").arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => session.env(name, value),
            None => session.env_remove(name),
        };
    }
    session.current_dir(folder);
    session
}

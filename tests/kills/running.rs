//! A run: its process, its terminal if it has one, and what it said.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use nix::fcntl::OFlag;
use nix::pty::{PtyMaster, grantpt, posix_openpt, ptsname_r, unlockpt};
use pogo_tests::Program;

use crate::bench::FIXTURE;
use crate::processes::{self, MARK, Process};
use pogo_tests::real_time::wait_for;

/// The store of a point.
pub const STORE: &str = "store";

/// A run that was started. What is left of it ends when this is dropped.
pub struct Running {
    folder: PathBuf,
    script: String,
    child: Child,
    terminal: Option<PtyMaster>,
    status: Option<ExitStatus>,
}

impl Running {
    /// Starts `script` in `folder`, perhaps in a terminal of its own.
    pub fn start(folder: &Path, script: &str, in_terminal: bool) -> Self {
        let line = format!("run {script} --fixture {FIXTURE} --dut SN0001 --store {STORE}");
        let mut command = Program::command(folder, &line);
        let said = |name: &str| File::create(folder.join(format!("{script}.{name}")));
        command.stdout(said("stdout").expect("a file")).stderr(said("stderr").expect("a file"));
        let mut terminal = None;
        if in_terminal {
            let (master, mut slave) = open_terminal();
            command = in_session(&command, folder);
            command.stdin(slave()).stdout(slave()).stderr(slave());
            terminal = Some(master);
        }
        let child = command.env(MARK, folder).spawn().expect("the program starts");
        let (folder, script) = (folder.to_owned(), script.to_owned());
        Self { folder, script, child, terminal, status: None }
    }

    /// The process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Every process of it that lives.
    pub fn processes(&self) -> Vec<Process> {
        processes::of(&self.folder)
    }

    /// Whether its own process has ended.
    pub fn has_ended(&mut self) -> bool {
        if self.status.is_none() {
            self.status = self.child.try_wait().expect("a child of this process");
        }
        self.status.is_some()
    }

    /// Waits for its own process to end; `None` if it has not by `until`.
    pub fn end(&mut self, until: Duration) -> Option<ExitStatus> {
        wait_for(until, || self.has_ended().then_some(()));
        self.status
    }

    /// Closes the terminal.
    pub fn close_terminal(&mut self) {
        self.terminal = None;
    }

    /// The last lines that it said to stderr.
    pub fn last_words(&self) -> String {
        let path = self.folder.join(format!("{}.stderr", self.script));
        let said = fs::read_to_string(path).unwrap_or_default();
        let lines: Vec<&str> = said.lines().collect();
        lines[lines.len().saturating_sub(4)..].join(" / ")
    }

    /// Kills what is left of it; what that was.
    pub fn kill_the_rest(&mut self) -> Vec<Process> {
        let rest = self.processes();
        for process in &rest {
            processes::signal(process.id, nix::sys::signal::Signal::SIGKILL);
        }
        rest
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill_the_rest();
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// How a process ended, in words.
pub fn shown(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "nothing known".into(),
    }
}

/// A new terminal, and its other end as often as it is asked for. Neither is inherited by any
/// process but those that are given one.
fn open_terminal() -> (PtyMaster, impl FnMut() -> Stdio) {
    let flags = OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
    let master = posix_openpt(flags).expect("a terminal");
    grantpt(&master).and_then(|()| unlockpt(&master)).expect("a terminal to use");
    let name = ptsname_r(&master).expect("its name");
    let mut options = OpenOptions::new();
    options.read(true).write(true).custom_flags(OFlag::O_NOCTTY.bits());
    (master, move || options.open(&name).expect("the other end").into())
}

/// `command` as the leader of a session whose terminal is its stdin. The process stays the same.
fn in_session(command: &Command, folder: &Path) -> Command {
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

//! A run: its process, its terminal if it has one, and what it said.

use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::time::Duration;

use pogo_tests::{Program, Terminal, in_session};

use crate::bench::FIXTURE;
use crate::job::QUESTION;
use crate::processes::{self, MARK, Process};
use pogo_tests::real_time::wait_for;

/// The store of a point.
pub const STORE: &str = "store";

/// Where a run is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seat {
    /// In no terminal.
    None,
    /// In a terminal that shows everything.
    All,
    /// In a terminal that nobody answers at; what is said otherwise goes to files.
    Silent,
    /// The same, with somebody who says yes to everything all the time.
    Answers,
}

/// A run that was started. What is left of it ends when this is dropped.
pub struct Running {
    folder: PathBuf,
    script: String,
    child: Child,
    terminal: Option<Terminal>,
    seat: Seat,
    status: Option<ExitStatus>,
}

impl Running {
    /// Starts `script` in `folder`, at `seat`.
    pub fn start(folder: &Path, script: &str, seat: Seat) -> Self {
        let line = format!("run {script} --fixture {FIXTURE} --dut SN0001 --store {STORE}");
        let mut command = Program::command(folder, &line);
        let said = |name: &str| File::create(folder.join(format!("{script}.{name}")));
        command.stdout(said("stdout").expect("a file")).stderr(said("stderr").expect("a file"));
        let mut terminal = None;
        if seat != Seat::None {
            let it = Terminal::new();
            let (stdout, stderr) = (said("stdout"), said("stderr"));
            command = in_session(&command, folder);
            command.stdin(it.end());
            match seat {
                Seat::All => command.stdout(it.end()).stderr(it.end()),
                _ => command.stdout(stdout.expect("a file")).stderr(stderr.expect("a file")),
            };
            if seat == Seat::Answers {
                it.types_on_and_on("yes\n");
            }
            terminal = Some(it);
        }
        let child = command.env(MARK, folder).spawn().expect("the program starts");
        let (folder, script) = (folder.to_owned(), script.to_owned());
        Self { folder, script, child, terminal, seat, status: None }
    }

    /// The process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Every process of it that lives.
    pub fn processes(&self) -> Vec<Process> {
        processes::of(&self.folder)
    }

    /// Returns once its question is on its terminal, if nobody there answers at once.
    pub fn is_asking(&mut self) {
        if let Some(terminal) = self.terminal.as_mut().filter(|_| self.seat != Seat::Answers) {
            terminal.shows(QUESTION);
        }
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

//! The processes of a point, wherever they stand in the tree.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// What every process of a point has in its environment: the point's folder.
pub const MARK: &str = "POGO_KILL_POINT";

/// A process that lives.
#[derive(Debug)]
pub struct Process {
    pub id: u32,
    command: Vec<String>,
}

impl Process {
    /// Whether it is the guard of a run.
    pub fn is_guard(&self) -> bool {
        self.command.get(1).is_some_and(|it| it == "guard")
    }

    /// Its number and command line.
    pub fn shown(&self) -> String {
        format!("{} ({})", self.id, self.command.join(" "))
    }
}

/// Every process that has the point's `folder` as its mark and whose program is `pogo`.
pub fn of(folder: &Path) -> Vec<Process> {
    let mark = [MARK.as_bytes(), b"=", folder.as_os_str().as_bytes()].concat();
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let ids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter_map(|id: u32| {
        let about = |file: &str| format!("/proc/{id}/{file}");
        // Whoever has ended meanwhile, or is a zombie, has none of these.
        let environment = fs::read(about("environ")).ok()?;
        environment.split(|byte| *byte == 0).find(|it| *it == mark)?;
        let program = fs::read_link(about("exe")).ok()?;
        program.file_name()?.to_str()?.starts_with("pogo").then_some(())?;
        let command = fs::read(about("cmdline")).ok()?;
        let words = command.split(|byte| *byte == 0).filter(|it| !it.is_empty());
        let command = words.map(|it| String::from_utf8_lossy(it).into_owned()).collect();
        Some(Process { id, command })
    })
    .collect()
}

/// Sends a signal; a process that is gone already has no need of it.
pub fn signal(id: u32, signal: Signal) {
    let id = i32::try_from(id).expect("a process's number");
    _ = kill(Pid::from_raw(id), signal);
}

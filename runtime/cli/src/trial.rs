//! Runs that are tried, each a process of its own with a store of its own: none disturbs another, and
//! nothing of them is kept.

use std::env;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use anyhow::{Context, Result};
use pogo_record::{Body, Mode, Run, export};
use tempfile::TempDir;

use crate::logs::Logs;

/// Where trials are made.
pub struct Trials {
    program: PathBuf,
    stores: TempDir,
    made: AtomicUsize,
}

/// What became of a trial.
#[derive(Debug)]
pub struct Outcome {
    /// The exit code of the process.
    pub code: i32,
    /// What was recorded; `None` if it was refused, or could not be recorded.
    pub run: Option<Run>,
    /// What it said on standard error.
    pub said: String,
}

impl Trials {
    /// Ready for the first one.
    ///
    /// # Errors
    ///
    /// There is no temporary folder, or this program does not know its own file.
    pub fn new() -> Result<Self> {
        let program = env::current_exe().context("this program's own file is not known")?;
        let stores = TempDir::new().context("there is no temporary folder")?;
        Ok(Self { program, stores, made: AtomicUsize::new(0) })
    }

    /// Runs `pogo run` with `arguments`, all of it simulated, and looks at what became of it.
    ///
    /// # Errors
    ///
    /// It could not be run, or what it recorded cannot be read.
    pub fn run(&self, arguments: &[String]) -> Result<Outcome> {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let store = self.stores.path().join(number.to_string());
        let mut command = Command::new(&self.program);
        command.arg("run").args(arguments).arg("--sim").arg("--store").arg(&store);
        command.stdin(Stdio::null()).stdout(Stdio::null()).env("NO_COLOR", "1");
        command.env_remove("GITHUB_ACTIONS");
        let output = command.output().context("a run could not be started")?;
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        let mut run = None;
        if Mode::Simulate.folder(&store).exists() {
            let logs = Logs::open(&store)?;
            run = logs.list()?.first().map(|it| logs.run(it.id)).transpose()?;
            drop(logs);
            // Hundreds of them need not be on the disk at once.
            let _ = std::fs::remove_dir_all(&store);
        }
        Ok(Outcome { code: output.status.code().unwrap_or(-1), run, said })
    }
}

impl Outcome {
    /// The measurements and checks that failed, in their order.
    pub fn failed(&self) -> Vec<String> {
        let failed = self.run.as_ref().map(export::failed).unwrap_or_default();
        failed.into_iter().map(str::to_owned).collect()
    }

    /// What was said first of what went wrong on the bench or in the script.
    pub fn error(&self) -> String {
        let error = self.run.iter().flat_map(|run| &run.events).find_map(|it| match &it.body {
            Body::Error(error) if !error.expected => Some(error.message.clone()),
            _ => None,
        });
        let said =
            || self.said.lines().next().map(|it| it.trim_start_matches("error: ").to_owned());
        error.or_else(said).filter(|it| !it.is_empty()).unwrap_or_else(|| "no verdict".to_owned())
    }
}

/// What `work` gives for each number below `count`, in their order, so many at once. `said` is told
/// how many are done.
pub fn each<T: Send>(
    count: usize,
    jobs: Option<NonZeroUsize>,
    work: impl Fn(usize) -> T + Sync,
    said: impl Fn(usize) + Sync,
) -> Vec<T> {
    let jobs = jobs.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    let next = AtomicUsize::new(0);
    let found = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..jobs.min(count) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= count {
                        return;
                    }
                    let one = work(at);
                    let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                    found.push((at, one));
                    said(found.len());
                }
            });
        }
    });
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, one)| one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_done_at_once_comes_back_in_order() {
        let told = AtomicUsize::new(0);
        let said = |done| _ = told.fetch_max(done, Ordering::Relaxed);
        let all = each(100, NonZeroUsize::new(4), |at| at * at, said);
        assert_eq!(all, (0..100).map(|at| at * at).collect::<Vec<_>>());
        assert_eq!(told.into_inner(), 100);
        assert!(each(0, None, |at| at, |_| ()).is_empty());
    }
}

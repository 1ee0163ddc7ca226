//! The logs of a store: simulated runs have one of their own, and whoever reads sees both.

use std::path::Path;

use pogo_hal::Diagnostic;
use pogo_record::{Mode, Reader, RecordError, Run, RunSummary, Store, Uuid};

use crate::diagnostics::Failure;
use crate::exit;

/// Both logs of a store, opened for reading.
pub struct Logs(Vec<Reader>);

impl Logs {
    /// Opens what is there of the store in `folder`; nothing there is no error.
    ///
    /// # Errors
    ///
    /// A log is there and cannot be read.
    pub fn open(folder: &Path) -> Result<Self, Failure> {
        let folders = [Mode::Engineering.folder(folder), Mode::Simulate.folder(folder)];
        let there = folders.iter().filter(|it| it.is_dir());
        let readers = there.map(|it| Store::reader(it).map_err(|cause| failure(&cause)));
        Ok(Self(readers.collect::<Result<_, _>>()?))
    }

    /// The logs that are there: real runs before simulated ones.
    pub fn readers(&self) -> &[Reader] {
        &self.0
    }

    /// Every run, newest first.
    ///
    /// # Errors
    ///
    /// A log cannot be read.
    pub fn list(&self) -> Result<Vec<RunSummary>, Failure> {
        let mut runs = Vec::new();
        for reader in &self.0 {
            runs.extend(reader.list().map_err(|cause| failure(&cause))?);
        }
        runs.sort_by_key(|run| std::cmp::Reverse((run.started, run.id)));
        Ok(runs)
    }

    /// What the log is called that the run with this id stands in, if it is signed.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub fn origin(&self, id: Uuid) -> Result<Option<String>, Failure> {
        let has = |reader: &&Reader| reader.run(&id.to_string()).is_ok();
        let reader = self.0.iter().find(has);
        reader.map_or(Ok(None), |it| it.origin().map_err(|cause| failure(&cause)))
    }

    /// The run with this id.
    ///
    /// # Errors
    ///
    /// There is none, or it cannot be read.
    pub fn run(&self, id: Uuid) -> Result<Run, Failure> {
        let mut last = None;
        for reader in &self.0 {
            match reader.run(&id.to_string()) {
                Ok(run) => return Ok(run),
                Err(cause) => last = Some(failure(&cause)),
            }
        }
        Err(last.unwrap_or_else(|| failure(&RecordError::new(format!("there is no run `{id}`")))))
    }
}

impl Logs {
    /// The log that has the run with this id.
    ///
    /// # Errors
    ///
    /// None has it, or one cannot be read.
    pub fn of(&self, id: Uuid) -> Result<&Reader, Failure> {
        for reader in &self.0 {
            if reader.list().map_err(|it| failure(&it))?.iter().any(|it| it.id == id) {
                return Ok(reader);
            }
        }
        Err(failure(&RecordError::new(format!("there is no run `{id}`"))))
    }
}

/// The one of `runs`, newest first, that `name` means: `latest`, the beginning of an id, or its
/// beginning and its end with `…` or `...` between them.
///
/// # Errors
///
/// None is meant, or more than one; with exit code 64, because the command line is wrong.
pub fn meant(name: &str, runs: &[RunSummary], store: &Path) -> Result<Uuid, Failure> {
    let wrong = |diagnostic| Failure::new(exit::COMMAND_LINE, diagnostic);
    let Some(newest) = runs.first() else {
        return Err(wrong(Diagnostic::new(empty(store)).with_hint(OTHER_STORE)));
    };
    if name == "latest" {
        return Ok(newest.id);
    }
    let typed = name.to_lowercase();
    let (head, tail) = typed.split_once('…').or(typed.split_once("...")).unwrap_or((&typed, ""));
    let ids = runs.iter().map(|run| (run.id, run.id.to_string()));
    let found: Vec<_> = ids.filter(|(_, it)| it.starts_with(head) && it.ends_with(tail)).collect();
    match found.as_slice() {
        [] => Err(wrong(
            Diagnostic::new(format!("no run in `{}` is called `{name}`", store.display()))
                .with_hint(format!("the newest is `{}`; `pogo list` shows all", newest.id)),
        )),
        [(id, _)] => Ok(*id),
        several => {
            let first: Vec<_> = several.iter().take(3).map(|(_, it)| format!("`{it}`")).collect();
            let more = if several.len() > first.len() { ", …" } else { "" };
            let count = several.len();
            Err(wrong(
                Diagnostic::new(format!("`{name}` could be any of {count} runs"))
                    .with_hint(format!("write more of the id: {}{more}", first.join(", "))),
            ))
        }
    }
}

/// That a store holds nothing, as a sentence.
pub fn empty(store: &Path) -> String {
    format!("there are no runs in `{}`", store.display())
}

/// What to do if that is a surprise.
pub const OTHER_STORE: &str = "name another store with `--store` or POGO_STORE";

/// A store that cannot be used, as a failure with exit code 3.
pub fn failure(cause: &RecordError) -> Failure {
    Failure::new(exit::NO_VERDICT, diagnostic(cause))
}

/// A store that cannot be used, as a diagnostic.
pub fn diagnostic(cause: &RecordError) -> Diagnostic {
    let diagnostic = Diagnostic::new(cause.message());
    match cause.hint() {
        Some(hint) => diagnostic.with_hint(hint),
        None => diagnostic,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn runs(ids: &[&str]) -> Vec<RunSummary> {
        let run = |id: &&str| RunSummary {
            id: format!("{id}-0000-7000-8000-0000000000{}", &id[6..]).parse().unwrap(),
            mode: Mode::Simulate,
            plan: "TH-100".into(),
            device: None,
            serial: None,
            attempt: None,
            verdict: None,
            reason: None,
            started: Timestamp::UNIX_EPOCH,
            ended: None,
            duration_ns: None,
            goes_on: false,
        };
        ids.iter().map(run).collect()
    }

    fn found(name: &str) -> Result<String, (u8, String, String)> {
        let runs = runs(&["0197a3c2", "0197a3b1", "0196ffb1"]);
        meant(name, &runs, Path::new("pogo-store"))
            .map(|id| id.to_string()[..8].to_owned())
            .map_err(|failure| {
                let it = failure.diagnostics[0].clone();
                (failure.code, it.message, it.hint.unwrap_or_default())
            })
    }

    #[test]
    fn a_run_is_named_by_its_beginning_by_its_short_form_or_as_the_latest() {
        assert_eq!(found("latest").unwrap(), "0197a3c2");
        assert_eq!(found("0196").unwrap(), "0196ffb1");
        assert_eq!(found("0197A3B").unwrap(), "0197a3b1");
        assert_eq!(found("0197…c2").unwrap(), "0197a3c2");
        assert_eq!(found("0197...b1").unwrap(), "0197a3b1");
    }

    #[test]
    fn a_name_that_means_several_runs_or_none_is_a_mistake_of_the_command_line() {
        let (code, message, hint) = found("0197").unwrap_err();
        assert_eq!((code, &*message), (64, "`0197` could be any of 2 runs"));
        assert!(hint.contains("`0197a3c2-0000-") && hint.contains("`0197a3b1-0000-"), "{hint}");
        let (code, message, hint) = found("beef").unwrap_err();
        assert_eq!((code, &*message), (64, "no run in `pogo-store` is called `beef`"));
        assert!(hint.starts_with("the newest is `0197a3c2-"), "{hint}");
        assert_eq!(meant("latest", &[], Path::new("s")).unwrap_err().code, 64);
    }
}

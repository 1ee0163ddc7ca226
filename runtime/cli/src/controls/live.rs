//! Who may access files, how software is loaded, how configuration is verified, how records are
//! kept: as it is set up here and now.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use pogo_hal::Diagnostic;
use pogo_record::{Keeping, Mode, SCHEMA, Store};

use super::Answer;
use crate::diagnostics::Failure;
use crate::exit;
use crate::logs;
use crate::station::{self, Station};

/// The four answers.
pub fn answers(folder: &Path) -> Result<Vec<Answer>, Failure> {
    let refused = |it: Diagnostic| Failure::new(exit::REFUSED, it);
    let station = Station::here().map_err(refused)?;
    Ok(vec![
        Answer { question: "who may access files", here: access(folder, station) },
        Answer { question: "how software is loaded", here: loading() },
        Answer { question: "how configuration is verified", here: configuration(station) },
        Answer { question: "how records are kept", here: keeping(folder)? },
    ])
}

fn access(folder: &Path, station: &Station) -> Vec<String> {
    let real = Mode::Engineering.folder(folder);
    let mut all = vec![
        "Pogo has no accounts of its own: the operating system decides who may read and write, and \
         roles for people are to come"
            .to_owned(),
        permissions("the station file", &station::file()),
        permissions("the store", folder),
        permissions("its record", &real.join("record.db")),
        permissions("its private key", &real.join("key")),
    ];
    all.push(match station.needs_operator {
        true => "nothing runs here without the name of an operator, which nobody checks".to_owned(),
        false => "runs need not name an operator here".to_owned(),
    });
    all
}

/// Who may read and write the file at `path`.
fn permissions(what: &str, path: &Path) -> String {
    let path_shown = path.display();
    match fs::metadata(path) {
        Ok(about) => {
            let (mode, owner, group) = (about.mode() & 0o7777, about.uid(), about.gid());
            let others = match mode & 0o022 {
                0 => "nobody but its owner may write it",
                _ => "OTHERS THAN ITS OWNER MAY WRITE IT",
            };
            format!("{what} {path_shown}: mode {mode:04o}, user {owner}, group {group}; {others}")
        }
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {
            format!("{what} {path_shown}: there is none")
        }
        Err(cause) => format!("{what} {path_shown}: {cause}"),
    }
}

fn loading() -> Vec<String> {
    [
        "this version drives no programmer: firmware is loaded outside of Pogo",
        "a script records what a unit runs, by version and SHA-256 (`device.firmware`), as it read \
         it; `pogo trace --firmware` finds the units",
        "approved images, found by their hash and verified after loading, are to come",
    ]
    .map(str::to_owned)
    .into()
}

fn configuration(station: &Station) -> Vec<String> {
    let mode = match station.production {
        true => {
            "this station asks for production, which this version refuses: its controls are to \
                 come"
        }
        false => "this station runs in the mode engineering: files are freely chosen",
    };
    let mut all = vec![format!("the station is `{}`", station.name), mode.to_owned()];
    all.extend(
        [
            "every run begins with the check that `pogo check` makes; what is wrong is refused \
             before anything is opened",
            "the SHA-256 of every script, limits and fixture file is recorded before the first \
             stimulus; `pogo run-diff` compares two runs by them",
            "whoever answers at an instrument's address is held against its model, and its serial \
             number is recorded; whether it is the right one and in calibration, nobody checks yet",
            "nothing is approved by anybody: signed release manifests are to come",
        ]
        .map(str::to_owned),
    );
    all
}

fn keeping(folder: &Path) -> Result<Vec<String>, Failure> {
    let mut all = vec![format!(
        "in {}: real runs, and simulated ones apart in a log of their own; entries of schema {SCHEMA}, \
         which every later version reads",
        folder.display()
    )];
    for (what, mode) in [("real runs", Mode::Engineering), ("simulated runs", Mode::Simulate)] {
        let log = mode.folder(folder);
        let keeping = match log.is_dir() {
            true => {
                Store::reader(&log).and_then(|it| it.keeping()).map_err(|it| logs::failure(&it))?
            }
            false => None,
        };
        match keeping {
            Some(keeping) => all.extend(log_kept(what, &keeping)),
            None => all.push(format!("{what}: nothing is recorded yet")),
        }
    }
    all.push(
        "a run is on the disk before its first stimulus; entries are only ever added, and each is a \
         leaf of a tree whose root is signed at every run's end and every minute while one goes on"
            .to_owned(),
    );
    all.push(
        "whether the record is what it was, `pogo verify` says; without an anchor from elsewhere it \
         cannot see a cut end (`pogo anchor`)"
            .to_owned(),
    );
    all.push(
        "copies are made by `pogo store backup` and `pogo export`; nothing is sent anywhere".into(),
    );
    Ok(all)
}

fn log_kept(what: &str, it: &Keeping) -> Vec<String> {
    let key = it.key.as_deref().unwrap_or("no key");
    let mut all =
        vec![format!("{what}: {} entries, {} of them signed, by {key}", it.entries, it.signed)];
    if let Some(settings) = &it.settings {
        let durable = match (settings.journal_mode.as_str(), settings.synchronous) {
            ("wal", 2) => "a commit is on the disk before it is acknowledged",
            _ => "NOT what Pogo asks for",
        };
        all.push(format!(
            "{what}: SQLite says journal_mode {}, synchronous {}: {durable}",
            settings.journal_mode, settings.synchronous
        ));
    }
    all
}

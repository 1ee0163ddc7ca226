//! `pogo export --bundle`: a folder that verifies without Pogo.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;
use pogo_hal::Diagnostic;
use pogo_record::bundle::{Bundle, Of};
use pogo_record::{Mode, RunSummary};
use serde_json::json;

use crate::args::Export;
use crate::command::store;
use crate::diagnostics::Failure;
use crate::exit;
use crate::logs::{self, Logs};
use crate::terminal::out;

/// Writes the bundle.
///
/// # Errors
///
/// There is no such run or unit, or something is where the bundle was to go: exit code 64. Nothing
/// of it is signed yet: 2. The record is not what was signed: 4. Something cannot be read or
/// written: 3.
pub fn bundle(arguments: &Export) -> Result<u8> {
    let from = &arguments.store.folder;
    let runs = Logs::open(from)?.list()?;
    let (mode, of) = meant(&arguments.of, &runs, from)?;
    let to = arguments.out.clone().unwrap_or_else(|| folder(&of));
    if to.symlink_metadata().is_ok() {
        let what = format!("`{}` is there already; nothing is overwritten", to.display());
        let diagnostic = Diagnostic::new(what).with_hint("name another folder with `--out`");
        return Err(Failure::new(exit::COMMAND_LINE, diagnostic).into());
    }
    let simulated = elsewhere(&of, mode, &runs);
    let bundle = Bundle::new(&mode.folder(from), of).map_err(|cause| store::failure(&cause))?;
    bundle.write(&to).map_err(|cause| store::failure(&cause))?;
    let mut unseen = bundle.unseen().to_vec();
    unseen.extend(simulated);
    out(&match arguments.json {
        true => format!("{:#}\n", document(&to, &bundle, &unseen)),
        false => text(&to, &bundle, &unseen),
    });
    Ok(exit::PASS)
}

/// What `name` means, a serial number before anything else, and the mode of the log that has it:
/// real runs of a unit before its simulated ones.
pub(super) fn meant(name: &str, runs: &[RunSummary], store: &Path) -> Result<(Mode, Of), Failure> {
    let is_unit = |run: &&RunSummary| run.serial.as_deref() == Some(name);
    if runs.iter().any(|run| is_unit(&run)) {
        let real = runs.iter().filter(is_unit).any(|run| run.mode != Mode::Simulate);
        let mode = if real { Mode::Engineering } else { Mode::Simulate };
        return Ok((mode, Of::Serial(name.to_owned())));
    }
    let id = logs::meant(name, runs, store)?;
    let mode = runs.iter().find(|run| run.id == id).map_or(Mode::Engineering, |run| run.mode);
    Ok((mode, Of::Run(id)))
}

/// Says that a unit has runs in the other log too.
fn elsewhere(of: &Of, mode: Mode, runs: &[RunSummary]) -> Option<String> {
    let Of::Serial(serial) = of else { return None };
    let simulated =
        |run: &&RunSummary| run.mode == Mode::Simulate && run.serial.as_ref() == Some(serial);
    match (mode, runs.iter().filter(simulated).count()) {
        (Mode::Simulate, _) | (_, 0) => None,
        (_, 1) => Some("1 simulated run of the unit, which has a log of its own".to_owned()),
        (_, more) => {
            Some(format!("{more} simulated runs of the unit, which have a log of their own"))
        }
    }
}

/// Where a bundle goes if nobody says: beside whoever asked for it.
fn folder(of: &Of) -> PathBuf {
    let name = match of {
        Of::Run(run) => run.to_string(),
        Of::Serial(serial) => serial.clone(),
    };
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_.".contains(letter);
    let name: String = name.chars().map(|it| if is_plain(it) { it } else { '_' }).collect();
    PathBuf::from(format!("{name}.bundle"))
}

fn document(to: &Path, bundle: &Bundle, unseen: &[String]) -> serde_json::Value {
    json!({
        "bundle": to,
        "modes": bundle.modes(),
        "runs": bundle.runs(),
        "entries": bundle.entries(),
        "attachments": bundle.attachments(),
        "signed": bundle.size(),
        "key": bundle.key().to_string(),
        "unseen": unseen,
    })
}

fn text(to: &Path, bundle: &Bundle, unseen: &[String]) -> String {
    let counted = |count: usize, one: &str, more: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{count} {more}"),
    };
    let modes: Vec<_> = bundle.modes().into_iter().map(Mode::name).collect();
    let mut text = format!(
        "{}: {}, {}, {}, {}\n",
        to.display(),
        counted(bundle.runs().len(), "run", "runs"),
        counted(bundle.entries(), "entry", "entries"),
        counted(bundle.attachments(), "attachment", "attachments"),
        modes.join(" and "),
    );
    for it in unseen {
        let _ = writeln!(text, "  not in it: {it}");
    }
    let _ = writeln!(
        text,
        "  key: {}\n  check it: sh {}",
        bundle.key(),
        to.join("verify.sh").display()
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_for_any_serial_number_is_one_name() {
        for (serial, name) in [("SN0001", "SN0001"), ("../a b", ".._a_b"), ("Ä/1", "Ä_1")] {
            let folder = folder(&Of::Serial(serial.to_owned()));
            assert_eq!(folder, Path::new(&format!("{name}.bundle")));
        }
    }
}

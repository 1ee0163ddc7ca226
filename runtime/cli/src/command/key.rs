//! `pogo key`: the key that a store is signed with.

use anyhow::Result;
use pogo_hal::Diagnostic;
use pogo_record::proof::{VerifierKey, read_public_key};
use pogo_record::{Mode, NewKey, Store};
use serde_json::json;

use crate::args::{Key, KeyOf};
use crate::diagnostics::Failure;
use crate::exit;
use crate::logs::failure;
use crate::station::Station;
use crate::terminal::out;

/// Shows the key, or makes one.
///
/// # Errors
///
/// There is no key to show, or none can be made.
pub fn key(arguments: &Key) -> Result<u8> {
    match arguments {
        Key::Show(it) => show(it),
        Key::New(it) => new(it),
    }
}

fn show(arguments: &KeyOf) -> Result<u8> {
    let folder = Mode::Engineering.folder(&arguments.store.folder);
    let file = folder.join("key");
    let key = match folder.is_dir() {
        true => Store::key(&folder).map_err(|cause| failure(&cause))?,
        false => None,
    };
    let key = match key {
        Some(key) => key,
        None if file.exists() => read_public_key(&file).map_err(|cause| failure(&cause))?,
        None => {
            let what = format!("`{}` has no key yet", folder.display());
            let hint = "its first run makes one, and so does `pogo key new`";
            let diagnostic = Diagnostic::new(what).with_hint(hint);
            return Err(Failure::new(exit::COMMAND_LINE, diagnostic).into());
        }
    };
    say(arguments, &key, None);
    Ok(exit::PASS)
}

fn new(arguments: &KeyOf) -> Result<u8> {
    let folder = Mode::Engineering.folder(&arguments.store.folder);
    let station = Station::here().map_err(|it| Failure::new(exit::REFUSED, it))?;
    let made = Store::new_key(&folder, &station.name).map_err(|cause| failure(&cause))?;
    let NewKey { key, previous } = made;
    say(arguments, &key, previous.as_ref());
    Ok(exit::PASS)
}

fn say(arguments: &KeyOf, key: &VerifierKey, previous: Option<&VerifierKey>) {
    if arguments.json {
        let previous = previous.map(ToString::to_string);
        let algorithm = key.algorithm().name();
        let key = key.to_string();
        let document = json!({ "key": key, "algorithm": algorithm, "previous": previous });
        return out(&format!("{document:#}\n"));
    }
    out(&format!("{key}\n"));
    if let Some(previous) = previous {
        out(&format!("takes over from {}\n", previous.short()));
    }
}

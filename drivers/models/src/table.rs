//! What reading any table of a model has in common.

use pogo_hal::toml_file::Section;
use pogo_hal::{Diagnostic, nearest};
use serde::de::DeserializeOwned;

/// The value of `key`, which has to be there.
pub fn must<T: DeserializeOwned>(section: &mut Section, key: &str) -> Result<T, Diagnostic> {
    section.take(key)?.ok_or_else(|| missing(section, key))
}

/// The table called `key`, which has to be there.
pub fn must_section(section: &mut Section, key: &str) -> Result<Section, Diagnostic> {
    section.take_section(key)?.ok_or_else(|| missing(section, key))
}

/// `key` should be in `section` and is not.
pub fn missing(section: &Section, key: &str) -> Diagnostic {
    let name = section.name();
    let dot = if name.is_empty() { "" } else { "." };
    Diagnostic::new(format!("`{name}{dot}{key}` is missing")).at(section.place())
}

/// Refuses keys that are not `known`, before what is missing is complained about: a typo is both.
pub fn deny_unknown(section: &Section, known: &[&str]) -> Result<(), Diagnostic> {
    match section.keys().into_iter().find(|key| !known.contains(key)) {
        None => Ok(()),
        Some(key) => {
            let dot = if section.name().is_empty() { "" } else { "." };
            let message = format!("`{}{dot}{key}` is not a key of this file", section.name());
            Err(Diagnostic::new(message)
                .at(section.place_of(key))
                .with_hint(suggest(key, known.iter().copied())))
        }
    }
}

/// The nearest of `known`, or all of them.
pub fn suggest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(name, known.iter().copied()) {
        Some(it) => format!("did you mean `{it}`?"),
        None => format!("known here: {}", known.join(", ")),
    }
}

//! How functions and their arguments are spelt in every form.

use pogo_hal::{Dimension, UNITS};
use pogo_runtime::Section;
use pogo_sandbox::reference::{Argument, Entry, Form, Kind};

/// What an entry is called on in examples: `psu.`; empty if it stands alone.
pub fn on(section: &Section) -> String {
    section.on.map(|it| format!("{}.", it.name)).unwrap_or_default()
}

/// How an entry is called: `psu.set_voltage(level)`.
pub fn call(section: &Section, entry: &Entry) -> String {
    format!("{}{}", on(section), entry.usage())
}

/// What an argument has to be: `a voltage (V, mV, …), up to the fixture's limit`.
pub fn argument(it: &Argument) -> String {
    let mut text = kind(it.kind);
    if it.optional {
        text += ", may be left out";
    }
    if !it.about.is_empty() {
        text += &format!(": {}", it.about);
    }
    text
}

/// What something is, with its units where it has any.
pub fn kind(kind: Kind) -> String {
    match kind {
        Kind::Quantity(dimension) if dimension != Dimension::Number => {
            format!("{} ({})", kind.with_article(), units(dimension).join(", "))
        }
        _ => kind.with_article().to_owned(),
    }
}

/// The names of the units of `dimension`, the one that values are kept in first.
pub fn units(dimension: Dimension) -> Vec<&'static str> {
    UNITS.iter().filter(|it| it.dimension == dimension).map(|it| it.name).collect()
}

/// How a result is said: `gives a voltage (V, mV, …)`; `None` if there is none.
pub fn result(entry: &Entry) -> Option<String> {
    match (entry.gives, entry.form) {
        (Kind::Nothing, _) => None,
        (it, Form::Call | Form::Property) => Some(format!("gives {}", kind(it))),
    }
}

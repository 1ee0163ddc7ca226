//! The words of the language itself: `step`, `measure`, `wait`, and those that ask people.
//!
//! [`CHAPTERS`] is the one table of them: words are registered from it, the checker holds scripts
//! against it, and the documentation is written from it.

mod cycling;
mod judging;
mod keeping;
mod list;
mod polling;
pub(crate) mod repeating;
mod step;
mod waiting;

use std::sync::Arc;

use pogo_sandbox::reference::Entry;
use pogo_sandbox::rhai::{Dynamic, Engine, EvalAltResult};
use pogo_sandbox::{BenchError, Complaint, script_error};

use crate::bridge::Outcome;
use crate::limits;
use crate::prompt;
use crate::secrets;
use crate::site::Site;

/// Words of one kind.
#[derive(Clone, Copy, Debug)]
pub struct Chapter {
    /// What they are about: `judging`.
    pub title: &'static str,
    /// What their users could get wrong, in whole sentences.
    pub about: &'static str,
    /// The words.
    pub words: &'static [Word],
}

/// A word of the language: what is to be known of it, and how it is registered under its name.
#[derive(Clone, Copy, Debug)]
pub struct Word {
    /// What is to be known of it.
    pub entry: Entry,
    pub(crate) bind: fn(&mut Engine, &'static str, &Arc<Site>),
}

/// Every word of the language, limits included.
pub const CHAPTERS: &[Chapter] = &[
    step::STEPS,
    judging::JUDGING,
    limits::LIMITS,
    keeping::KEEPING,
    waiting::TIME,
    prompt::PEOPLE,
    secrets::SECRETS,
];

/// Every word of the language, as it is to be known.
pub fn words() -> impl Iterator<Item = &'static Entry> {
    CHAPTERS.iter().flat_map(|chapter| chapter.words).map(|word| &word.entry)
}

/// Teaches `engine` every word, for the run that `site` holds.
pub(crate) fn register(engine: &mut Engine, site: &Arc<Site>) {
    limits::register_ranges(engine);
    for word in CHAPTERS.iter().flat_map(|chapter| chapter.words) {
        (word.bind)(engine, word.entry.name, site);
    }
}

fn said(error: &EvalAltResult) -> String {
    if let EvalAltResult::ErrorRuntime(value, _) = error {
        if let Some(error) = value.read_lock::<BenchError>() {
            return error.0.message().to_owned();
        }
        if let Some(complaint) = value.read_lock::<Complaint>() {
            return complaint.message.clone();
        }
    }
    error.to_string()
}

impl Site {
    fn mistake(&self, message: String, hint: &str) -> Box<EvalAltResult> {
        script_error(message, Some(hint.to_owned()))
    }
}

fn text(verb: &str, what: &str, argument: Dynamic) -> Outcome<String> {
    let kind = argument.type_name();
    argument
        .into_string()
        .map_err(|_| script_error(format!("{verb}: the {what} is a {kind}; expected a text"), None))
}

/// Whether statistics can be kept by this name.
pub(crate) fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(plain)
}

/// A name that statistics can be kept by.
fn name_of(verb: &str, argument: Dynamic) -> Outcome<String> {
    let name = text(verb, "name", argument)?;
    if is_name(&name) {
        return Ok(name);
    }
    Err(script_error(
        format!("{verb}: `{name}` cannot be a name"),
        Some("write names as `rail_1v8`: lower-case letters, digits and `_`".into()),
    ))
}

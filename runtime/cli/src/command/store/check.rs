//! `pogo store check`: a quick look at a store.

use std::fmt::Write;
use std::io;

use anyhow::Result;
use pogo_record::care::{self, Fact, Health, State};

use crate::args::care::Whole;
use crate::command::verify::nothing;
use crate::exit;
use crate::paint::Paint;
use crate::terminal::out;

/// Prints a line for each fact, and what to do where one is wrong. Exits with 4 if the record is
/// damaged, and with 3 if something cannot be told.
///
/// # Errors
///
/// There is no record: exit code 64.
pub fn check(arguments: &Whole) -> Result<u8> {
    let store = &arguments.store.folder;
    let Some(health) = care::check(store) else { return Err(nothing(store).into()) };
    out(&match arguments.json {
        true => format!("{:#}\n", serde_json::to_value(&health)?),
        false => text(&health, Paint::of(&io::stdout())),
    });
    Ok(match health.state {
        State::Fine | State::Attention => exit::PASS,
        State::Unknown => exit::NO_VERDICT,
        State::Damaged => exit::INTEGRITY,
    })
}

fn text(health: &Health, paint: Paint) -> String {
    let mut text = String::new();
    let logs = health.logs.iter().map(|log| (log.folder.display().to_string(), &log.facts));
    for (what, facts) in logs.chain([("disk".to_owned(), &health.disk)]) {
        let _ = writeln!(text, "{what}");
        facts.iter().for_each(|fact| line(&mut text, fact, paint));
        text.push('\n');
    }
    let names = |state| {
        let mut names: Vec<_> =
            health.facts().filter(|it| it.state == state).map(|it| it.name).collect();
        names.dedup();
        names.join(", ")
    };
    let last = match health.state {
        State::Fine => "SOUND".to_owned(),
        State::Attention => format!("SOUND  see to: {}", names(State::Attention)),
        State::Unknown => format!("{}  {}", paint.bold("UNKNOWN"), names(State::Unknown)),
        State::Damaged => format!("{}  {}", paint.error("DAMAGED"), names(State::Damaged)),
    };
    text + last.as_str()
        + "\nnot seen: whether an entry was changed; `pogo verify` looks at every one\n"
}

fn line(text: &mut String, fact: &Fact, paint: Paint) {
    let is = match fact.state {
        State::Fine => fact.is.clone(),
        State::Attention | State::Unknown => paint.bold(&fact.is),
        State::Damaged => paint.error(&fact.is),
    };
    let _ = writeln!(text, "  {:<12}{is}", fact.name);
    if let Some(advice) = &fact.advice {
        let _ = writeln!(text, "    hint: {advice}");
    }
}

//! `VERIFY.md`: how a bundle is checked, for a person who has nothing but the bundle.

use super::{Bundle, BundledRun};
use crate::proof::SIMULATION;

/// Every second part between `@` is the name of something that differs.
const TEXT: &str = include_str!("instructions.md");

/// What has to be said of a key that everybody has.
const PUBLISHED: &str = "\
This log is one of simulated runs, and its key is published: everybody can sign with it. It tells
simulated runs from real ones and proves nothing else. NOT FOR PRODUCTION.

";

impl Bundle {
    /// The text. Its first line says what the runs count for.
    pub(super) fn instructions(&self) -> String {
        let runs: String = self.runs.iter().map(line).collect();
        let unseen: String = self.unseen.iter().map(|it| format!("- Not here: {it}.\n")).collect();
        let is_published = self.key.name().ends_with(SIMULATION);
        let said = |(at, part): (usize, &'static str)| match (at % 2, part) {
            (0, text) => text.to_owned(),
            (_, "title") => self.title(),
            (_, "log") => self.key.name().to_owned(),
            (_, "runs") => runs.clone(),
            (_, "published") if is_published => PUBLISHED.to_owned(),
            (_, "unseen") => unseen.clone(),
            _ => String::new(),
        };
        // In one go, so that nothing is looked for in what a record says.
        TEXT.split('@').enumerate().map(said).collect()
    }
}

fn line(run: &BundledRun) -> String {
    let BundledRun { id, mode, plan, serial, attempt, verdict } = run;
    let serial = serial.as_deref().unwrap_or("NOT RECORDED").escape_debug().to_string();
    let attempt = attempt.map_or("not counted".to_owned(), |it| it.to_string());
    let verdict = verdict.map_or("no end".to_owned(), |it| it.to_string());
    let (mode, plan) = (mode.name(), plan.escape_debug());
    format!("- run {id}: {plan}, unit {serial}, attempt {attempt}, {mode}, {verdict}\n")
}

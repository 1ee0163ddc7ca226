//! Traces as documents.

use super::{Html, Sheet, document, table};
use crate::evidence::trace::{Found, Held, HeldMode, Trace, TraceMode, UnitTrace};
use crate::evidence::{counted, utc};

/// Where something was found: a sheet for every mode.
pub fn trace(it: &Trace) -> String {
    let title = format!("Trace of {}", it.sought.shown());
    let sheets: Vec<Sheet> = it.modes.iter().map(|mode| units(&title, it, mode)).collect();
    document(&title, &sheets)
}

/// What a unit is made of: a sheet for every mode.
pub fn unit_trace(it: &UnitTrace) -> String {
    let title = format!("Trace of unit {}", it.serial);
    let sheets: Vec<Sheet> = it.modes.iter().map(|mode| unit(&title, it, mode)).collect();
    document(&title, &sheets)
}

fn heading(title: &str, said: String, before: Option<jiff::Timestamp>) -> Html {
    let before =
        before.map_or_else(String::new, |it| format!(", by runs that began before {}", utc(it)));
    Html::tag("h1", Html::text(title)).and(Html::tag("p", Html::text(said + &before + ".")))
}

fn units(title: &str, of: &Trace, it: &TraceMode) -> Sheet {
    let said = format!("Found in {}", counted(it.units, "unit"));
    let row = |it: &Found| {
        let (what, more) = it.thing.shown();
        vec![
            or_not(it.serial.as_ref()),
            Html::text(what),
            Html::text(more),
            Html::text(utc(it.first)),
            Html::text(utc(it.last)),
            Html::text(it.runs),
            or_not(it.operator.as_ref()),
        ]
    };
    let headings = ["unit", "found as", "", "first", "last", "runs>", "last by"];
    let table = table(&headings, it.found.iter().map(row));
    Sheet::of(it.mode, title, heading(title, said, of.before).and(table))
}

fn unit(title: &str, of: &UnitTrace, it: &HeldMode) -> Sheet {
    let said = format!("Found in {}", counted(it.runs, "run"));
    let row = |it: &Held| {
        let (what, more) = it.thing.shown();
        vec![
            Html::text(what),
            Html::text(more),
            Html::text(utc(it.first)),
            Html::text(utc(it.last)),
            Html::text(it.runs),
            Html::text(if it.is_last { "" } else { "replaced" }),
        ]
    };
    let table = table(&["", "", "first", "last", "runs>", ""], it.held.iter().map(row));
    Sheet::of(it.mode, title, heading(title, said, of.before).and(table))
}

fn or_not(it: Option<&String>) -> Html {
    it.map_or_else(super::run::not_recorded, Html::text)
}

//! Traces.

use pogo_record::evidence::trace::{HeldMode, Trace, TraceMode, UnitTrace};
use pogo_record::evidence::{NOT_RECORDED, counted, day, utc};

use super::{banner, cut_hashes};
use crate::layout::Grid;
use crate::paint::Paint;

/// Where something was found, mode by mode.
pub fn trace(it: &Trace, paint: Paint) -> String {
    let title = format!("trace of {}", it.sought.shown());
    let each = it.modes.iter().map(|mode| units(&title, it, mode, paint));
    each.collect::<Vec<_>>().join("\n")
}

/// What a unit is made of, mode by mode.
pub fn unit_trace(it: &UnitTrace, paint: Paint) -> String {
    let title = format!("trace of unit {}", it.serial);
    let each = it.modes.iter().map(|mode| unit(&title, it, mode, paint));
    each.collect::<Vec<_>>().join("\n")
}

fn units(title: &str, of: &Trace, it: &TraceMode, paint: Paint) -> String {
    let mut grid = Grid::new(&["unit", "found as", "", "first", "last", "runs>", "last by"]);
    for found in &it.found {
        let (what, more) = found.thing.shown();
        let more = cut_hashes(&more);
        let (first, last) = (day(found.first), day(found.last));
        let serial = found.serial.as_deref().unwrap_or(NOT_RECORDED);
        let operator = found.operator.as_deref().unwrap_or(NOT_RECORDED);
        let runs = found.runs.to_string();
        grid.row([serial, what, &more, &first, &last, &runs, operator]);
    }
    let said = format!("  found in {}{}\n", counted(it.units, "unit"), before(of.before));
    format!("{}{said}{}", banner(title, it.mode, paint), grid.text(2, paint))
}

fn unit(title: &str, of: &UnitTrace, it: &HeldMode, paint: Paint) -> String {
    let mut grid = Grid::new(&["what", "", "first", "last", "runs>", ""]);
    for held in &it.held {
        let (what, more) = held.thing.shown();
        let more = cut_hashes(&more);
        let (first, last, runs) = (day(held.first), day(held.last), held.runs.to_string());
        let state = if held.is_last { "" } else { "replaced" };
        grid.row([what, &more, &first, &last, &runs, state]);
    }
    let said = format!("  found in {}{}\n", counted(it.runs, "run"), before(of.before));
    format!("{}{said}{}", banner(title, it.mode, paint), grid.text(2, paint))
}

fn before(moment: Option<jiff::Timestamp>) -> String {
    moment.map_or_else(String::new, |it| format!(", by runs that began before {}", utc(it)))
}

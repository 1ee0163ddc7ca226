//! The difference of two runs.

use pogo_record::evidence::difference::{Difference, Kind, Side};
use pogo_record::evidence::{NOT_RECORDED, counted};

use super::{cut_hashes, title};
use crate::layout::{Facts, Grid};
use crate::paint::Paint;
use crate::report::short;

/// The whole answer; its last line says how much differs.
pub fn difference(it: &Difference, paint: Paint) -> String {
    let mut text = title("difference of two runs", paint);
    let mut facts = Facts::new();
    facts.add("A", side(&it.a));
    facts.add("B", side(&it.b));
    text.push_str(&facts.text(2, paint));
    text.push_str(&format!("\nwhat went into them: {} the same\n", it.same_inputs));
    if !it.inputs.is_empty() {
        let mut grid = Grid::new(&["differs", "A", "B"]);
        for input in &it.inputs {
            let [a, b] = [&input.a, &input.b].map(|it| there(it.as_deref()));
            grid.row([input.what.as_str(), &a, &b]);
        }
        text.push_str(&grid.text(2, paint));
    }
    text.push_str(&format!("\nwhat came of them: {} the same\n", it.same_results));
    if !it.results.is_empty() {
        text.push_str(&results(it, &["differs", "A", "B", "B − A>", "of width>"], paint));
    }
    let said = match it.is_empty() {
        true => "NO DIFFERENCE".to_owned(),
        false => format!(
            "DIFFERENT  {}, {}",
            counted(it.inputs.len(), "input"),
            counted(it.results.len(), "result")
        ),
    };
    text.push_str(&format!("\n{}\n", paint.bold(said)));
    text
}

fn side(it: &Side) -> String {
    let serial = it.serial.as_deref().unwrap_or(NOT_RECORDED);
    let (plan, station, mode, run) = (&it.plan, &it.station, it.mode.name(), short(it.run));
    format!("{plan} of {serial} on {station}, {mode}: {} · run {run}", it.ended)
}

fn there(it: Option<&str>) -> String {
    cut_hashes(it.unwrap_or("not there"))
}

/// The results that are not the same, with these names for the runs.
pub fn results(of: &Difference, heads: &[&'static str; 5], paint: Paint) -> String {
    let mut grid = Grid::new(heads);
    let mut inside = None;
    for it in &of.results {
        if inside != Some(&it.inside) {
            inside = Some(&it.inside);
            let outside = it.inside.is_empty();
            let place = if outside { "outside any step" } else { &it.inside };
            grid.row([place, "", "", "", ""]);
        }
        let width = it.of_width.map_or_else(String::new, |it| format!("{:+.2} %", it * 100.0));
        let [a, b] = [&it.a, &it.b].map(|it| there(it.as_deref()));
        let name = match it.kind {
            Kind::Value => format!("  {}", it.name),
            kind => format!("  {} {}", kind.name(), it.name),
        };
        let delta = it.delta_shown.as_deref();
        grid.row([name.as_str(), &a, &b, delta.unwrap_or_default(), &width]);
    }
    grid.text(2, paint)
}

//! Whether the evidence about a unit is complete.

use pogo_record::evidence::release::ReleaseCheck;

use super::title;
use crate::layout::{EDGE, Grid, fold, plain};
use crate::paint::Paint;
use crate::report::short;

/// The whole answer; its last line says whether anything is missing.
pub fn release_check(it: &ReleaseCheck, paint: Paint) -> String {
    let mut text = title(&format!("release check of {}", it.serial), paint);
    for missing in &it.missing {
        for (at, line) in fold(&plain(missing), EDGE - 11).iter().enumerate() {
            let name = if at == 0 { "missing  " } else { "         " };
            text.push_str(&format!("  {}{line}\n", paint.dim(name)));
        }
    }
    for plan in &it.plans {
        text.push_str(&format!("\n{}", title(&format!("plan {}", plan.plan), paint)));
        let mut grid = Grid::new(&["run", "mode", "verdict", "does not count"]);
        for attempt in &plan.attempts {
            let why = attempt.not_counted.as_deref().unwrap_or("counts");
            let run = short(attempt.run);
            grid.row([run.as_str(), attempt.mode.name(), &attempt.ended, why]);
        }
        text.push_str(&grid.text(2, paint));
    }
    let said = match it.complete {
        true => "COMPLETE  the decision stays with named people",
        false => "NOT COMPLETE",
    };
    text.push_str(&format!("\n{}\n", paint.bold(said)));
    text
}

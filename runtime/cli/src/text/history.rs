//! The history of a unit, and of a lot.

use pogo_record::evidence::attempt::outcome;
use pogo_record::evidence::history::{Attempt, FiveAnswers, History, LotHistory, LotMode};
use pogo_record::evidence::{NOT_RECORDED, counted, utc};

use super::{banner, facts, run, title};
use crate::layout::{EDGE, Facts, Grid, fold};
use crate::paint::Paint;

/// The whole answer: every attempt in a line, the five answers of each mode, then every attempt.
pub fn history(it: &History, paint: Paint) -> String {
    let mut text = title(&format!("history of {}", it.serial), paint);
    for line in it.warning().iter().flat_map(|it| fold(it, EDGE)) {
        text += &format!("{}\n", paint.error(line));
    }
    for line in fold(&it.counted(), EDGE) {
        text += &format!("{line}\n");
    }
    text += &format!("\n{}", overview(it, paint));
    for of in &it.answers {
        text += &format!("\n{}", five(of, paint));
    }
    for attempt in &it.attempts {
        text += &format!("\n{}", one(it, attempt, paint));
    }
    text
}

fn overview(of: &History, paint: Paint) -> String {
    let mut grid = Grid::new(&["#>", "began", "plan", "mode", "", "verdict"]);
    for it in &of.attempts {
        let summary = &it.run.summary;
        grid.row([
            it.number.to_string().as_str(),
            &utc(summary.started),
            &summary.plan,
            summary.mode.name(),
            if it.counts { "counts" } else { "does not count" },
            &outcome(&it.run).word,
        ]);
    }
    grid.text(2, paint)
}

fn five(of: &FiveAnswers, paint: Paint) -> String {
    let mut text = banner("five answers", of.mode, paint);
    if of.attempts == 0 {
        let mut none = Facts::new();
        of.all().iter().for_each(|(question, _)| none.add(*question, NOT_RECORDED));
        text.push_str(&none.text(2, paint));
        return text;
    }
    for (question, answer) in of.all() {
        text += &format!("  {question}\n{}", facts(answer, 4, paint));
    }
    text
}

fn one(of: &History, it: &Attempt, paint: Paint) -> String {
    let (number, all) = (it.number, of.attempts.len());
    let head = format!("attempt {number} of {all} · {}", it.run.summary.plan);
    let mut text = banner(&head, it.run.summary.mode, paint);
    text.push_str(&run(&it.run, it.log.as_deref(), paint));
    text
}

/// The history of a lot.
pub fn lot_history(it: &LotHistory, paint: Paint) -> String {
    let each = it.modes.iter().map(|mode| lot(it, mode, paint));
    each.collect::<Vec<_>>().join("\n")
}

fn lot(of: &LotHistory, it: &LotMode, paint: Paint) -> String {
    let mut facts = Facts::new();
    facts.add("tested", counted(it.tested, "unit"));
    facts.add("passed", counted(it.passed, "unit"));
    if it.without_serial > 0 {
        facts.add("no unit", format!("{} without a unit", counted(it.without_serial, "run")));
    }
    let mut text = banner(&format!("lot {}", of.lot), it.mode, paint);
    text.push_str(&facts.text(2, paint));
    if !it.units.is_empty() {
        let mut grid = Grid::new(&["unit", "runs>", "last run of each plan", ""]);
        for unit in &it.units {
            let plans = unit.last.iter().map(|(plan, verdict)| {
                let word = verdict.map_or_else(|| "NOT ENDED".to_owned(), |it| it.to_string());
                format!("{plan} {word}")
            });
            let plans = plans.collect::<Vec<_>>().join(", ");
            let passed = if unit.passed { "passed" } else { "not passed" };
            grid.row([unit.serial.as_str(), &unit.runs.to_string(), &plans, passed]);
        }
        text.push_str(&format!("\n{}", grid.text(2, paint)));
    }
    text
}

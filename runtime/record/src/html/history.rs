//! The history of a unit, and of a lot, as documents.

use super::run::{fact_table, verdict_class};
use super::{Html, Sheet, document, facts, run, table};
use crate::evidence::attempt::outcome;
use crate::evidence::history::{Attempt, FiveAnswers, History, LotHistory, LotMode, LotUnit};
use crate::evidence::{NOT_RECORDED, counted, utc};

/// The whole document: every attempt in a line, the five answers of each mode, then every attempt.
pub fn history(it: &History) -> String {
    let title = format!("History of {}", it.serial);
    let mut sheets = vec![summary(it)];
    sheets.extend(it.answers.iter().map(|of| five(it, of)));
    sheets.extend(it.attempts.iter().map(|attempt| one(it, attempt)));
    document(&title, &sheets)
}

fn summary(it: &History) -> Sheet {
    let title = Html::tag("h1", Html::text(format!("History of {}", it.serial)));
    let counted = Html::tag("p", Html::text(it.counted()));
    let sheet = Sheet::plain(format!("Unit {}", it.serial), title.and(counted).and(overview(it)));
    match it.warning() {
        Some(warning) => sheet.warning(warning),
        None => sheet,
    }
}

fn five(of: &History, answers: &FiveAnswers) -> Sheet {
    let head = format!("Unit {}", of.serial);
    if answers.attempts == 0 {
        let none = || Html::classed("span", "missing", Html::text(NOT_RECORDED));
        let body = facts(answers.all().map(|(question, _)| (question.to_owned(), none())));
        return Sheet::of(answers.mode, head, body);
    }
    let mut body = Html::new();
    for (question, facts) in answers.all() {
        body = body.and(Html::tag("h3", Html::text(question))).and(fact_table(facts));
    }
    Sheet::of(answers.mode, head, body)
}

/// Every attempt in a line.
fn overview(of: &History) -> Html {
    let row = |it: &Attempt| {
        let (summary, ended) = (&it.run.summary, outcome(&it.run));
        vec![
            Html::text(it.number),
            Html::text(utc(summary.started)),
            Html::text(&summary.plan),
            Html::text(summary.mode.name()),
            Html::text(if it.counts { "counts" } else { "does not count" }),
            Html::classed("span", verdict_class(ended.verdict), Html::text(ended.word)),
        ]
    };
    table(&["#>", "began", "plan", "mode", "", "verdict"], of.attempts.iter().map(row))
}

fn one(of: &History, it: &Attempt) -> Sheet {
    let (summary, word) = (&it.run.summary, outcome(&it.run).word);
    let title =
        format!("Attempt {} of {}: {} · {word}", it.number, of.attempts.len(), summary.plan);
    let head = format!("Unit {} · attempt {} of {}", of.serial, it.number, of.attempts.len());
    let body = Html::tag("h2", Html::text(title)).and(run(&it.run, it.log.as_deref()));
    Sheet::of(summary.mode, head, body)
}

/// The history of a lot: a sheet for every mode.
pub fn lot_history(it: &LotHistory) -> String {
    let sheets: Vec<Sheet> = it.modes.iter().map(|mode| lot(it, mode)).collect();
    document(&format!("History of lot {}", it.lot), &sheets)
}

fn lot(of: &LotHistory, it: &LotMode) -> Sheet {
    let title = Html::tag("h1", Html::text(format!("Lot {}", of.lot)));
    let mut counts = vec![
        ("tested".to_owned(), Html::text(counted(it.tested, "unit"))),
        ("passed".to_owned(), Html::text(counted(it.passed, "unit"))),
    ];
    if it.without_serial > 0 {
        let text = format!("{} without a unit", counted(it.without_serial, "run"));
        counts.push(("no unit".to_owned(), Html::text(text)));
    }
    let row = |unit: &LotUnit| {
        let plans = unit.last.iter().map(|(plan, verdict)| {
            let word = verdict.map_or_else(|| "NOT ENDED".to_owned(), |it| it.to_string());
            let word = Html::classed("span", verdict_class(*verdict), Html::text(word));
            Html::tag("div", Html::text(format!("{plan}: ")).and(word))
        });
        let passed = if unit.passed { "passed" } else { "not passed" };
        vec![Html::text(&unit.serial), Html::text(unit.runs), plans.collect(), Html::text(passed)]
    };
    let table = table(&["unit", "runs>", "last run of each plan", ""], it.units.iter().map(row));
    let body = title.and(facts(counts)).and(table);
    Sheet::of(it.mode, format!("Lot {}", of.lot), body)
}

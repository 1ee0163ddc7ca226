//! The yield of a store.

use pogo_record::evidence::yields::{Failing, Figures, PlanYield, Rolled, Yield};
use pogo_record::evidence::{Share, counted};

use super::banner;
use crate::layout::{EDGE, Facts, Grid, fold, plain};
use crate::paint::Paint;

/// The whole answer.
pub fn yields(answer: &Yield, paint: Paint) -> String {
    let mut text = String::new();
    for of in &answer.modes {
        for product in &of.products {
            text += &banner(&format!("rolled throughput of {}", product.product), of.mode, paint);
            text += &rolled(product, paint);
            text.push('\n');
        }
        for it in &of.plans {
            text += &banner(&format!("yield of {}", it.plan), of.mode, paint);
            text += &plan(it, paint);
            text.push('\n');
        }
    }
    if answer.modes.is_empty() {
        text += "no run is in the scope\n\n";
    }
    if answer.other_purposes > 0 {
        text +=
            &format!("{} for other purposes left out\n\n", counted(answer.other_purposes, "run"));
    }
    let mut method = Facts::new();
    answer.method.iter().for_each(|(what, how)| method.add(*what, how));
    text += &paint.bold("how the figures are worked out");
    text.push('\n');
    text += &method.text(2, paint);
    text
}

fn rolled(of: &Rolled, paint: Paint) -> String {
    let throughput = of.throughput.map_or_else(|| "–".to_owned(), |it| format!("{it:.5}"));
    let mut facts = Facts::new();
    facts.add("throughput", throughput);
    facts.add("plans", of.plans.join(", "));
    facts.text(2, paint)
}

fn share(of: Share, what: &str) -> String {
    format!("{:>8}  {} of {} {what}", of.percent(), of.of, of.n)
}

fn plan(of: &PlanYield, paint: Paint) -> String {
    let runs = &of.runs;
    let mut facts = Facts::new();
    facts.add(
        "runs",
        format!(
            "{}: {} PASS, {} FAIL, {} ERROR, {} ABORTED",
            runs.ended(),
            runs.pass,
            runs.fail,
            runs.error,
            runs.aborted
        ),
    );
    if runs.going_on > 0 {
        facts.add("", format!("{} more go on and are not counted", runs.going_on));
    }
    if of.without_serial > 0 {
        facts.add("", format!("{} without a unit", counted(of.without_serial, "run")));
    }
    facts.add("first pass", share(of.first_pass, "units at their first attempt"));
    facts.add("", share(of.first_verdict, "whose first attempt gave a verdict"));
    facts.add("final", share(of.last, "units at their last attempt"));
    facts.add("retests", share(of.retested, "units were run more than once"));
    let mut text = facts.text(2, paint);
    if !of.reasons.is_empty() {
        let mut grid = Grid::new(&["not passed", "why", "runs>"]);
        for why in &of.reasons {
            let row = why.reason.row();
            let (verdict, runs) = (row.verdict.to_string(), why.runs.to_string());
            grid.row([verdict.as_str(), row.sentence, &runs]);
        }
        text += &format!("\n{}", grid.text(2, paint));
    }
    if !of.pareto.is_empty() {
        text += &format!("\n{}", pareto(&of.pareto, paint));
    }
    if !of.measurements.is_empty() {
        text.push('\n');
        of.measurements.iter().for_each(|it| text += &figures(it, paint));
    }
    text
}

/// How long the longest bar is.
const BAR: usize = 24;

fn pareto(of: &[Failing], paint: Paint) -> String {
    let most = of.first().map_or(1, |it| it.runs.max(1));
    let mut grid = Grid::new(&["failing", "runs>", "so far>", ""]);
    for it in of {
        // In eighths, so that small counts differ.
        let eighths = (it.runs as usize * BAR * 8).div_ceil(most as usize);
        let rest = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8];
        let bar = format!("{}{rest}", "█".repeat(eighths / 8));
        let (runs, so_far) = (it.runs.to_string(), format!("{:.1} %", it.so_far * 100.0));
        grid.row([it.what.as_str(), &runs, &so_far, &bar]);
    }
    grid.text(2, paint)
}

fn figures(of: &Figures, paint: Paint) -> String {
    let it = &of.capability;
    let mut head = format!("{}  {}  n {}", of.name, of.limit, it.n);
    if of.limits_changed {
        head += "  (its limits changed: one row for each)";
    }
    if of.not_numbers > 0 {
        head += &format!("  ({} more were no finite numbers)", of.not_numbers);
    }
    let index = |it: Option<f64>| it.map_or_else(|| "–".to_owned(), |it| format!("{it:.2}"));
    let shown = &of.shown;
    let rows = [
        format!("mean {}   s {}   min {}   max {}", shown.mean, shown.s, shown.min, shown.max),
        format!(
            "Cp {}   Cpk {}   Pp {}   Ppk {}",
            index(it.cp),
            index(it.cpk),
            index(it.pp),
            index(it.ppk)
        ),
    ];
    let mut text = String::new();
    for line in fold(&plain(&head), EDGE - 2) {
        text += &format!("  {}\n", paint.bold(line));
    }
    for line in rows.iter().flat_map(|row| fold(&plain(row), EDGE - 6)) {
        text += &format!("      {line}\n");
    }
    text
}

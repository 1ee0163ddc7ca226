//! The yield of a store as a document.

use super::{Html, Sheet, bar, document, facts, histogram, table};
use crate::evidence::yields::{Figures, ModeYield, PlanYield, Rolled, Yield};
use crate::evidence::{Share, counted};

/// The whole document: a sheet for every mode, and one with the method.
pub fn yields(answer: &Yield) -> String {
    let mut sheets: Vec<Sheet> = answer.modes.iter().map(of_mode).collect();
    let method = answer.method.iter().map(|(what, how)| ((*what).to_owned(), Html::text(how)));
    let mut body = heading("h2", "How the figures are worked out").and(facts(method));
    if answer.modes.is_empty() {
        body = Html::tag("p", Html::text("No run is in the scope.")).and(body);
    }
    if answer.other_purposes > 0 {
        let text =
            format!("{} for other purposes left out.", counted(answer.other_purposes, "run"));
        body = body.and(Html::tag("p", Html::text(text)));
    }
    sheets.push(Sheet::plain("Yield", body));
    document("Yield", &sheets)
}

fn heading(name: &'static str, text: &str) -> Html {
    Html::tag(name, Html::text(text))
}

fn of_mode(of: &ModeYield) -> Sheet {
    let products: Html = of.products.iter().map(rolled).collect();
    let body = products.and(of.plans.iter().map(plan).collect());
    Sheet::of(of.mode, "Yield", body)
}

fn rolled(of: &Rolled) -> Html {
    let throughput = of.throughput.map_or_else(|| "–".to_owned(), |it| format!("{it:.5}"));
    let plans = Html::text(of.plans.join(", "));
    heading("h2", &of.product).and(facts([
        ("rolled throughput".to_owned(), Html::text(throughput)),
        ("plans".to_owned(), plans),
    ]))
}

fn share(of: Share, what: &str) -> Html {
    Html::text(format!("{} · {} of {} {what}", of.percent(), of.of, of.n))
}

fn plan(of: &PlanYield) -> Html {
    let runs = &of.runs;
    let counts = format!(
        "{}: {} PASS, {} FAIL, {} ERROR, {} ABORTED",
        runs.ended(),
        runs.pass,
        runs.fail,
        runs.error,
        runs.aborted
    );
    let mut rows = vec![
        ("runs".to_owned(), Html::text(counts)),
        ("first pass".to_owned(), share(of.first_pass, "units at their first attempt")),
        (String::new(), share(of.first_verdict, "whose first attempt gave a verdict")),
        ("final".to_owned(), share(of.last, "units at their last attempt")),
        ("retests".to_owned(), share(of.retested, "units were run more than once")),
    ];
    if of.without_serial > 0 {
        let text = format!("{} without a unit", counted(of.without_serial, "run"));
        rows.push(("no unit".to_owned(), Html::text(text)));
    }
    let mut body = heading("h2", &of.plan).and(facts(rows));
    if !of.pareto.is_empty() {
        let most = of.pareto[0].runs as f64;
        let rows = of.pareto.iter().map(|it| {
            vec![
                Html::text(&it.what),
                Html::text(it.runs),
                Html::text(format!("{:.1} %", it.so_far * 100.0)),
                bar(it.runs as f64 / most),
            ]
        });
        let table = table(&["failing", "runs>", "so far>", ""], rows);
        body = body.and(heading("h3", "What fails")).and(table);
    }
    if !of.reasons.is_empty() {
        let rows = of.reasons.iter().map(|it| {
            let row = it.reason.row();
            let verdict = Html::text(row.verdict);
            vec![verdict, Html::text(row.sentence), Html::text(it.runs)]
        });
        let table = table(&["verdict", "why", "runs>"], rows);
        body = body.and(heading("h3", "Why runs did not pass")).and(table);
    }
    if !of.measurements.is_empty() {
        let table = table(
            &[
                "measurement",
                "limit",
                "n>",
                "mean>",
                "s>",
                "min … max>",
                "Cp>",
                "Cpk>",
                "Pp>",
                "Ppk>",
                "",
            ],
            of.measurements.iter().map(figures),
        );
        body = body.and(heading("h3", "Measurements")).and(table);
    }
    body
}

fn figures(of: &Figures) -> Vec<Html> {
    let it = &of.capability;
    let index =
        |it: Option<f64>| Html::text(it.map_or_else(|| "–".to_owned(), |it| format!("{it:.2}")));
    let (low, high) = of.limit.edges();
    let remark = match (of.limits_changed, of.not_numbers) {
        (false, 0) => String::new(),
        (true, 0) => " (limits changed)".to_owned(),
        (false, more) => format!(" ({more} more no numbers)"),
        (true, more) => format!(" (limits changed; {more} more no numbers)"),
    };
    vec![
        Html::text(&of.name).and(Html::classed("span", "small", Html::text(remark))),
        Html::text(&of.limit),
        Html::text(it.n),
        Html::text(&of.shown.mean),
        Html::text(&of.shown.s),
        Html::text(format!("{} … {}", of.shown.min, of.shown.max)),
        index(it.cp),
        index(it.cpk),
        index(it.pp),
        index(it.ppk),
        of.histogram.as_ref().map(|it| histogram(it, low, high)).unwrap_or_default(),
    ]
}

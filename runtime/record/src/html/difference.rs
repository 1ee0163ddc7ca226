//! The difference of two runs as a document.

use super::{Html, Sheet, document, facts, table};
use crate::evidence::counted;
use crate::evidence::difference::{Change, Difference, Input, Side};

/// The whole document.
pub fn difference(it: &Difference) -> String {
    let title = "Difference of two runs";
    let heading = |text: &str| Html::tag("h3", Html::text(text));
    let said = match it.is_empty() {
        true => "Nothing differs.".to_owned(),
        false => format!(
            "{} and {} differ.",
            counted(it.inputs.len(), "input"),
            counted(it.results.len(), "result")
        ),
    };
    let mut body = Html::tag("h1", Html::text(title))
        .and(Html::tag("p", Html::tag("strong", Html::text(said))))
        .and(facts([("A".to_owned(), side(&it.a)), ("B".to_owned(), side(&it.b))]));
    body = body.and(heading("What went into them"));
    body = body.and(same(it.same_inputs));
    if !it.inputs.is_empty() {
        body = body.and(table(&["", "A", "B"], it.inputs.iter().map(input)));
    }
    body = body.and(heading("What came of them"));
    body = body.and(same(it.same_results));
    if !it.results.is_empty() {
        let headings = ["", "", "A", "B", "B − A>", "of the limit's width>"];
        body = body.and(table(&headings, it.results.iter().map(change)));
    }
    let sheet = match (it.a.mode, it.b.mode) {
        (a, b) if a == b => Sheet::of(a, title, body),
        _ => Sheet::plain(title, body),
    };
    document(title, &[sheet])
}

fn side(it: &Side) -> Html {
    let serial = it.serial.as_deref().unwrap_or(crate::evidence::NOT_RECORDED);
    let (plan, station, mode, run) = (&it.plan, &it.station, it.mode.name(), it.run);
    Html::text(format!("{plan} of {serial} on {station}, {mode}: {} · {run}", it.ended))
}

fn same(count: u64) -> Html {
    Html::tag("p", Html::text(format!("{count} the same.")))
}

fn there(it: Option<&String>) -> Html {
    it.map_or_else(|| Html::classed("span", "missing", Html::text("not there")), Html::text)
}

fn input(it: &Input) -> Vec<Html> {
    vec![Html::text(&it.what), there(it.a.as_ref()), there(it.b.as_ref())]
}

fn change(it: &Change) -> Vec<Html> {
    let width = it.of_width.map_or_else(String::new, |it| format!("{:+.2} %", it * 100.0));
    let inside = Html::classed("div", "small", Html::text(&it.inside));
    vec![
        Html::text(it.kind.name()),
        Html::text(&it.name).and(inside),
        there(it.a.as_ref()),
        there(it.b.as_ref()),
        Html::text(it.delta_shown.as_deref().unwrap_or_default()),
        Html::text(width),
    ]
}

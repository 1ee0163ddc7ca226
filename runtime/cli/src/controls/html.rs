//! The controls as a document.

use pogo_record::html::{Html, Sheet, document, facts, table};

use super::{Answer, Controls, Detection};

/// All of them.
pub fn html(it: &Controls) -> String {
    let title = "What keeps the record honest, and what does not";
    let heading = |text: &str| Html::tag("h2", Html::text(text));
    let rows = it.not_covered.iter().map(|it| (it.id.to_owned(), Html::text(it.what)));
    let body = Html::tag("h1", Html::text(title))
        .and(it.answers.iter().map(answer).collect())
        .and(heading("What shows what"))
        .and(detection(it.detection))
        .and(heading("Not covered: left to others"))
        .and(facts(rows));
    document(title, &[Sheet::plain("Controls", body)])
}

fn answer(it: &Answer) -> Html {
    let here = it.here.iter().map(|it| Html::tag("li", Html::text(it))).collect();
    Html::tag("h2", Html::text(it.question)).and(Html::tag("ul", here))
}

fn detection(rows: &[Detection]) -> Html {
    let row = |it: &Detection| [it.what, it.verify, it.anchor, it.besides].map(Html::text).into();
    let headings = ["somebody does, or it happens", "pogo verify", "with an anchor", "besides"];
    table(&headings, rows.iter().map(row))
}

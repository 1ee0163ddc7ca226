//! Whether the evidence about a unit is complete, as a document.

use super::{Html, Sheet, document, table};
use crate::evidence::release::{ReleaseCheck, Standing};

/// The whole document.
pub fn release_check(it: &ReleaseCheck) -> String {
    let title = format!("Release check of {}", it.serial);
    let (class, said) = match it.complete {
        true => ("pass", "COMPLETE: nothing is missing."),
        false => ("fail", "NOT COMPLETE: something is missing."),
    };
    let missing = it.missing.iter().map(|it| Html::tag("li", Html::text(it))).collect();
    let body = Html::tag("h1", Html::text(&title))
        .and(Html::tag("p", Html::classed("strong", class, Html::text(said))))
        .and(Html::tag("h3", Html::text("What is missing")))
        .and(Html::tag("ul", missing))
        .and(it.plans.iter().map(standing).collect())
        .and(Html::tag("p", Html::text("The decision stays with named people.")));
    document(&title, &[Sheet::plain(format!("Unit {}", it.serial), body)])
}

fn standing(it: &Standing) -> Html {
    let rows = it.attempts.iter().map(|it| {
        let why = it.not_counted.as_deref().unwrap_or("counts");
        let run = Html::tag("code", Html::text(it.run));
        vec![Html::text(it.mode.name()), Html::text(&it.ended), Html::text(why), run]
    });
    Html::tag("h3", Html::text(format!("Plan {}", it.plan)))
        .and(table(&["mode", "verdict", "does not count", "run"], rows))
}

//! Tables: of rows under headings, and of facts beside their names.

use super::Html;

/// Rows under `headings`; a heading that ends with `>` is one of a column of numbers, and stands to
/// the right. The last cell of a row that has fewer cells than there are headings takes the rest.
pub fn table(headings: &[&'static str], rows: impl IntoIterator<Item = Vec<Html>>) -> Html {
    let right: Vec<bool> = headings.iter().map(|it| it.ends_with('>')).collect();
    let cell = |name: &'static str, at: usize, inner: Html| match right.get(at) {
        Some(true) => Html::classed(name, "number", inner),
        _ => Html::tag(name, inner),
    };
    let heading =
        |(at, it): (usize, &&'static str)| cell("th", at, Html::text(it.trim_end_matches('>')));
    let head = Html::tag("tr", headings.iter().enumerate().map(heading).collect());
    let row = |cells: Vec<Html>| {
        let (count, rest) = (cells.len(), headings.len().saturating_sub(cells.len()));
        let cells =
            cells.into_iter().enumerate().map(|(at, it)| match at + 1 == count && rest > 0 {
                true => Html::made(format!("<td colspan=\"{}\">{it}</td>", rest + 1)),
                false => cell("td", at, it),
            });
        Html::tag("tr", cells.collect()).and(Html::made("\n".into()))
    };
    let body = Html::tag("tbody", rows.into_iter().map(row).collect());
    let thead = Html::tag("thead", head);
    Html::classed("table", "rows", thead.and(Html::made("\n".into())).and(body))
        .and(Html::made("\n".into()))
}

/// Facts beside their names.
pub fn facts(facts: impl IntoIterator<Item = (String, Html)>) -> Html {
    let row = |(name, fact): (String, Html)| {
        Html::tag("tr", Html::tag("th", Html::text(name)).and(Html::tag("td", fact)))
            .and(Html::made("\n".into()))
    };
    Html::classed("table", "facts", Html::tag("tbody", facts.into_iter().map(row).collect()))
        .and(Html::made("\n".into()))
}

//! The document around everything: style, sheets, and what stands on top of every page.

use super::Html;
use crate::body::Mode;
use crate::evidence::warning;

/// Pages that belong together: a browser repeats their head on each of them when it prints.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// What they are about: `SN0001 · attempt 3 of TH-100`.
    head: String,
    mode: Option<Mode>,
    warning: Option<String>,
    body: Html,
}

impl Sheet {
    /// Pages about what was done in `mode`, with the warning that goes with it.
    pub fn of(mode: Mode, head: impl Into<String>, body: Html) -> Self {
        Self { head: head.into(), mode: Some(mode), warning: warning(mode), body }
    }

    /// Pages about several modes or none.
    pub fn plain(head: impl Into<String>, body: Html) -> Self {
        Self { head: head.into(), mode: None, warning: None, body }
    }

    /// The same with a warning.
    #[must_use]
    pub fn warning(mut self, warning: impl Into<String>) -> Self {
        self.warning = Some(warning.into());
        self
    }
}

const STYLE: &str = include_str!("style.css");

/// The whole document. The same sheets give the same bytes.
pub fn document(title: &str, sheets: &[Sheet]) -> String {
    let title = Html::tag("title", Html::title(title));
    let sheets: Html = sheets.iter().map(sheet).collect();
    // Nothing may be fetched or run, whatever got into the text.
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n{title}\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n{sheets}</body>\n</html>\n"
    )
}

/// A table, because a table's head is what every browser repeats on every page.
fn sheet(sheet: &Sheet) -> Html {
    let head = Html::classed("span", "about", Html::text(&sheet.head));
    let mode = sheet.mode.map(|it| Html::classed("span", "mode", Html::text(it.name())));
    let warning = sheet.warning.as_ref();
    let warning = warning.map(|it| Html::classed("strong", "warning", Html::text(it)));
    let head = head.and(mode.unwrap_or_default()).and(warning.unwrap_or_default());
    let class = match sheet.mode {
        None => "banner",
        Some(Mode::Production) => "banner production",
        Some(Mode::Engineering) => "banner engineering",
        Some(Mode::Simulate) => "banner simulate",
    };
    let banner = Html::classed("th", class, head);
    let body = Html::tag("td", sheet.body.clone());
    let table =
        Html::tag("thead", Html::tag("tr", banner)).and(Html::tag("tbody", Html::tag("tr", body)));
    Html::classed("table", "sheet", table).and(Html::made("\n".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_says_its_mode_and_that_it_is_no_evidence_in_its_repeated_head() {
        let sheet = |mode| Sheet::of(mode, "SN1", Html::text("body"));
        let text = document("SN1", &[sheet(Mode::Simulate)]);
        let head = text.split_once("<thead>").and_then(|(_, it)| it.split_once("</thead>"));
        let (head, _) = head.unwrap();
        assert!(head.contains("simulate") && head.contains("NO EVIDENCE"), "{head}");
        let text = document("SN1", &[sheet(Mode::Production)]);
        assert!(!text.contains("NO EVIDENCE"), "{text}");
    }

    #[test]
    fn a_document_fetches_nothing_and_runs_nothing() {
        let text = document("a <title>", &[]);
        assert!(text.contains("default-src 'none'") && text.contains("a &lt;title&gt;"));
        for word in ["http:", "https:", "<script", "<link", "url(", "@import"] {
            assert!(!text.contains(word), "{word}");
        }
    }
}

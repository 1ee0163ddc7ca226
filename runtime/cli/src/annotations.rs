//! What is wrong, where continuous integration shows it: beside the line of the script.
//!
//! GitHub Actions reads such lines from what a step prints ("Workflow commands for GitHub Actions",
//! setting an error message) and says with `GITHUB_ACTIONS=true` that it does.

use std::collections::HashMap;

use pogo_hal::{Diagnostic, Place, Severity};
use pogo_record::Verdict;
use pogo_runtime::{Checked, Progress, Watch};

use crate::terminal::err;

/// Whether somebody reads them.
pub fn are_read() -> bool {
    std::env::var_os("GITHUB_ACTIONS").is_some_and(|it| it == "true")
}

/// Annotates what `all` say, as far as it has a place, if somebody reads it.
pub fn annotate<'a>(all: impl IntoIterator<Item = &'a Diagnostic>) {
    if are_read() {
        all.into_iter().filter_map(of).for_each(|line| err(&line));
    }
}

fn of(it: &Diagnostic) -> Option<String> {
    let command = match it.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let place = it.place.as_ref().filter(|_| !it.confidential)?;
    let hint = it.hint.as_ref().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
    Some(line(command, place, it.code.map(|it| it.name()), &format!("{}{hint}", it.message)))
}

fn line(command: &str, place: &Place, title: Option<&str>, message: &str) -> String {
    let Place { file, line, column, width } = place;
    let file = property(file);
    let title = title.map(|it| format!(",title={}", property(it))).unwrap_or_default();
    let end = column + width.saturating_sub(1);
    format!(
        "::{command} file={file},line={line},col={column},endColumn={end}{title}::{}\n",
        data(message)
    )
}

/// A message in one line.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A value between commas.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Annotates what goes wrong in a run, beside what shows it.
pub struct Annotating {
    behind: Box<dyn Watch>,
    /// Where each measurement stands.
    places: HashMap<String, Place>,
}

impl Annotating {
    /// `behind` alone, unless somebody reads annotations.
    pub fn over(behind: Box<dyn Watch>, checked: &Checked) -> Box<dyn Watch> {
        if !are_read() {
            return behind;
        }
        let places = checked.places().map(|(name, place)| (name.to_owned(), place.clone()));
        Box::new(Self { behind, places: places.collect() })
    }
}

impl Watch for Annotating {
    fn see(&mut self, progress: &Progress<'_>) {
        match *progress {
            Progress::Judged { name, value, limit, verdict, .. } if verdict > Verdict::Pass => {
                if let Some(place) = self.places.get(name) {
                    let message = format!("{name} is {value}; its limit: {limit}");
                    err(&line("error", place, Some(&verdict.to_string()), &message));
                }
            }
            Progress::JudgedAll { name, count, failed, limit, verdict, .. }
                if verdict > Verdict::Pass =>
            {
                if let Some(place) = self.places.get(name) {
                    let message =
                        format!("{failed} of {count} values of {name}; their limit: {limit}");
                    err(&line("error", place, Some(&verdict.to_string()), &message));
                }
            }
            Progress::Trouble(diagnostic) => annotate([diagnostic]),
            _ => {}
        }
        self.behind.see(progress);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_stands_in_a_message_ends_neither_its_line_nor_its_properties() {
        let place = Place { file: "a,b:c%.rhai".into(), line: 3, column: 5, width: 4 };
        let diagnostic = Diagnostic::new("100 %\r\n::error::no").with_hint("x::y").at(place);
        assert_eq!(
            of(&diagnostic).unwrap(),
            "::error file=a%2Cb%3Ac%25.rhai,line=3,col=5,endColumn=8::100 %25%0D%0A::error::no\
             %0Ahint: x::y\n"
        );
        assert_eq!(of(&Diagnostic::new("nowhere")), None);
    }
}

//! What is wrong, as people read it on stderr and as programs read it on stdout.
//!
//! Written here rather than with a crate: the form is two lines around one source line, and the
//! crates for it each bring a form of their own.

use std::fmt::Write;
use std::path::Path;

use pogo_hal::{Code, Diagnostic, Error, Place, Severity};
use serde_json::{Value, json};
use unicode_width::UnicodeWidthChar;

use crate::exit;
use crate::paint::Paint;

/// How much of a long source line is shown.
const WIDEST: usize = 100;

/// Why a command ended without what was asked for: an exit code, and what is wrong.
#[derive(Debug)]
pub struct Failure {
    /// What the program exits with.
    pub code: u8,
    /// What is wrong, the most important first.
    pub diagnostics: Vec<Diagnostic>,
}

impl Failure {
    /// One thing is wrong.
    pub fn new(code: u8, diagnostic: Diagnostic) -> Self {
        Self { code, diagnostics: vec![diagnostic] }
    }

    /// Whatever ended a command: a failure that knows its exit code, or something that the
    /// operating system refused, with what was being done.
    pub fn of(error: anyhow::Error) -> Self {
        error.downcast().unwrap_or_else(|error| {
            Self::new(exit::NO_VERDICT, Diagnostic::new(format!("{error:#}")))
        })
    }

    /// Something on the bench went wrong.
    pub fn of_bench(code: u8, error: &Error) -> Self {
        Self::new(code, of_bench(error))
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let messages: Vec<_> = self.diagnostics.iter().map(|it| it.message.as_str()).collect();
        f.write_str(&messages.join("; "))
    }
}

impl std::error::Error for Failure {}

/// An error of the bench, with what caused it, as a diagnostic without a place.
pub fn of_bench(error: &Error) -> Diagnostic {
    let diagnostic = Diagnostic::new(error.message());
    match error.hint() {
        Some(hint) => diagnostic.with_hint(hint),
        None => diagnostic,
    }
}

/// The JSON document that stands for `diagnostics`.
pub fn json(diagnostics: &[Diagnostic]) -> Value {
    let one = |it: &Diagnostic| {
        let place = it.place.as_ref();
        json!({
            "code": it.code.map(Code::name),
            "severity": it.severity().name(),
            "message": it.message,
            "hint": it.hint,
            "file": place.map(|it| &*it.file),
            "line": place.map(|it| it.line),
            "column": place.map(|it| it.column),
            "end": place.map(|it| it.column + it.width),
            "width": place.map(|it| it.width),
            "calls": it.calls.iter().map(|(called, place)| json!({
                "called": called, "file": &*place.file, "line": place.line, "column": place.column,
            })).collect::<Vec<_>>(),
        })
    };
    json!({ "diagnostics": diagnostics.iter().map(one).collect::<Vec<_>>() })
}

/// `diagnostic` with the source line it means, read from its file; ends with a newline.
pub fn render(diagnostic: &Diagnostic, paint: Paint) -> String {
    let read = |file: &str| std::fs::read_to_string(Path::new(file)).ok();
    render_from(diagnostic, paint, read)
}

/// As [`render`], of something wrong in `source` itself, which is in no file.
pub fn render_in(diagnostic: &Diagnostic, source: &str, paint: Paint) -> String {
    render_from(diagnostic, paint, |_| Some(source.to_owned()))
}

/// What changes nothing, in two lines.
pub fn render_warning(diagnostic: &Diagnostic, paint: Paint) -> String {
    let text = format!("{} {}\n", paint.bold("warning:"), diagnostic.message);
    let place = diagnostic.place.as_ref();
    let place = place.map(|place| format!("  {} {place}\n", paint.dim("-->")));
    text + place.as_deref().unwrap_or_default()
}

/// As [`render`], without the source line: the file may no longer be what it was when this was
/// recorded.
pub fn render_recorded(diagnostic: &Diagnostic, paint: Paint) -> String {
    render_from(diagnostic, paint, |_| None)
}

fn render_from(
    diagnostic: &Diagnostic,
    paint: Paint,
    read: impl Fn(&str) -> Option<String>,
) -> String {
    let code = diagnostic.code.map(|it| format!("[{it}]")).unwrap_or_default();
    let severity = match diagnostic.severity() {
        Severity::Error => paint.error(format!("error{code}:")),
        Severity::Warning => paint.bold(format!("warning{code}:")),
    };
    let mut text = format!("{severity} {}\n", paint.bold(&diagnostic.message));
    if let Some(place) = &diagnostic.place {
        let _ = writeln!(text, "  {} {place}", paint.dim("-->"));
        let line = (!diagnostic.confidential)
            .then(|| read(&place.file))
            .flatten()
            .and_then(|source| source.lines().nth(place.line.saturating_sub(1)).map(str::to_owned));
        if let Some(line) = line {
            excerpt(&mut text, place, &line, paint);
        }
    }
    for (called, place) in &diagnostic.calls {
        // A function is named as the script names it; a closure has no name to quote.
        let quote = if called.contains(' ') { "" } else { "`" };
        let _ = writeln!(text, "  {} {quote}{called}{quote}, called at {place}", paint.dim("in"));
    }
    if let Some(hint) = &diagnostic.hint {
        let _ = writeln!(text, "  {} {hint}", paint.bold("hint:"));
    }
    text
}

/// The source line and the carets under what is meant.
fn excerpt(text: &mut String, place: &Place, line: &str, paint: Paint) {
    let start = place.column.saturating_sub(1);
    // Of a long line, the part around the place: minified files must not flood the terminal.
    let skip = if line.chars().count() > WIDEST { start.saturating_sub(WIDEST / 2) } else { 0 };
    let (mut shown, mut before, mut under) = (String::new(), 0, 0);
    for (at, c) in line.chars().enumerate().skip(skip).take(WIDEST) {
        let c = if c == '\t' { ' ' } else { c };
        // A file must not be able to send control sequences to a terminal.
        let c = if c.is_control() { '\u{fffd}' } else { c };
        shown.push(c);
        let columns = c.width().unwrap_or(0);
        match at {
            _ if at < start => before += columns,
            _ if at < start + place.width => under += columns,
            _ => {}
        }
    }
    let (bar, number) = (paint.dim("|"), place.line.to_string());
    let margin = " ".repeat(number.len());
    let carets = paint.error("^".repeat(under.max(1)));
    let _ = writeln!(text, "   {margin} {bar}");
    let _ = writeln!(text, "   {} {bar} {}", paint.dim(&number), shown.trim_end());
    let _ = writeln!(text, "   {margin} {bar} {}{carets}", " ".repeat(before));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(line: usize, column: usize, width: usize) -> Place {
        Place { file: "power_on.rhai".into(), line, column, width }
    }

    fn shown(diagnostic: &Diagnostic, source: &str) -> String {
        render_from(diagnostic, Paint::Plain, |_| Some(source.to_owned()))
    }

    #[test]
    fn a_diagnostic_shows_its_line_a_caret_the_calls_and_the_hint_last() {
        let mut it = Diagnostic::new("psu.set_voltage: 9 V exceeds the fixture's limit of 5 V")
            .at(place(2, 9, 11))
            .with_hint("the limit is `instruments.psu.limits.voltage` in bench.fixture.toml");
        it.calls.push(("power_up".into(), place(12, 5, 8)));
        let source = "fn power_up() {\n    psu.set_voltage(9.V);\n}\n";
        assert_eq!(
            shown(&it, source),
            "\
error: psu.set_voltage: 9 V exceeds the fixture's limit of 5 V
  --> power_on.rhai:2:9
     |
   2 |     psu.set_voltage(9.V);
     |         ^^^^^^^^^^^
  in `power_up`, called at power_on.rhai:12:5
  hint: the limit is `instruments.psu.limits.voltage` in bench.fixture.toml
"
        );
    }

    #[test]
    fn a_place_without_a_readable_file_still_says_where() {
        let it = Diagnostic::new("no such thing").at(place(7, 1, 1));
        let text = render_from(&it, Paint::Plain, |_| None);
        assert_eq!(text, "error: no such thing\n  --> power_on.rhai:7:1\n");
    }

    #[test]
    fn a_confidential_line_is_not_shown() {
        let it = Diagnostic::new("no such key").at(place(1, 1, 1)).confidential();
        assert_eq!(shown(&it, "secret = 1"), "error: no such key\n  --> power_on.rhai:1:1\n");
    }

    #[test]
    fn the_caret_stands_under_what_is_meant_behind_tabs_and_wide_letters() {
        let it = Diagnostic::new("x").at(place(1, 6, 3));
        let text = shown(&it, "\t電圧=\u{1b}dmn;");
        let lines: Vec<&str> = text.lines().skip(3).collect();
        assert_eq!(lines, ["   1 |  電圧=\u{fffd}dmn;", "     |        ^^^"]);
    }

    #[test]
    fn a_line_of_a_megabyte_is_cut_around_the_place() {
        let it = Diagnostic::new("x").at(place(1, 500_001, 1));
        let source = format!("{}!{}", "a".repeat(500_000), "b".repeat(500_000));
        let text = shown(&it, &source);
        assert!(text.len() < 400 && text.contains("aaa!bbb"), "{text}");
    }

    #[test]
    fn a_program_reads_where_and_what_to_do() {
        let it =
            Diagnostic::new("no such role").at(place(3, 5, 4)).with_hint("did you mean `psu`?");
        let document = json(&[it]);
        assert_eq!(document["diagnostics"][0]["line"], 3);
        assert_eq!(document["diagnostics"][0]["column"], 5);
        assert_eq!(document["diagnostics"][0]["width"], 4);
        assert_eq!(document["diagnostics"][0]["file"], "power_on.rhai");
        assert_eq!(document["diagnostics"][0]["hint"], "did you mean `psu`?");
    }
}

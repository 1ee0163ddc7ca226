//! What scripts can use, on a terminal.

use std::fmt::Write;

use pogo_runtime::Section;
use pogo_sandbox::reference::Entry;
use unicode_width::UnicodeWidthStr;

use super::spelling::{argument, call, result};
use crate::layout::{EDGE, fold};
use crate::paint::Paint;

/// The widest call that still has its explanation beside it.
const WIDEST: usize = 34;

/// Every section with its entries, a line or two each.
pub fn listing(sections: &[Section], paint: Paint) -> String {
    let sections: Vec<_> = sections.iter().map(|it| list(it, paint)).collect();
    sections.join("\n")
}

fn list(section: &Section, paint: Paint) -> String {
    let mut text = format!("{}\n", paint.bold(section.title));
    for entry in &section.entries {
        let call = call(section, entry);
        let mut about = fold(entry.about, EDGE - WIDEST - 4).into_iter();
        let first = if call.width() > WIDEST { None } else { about.next() };
        let pad = WIDEST.saturating_sub(call.width());
        let line = format!("  {call}{:pad$}  {}", "", first.unwrap_or_default());
        let _ = writeln!(text, "{}", line.trim_end());
        for line in about {
            let _ = writeln!(text, "  {:WIDEST$}  {line}", "");
        }
    }
    text
}

/// A section in full.
pub fn section(section: &Section, paint: Paint) -> String {
    let mut text = format!("{}\n", paint.bold(section.title));
    for line in fold(section.about, EDGE) {
        let _ = writeln!(text, "{line}");
    }
    for it in &section.entries {
        let _ = write!(text, "\n{}", entry(section, it, paint));
    }
    text
}

/// An entry in full.
pub fn entry(section: &Section, it: &Entry, paint: Paint) -> String {
    let mut text = format!("{}\n", paint.bold(call(section, it)));
    put(&mut text, 2, it.about);
    for one in it.takes {
        put(&mut text, 2, &format!("{}  {}", one.name, argument(one)));
        for key in one.kind.keys() {
            put(&mut text, 4, &format!("{}  {}", key.name, argument(key)));
        }
    }
    if let Some(result) = result(it) {
        put(&mut text, 2, &result);
    }
    for error in it.errors {
        put(&mut text, 2, &format!("{} {}: {}", paint.error("error"), error.name(), error.when));
    }
    for line in it.example.lines() {
        let _ = writeln!(text, "  {} {line}", paint.dim("|"));
    }
    text
}

fn put(text: &mut String, indent: usize, line: &str) {
    for (at, line) in fold(line, EDGE - indent - 2).iter().enumerate() {
        let more = if at > 0 { 2 } else { 0 };
        let _ = writeln!(text, "{:indent$}{:more$}{line}", "", "");
    }
}

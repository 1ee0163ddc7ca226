//! One line of a transcript: a step, a value, or a note.

use std::time::Duration;

use pogo_record::{Reason, Verdict};

use crate::columns::Columns;
use crate::duration;
use crate::paint::Paint;

/// What stands at the beginning of a line that is not a pass.
const MARK: &str = ">";

/// What a line says. `depth` steps are around it.
#[derive(Debug)]
pub enum Row {
    /// A step; `None` while it runs.
    Step { depth: usize, name: String, ended: Option<(Reason, Duration)> },
    /// A value; without a verdict if it was only kept.
    Value { depth: usize, name: String, value: String, limit: String, verdict: Option<Verdict> },
    /// A question to a person, and what came of it.
    Prompt { depth: usize, text: String },
    /// What there is to say of a step that passed.
    Remark { depth: usize, text: String },
    /// Something that was not done in the end, and why.
    NotDone { name: String, skipped: bool },
    /// A remark.
    Note { depth: usize, text: String },
}

impl Row {
    /// Makes `columns` wide enough for it.
    pub fn fit(&self, columns: &mut Columns) {
        if let Self::Value { depth, name, value, limit, .. } = self {
            columns.fit([&indented(*depth, None, name), value, limit]);
        }
    }

    /// The line, or lines if it does not fit one; without a newline at its end.
    pub fn line(&self, columns: &Columns, paint: Paint) -> String {
        match self {
            Self::Note { depth, text } => {
                paint.dim(format!("{}note: {text}", indented(*depth, None, "")))
            }
            Self::Prompt { depth, text } => {
                paint.dim(format!("{}asked: {text}", indented(*depth, None, "")))
            }
            Self::Step { depth, name, ended: None } => {
                let left = indented(*depth, Some(Verdict::Aborted), name);
                paint.verdict(Verdict::Aborted, columns.heading(&left, "not ended"))
            }
            Self::Remark { depth, text } => {
                paint.dim(format!("{}{text}", indented(*depth + 1, None, "")))
            }
            Self::NotDone { name, skipped } => {
                let left = indented(0, None, name);
                let word = if *skipped { "SKIPPED" } else { "NOT REACHED" };
                paint.dim(columns.heading(&left, word))
            }
            Self::Step { depth, name, ended: Some((Reason::Skipped, _)) } => {
                paint.dim(columns.heading(&indented(*depth, None, name), "SKIPPED"))
            }
            Self::Step { depth, name, ended: Some((reason, took)) } => {
                let verdict = &reason.verdict();
                let (left, took) = (indented(*depth, Some(*verdict), name), duration::bench(*took));
                match verdict {
                    Verdict::Pass => paint.bold(columns.heading(&left, &took)),
                    other => {
                        let right = format!("{other}  {took}");
                        paint.verdict(*other, columns.heading(&left, &right))
                    }
                }
            }
            Self::Value { depth, name, value, limit, verdict: None } => {
                columns.row([&indented(*depth, None, name), value, limit], "")
            }
            Self::Value { depth, name, value, limit, verdict: Some(verdict) } => {
                let name = indented(*depth, Some(*verdict), name);
                let cells = [name.as_str(), value, limit];
                match verdict {
                    // Colour is safe in the last cell only: nothing is aligned behind it.
                    Verdict::Pass => columns.row(cells, &paint.verdict(*verdict, verdict.name())),
                    other => paint.verdict(*other, columns.row(cells, &other.to_string())),
                }
            }
        }
    }
}

/// `name` behind the indentation of its depth, with a mark if it did not pass.
fn indented(depth: usize, verdict: Option<Verdict>, name: &str) -> String {
    let mark = if verdict.is_some_and(|it| it != Verdict::Pass) { MARK } else { "" };
    format!("{mark:<width$}{name}", width = 2 + 2 * depth)
}

//! Facts beside their names.

use unicode_width::UnicodeWidthStr;

use super::{EDGE, fold, plain};
use crate::paint::Paint;

/// Facts beside their names, in two columns.
#[derive(Debug, Default)]
pub struct Facts(Vec<(String, String)>);

impl Facts {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one; without a name it goes on with the one above.
    pub fn add(&mut self, name: impl Into<String>, fact: impl AsRef<str>) {
        self.0.push((name.into(), plain(fact.as_ref())));
    }

    /// As lines behind `indent` columns; each ends with a newline.
    pub fn text(&self, indent: usize, paint: Paint) -> String {
        let widest = self.0.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
        let left = indent + widest + 2;
        let mut text = String::new();
        for (name, fact) in &self.0 {
            for (at, line) in fold(fact, EDGE.saturating_sub(left)).iter().enumerate() {
                let name = if at == 0 { name.as_str() } else { "" };
                let padding = " ".repeat(widest - name.width());
                let row = format!("{:indent$}{}{padding}  {line}", "", paint.dim(name));
                text += row.trim_end();
                text.push('\n');
            }
        }
        text
    }
}

//! Rows under headings.

use unicode_width::UnicodeWidthStr;

use super::{EDGE, fold, plain};
use crate::paint::Paint;

/// Between two columns.
const GAP: usize = 2;
/// No column is narrowed below this.
const NARROWEST: usize = 6;

/// Rows under headings. Columns are as wide as their cells need; where that is too wide together,
/// the widest are narrowed and their cells folded.
#[derive(Debug)]
pub struct Grid {
    headings: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Grid {
    /// Without a row; a heading that ends with `>` is one of a column of numbers, and stands to the
    /// right.
    pub fn new(headings: &[&'static str]) -> Self {
        Self { headings: headings.to_vec(), rows: Vec::new() }
    }

    /// Adds a row with a cell for each heading.
    pub fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) {
        self.rows.push(cells.into_iter().map(plain).collect());
    }

    /// As lines behind `indent` columns; each ends with a newline.
    pub fn text(&self, indent: usize, paint: Paint) -> String {
        let headings: Vec<String> =
            self.headings.iter().map(|it| it.trim_end_matches('>').to_owned()).collect();
        let widths = self.widths(&headings, EDGE.saturating_sub(indent));
        let mut text = String::new();
        for line in self.lines(&headings, &widths, indent) {
            text += &format!("{}\n", paint.dim(line));
        }
        for row in &self.rows {
            for line in self.lines(row, &widths, indent) {
                text += &line;
                text.push('\n');
            }
        }
        text
    }

    fn widths(&self, headings: &[String], room: usize) -> Vec<usize> {
        let widest = |at: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(at)).chain(headings.get(at));
            cells.map(|cell| cell.width()).max().unwrap_or(0)
        };
        let mut widths: Vec<usize> = (0..headings.len()).map(widest).collect();
        let gaps = GAP * widths.len().saturating_sub(1);
        // First as far as no word is broken, then as far as it takes.
        let words: Vec<usize> =
            (0..headings.len()).map(|at| self.longest_word(headings, at)).collect();
        for least in [words, vec![NARROWEST; widths.len()]] {
            while widths.iter().sum::<usize>() + gaps > room {
                // The first of the widest, one column at a time: they end up equally wide.
                let wide =
                    widths.iter().zip(&least).enumerate().filter(|(_, (it, least))| it > least);
                let widest = wide.max_by_key(|(at, (it, _))| (**it, std::cmp::Reverse(*at)));
                match widest.map(|(at, _)| at) {
                    Some(at) => widths[at] -= 1,
                    None => break,
                }
            }
        }
        widths
    }

    /// How wide the column has to be for no word in it to be broken.
    fn longest_word(&self, headings: &[String], at: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(at)).chain(headings.get(at));
        let word = |cell: &String| {
            let indent = cell.len() - cell.trim_start().len();
            cell.split(' ').map(|word| indent + word.width()).max().unwrap_or(0)
        };
        cells.map(word).max().unwrap_or(0).max(NARROWEST)
    }

    /// One row: as many lines as its longest cell folds to.
    fn lines(&self, cells: &[String], widths: &[usize], indent: usize) -> Vec<String> {
        let folded: Vec<Vec<String>> =
            cells.iter().zip(widths).map(|(cell, width)| fold(cell, *width)).collect();
        let tall = folded.iter().map(Vec::len).max().unwrap_or(0);
        let line = |at: usize| {
            let mut line = " ".repeat(indent);
            for (column, (lines, width)) in folded.iter().zip(widths).enumerate() {
                let part = lines.get(at).map_or("", String::as_str);
                let padding = " ".repeat(width.saturating_sub(part.width()));
                line += &match self.headings[column].ends_with('>') {
                    true => format!("{padding}{part}"),
                    false => format!("{part}{padding}"),
                };
                line += &" ".repeat(GAP);
            }
            line.trim_end().to_owned()
        };
        (0..tall).map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(rows: &[[&str; 3]]) -> String {
        let mut grid = Grid::new(&["what", "how many>", "why"]);
        rows.iter().for_each(|row| grid.row(*row));
        format!("\n{}", grid.text(2, Paint::Plain))
    }

    #[test]
    fn columns_are_as_wide_as_their_cells_and_numbers_stand_to_the_right() {
        assert_eq!(
            shown(&[["rail", "7", "a limit"], ["idle current", "12", ""]]),
            "
  what          how many  why
  rail                 7  a limit
  idle current        12
"
        );
    }

    #[test]
    fn what_does_not_fit_is_folded_in_its_column() {
        let hash = "0123456789abcdef".repeat(4);
        let text = shown(&[["rail", "7", &hash], ["it is said in many words", "1", &hash]]);
        assert!(text.lines().all(|line| line.width() <= 80), "{text}");
        assert_eq!(text.replace([' ', '\n'], "").matches("89ab").count(), 8, "{text}");
        let long = "x".repeat(300);
        assert!(shown(&[["a", "1", &long]]).lines().all(|line| line.width() <= 80));
    }
}

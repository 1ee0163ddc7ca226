//! Where the columns of a transcript begin: wide enough for what stands in them, never wider than
//! a terminal, and never narrower again within one run.

use unicode_width::UnicodeWidthStr;

/// Nothing is written beyond this column unless one cell alone is longer.
const EDGE: usize = 80;
/// What stands last in a row: `pass`, `0.31 s`.
const LAST: usize = 6;
/// Between two cells.
const GAP: usize = 2;
/// What the columns are narrowed to when they do not all fit: together with [`LAST`], [`EDGE`].
const NARROW: [usize; 3] = [32, 16, 26];

/// The widths of name (with its indentation), value and limit.
#[derive(Clone, Debug)]
pub struct Columns {
    widths: [usize; 3],
    needs: [usize; 3],
}

impl Default for Columns {
    fn default() -> Self {
        // What short names and values fill without a change of column from step to step.
        Self { widths: [20, 12, 23], needs: [0; 3] }
    }
}

impl Columns {
    /// Makes room for a row with these cells.
    pub fn fit(&mut self, cells: [&str; 3]) {
        for (need, cell) in self.needs.iter_mut().zip(cells) {
            *need = (*need).max(cell.width() + GAP);
        }
        let mut widths = Self::default().widths;
        for (width, need) in widths.iter_mut().zip(self.needs) {
            *width = need.max(*width);
        }
        let room = EDGE - LAST;
        let excess = |widths: &[usize; 3]| widths.iter().sum::<usize>().saturating_sub(room);
        // First the slack goes, then what is wider than its share: such a cell breaks its row.
        for at in [2, 1, 0] {
            let slack = widths[at] - self.needs[at].min(widths[at]);
            widths[at] -= slack.min(excess(&widths));
        }
        for at in [2, 0, 1] {
            let surplus = widths[at].saturating_sub(NARROW[at]);
            widths[at] -= surplus.min(excess(&widths));
        }
        self.widths = widths;
    }

    /// One row; a cell that does not fit its column sends the rest of its row to a line below.
    /// Without a newline at its end.
    pub fn row(&self, cells: [&str; 3], last: &str) -> String {
        let (mut row, mut at, mut stop) = (String::new(), 0, 0);
        for (cell, width) in cells.into_iter().zip(self.widths) {
            put(&mut row, &mut at, stop, cell);
            stop += width;
        }
        put(&mut row, &mut at, stop, last);
        row
    }

    /// A line with `right` ending where the rows end.
    pub fn heading(&self, left: &str, right: &str) -> String {
        let edge = self.widths.iter().sum::<usize>() + LAST;
        let (mut row, mut at) = (String::new(), 0);
        put(&mut row, &mut at, 0, left);
        put(&mut row, &mut at, edge.saturating_sub(right.width()), right);
        row
    }
}

fn put(row: &mut String, at: &mut usize, stop: usize, cell: &str) {
    if cell.is_empty() {
        return;
    }
    if *at > 0 && *at + GAP > stop {
        row.push('\n');
        *at = 0;
    }
    row.extend(std::iter::repeat_n(' ', stop - *at));
    row.push_str(cell);
    *at = stop + cell.width();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(cells: &[[&str; 3]]) -> String {
        let mut columns = Columns::default();
        cells.iter().for_each(|it| columns.fit(*it));
        let rows: Vec<String> = cells.iter().map(|it| columns.row(*it, "pass")).collect();
        format!("\n{}", rows.join("\n"))
    }

    #[test]
    fn a_long_name_moves_the_columns_of_all_rows() {
        assert_eq!(
            rows(&[
                ["    idle", "3.42 mA", "1 .. 8 mA"],
                ["    current_while_sleeping", "12 µA", "<= 20 µA"],
            ]),
            "
    idle                    3.42 mA     1 .. 8 mA              pass
    current_while_sleeping  12 µA       <= 20 µA               pass"
        );
    }

    #[test]
    fn what_does_not_fit_80_columns_goes_below_and_stays_aligned() {
        let text = rows(&[
            ["    idle", "3.42 mA", "1 .. 8 mA"],
            ["    the_current_that_flows_while_everything_sleeps", "12 µA", "<= 20 µA"],
            ["    firmware", "v2.1.3-rc4-nightly", "matches `v2\\.[0-9]+\\.[0-9]+-rc4-nightly`"],
        ]);
        assert_eq!(
            text,
            "
    idle                        3.42 mA         1 .. 8 mA                 pass
    the_current_that_flows_while_everything_sleeps
                                12 µA           <= 20 µA                  pass
    firmware                    v2.1.3-rc4-nightly
                                                matches `v2\\.[0-9]+\\.[0-9]+-rc4-nightly`
                                                                          pass"
        );
    }

    #[test]
    fn no_row_of_cells_that_fit_is_wider_than_80_columns() {
        for length in 1..60 {
            let name = format!("    {}", "n".repeat(length));
            let text =
                rows(&[[&name, "-12.3456 mV", "-12.35 .. -12.33 mV"], ["    a", "1 V", "x"]]);
            for line in text.lines() {
                assert!(line.width() <= 80, "{line}");
            }
        }
    }
}

//! The table as it is printed.

use std::io::{Write, stdout};

/// One row of it.
pub struct Line {
    what: String,
    how: String,
    /// Why it was not taken, if it was not.
    pub missing: Option<String>,
    /// How many runs came to the call that failed.
    pub reached: u64,
    points: u64,
    failures: Vec<(String, Vec<String>)>,
}

impl Line {
    /// A row with nothing in it.
    pub fn new(what: String, how: String) -> Self {
        Self { what, how, missing: None, reached: 0, points: 0, failures: Vec::new() }
    }

    /// Adds what is wrong with a point.
    pub fn add(&mut self, point: String, complaints: Vec<String>) {
        self.points += 1;
        if !complaints.is_empty() {
            self.failures.push((point, complaints));
        }
    }

    /// Prints it.
    pub fn print(&self) {
        let Self { what, how, points, reached, .. } = self;
        let mut text = match &self.missing {
            Some(why) => format!("{what:<22} {how:<18} {:>9}  {why}\n", "not run"),
            None => {
                let ok = format!("{}/{points}", points - self.failures.len() as u64);
                let hit = if *reached > 0 { format!("{reached} hit") } else { String::new() };
                format!("{what:<22} {how:<18} {ok:>9}  {hit}\n")
            }
        };
        for (point, complaints) in &self.failures {
            text += &format!("  {point}:\n");
            complaints.iter().for_each(|it| text += &format!("    {it}\n"));
        }
        say(&text);
    }
}

/// Every row so far.
#[derive(Default)]
pub struct Table {
    points: u64,
    failed: u64,
    missing: u64,
}

impl Table {
    /// Counts a row.
    pub fn add(&mut self, line: Line) {
        self.points += line.points;
        self.failed += line.failures.len() as u64;
        self.missing += u64::from(line.missing.is_some());
    }

    /// Prints the last line.
    pub fn sum_up(&self) {
        let Self { points, failed, missing } = self;
        say(&format!("{points} points, {failed} wrong, {missing} rows not run\n"));
    }

    /// Whether everything is as it has to be.
    pub fn is_ok(&self, allow_missing: bool) -> bool {
        self.failed == 0 && (allow_missing || self.missing == 0)
    }
}

fn say(text: &str) {
    // Whoever closed the pipe wants no more.
    drop(stdout().write_all(text.as_bytes()));
}

//! What was said on a console, line by line, for the record.

use std::collections::VecDeque;
use std::fmt::Write;
use std::time::Duration;

/// How many lines are kept; older ones are dropped and counted.
const MOST_LINES: usize = 10_000;
/// How many bytes the lines that are kept may have together.
const MOST_BYTES: usize = 1 << 20;
/// A line without an end is kept in pieces of so many bytes.
const LONGEST: usize = 16 * 1024;

/// The last lines in both directions.
#[derive(Debug, Default)]
pub(super) struct Transcript {
    lines: VecDeque<Line>,
    bytes: usize,
    dropped: u64,
    /// The line that the unit is in the middle of, and when it began.
    begun: Option<(Duration, String)>,
}

#[derive(Debug)]
struct Line {
    at: Duration,
    mark: char,
    text: String,
}

impl Transcript {
    /// What the unit was told.
    pub(super) fn told(&mut self, at: Duration, text: &str) {
        self.end_line();
        self.keep(at, '>', text.to_owned());
    }

    /// What the unit said: whole lines, and pieces of one.
    pub(super) fn heard(&mut self, at: Duration, text: &str) {
        for part in text.split_inclusive('\n') {
            let begun = &mut self.begun.get_or_insert_with(|| (at, String::new())).1;
            begun.push_str(part.strip_suffix('\n').unwrap_or(part));
            if part.ends_with('\n') || begun.len() > LONGEST {
                self.end_line();
            }
        }
    }

    /// Something that is no line of either: what was lost.
    pub(super) fn remarks(&mut self, at: Duration, text: String) {
        self.end_line();
        self.keep(at, '…', text);
    }

    /// Whether nothing was said.
    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.begun.is_none()
    }

    /// All of it, as people read it: seconds since the bench was opened, `>` for what the unit was
    /// told and `<` for what it said.
    pub(super) fn text(&mut self) -> String {
        self.end_line();
        let mut text = String::new();
        if self.dropped > 0 {
            let _ = writeln!(text, "… {} earlier lines were not kept", self.dropped);
        }
        for Line { at, mark, text: line } in &self.lines {
            let _ = writeln!(text, "{:>12.6} {mark} {line}", at.as_secs_f64());
        }
        text
    }

    fn end_line(&mut self) {
        if let Some((at, text)) = self.begun.take() {
            self.keep(at, '<', text);
        }
    }

    fn keep(&mut self, at: Duration, mark: char, text: String) {
        self.bytes += text.len();
        self.lines.push_back(Line { at, mark, text });
        while self.lines.len() > MOST_LINES || self.bytes > MOST_BYTES {
            let Some(oldest) = self.lines.pop_front() else { return };
            self.bytes -= oldest.text.len();
            self.dropped += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn a_transcript_is_in_whole_lines_with_the_time_that_each_began() {
        let mut transcript = Transcript::default();
        assert!(transcript.is_empty());
        transcript.heard(at(1), "boot");
        transcript.heard(at(2), "ing\nready\n> ");
        transcript.told(at(5), "version");
        transcript.heard(at(6), "1.4.2\n");
        transcript.remarks(at(7), "12 bytes were lost".into());
        let expected = "    0.001000 < booting\n    0.002000 < ready\n    0.002000 < > \n    \
                        0.005000 > version\n    0.006000 < 1.4.2\n    0.007000 … 12 bytes were lost\n";
        assert_eq!(transcript.text(), expected);
    }

    #[test]
    fn a_transcript_of_a_flood_is_bounded_and_says_what_is_missing() {
        let mut transcript = Transcript::default();
        for number in 0..50_000 {
            transcript.heard(at(number), &format!("line {number}\n"));
        }
        let text = transcript.text();
        assert!(text.starts_with("… 40000 earlier lines were not kept\n"), "{}", &text[..60]);
        assert!(text.ends_with("< line 49999\n"));
        let mut endless = Transcript::default();
        for _ in 0..100 {
            endless.heard(at(0), &"x".repeat(100_000));
        }
        assert!(endless.text().len() < MOST_BYTES + 100_000);
    }
}

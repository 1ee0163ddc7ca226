//! A run as people read it: a block of lines for every outermost step.
//!
//! A step's line stands above its measurements and says how long the step took, so a block is
//! given out when its step is over. What went wrong in it follows it. Columns are as wide as the
//! blocks that were fitted need: whoever fits all blocks first has the same columns in all.

use std::mem;
use std::time::Duration;

use pogo_hal::Diagnostic;
use pogo_record::{Prompt, PromptOutcome, Reason, Verdict};
use pogo_runtime::Progress;

use crate::columns::Columns;
use crate::layout::plain;
use crate::paint::Paint;
use crate::row::Row;

/// Turns what happens in a run into lines.
#[derive(Debug)]
pub struct Transcript {
    paint: Paint,
    columns: Columns,
    rows: Vec<Row>,
    troubles: Vec<Diagnostic>,
    tally: Tally,
    /// What was counted when each open step began, outermost first.
    before: Vec<Tally>,
}

/// How many values were judged, and how many of them are not within their limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// All of them.
    pub judged: usize,
    /// Those that did not pass.
    pub failed: usize,
    /// What passed only at a later attempt.
    pub later: usize,
    /// The steps that were left out.
    pub skipped: usize,
}

/// Lines that belong together.
#[derive(Debug, Default)]
pub struct Block {
    rows: Vec<Row>,
    /// What went wrong meanwhile.
    pub troubles: Vec<Diagnostic>,
}

impl Transcript {
    /// Nothing has happened yet.
    pub fn new(paint: Paint) -> Self {
        Self {
            paint,
            columns: Columns::default(),
            rows: Vec::new(),
            troubles: Vec::new(),
            tally: Tally::default(),
            before: Vec::new(),
        }
    }

    /// Takes in what happened; gives the block that is complete by it.
    pub fn see(&mut self, progress: &Progress<'_>) -> Option<Block> {
        let outermost = match *progress {
            Progress::StepStarted { name, depth } => {
                self.rows.push(Row::Step { depth, name: plain(name), ended: None });
                self.before.push(self.tally);
                false
            }
            Progress::StepEnded { name: _, depth, reason, again, message, took } => {
                self.end(depth, reason, took);
                let before = self.before.pop();
                if let (true, Some(before)) = (again, before) {
                    self.tally = before;
                }
                if let Some(message) = message {
                    self.rows.push(Row::Remark { depth, text: plain(message) });
                    let skipped = reason == Reason::Skipped;
                    self.tally.skipped += usize::from(skipped);
                    self.tally.later += usize::from(!skipped);
                }
                depth == 0
            }
            Progress::JudgedAll { name, count, failed, limit, verdict, depth } => {
                self.tally.judged += count;
                self.tally.failed += failed;
                let value = match failed {
                    0 => format!("{count} values"),
                    _ => format!("{failed} of {count}"),
                };
                self.value(depth, name, &value, limit, Some(verdict))
            }
            Progress::Outside { name, value, limit, verdict, depth } => {
                self.value(depth, name, value, limit, Some(verdict))
            }
            Progress::NotDone { name, skipped } => {
                self.rows.push(Row::NotDone { name: plain(name), skipped });
                false
            }
            Progress::Judged { name, value, limit, verdict, depth } => {
                self.tally.judged += 1;
                self.tally.failed += usize::from(verdict != Verdict::Pass);
                self.value(depth, name, value, limit, Some(verdict))
            }
            Progress::Kept { name: "", value, depth } => {
                self.rows.push(Row::Note { depth, text: plain(value) });
                depth == 0
            }
            Progress::Asking => false,
            Progress::Prompted { prompt, depth } => {
                self.rows.push(Row::Prompt { depth, text: plain(&said(prompt)) });
                depth == 0
            }
            Progress::Kept { name, value, depth } => self.value(depth, name, value, "", None),
            Progress::Trouble(diagnostic) => {
                self.troubles.push(diagnostic.clone());
                !self.rows.iter().any(|row| matches!(row, Row::Step { ended: None, .. }))
            }
        };
        outermost.then(|| self.take())
    }

    /// The rest: a step that never ended.
    pub fn take(&mut self) -> Block {
        Block { rows: mem::take(&mut self.rows), troubles: mem::take(&mut self.troubles) }
    }

    /// Makes room for a value of this name, which is expected inside a step.
    pub fn expect(&mut self, name: &str) {
        self.columns.fit([&format!("    {name}"), "", ""]);
    }

    /// Makes the columns wide enough for `block`.
    pub fn fit(&mut self, block: &Block) {
        block.rows.iter().for_each(|row| row.fit(&mut self.columns));
    }

    /// The results of `block`; every line ends with a newline.
    pub fn lines(&self, block: &Block) -> String {
        let line = |row: &Row| row.line(&self.columns, self.paint) + "\n";
        block.rows.iter().map(line).collect()
    }

    /// What was judged so far.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// The names of the steps that are running, outermost first.
    pub fn running(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().filter_map(|row| match row {
            Row::Step { name, ended: None, .. } => Some(name.as_str()),
            _ => None,
        })
    }

    fn value(
        &mut self,
        depth: usize,
        name: &str,
        value: &str,
        limit: &str,
        verdict: Option<Verdict>,
    ) -> bool {
        let (name, value, limit) = (plain(name), plain(value), plain(limit));
        self.rows.push(Row::Value { depth, name, value, limit, verdict });
        depth == 0
    }

    fn end(&mut self, at: usize, reason: Reason, took: Duration) {
        for row in self.rows.iter_mut().rev() {
            match row {
                Row::Step { depth, ended, .. } if *depth == at && ended.is_none() => {
                    *ended = Some((reason, took));
                    return;
                }
                _ => {}
            }
        }
    }
}

/// A question with its answer, in one line.
fn said(prompt: &Prompt) -> String {
    let Prompt { question, via, outcome, .. } = prompt;
    match outcome {
        PromptOutcome::Answered { answer } => format!("{question} → {answer} ({})", via.name()),
        PromptOutcome::Refused { why, .. } => format!("{question} → not taken: {why}"),
        PromptOutcome::Unanswered { why } => format!("{question} → {why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn started(name: &str, depth: usize) -> Progress<'_> {
        Progress::StepStarted { name, depth }
    }

    fn ended(name: &str, depth: usize, verdict: Verdict, millis: u64) -> Progress<'_> {
        let reason = match verdict {
            Verdict::Pass => Reason::Passed,
            Verdict::Fail => Reason::Limit,
            _ => Reason::Timeout,
        };
        let (took, again, message) = (Duration::from_millis(millis), false, None);
        Progress::StepEnded { name, depth, reason, again, message, took }
    }

    fn judged<'a>(name: &'a str, value: &'a str, limit: &'a str, verdict: Verdict) -> Progress<'a> {
        Progress::Judged { name, value, limit, verdict, depth: 1 }
    }

    fn shown(paint: Paint, progress: &[Progress<'_>]) -> String {
        let mut transcript = Transcript::new(paint);
        // On a line of its own, so that the expected text can begin at the margin.
        let mut text = "\n".to_owned();
        for progress in progress {
            let Some(block) = transcript.see(progress) else { continue };
            transcript.fit(&block);
            text += &transcript.lines(&block);
            for trouble in block.troubles {
                text += &format!("error: {trouble}\n");
            }
        }
        let rest = transcript.take();
        text.push_str(&transcript.lines(&rest));
        text
    }

    #[test]
    fn a_run_that_passes_looks_as_designed() {
        use Verdict::Pass;
        let text = shown(
            Paint::Plain,
            &[
                started("power on", 0),
                judged("rail_1v8", "1.801 V", "1.764 .. 1.836 V", Pass),
                judged("idle_current", "3.42 mA", "1 .. 8 mA", Pass),
                ended("power on", 0, Pass, 310),
                started("bluetooth", 0),
                judged("rssi", "-58 dBm", ">= -70 dBm", Pass),
                judged("battery", "97", "90 .. 100", Pass),
                ended("bluetooth", 0, Pass, 1070),
            ],
        );
        assert_eq!(
            text,
            "
  power on                                             0.31 s
    rail_1v8        1.801 V     1.764 .. 1.836 V       pass
    idle_current    3.42 mA     1 .. 8 mA              pass
  bluetooth                                            1.07 s
    rssi            -58 dBm     >= -70 dBm             pass
    battery         97          90 .. 100              pass
"
        );
    }

    #[test]
    fn a_failing_row_stands_out_without_colour() {
        use Verdict::{Fail, Pass};
        let text = shown(
            Paint::Plain,
            &[
                started("power on", 0),
                judged("rail_1v8", "1.701 V", "1.764 .. 1.836 V", Fail),
                judged("idle_current", "3.42 mA", "1 .. 8 mA", Pass),
                ended("power on", 0, Fail, 310),
            ],
        );
        assert_eq!(
            text,
            "
> power on                                       FAIL  0.31 s
>   rail_1v8        1.701 V     1.764 .. 1.836 V       FAIL
    idle_current    3.42 mA     1 .. 8 mA              pass
"
        );
    }

    #[test]
    fn a_failing_row_is_red_from_end_to_end_where_colour_is_wanted() {
        let row = judged("rail_1v8", "1.701 V", "1.764 .. 1.836 V", Verdict::Fail);
        let text = shown(Paint::Coloured, &[started("power on", 0), row]);
        let row = text.lines().find(|line| line.contains("rail_1v8")).unwrap();
        assert!(row.starts_with("\x1b[1;31m>") && row.ends_with("FAIL\x1b[0m"), "{row:?}");
    }

    #[test]
    fn what_went_wrong_follows_the_step_in_which_it_did() {
        let trouble = Diagnostic::new("dmm.dc_voltage: no answer within 5 s");
        let text = shown(
            Paint::Plain,
            &[
                started("power on", 0),
                started("rails", 1),
                Progress::Trouble(&trouble),
                ended("rails", 1, Verdict::Error, 5000),
                ended("power on", 0, Verdict::Error, 5310),
            ],
        );
        assert_eq!(
            text,
            "
> power on                                      ERROR  5.31 s
>   rails                                       ERROR  5.00 s
error: dmm.dc_voltage: no answer within 5 s
"
        );
    }

    #[test]
    fn notes_and_kept_values_are_not_mistaken_for_judged_ones() {
        let text = shown(
            Paint::Plain,
            &[
                started("power on", 0),
                Progress::Kept { name: "serial", value: "A1\u{1b}[2J", depth: 1 },
                Progress::Kept { name: "", value: "warm start", depth: 1 },
                ended("power on", 0, Verdict::Pass, 10),
            ],
        );
        assert_eq!(
            text,
            "
  power on                                             0.01 s
    serial          A1 [2J
    note: warm start
"
        );
    }

    #[test]
    fn a_value_outside_any_step_is_shown_at_once() {
        let mut transcript = Transcript::new(Paint::Plain);
        let verdict = Verdict::Pass;
        let row = Progress::Judged { name: "a", value: "1", limit: "0 .. 2", verdict, depth: 0 };
        assert!(transcript.see(&row).is_some());
        assert_eq!(transcript.tally(), Tally { judged: 1, ..Tally::default() });
    }
}

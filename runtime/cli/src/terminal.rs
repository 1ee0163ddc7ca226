//! Shows a run while it runs: finished steps on stdout, and on a terminal a live line on stderr
//! that says what is happening now.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use pogo_hal::Secrets;
use pogo_record::PromptOutcome;
use pogo_runtime::{Progress, Watch};

use crate::diagnostics;
use crate::paint::Paint;
use crate::transcript::{Block, Tally, Transcript};

/// When the blocks of a transcript are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Showing {
    /// Each as soon as its step is over.
    Stepwise,
    /// All at the end, with the same columns throughout: for simulated time, which nobody waits
    /// for.
    AtOnce,
}

/// The terminal's side of a run.
pub struct Terminal {
    transcript: Transcript,
    showing: Showing,
    held: Vec<Block>,
    begun: bool,
    live: Live,
    tally: Arc<Mutex<Tally>>,
}

impl Terminal {
    /// Ready to show a run in which values of these `names` are expected: the columns have room for
    /// them from the first row on. A line on stderr says what is happening now if it is `alive`. The
    /// tally is complete once the run has ended.
    pub fn new<'a>(
        showing: Showing,
        alive: bool,
        names: impl Iterator<Item = &'a str>,
    ) -> (Self, Arc<Mutex<Tally>>) {
        let tally = Arc::new(Mutex::new(Tally::default()));
        let mut transcript = Transcript::new(Paint::of(&io::stdout()));
        names.for_each(|name| transcript.expect(name));
        let (held, begun, live) = (Vec::new(), false, Live::begun(alive));
        (Self { transcript, showing, held, begun, live, tally: tally.clone() }, tally)
    }

    fn take_in(&mut self, block: Block) {
        self.transcript.fit(&block);
        self.held.push(block);
        if self.showing == Showing::Stepwise {
            self.show();
        }
    }

    fn show(&mut self) {
        let held = std::mem::take(&mut self.held);
        let mut blocks: Vec<_> =
            held.iter().map(|block| (self.transcript.lines(block), block)).collect();
        // An empty line stands between the header and the first result, if there is one.
        if !self.begun
            && let Some((lines, _)) = blocks.iter_mut().find(|(lines, _)| !lines.is_empty())
        {
            lines.insert(0, '\n');
            self.begun = true;
        }
        let print = || blocks.iter().for_each(|(lines, block)| print(lines, block));
        match &self.live.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }
}

impl Watch for Terminal {
    fn see(&mut self, progress: &Progress<'_>) {
        if let Some(block) = self.transcript.see(progress) {
            self.take_in(block);
        }
        *self.tally.lock().unwrap_or_else(PoisonError::into_inner) = self.transcript.tally();
        match progress {
            Progress::Asking => self.live.give_way(),
            // It is asked again at once.
            Progress::Prompted { prompt, .. }
                if matches!(prompt.outcome, PromptOutcome::Refused { .. }) => {}
            _ => self.live.go_on(),
        }
        if let Some(bar) = &self.live.bar {
            let mut message = self.transcript.running().collect::<Vec<_>>().join(" › ");
            if let Progress::Judged { name, value, .. } | Progress::Kept { name, value, .. } =
                progress
            {
                message += &format!("  {name} {value}");
            }
            bar.set_message(message);
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let rest = self.transcript.take();
        self.take_in(rest);
        self.show();
        self.live.give_way();
    }
}

/// A line that is drawn again ten times a second; nothing where stderr is no terminal.
struct Live {
    bar: Option<ProgressBar>,
    since: Instant,
    /// It is not there because somebody is being asked something.
    gave_way: bool,
}

impl Live {
    #[expect(clippy::disallowed_methods, reason = "it says how long a person has waited")]
    fn begun(alive: bool) -> Self {
        let bar = if alive { bar(Duration::ZERO) } else { None };
        Self { bar, since: Instant::now(), gave_way: false }
    }

    /// Leaves the terminal to somebody else.
    fn give_way(&mut self) {
        if let Some(bar) = self.bar.take() {
            self.gave_way = true;
            bar.finish_and_clear();
        }
    }

    /// Comes back if it gave way.
    fn go_on(&mut self) {
        if std::mem::take(&mut self.gave_way) {
            self.bar = bar(self.since.elapsed());
        }
    }
}

/// A line on a terminal that says what takes so long; gone when dropped.
pub struct Busy(Option<ProgressBar>);

impl Busy {
    /// Nothing is said yet.
    pub fn begun() -> Self {
        Self(bar(Duration::ZERO))
    }

    /// Says `what` is being done.
    pub fn says(&self, what: &str) {
        if let Some(bar) = &self.0 {
            bar.set_message(what.to_owned());
        }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        if let Some(bar) = self.0.take() {
            bar.finish_and_clear();
        }
    }
}

fn bar(elapsed: Duration) -> Option<ProgressBar> {
    if !io::stderr().is_terminal() {
        return None;
    }
    let style = ProgressStyle::with_template("  {spinner} {wide_msg} {elapsed}").ok()?;
    let bar = ProgressBar::new_spinner().with_style(style).with_elapsed(elapsed);
    bar.enable_steady_tick(Duration::from_millis(100));
    Some(bar)
}

/// Results to stdout, the rest to stderr, in this order. Whoever stops reading stops neither the
/// run nor its record.
fn print(lines: &str, block: &Block) {
    out(lines);
    let paint = Paint::of(&io::stderr());
    for trouble in &block.troubles {
        err(&diagnostics::render(trouble, paint));
    }
}

/// What this process has been told to keep to itself. Whatever it says passes here, also before a
/// run begins and when it panics, so this is the process's and not a run's.
static SECRETS: OnceLock<Arc<Secrets>> = OnceLock::new();

/// From here on [`out`] and [`err`] say none of `secrets`. Only the first call counts.
pub fn hide(secrets: &Arc<Secrets>) {
    let _ = SECRETS.set(secrets.clone());
}

/// `text` as this process may say it.
pub fn hidden(text: &str) -> Cow<'_, str> {
    SECRETS.get().map_or(Cow::Borrowed(text), |it| it.hide(text))
}

/// Writes to stdout at once.
pub fn out(text: &str) {
    let text = hidden(text);
    let mut stdout = io::stdout().lock();
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}

/// Writes to stderr.
pub fn err(text: &str) {
    let _ = io::stderr().lock().write_all(hidden(text).as_bytes());
}

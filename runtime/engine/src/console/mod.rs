//! A conversation over a console, as scripts have it: lines, answers and patterns over whatever the
//! wire makes of them.
//!
//! What the unit says is plain text here, without colours and without secrets. What a script has not
//! looked at yet is kept, as far as there is room; all of it stands in the transcript that goes
//! beside the record.

mod found;
mod plain;
mod transcript;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pogo_hal::{Console, Deadline, Error, ErrorKind, Heard, Quantity, Result, Seconds, Secrets};
use regex::Regex;
use tokio::time::Instant;

pub(crate) use self::found::{Found, pattern};
use self::plain::Plain;
use self::transcript::Transcript;
use crate::bridge::BoundRole;
use crate::clock::Clock;

/// What no script has looked at yet: so many bytes, the oldest go first.
const UNREAD: usize = 64 * 1024;

/// What may still grow is taken for whole once nothing has come for so long: the end of a prompt
/// looks like the middle of a line.
const QUIET: Duration = Duration::from_millis(50);

/// How much of what the unit said instead is shown in an error.
const SHOWN: usize = 120;

/// See the module's own words.
pub(crate) struct Conversation {
    console: Arc<dyn Console>,
    secrets: Arc<Secrets>,
    epoch: Instant,
    clock: Arc<dyn Clock>,
    ears: Mutex<Ears>,
}

#[derive(Default)]
struct Ears {
    plain: Plain,
    unread: String,
    /// Bytes that were dropped before what is unread, since a script was last told.
    lost: u64,
    transcript: Transcript,
}

impl Conversation {
    /// A conversation that has just begun; its transcript counts from `epoch`, as `clock` does.
    pub(crate) fn new(
        console: Arc<dyn Console>,
        secrets: Arc<Secrets>,
        epoch: Instant,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { console, secrets, epoch, clock, ears: Mutex::default() }
    }

    /// The conversation of `role`, from the beginning of its run on.
    pub(crate) fn of(role: &BoundRole, console: Arc<dyn Console>) -> Self {
        let epoch = role.site.ledger().epoch();
        Self::new(console, role.site.secrets.clone(), epoch, role.site.clock.clone())
    }

    /// How long the unit is given where a script does not say.
    pub(crate) fn patience(&self) -> Duration {
        self.console.manners().patience
    }

    /// Tells the unit a line.
    pub(crate) async fn send(&self, words: &[u8]) -> Result<()> {
        self.listen()?;
        self.told(words);
        self.console.send_line(words, Deadline::after(self.patience())).await
    }

    /// Tells the unit a line and gives the next whole line that it says, its echo aside. What it
    /// said before is not looked at.
    pub(crate) async fn query(&self, words: &[u8], within: Duration) -> Result<String> {
        let deadline = Deadline::after(within);
        self.listen()?;
        self.ears().unread.clear();
        self.told(words);
        self.console.send_line(words, deadline).await?;
        let asked = self.secrets.hide(&String::from_utf8_lossy(words)).into_owned();
        let mut echoed = !self.console.manners().echo;
        loop {
            while let Some(line) = self.ears().take_line() {
                if !echoed && line.trim_end().ends_with(asked.trim_end()) {
                    echoed = true;
                } else if !line.trim().is_empty() {
                    return Ok(line.trim_end().to_owned());
                }
            }
            self.hear(deadline).await.map_err(|error| {
                self.unanswered(error, &format!("no answer to `{asked}`"), within)
            })?;
        }
    }

    /// Waits until `pattern` is found in what the unit has said, and gives what it found. That and
    /// what stood before it has been looked at then.
    pub(crate) async fn expect(&self, pattern: &Regex, within: Duration) -> Result<Found> {
        let deadline = Deadline::after(within);
        self.listen()?;
        loop {
            let (found, open) = {
                let ears = self.ears();
                let found = Found::first(pattern, &ears.unread);
                let open = found.as_ref().is_some_and(|it| it.end == ears.unread.len());
                (found, open)
            };
            if let (Some(found), false) = (&found, open) {
                return Ok(self.take(found));
            }
            let quiet = Deadline::after(QUIET).or_earlier(deadline);
            match self.hear(if open { quiet } else { deadline }).await {
                Ok(()) => {}
                // Nothing more has come of it.
                Err(error) if error.kind() == ErrorKind::NoAnswer => {
                    if let Some(found) = found {
                        return Ok(self.take(&found));
                    }
                    let what = format!("`{}` did not come", pattern.as_str());
                    return Err(self.unanswered(error, &what, within));
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The whole lines that no script has looked at yet.
    pub(crate) async fn lines(&self) -> Result<Vec<String>> {
        self.listen()?;
        let mut ears = self.ears();
        let mut lines = Vec::new();
        while let Some(line) = ears.take_line() {
            lines.push(line);
        }
        Ok(lines)
    }

    /// Forgets what no script has looked at yet.
    pub(crate) async fn forget(&self) -> Result<()> {
        self.listen()?;
        self.ears().unread.clear();
        Ok(())
    }

    /// What was said so far, for the record; `None` if nothing was.
    pub(crate) fn transcript(&self) -> Option<String> {
        // An adapter that is gone has been reported to whoever used it.
        _ = self.listen();
        let mut ears = self.ears();
        (!ears.transcript.is_empty())
            .then(|| self.secrets.hide(&ears.transcript.text()).into_owned())
    }

    /// How many bytes of what no script has looked at were dropped since this was last asked.
    pub(crate) fn take_lost(&self) -> u64 {
        std::mem::take(&mut self.ears().lost)
    }

    /// Takes in what has come.
    fn listen(&self) -> Result<()> {
        let heard = self.console.heard()?;
        self.take_in(&heard);
        Ok(())
    }

    /// Waits for more, and takes it in.
    ///
    /// # Errors
    ///
    /// `NoAnswer` at the deadline, even if the unit never pauses.
    async fn hear(&self, deadline: Deadline) -> Result<()> {
        if deadline.remaining().is_zero() {
            return Err(Error::new(ErrorKind::NoAnswer, "the unit says something else"));
        }
        let heard = self.console.hear(deadline).await?;
        self.take_in(&heard);
        Ok(())
    }

    fn take_in(&self, heard: &Heard) {
        let mut ears = self.ears();
        let Ears { plain, unread, lost, transcript } = &mut *ears;
        let since = |at: Instant| at.saturating_duration_since(self.epoch);
        if heard.dropped > 0 {
            let at = heard.pieces.first().map_or_else(Duration::default, |it| since(it.0));
            transcript.remarks(at, format!("{} bytes came too fast and were lost", heard.dropped));
            *lost += heard.dropped;
            unread.clear();
        }
        for (at, bytes) in &heard.pieces {
            let from = unread.len();
            plain.push(bytes, unread);
            transcript.heard(since(*at), &unread[from..]);
        }
        if !self.secrets.is_empty()
            && let std::borrow::Cow::Owned(hidden) = self.secrets.hide(unread)
        {
            *unread = hidden;
        }
        if unread.len() > UNREAD {
            let beyond = unread.ceil_char_boundary(unread.len() - UNREAD);
            unread.drain(..beyond);
            *lost += beyond as u64;
        }
    }

    fn told(&self, words: &[u8]) {
        let words = self.secrets.hide(&String::from_utf8_lossy(words)).into_owned();
        let at = Duration::from_nanos(self.clock.now_ns());
        self.ears().transcript.told(at, &words);
    }

    fn take(&self, found: &Found) -> Found {
        self.ears().unread.drain(..found.end);
        found.clone()
    }

    /// What is said where the unit was silent, or said something else.
    fn unanswered(&self, error: Error, what: &str, within: Duration) -> Error {
        if error.kind() != ErrorKind::NoAnswer {
            return error;
        }
        let within = Quantity::from(Seconds(within.as_secs_f64()));
        let said = said_instead(self.ears().unread.trim());
        let hint = "the adapter is sound: check that the unit runs, and `baud` on both sides";
        Error::new(ErrorKind::NoAnswer, format!("{what} within {within}{said}")).with_hint(hint)
    }

    fn ears(&self) -> MutexGuard<'_, Ears> {
        self.ears.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the unit said in place of what it was asked for, as the end of a sentence.
fn said_instead(unread: &str) -> String {
    let shown = match unread.char_indices().rev().nth(SHOWN - 1) {
        Some((at, _)) if at > 0 => &unread[at..],
        _ => unread,
    };
    let cut = if shown.len() < unread.len() { "…" } else { "" };
    let unknown = shown.matches(char::REPLACEMENT_CHARACTER).count();
    match shown.chars().count() {
        0 => ", and the unit said nothing else".to_owned(),
        // No text at all: two ends of different speeds, or noise.
        all if unknown * 4 > all => "; what came instead is no text".to_owned(),
        _ => format!("; the unit said `{cut}{}`", shown.escape_debug()),
    }
}

impl Ears {
    /// The oldest whole line, without its end.
    fn take_line(&mut self) -> Option<String> {
        let end = self.unread.find('\n')?;
        let line = self.unread[..end].to_owned();
        self.unread.drain(..=end);
        Some(line)
    }
}

#[cfg(test)]
mod tests;

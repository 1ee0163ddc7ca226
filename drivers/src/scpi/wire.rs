//! One session, and what is owed on it.

use std::sync::Arc;
use std::time::Duration;

use pogo_hal::{Deadline, Direction, Error, ErrorKind, Result, Session, WireLog};

use super::answer;

/// How long an instrument may take to get through what was said to it before it was abandoned.
pub const SETTLE: Duration = Duration::from_secs(1);
/// More errors than any instrument keeps; one that never runs dry is not asked for ever.
const MOST_ERRORS: usize = 64;

/// What kind of exchange was abandoned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Abandoned {
    /// A question: its late answer must not be taken for another's.
    Query,
    /// A command: besides, it may be carried out late, after what is said on another connection.
    Command,
}

/// How the connection took [`Wire::settle`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// Everything said on it has been carried out.
    Done,
    /// The other end closed it.
    Gone,
    /// It stayed silent.
    Silent,
}

pub struct Wire {
    pub session: Box<dyn Session>,
    /// Set before an exchange begins and cleared only with its reply in hand, so that whatever
    /// drops one half way leaves it set.
    pub abandoned: Option<Abandoned>,
    log: Arc<WireLog>,
    next_error: Vec<u8>,
    reply: Vec<u8>,
    /// Replies that may still come on this connection.
    owed: u32,
    /// How many of them answer an `*OPC?`.
    markers: u32,
}

impl Wire {
    pub fn new(session: Box<dyn Session>, log: Arc<WireLog>, next_error: &str) -> Self {
        let next_error = next_error.as_bytes().to_vec();
        Self { session, abandoned: None, log, next_error, reply: Vec::new(), owed: 0, markers: 0 }
    }

    async fn say(&mut self, message: &[u8], deadline: Deadline) -> Result<()> {
        self.log.push(Direction::Sent, message);
        self.session.write(message, deadline).await
    }

    async fn hear(&mut self, deadline: Deadline) -> Result<()> {
        self.session.read(&mut self.reply, deadline).await?;
        self.owed = self.owed.saturating_sub(1);
        self.log.push(Direction::Received, &self.reply);
        Ok(())
    }

    /// Says `query` and takes its answer, which has to be what `parse` takes.
    pub async fn ask<T>(
        &mut self,
        query: &[u8],
        deadline: Deadline,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<(T, String)> {
        self.abandoned = Some(Abandoned::Query);
        self.owed += 1;
        self.say(query, deadline).await?;
        self.hear(deadline).await?;
        let answer = std::str::from_utf8(&self.reply).ok();
        let Some((value, raw)) = answer.and_then(|raw| Some((parse(raw)?, raw.to_owned()))) else {
            // The answer to another question? Nothing on this connection is to be trusted.
            return Err(Error::garbled(format!(
                "{} is no answer to {}",
                answer::shown(&self.log.hidden(&self.reply)),
                answer::shown(&self.log.hidden(query))
            )));
        };
        self.abandoned = None;
        Ok((value, raw))
    }

    /// Says `command`, then asks in a message of its own what became of it: an instrument that
    /// rejects a command may discard the rest of that message.
    pub async fn tell(&mut self, command: &[u8], deadline: Deadline) -> Result<()> {
        self.abandoned = Some(Abandoned::Command);
        self.say(command, deadline).await?;
        let refusals = self.drain(deadline).await?;
        if refusals.is_empty() {
            Ok(())
        } else {
            Err(refused(&self.log.hidden(command), &refusals))
        }
    }

    /// Empties the error queue, oldest entry first. What was abandoned before counts as over.
    pub async fn drain(&mut self, deadline: Deadline) -> Result<Vec<String>> {
        let mut entries = Vec::new();
        self.abandoned = self.abandoned.or(Some(Abandoned::Query));
        while entries.len() < MOST_ERRORS {
            self.owed += 1;
            // Out of itself for a moment, for want of a second name for it: nothing is copied.
            let next_error = std::mem::take(&mut self.next_error);
            let said = self.say(&next_error, deadline).await;
            self.next_error = next_error;
            said?;
            self.hear(deadline).await?;
            let entry = String::from_utf8_lossy(&self.reply);
            match answer::error_number(&entry) {
                Some(0) => break,
                Some(_) => entries.push(entry.trim().to_owned()),
                None => {
                    return Err(Error::garbled(format!(
                        "{} is no entry of an error queue",
                        answer::shown(&self.log.hidden(&self.reply))
                    )));
                }
            }
        }
        self.abandoned = None;
        Ok(entries)
    }

    /// Makes sure that everything that was said on this connection, the commands of `last` as its
    /// end, has been carried out, as far as the instrument says so within [`SETTLE`]. Its bytes
    /// are still in order; those of a new connection would not be.
    pub async fn settle(&mut self, last: &[Vec<u8>]) -> Settled {
        let deadline = Deadline::after(SETTLE);
        if !last.is_empty() {
            self.abandoned = Some(Abandoned::Command);
        }
        self.owed += 1;
        self.markers += 1;
        let mut outcome = Ok(());
        for message in last.iter().map(Vec::as_slice).chain([&b"*OPC?"[..]]) {
            if outcome.is_ok() {
                outcome = self.say(message, deadline).await;
            }
        }
        while outcome.is_ok() {
            outcome = self.hear(deadline).await;
            // A reply that is no `1` belongs to what was abandoned. An abandoned command owes
            // nothing that could be mistaken; behind an abandoned question nothing can hurt.
            if outcome.is_ok() && matches!(self.reply.trim_ascii(), b"1" | b"+1") {
                self.markers = self.markers.saturating_sub(1);
            }
            if self.owed == 0 || self.markers == 0 {
                return Settled::Done;
            }
        }
        match outcome {
            Err(error) if error.kind() == ErrorKind::Unreachable => Settled::Gone,
            _ => Settled::Silent,
        }
    }

    /// Makes the session fit again. What was said before stays abandoned until the caller has
    /// seen who answers; only, no late command can follow any more.
    pub async fn recover(&mut self, deadline: Deadline) -> Result<()> {
        self.session.recover(deadline).await?;
        (self.owed, self.markers) = (0, 0);
        self.abandoned = Some(Abandoned::Query);
        Ok(())
    }
}

/// `command` was declined with these entries of the error queue.
pub fn refused(command: &[u8], entries: &[String]) -> Error {
    Error::refused(format!("{} refused: {}", answer::shown(command), entries.join("; ")))
}

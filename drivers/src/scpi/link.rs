//! A conversation with one instrument, shared by the roles that have its address.
//!
//! A command and the look into the error queue behind it are one critical section. An exchange
//! that is abandoned, because its deadline fired or its future was dropped, spoils the
//! connection: the next exchange begins on a fresh one, after the instrument has said again who
//! it is. A command that was abandoned is waited for first, on its own connection, because there
//! its bytes are still in order; see [`Link::make_safe`] for the rest of that story.

use std::sync::{Arc, Mutex as Locked, OnceLock, PoisonError};
use std::time::Duration;

use pogo_hal::{
    Deadline, Dial, Error, ErrorKind, Identity, Notice, Reading, Resource, Result, Session, WireLog,
};
use pogo_models::Phrase;
use tokio::sync::{Mutex, MutexGuard};

use super::answer;
use super::wire::{Abandoned, SETTLE, Settled, Wire, refused};
use crate::lifelines::Lifelines;

/// How long an instrument has to say when it was calibrated: one that does not know the question
/// stays silent, and nobody should wait for that.
const CALIBRATION: Duration = Duration::from_secs(1);

/// A conversation with one instrument.
pub struct Link {
    resource: Resource,
    identity: Identity,
    /// What it says of its calibration, once it was asked.
    calibration: OnceLock<Option<String>>,
    log: Arc<WireLog>,
    next_error: String,
    lifelines: Arc<Lifelines>,
    /// What makes the roles behind it safe.
    safe: Locked<Vec<Vec<u8>>>,
    wire: Mutex<Wire>,
}

impl Link {
    /// Dials, asks who is there, notes what was in the error queue, and clears the status. What
    /// becomes of the connection is kept in `lifelines`.
    pub async fn open(
        dial: &dyn Dial,
        lifelines: Arc<Lifelines>,
        resource: &Resource,
        next_error: &str,
        timeout: Duration,
    ) -> Result<Self> {
        let session = dial.dial(resource, Deadline::after(timeout)).await?;
        let log = Arc::new(WireLog::default());
        let mut wire = Wire::new(session, log.clone(), next_error);
        let asked = wire.ask(b"*IDN?", Deadline::after(timeout), |it| Identity::parse(it).ok());
        let (identity, _) = match asked.await {
            Ok(answer) => answer,
            Err(error) => return Err(explain(error, resource, b"*IDN?", timeout)),
        };
        let mut cleared = wire.drain(Deadline::after(timeout)).await;
        if let Ok(found) = &mut cleared {
            if !found.is_empty() {
                log.notice(Notice::FoundInQueue(std::mem::take(found)));
            }
            cleared = wire.tell(b"*CLS", Deadline::after(timeout)).await.map(|()| Vec::new());
        }
        cleared.map_err(|error| explain(error, resource, next_error.as_bytes(), timeout))?;
        let link = Self::over(wire, resource.clone(), identity, next_error, lifelines, log);
        Ok(link)
    }

    /// Goes on with a conversation that somebody else has left, perhaps in the middle of a command.
    pub fn adopt(
        session: Box<dyn Session>,
        resource: Resource,
        identity: Identity,
        next_error: &str,
    ) -> Self {
        let log = Arc::new(WireLog::default());
        let mut wire = Wire::new(session, log.clone(), next_error);
        wire.abandoned = Some(Abandoned::Command);
        Self::over(wire, resource, identity, next_error, Arc::default(), log)
    }

    fn over(
        wire: Wire,
        resource: Resource,
        identity: Identity,
        next_error: &str,
        lifelines: Arc<Lifelines>,
        log: Arc<WireLog>,
    ) -> Self {
        let descriptor = wire.session.descriptor();
        lifelines.connected(&resource, &identity.to_string(), next_error, descriptor);
        let (next_error, safe) = (next_error.to_owned(), Locked::default());
        let (calibration, wire) = (OnceLock::new(), Mutex::new(wire));
        Self { resource, identity, calibration, log, next_error, lifelines, safe, wire }
    }

    /// A role stands behind this conversation that `command` makes safe: where a spoilt connection
    /// is spoken to before it is given up, it is said there for every role.
    pub fn learn_safe(&self, command: &[u8]) {
        self.safe.lock().unwrap_or_else(PoisonError::into_inner).push(command.to_owned());
    }

    /// Who answered when it was opened.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Asks once, whichever role comes first, when the instrument was calibrated. One that does not
    /// know the question is no worse for it.
    pub async fn ask_calibration(&self, query: Option<&Phrase>, timeout: Duration) {
        let Some(query) = query else { return };
        if self.calibration.get().is_some() {
            return;
        }
        let any = |answer: &str| Some(answer.trim().to_owned()).filter(|it| !it.is_empty());
        let answer = self.ask(query.text().as_bytes(), timeout.min(CALIBRATION), any).await;
        let _ = self.calibration.set(answer.ok().map(|it| it.value));
    }

    /// What it said then.
    pub fn calibration(&self) -> Option<&str> {
        self.calibration.get().and_then(Option::as_deref)
    }

    /// Everything sent and received, and what the record must know.
    pub fn log(&self) -> &Arc<WireLog> {
        &self.log
    }

    /// Says `query` and gives its answer, which has to be what `parse` takes.
    ///
    /// # Errors
    ///
    /// `Garbled` if it is not; `Refused` if no answer came and the error queue says why.
    pub async fn ask<T>(
        &self,
        query: &[u8],
        timeout: Duration,
        parse: fn(&str) -> Option<T>,
    ) -> Result<Reading<T>> {
        let mut wire = self.fit(timeout).await?;
        match wire.ask(query, Deadline::after(timeout), parse).await {
            Ok((value, raw)) => Ok(Reading { value, raw }),
            Err(error) => Err(self.why(&mut wire, error, query, timeout).await),
        }
    }

    /// As [`Link::ask`], and asks the error queue whether all of `query` was carried out: a
    /// message whose first half was refused still answers its second.
    pub async fn ask_and_check<T>(
        &self,
        query: &[u8],
        timeout: Duration,
        parse: fn(&str) -> Option<T>,
    ) -> Result<Reading<T>> {
        let mut wire = self.fit(timeout).await?;
        let answer = match wire.ask(query, Deadline::after(timeout), parse).await {
            Ok((value, raw)) => Reading { value, raw },
            Err(error) => return Err(self.why(&mut wire, error, query, timeout).await),
        };
        match wire.drain(Deadline::after(timeout)).await {
            Ok(entries) if entries.is_empty() => Ok(answer),
            Ok(entries) => Err(refused(&self.log.hidden(query), &entries)),
            Err(error) => Err(self.explain(error, query, timeout)),
        }
    }

    /// Says `command` and returns once the instrument has said that it carried it out.
    ///
    /// # Errors
    ///
    /// `Refused` with every entry of the error queue.
    pub async fn command(&self, command: &[u8], timeout: Duration) -> Result<()> {
        let mut wire = self.fit(timeout).await?;
        self.tell(&mut wire, command, timeout).await
    }

    /// As [`Link::command`], for a command that nothing said before may follow: on a spoilt
    /// connection it is said there first, behind whatever is still on its way.
    pub async fn command_last(&self, command: &[u8], timeout: Duration) -> Result<()> {
        let mut wire = self.wire.lock().await;
        if wire.abandoned.is_some() {
            wire.settle(&[command.to_owned()]).await;
            self.redial(&mut wire, timeout).await?;
        }
        self.tell(&mut wire, command, timeout).await
    }

    /// Says `command`, which makes something safe, and asks `query` until the answer is one that
    /// `safe` takes as proof; gives that answer.
    ///
    /// A spoilt connection is spoken to first: it may still carry an `OUTP ON` that a fresh one
    /// would overtake. Only when the instrument has got through that, or [`SETTLE`] has passed, is
    /// it shut down and the same said again on a fresh one, and read back twice. If anything
    /// fails the first time, all of that is done once more.
    ///
    /// # Errors
    ///
    /// The state was not confirmed.
    pub async fn make_safe(
        &self,
        command: &[u8],
        query: &[u8],
        timeout: Duration,
        safe: fn(&str) -> Option<bool>,
    ) -> Result<String> {
        let mut wire = self.wire.lock().await;
        match self.try_make_safe(&mut wire, command, query, timeout, safe).await {
            Err(_) if wire.abandoned.is_some() => {
                self.try_make_safe(&mut wire, command, query, timeout, safe).await
            }
            outcome => outcome,
        }
    }

    async fn try_make_safe(
        &self,
        wire: &mut Wire,
        command: &[u8],
        query: &[u8],
        timeout: Duration,
        safe: fn(&str) -> Option<bool>,
    ) -> Result<String> {
        let spoilt = wire.abandoned.is_some();
        if spoilt {
            let all = self.safe.lock().unwrap_or_else(PoisonError::into_inner).clone();
            wire.settle(&all).await;
            self.redial(wire, timeout).await?;
        }
        match self.tell(wire, command, timeout).await {
            Ok(()) => {}
            // What is read back decides; the queue may have held the error of something else.
            Err(error) if error.kind() == ErrorKind::Refused => {}
            Err(error) => return Err(error),
        }
        let mut read_back = String::new();
        for _ in 0..if spoilt { 2 } else { 1 } {
            let (is_safe, raw) = (wire.ask(query, Deadline::after(timeout), safe).await)
                .map_err(|error| self.explain(error, query, timeout))?;
            if !is_safe {
                return Err(Error::refused(format!(
                    "{} was said, but {} is answered by {}",
                    answer::shown(command),
                    answer::shown(query),
                    answer::shown(&self.log.hidden(raw.as_bytes()))
                ))
                .with_hint("look at the instrument: it is not in its safe state"));
            }
            read_back = raw;
        }
        Ok(read_back)
    }

    /// The wire, fit for an exchange.
    async fn fit(&self, timeout: Duration) -> Result<MutexGuard<'_, Wire>> {
        let mut wire = self.wire.lock().await;
        if let Some(abandoned) = wire.abandoned {
            if abandoned == Abandoned::Command && wire.settle(&[]).await == Settled::Silent {
                // Not given up: on another connection anything said would overtake it.
                return Err(Error::timeout(format!(
                    "an earlier command to `{}` has not been carried out after {SETTLE:?} more",
                    self.resource
                ))
                .with_hint(
                    "the instrument does not get on with its work; look at its front panel",
                ));
            }
            self.redial(&mut wire, timeout).await?;
        }
        Ok(wire)
    }

    /// A fresh connection to the same instrument, with an empty error queue; gives what was in it.
    async fn redial(&self, wire: &mut Wire, timeout: Duration) -> Result<Vec<String>> {
        wire.recover(Deadline::after(timeout)).await?;
        let (identity, descriptor) = (self.identity.to_string(), wire.session.descriptor());
        self.lifelines.connected(&self.resource, &identity, &self.next_error, descriptor);
        let asked = wire.ask(b"*IDN?", Deadline::after(timeout), |it| Identity::parse(it).ok());
        let (now, _) =
            (asked.await).map_err(|error| explain(error, &self.resource, b"*IDN?", timeout))?;
        let then = &self.identity;
        if (&now.manufacturer, &now.model, &now.serial)
            != (&then.manufacturer, &then.model, &then.serial)
        {
            wire.abandoned = Some(Abandoned::Query);
            return Err(Error::unreachable(format!(
                "`{now}` answers at `{}` now; `{then}` was opened there",
                self.resource
            ))
            .with_hint("somebody has exchanged the instrument or its address; run again"));
        }
        let found = (wire.drain(Deadline::after(timeout)).await)
            .map_err(|error| explain(error, &self.resource, b"*IDN?", timeout))?;
        let errors = match found.as_slice() {
            [] => String::new(),
            entries => format!("; its error queue held {}", entries.join("; ")),
        };
        self.log.notice(Notice::Recovered(format!(
            "an exchange was abandoned; `{}` answers as before{errors}",
            self.resource
        )));
        Ok(found)
    }

    async fn tell(&self, wire: &mut Wire, command: &[u8], timeout: Duration) -> Result<()> {
        let told = wire.tell(command, Deadline::after(timeout)).await;
        told.map_err(|error| self.explain(error, command, timeout))
    }

    fn explain(&self, error: Error, message: &[u8], timeout: Duration) -> Error {
        explain(error, &self.resource, &self.log.hidden(message), timeout)
    }

    /// Why `query` was not answered: an instrument that does not know a query says nothing, and
    /// puts an error into its queue.
    async fn why(&self, wire: &mut Wire, error: Error, query: &[u8], timeout: Duration) -> Error {
        if error.kind() == ErrorKind::Timeout {
            match self.redial(wire, timeout.min(SETTLE)).await {
                Ok(entries) if !entries.is_empty() => {
                    return refused(&self.log.hidden(query), &entries);
                }
                _ => {}
            }
        }
        self.explain(error, query, timeout)
    }
}

/// Says in `error` which message it was about, and how long it was waited for.
fn explain(error: Error, resource: &Resource, message: &[u8], timeout: Duration) -> Error {
    let message = answer::shown(message);
    if error.kind() == ErrorKind::Timeout {
        return Error::timeout(format!("{message}: no answer from `{resource}` in {timeout:?}"))
            .with_hint(
                "the instrument is there but silent: it may be busy, or not know the message",
            )
            .caused_by(error);
    }
    match error.kind() {
        ErrorKind::Unreachable => error.context(message),
        _ => error,
    }
}

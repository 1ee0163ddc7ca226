//! GPIB behind a Prologix GPIB-ETHERNET controller, or one that speaks its language.
//!
//! A controller serves one connection, so that all instruments behind it share one; each exchange
//! says whom it is for. Every question ends with one for the controller's own version, whose answer
//! is known: it is a fence behind which nothing of that question comes any more. A response that is
//! late comes before the fence of its own question, and is dropped with it. To recover is to wait for
//! the fences that are owed and to clear the instrument; only if that does not come to its end, or if
//! what was asked after the last one stayed unanswered, is the controller dialled anew, for all that
//! share it.
//!
//! Source: Prologix, "GPIB-ETHERNET Controller User Manual", 6 (modes), 7 (auto read after write) and
//! 8 (command list).

use std::collections::HashMap;
use std::sync::{Arc, Mutex as Locked, PoisonError, Weak};

use async_trait::async_trait;
use pogo_hal::{Deadline, Error, ErrorKind, Result, Session};
use tokio::sync::{Mutex, MutexGuard};

use super::Gate;
use super::cleared::Cleared;
use super::message::{LONGEST, unterminated};
use super::stream::Stream;

/// As errors name it.
const SERVICE: &str = "the Prologix controller";

/// Said to a controller before anything else. It keeps none of this in its memory, which wears out;
/// it is in charge of the bus; it reads when it is told to; it ends a message with a line feed and
/// EOI; and it adds [`END`] to a response whose EOI it has seen.
const PREPARE: &str =
    "++savecfg 0\n++mode 1\n++auto 0\n++eoi 1\n++eos 2\n++eot_char 0\n++eot_enable 1\n";

/// What the controller adds to a response whose EOI it has seen.
const END: u8 = 0;

/// The question whose answer is the fence.
const VERSION: &str = "++ver\n";

/// How long the answer to it may be, and how short: anything shorter might stand in a response.
const LONGEST_VERSION: usize = 200;
const SHORTEST_VERSION: usize = 8;

/// How long the controller can be told to wait for a byte, in milliseconds. Source: 8.15.
const LONGEST_READ: u128 = 3000;

/// The controllers that somebody has a session with; clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Controllers(Arc<Locked<ByPlace>>);

/// Controllers by host and port.
type ByPlace = HashMap<(String, u16), Weak<Mutex<Controller>>>;

impl Controllers {
    /// A session with the instrument at `primary` and perhaps `secondary` address behind the
    /// controller at `port` of `host`, which is dialled if nobody has a session with it.
    ///
    /// # Errors
    ///
    /// `Unreachable` if nobody is there, `Garbled` if it is no such controller.
    pub async fn dial(
        &self,
        host: &str,
        port: u16,
        (primary, secondary): (u8, Option<u8>),
        gate: Gate,
        deadline: Deadline,
    ) -> Result<PrologixSession> {
        let controller = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.retain(|_, it| it.strong_count() > 0);
            let key = (host.to_ascii_lowercase(), port);
            all.get(&key).and_then(Weak::upgrade).unwrap_or_else(|| {
                let fresh = Controller { host: host.to_owned(), port, gate, line: None };
                let fresh = Arc::new(Mutex::new(fresh));
                all.insert(key, Arc::downgrade(&fresh));
                fresh
            })
        };
        // Source: 8.1: secondary addresses are written as they are on the bus, from 96.
        let secondary = secondary.map_or_else(String::new, |it| format!(" {}", 96 + u16::from(it)));
        let select = format!("++addr {primary}{secondary}\n");
        let session = PrologixSession { controller, select, cleared: Cleared::Fit };
        let mut controller = session.controller(deadline).await?;
        if controller.line.is_none() {
            controller.dial(deadline).await?;
        }
        drop(controller);
        Ok(session)
    }
}

/// A controller.
#[derive(Debug)]
struct Controller {
    host: String,
    port: u16,
    gate: Gate,
    line: Option<Line>,
}

impl Controller {
    async fn dial(&mut self, deadline: Deadline) -> Result<()> {
        // It has to be gone before: a controller serves no second connection.
        self.line = None;
        let gate = self.gate.clone();
        let stream = Stream::dial(SERVICE, &self.host, self.port, gate, deadline).await?;
        self.line = Some(Line::begin(stream, deadline).await?);
        Ok(())
    }

    fn line(&mut self) -> Result<&mut Line> {
        let Self { host, port, line, .. } = self;
        line.as_mut().ok_or_else(|| {
            Error::unreachable(format!("there is no connection to {SERVICE} at {host}:{port}"))
                .with_hint("check power and cable, and whether another program has the controller")
        })
    }
}

/// The connection to a controller.
#[derive(Debug)]
struct Line {
    stream: Stream,
    /// What it answers to [`VERSION`], with its end.
    fence: Vec<u8>,
    /// Fences that are still to come.
    owed: u32,
    /// Bytes that were looked at and in which no fence begins.
    looked: usize,
}

impl Line {
    async fn begin(mut stream: Stream, deadline: Deadline) -> Result<Self> {
        stream.outgoing().extend_from_slice(PREPARE.as_bytes());
        stream.outgoing().extend_from_slice(VERSION.as_bytes());
        stream.flush(deadline).await?;
        let fence = loop {
            let held = stream.held();
            if let Some(end) = held.iter().position(|it| *it == b'\n') {
                break held[..=end].to_vec();
            }
            if held.len() > LONGEST_VERSION {
                return Err(stream.garbled("what is no version"));
            }
            match deadline.bound(stream.more()).await {
                Some(outcome) => outcome?,
                None => return Err(stream.silent()),
            }
        };
        stream.consume(fence.len());
        if !(SHORTEST_VERSION..=LONGEST_VERSION).contains(&fence.trim_ascii().len()) {
            return Err(stream.garbled("what is no version"));
        }
        Ok(Self { stream, fence, owed: 0, looked: 0 })
    }

    /// Sends lines for the controller and its instruments.
    async fn tell(&mut self, lines: &[u8], deadline: Deadline) -> Result<()> {
        self.stream.outgoing().extend_from_slice(lines);
        self.stream.flush(deadline).await
    }

    /// The same, and gives what comes of it.
    async fn ask(&mut self, lines: &str, deadline: Deadline) -> Result<Vec<u8>> {
        self.owed += 1;
        self.stream.outgoing().extend_from_slice(lines.as_bytes());
        self.tell(VERSION.as_bytes(), deadline).await?;
        loop {
            while let Some(before) = self.before_fence()? {
                self.owed -= 1;
                if self.owed == 0 {
                    return Ok(before);
                }
            }
            match deadline.bound(self.stream.more()).await {
                Some(outcome) => outcome?,
                None => return Err(self.stream.silent()),
            }
        }
    }

    /// What has come before the next fence, once that has come too.
    fn before_fence(&mut self) -> Result<Option<Vec<u8>>> {
        let (held, length) = (self.stream.held(), self.fence.len());
        let rest = held.get(self.looked..).unwrap_or_default();
        let Some(at) = rest.windows(length).position(|it| it == self.fence) else {
            self.looked = held.len().saturating_sub(length - 1).max(self.looked);
            if held.len() > LONGEST {
                let what = format!("a response of more than {LONGEST} bytes");
                return Err(self.stream.garbled(&what));
            }
            return Ok(None);
        };
        let before = held[..self.looked + at].to_vec();
        self.stream.consume(before.len() + length);
        self.looked = 0;
        Ok(Some(before))
    }
}

/// A session with one instrument behind a controller.
pub struct PrologixSession {
    controller: Arc<Mutex<Controller>>,
    /// The line by which the controller turns to this instrument.
    select: String,
    cleared: Cleared,
}

impl PrologixSession {
    /// The controller, for one exchange.
    async fn controller(&self, deadline: Deadline) -> Result<MutexGuard<'_, Controller>> {
        deadline.bound(self.controller.lock()).await.ok_or_else(|| {
            Error::timeout(format!("{SERVICE} was busy with other instruments all the time"))
                .with_hint("a longer `timeout` leaves it time for all that share it")
        })
    }

    /// What the controller gives for `command`, said of this instrument.
    async fn ask(&self, command: &str, deadline: Deadline) -> Result<Vec<u8>> {
        let mut controller = self.controller(deadline).await?;
        controller.line()?.ask(&format!("{}{command}\n", self.select), deadline).await
    }

    async fn response(&self, response: &mut Vec<u8>, deadline: Deadline) -> Result<()> {
        let mut whole = Vec::new();
        loop {
            let patience = deadline.remaining().as_millis().clamp(1, LONGEST_READ);
            let read = format!("++read_tmo_ms {patience}\n++read eoi");
            whole.extend(self.ask(&read, deadline).await?);
            if whole.len() > LONGEST {
                return Err(Error::garbled(format!(
                    "an instrument behind {SERVICE} sent a response of more than {LONGEST} bytes"
                )));
            }
            // Without it the instrument has not come to its end, or said nothing at all so far.
            if whole.last() == Some(&END) {
                whole.pop();
                response.clear();
                response.extend_from_slice(unterminated(&whole));
                return Ok(());
            }
        }
    }
}

/// `message` so that the controller sends it as it is. Source: 6.1.2: these characters are taken for
/// the controller itself unless an escape is in front of them.
fn escaped(message: &[u8]) -> Vec<u8> {
    let mut line = Vec::with_capacity(message.len() + 1);
    for byte in message {
        if matches!(byte, b'\r' | b'\n' | b'\x1b' | b'+') {
            line.push(b'\x1b');
        }
        line.push(*byte);
    }
    line.push(b'\n');
    line
}

#[async_trait]
impl Session for PrologixSession {
    async fn write(&mut self, message: &[u8], deadline: Deadline) -> Result<()> {
        let lines = [self.select.as_bytes(), &escaped(message)].concat();
        self.controller(deadline).await?.line()?.tell(&lines, deadline).await
    }

    async fn read(&mut self, response: &mut Vec<u8>, deadline: Deadline) -> Result<()> {
        let mut cleared = self.cleared;
        let outcome = cleared.watch(self.response(response, deadline)).await;
        self.cleared = cleared;
        outcome
    }

    async fn status_byte(&mut self, deadline: Deadline) -> Result<u8> {
        let answer = self.ask("++spoll", deadline).await?;
        let number = std::str::from_utf8(&answer).ok().and_then(|it| it.trim().parse().ok());
        number.ok_or_else(|| {
            Error::garbled(format!(
                "{SERVICE} answered a serial poll with `{}`",
                answer.get(..40).unwrap_or(&answer).escape_ascii()
            ))
        })
    }

    async fn device_clear(&mut self, deadline: Deadline) -> Result<()> {
        self.ask("++clr", deadline).await.map(drop)
    }

    async fn trigger(&mut self, deadline: Deadline) -> Result<()> {
        self.ask("++trg", deadline).await.map(drop)
    }

    async fn recover(&mut self, deadline: Deadline) -> Result<()> {
        if self.cleared.helps() {
            // The other half is for dialling, should the controller not get on with it.
            match self.device_clear(Deadline::after(deadline.remaining() / 2)).await {
                Err(error) if error.kind() == ErrorKind::Stopped => return Err(error),
                Err(_) => {}
                Ok(()) => {
                    self.cleared.now();
                    return Ok(());
                }
            }
        }
        self.controller(deadline).await?.dial(deadline).await?;
        // The instrument still has what it had to say, whichever connection it was asked on.
        self.device_clear(deadline).await?;
        self.cleared = Cleared::Fit;
        Ok(())
    }
}

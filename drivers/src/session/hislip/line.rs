//! The two connections of a HiSLIP session, and what is owed on them.
//!
//! Source: IVI-6.1, 3.1.2 (synchronized mode) and 6.12 (device clear).

use pogo_hal::{Deadline, Error, ErrorKind, Result};

use super::channel::{Channel, Frame, HEADER, kind};
use crate::session::Gate;
use crate::session::message::{LONGEST, unterminated};

/// The version that is spoken: 1.0, major and minor in a byte each.
const VERSION: u32 = 0x0100;

/// Who made this client, as two letters.
const VENDOR: u32 = u32::from_be_bytes([0, 0, b'P', b'G']);

/// The longest message that is asked for, with its header; longer responses come in several.
const SIZE: u64 = 1 << 20;

/// The number of a session's first message, and of the first after a device clear.
const FIRST: u32 = 0xFFFF_FF00;

/// The number of a piece whose server does not know yet what it answers.
const UNKNOWN: u32 = u32::MAX;

/// Control code: the last response was read.
const DELIVERED: u8 = 1;

/// Control code of a server: messages and responses may overlap.
const OVERLAP: u8 = 1;

/// See the module's own words.
#[derive(Debug)]
pub struct Line {
    messages: Channel,
    control: Channel,
    /// The longest payload that the server takes.
    longest: usize,
    next: u32,
    last: u32,
    /// A response was read since the server was last told so.
    delivered: bool,
    /// What has come of the response.
    response: Vec<u8>,
    /// By how many the word of an interrupted response is ahead on the connection for messages
    /// (above zero) or on the other one (below).
    interrupted: i64,
    /// Status queries that have no answer yet.
    polls: u32,
    /// A device clear was begun and not seen to its end.
    clearing: bool,
    /// Somebody else had the instrument's lock when this began.
    locked: bool,
}

impl Line {
    /// Begins a session with what is called `name` behind `port` of `host`.
    ///
    /// # Errors
    ///
    /// `Unreachable` if the server refuses, `Unsupported` if it insists on overlapping.
    pub async fn dial(
        host: &str,
        port: u16,
        name: &str,
        gate: &Gate,
        deadline: Deadline,
    ) -> Result<Self> {
        let mut messages = Channel::dial(host, port, gate.clone(), deadline).await?;
        messages.queue(kind::INITIALIZE, 0, VERSION << 16 | VENDOR, name.as_bytes());
        messages.flush(deadline).await?;
        let begun = messages.expect(kind::INITIALIZE_RESPONSE, deadline).await?;
        let mut control = Channel::dial(host, port, gate.clone(), deadline).await?;
        control.queue(kind::ASYNC_INITIALIZE, 0, begun.parameter & 0xFFFF, &[]);
        control.flush(deadline).await?;
        control.expect(kind::ASYNC_INITIALIZE_RESPONSE, deadline).await?;
        control.queue(kind::ASYNC_MAXIMUM_SIZE, 0, 0, &SIZE.to_be_bytes());
        control.flush(deadline).await?;
        let size = control.expect(kind::ASYNC_MAXIMUM_SIZE_RESPONSE, deadline).await?.payload;
        let Ok(size) = <[u8; 8]>::try_from(size) else {
            return Err(control.garbled("a maximum message size that is no number of 8 bytes"));
        };
        let locked = is_locked(&mut control, deadline).await?;
        // What is meant with the header or without, servers do not agree on.
        let size = usize::try_from(u64::from_be_bytes(size)).unwrap_or(usize::MAX);
        let mut line = Self {
            messages,
            control,
            longest: size.saturating_sub(HEADER).clamp(1, LONGEST),
            next: FIRST,
            last: FIRST.wrapping_sub(2),
            delivered: false,
            response: Vec::new(),
            interrupted: 0,
            polls: 0,
            clearing: false,
            locked,
        };
        if begun.control & OVERLAP != 0 {
            // It begins as it prefers to; a device clear is where a client may choose.
            line.clear(deadline).await?;
        }
        Ok(line)
    }

    pub async fn write(&mut self, message: &[u8], deadline: Deadline) -> Result<()> {
        self.hear_interrupted(deadline).await?;
        self.response.clear();
        let message = [message, b"\n"].concat();
        let mut pieces = message.chunks(self.longest).peekable();
        while let Some(piece) = pieces.next() {
            let kind = if pieces.peek().is_some() { kind::DATA } else { kind::DATA_END };
            self.number(kind, piece);
        }
        self.messages.flush(deadline).await
    }

    pub async fn trigger(&mut self, deadline: Deadline) -> Result<()> {
        self.hear_interrupted(deadline).await?;
        self.response.clear();
        self.number(kind::TRIGGER, &[]);
        self.messages.flush(deadline).await
    }

    /// Queues a message under the next number.
    fn number(&mut self, kind: u8, payload: &[u8]) {
        let delivered = std::mem::take(&mut self.delivered);
        self.messages.queue(kind, delivered.into(), self.next, payload);
        self.last = self.next;
        self.next = self.next.wrapping_add(2);
    }

    /// Nothing may be sent between the two words of an interrupted response.
    async fn hear_interrupted(&mut self, deadline: Deadline) -> Result<()> {
        while self.interrupted > 0 {
            let frame = self.control.next(deadline).await?;
            self.aside(&frame)?;
        }
        Ok(())
    }

    pub async fn read(&mut self, response: &mut Vec<u8>, deadline: Deadline) -> Result<()> {
        loop {
            while let Some(frame) = self.control.take()? {
                self.aside(&frame)?;
            }
            while let Some(frame) = self.messages.take()? {
                if self.message(&frame)? {
                    response.clear();
                    response.extend_from_slice(unterminated(&self.response));
                    self.response.clear();
                    self.delivered = true;
                    return Ok(());
                }
            }
            let (messages, control) = (&mut self.messages, &mut self.control);
            let more = async {
                tokio::select! {
                    biased;
                    outcome = messages.more() => outcome,
                    outcome = control.more() => outcome,
                }
            };
            match deadline.bound(more).await {
                Some(outcome) => outcome?,
                None if self.locked => return Err(locked(self.messages.name())),
                None => return Err(self.messages.silent()),
            }
        }
    }

    /// Takes a message on the connection for messages; whether a response is complete with it.
    fn message(&mut self, frame: &Frame) -> Result<bool> {
        match frame.kind {
            kind::DATA | kind::DATA_END => {
                let known = frame.parameter == self.last
                    || frame.kind == kind::DATA && frame.parameter == UNKNOWN;
                if !known || self.interrupted < 0 {
                    // The answer to something that nobody waits for any more.
                    self.response.clear();
                    return Ok(false);
                }
                if self.response.len() + frame.payload.len() > LONGEST {
                    let what = format!("a response of more than {LONGEST} bytes");
                    return Err(self.messages.garbled(&what));
                }
                self.response.extend_from_slice(&frame.payload);
                Ok(frame.kind == kind::DATA_END)
            }
            kind::INTERRUPTED => {
                self.interrupted += 1;
                self.response.clear();
                Ok(false)
            }
            other => Err(self.messages.unexpected(other)),
        }
    }

    /// Takes a message on the other connection that nobody waits for.
    fn aside(&mut self, frame: &Frame) -> Result<()> {
        match frame.kind {
            kind::ASYNC_INTERRUPTED => {
                self.interrupted -= 1;
                self.response.clear();
            }
            kind::ASYNC_STATUS_RESPONSE => self.polls = self.polls.saturating_sub(1),
            // The second may come late, when it is not waited for any more.
            kind::ASYNC_SERVICE_REQUEST | kind::ASYNC_LOCK_INFO_RESPONSE => {}
            other => return Err(self.control.unexpected(other)),
        }
        Ok(())
    }

    pub async fn status_byte(&mut self, deadline: Deadline) -> Result<u8> {
        let delivered = if std::mem::take(&mut self.delivered) { DELIVERED } else { 0 };
        self.control.queue(kind::ASYNC_STATUS_QUERY, delivered, self.last, &[]);
        self.polls += 1;
        self.control.flush(deadline).await?;
        loop {
            let frame = self.control.next(deadline).await?;
            self.aside(&frame)?;
            // The answers come in the order of the queries, those of abandoned ones first.
            if frame.kind == kind::ASYNC_STATUS_RESPONSE && self.polls == 0 {
                return Ok(frame.control);
            }
        }
    }

    /// Clears the instrument, and with it whatever is on its way in either direction.
    ///
    /// # Errors
    ///
    /// `Unsupported` if the server insists on overlapping.
    pub async fn clear(&mut self, deadline: Deadline) -> Result<()> {
        self.clearing = true;
        self.control.queue(kind::ASYNC_DEVICE_CLEAR, 0, 0, &[]);
        self.control.flush(deadline).await?;
        while self.control.next(deadline).await?.kind != kind::ASYNC_DEVICE_CLEAR_ACKNOWLEDGE {}
        // From here on the server takes messages and drops them, so that one which was cut short,
        // because it took none, comes to its end. Control code 0 asks for synchronized mode.
        self.messages.queue(kind::DEVICE_CLEAR_COMPLETE, 0, 0, &[]);
        self.messages.flush(deadline).await?;
        let mode = loop {
            let frame = self.messages.next(deadline).await?;
            if frame.kind == kind::DEVICE_CLEAR_ACKNOWLEDGE {
                break frame.control;
            }
        };
        if mode & OVERLAP != 0 {
            let message = format!("{} insists on overlapping messages", self.messages.name());
            return Err(Error::unsupported(message)
                .with_hint("switch the instrument's HiSLIP to synchronized mode"));
        }
        (self.next, self.last) = (FIRST, FIRST.wrapping_sub(2));
        (self.delivered, self.interrupted, self.polls) = (false, 0, 0);
        self.response.clear();
        self.clearing = false;
        Ok(())
    }

    /// Whether a device clear was begun and not seen to its end: what still comes for it would be
    /// taken for the next one's.
    pub fn is_half_cleared(&self) -> bool {
        self.clearing
    }

    pub async fn shut_down(&mut self) {
        self.messages.shut_down().await;
        self.control.shut_down().await;
    }
}

/// Whether somebody has an exclusive lock on the instrument, which keeps everybody else waiting
/// without a word. A server that does not say has none. Source: IVI-6.1, 6.5.
async fn is_locked(control: &mut Channel, deadline: Deadline) -> Result<bool> {
    control.queue(kind::ASYNC_LOCK_INFO, 0, 0, &[]);
    control.flush(deadline).await?;
    let soon = Deadline::after(deadline.remaining() / 4);
    match control.expect(kind::ASYNC_LOCK_INFO_RESPONSE, soon).await {
        Ok(info) => Ok(info.control == 1),
        Err(error) => match error.kind() {
            ErrorKind::Timeout | ErrorKind::Unsupported | ErrorKind::Refused => Ok(false),
            _ => Err(error),
        },
    }
}

fn locked(name: &str) -> Error {
    Error::unreachable(format!(
        "{name} did not answer in time; another client had it locked when the session began"
    ))
    .with_hint("another program has locked the instrument; end it, or wait for it")
}

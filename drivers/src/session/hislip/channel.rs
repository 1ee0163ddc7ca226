//! HiSLIP messages, and one of the two connections that carry them.
//!
//! Source: IVI-6.1, "High-Speed LAN Instrument Protocol", 2.4 (header) and table 4 (types).

use pogo_hal::{Deadline, Error, Result};

use crate::session::Gate;
use crate::session::message::LONGEST;
use crate::session::stream::Stream;

/// Types of messages.
pub mod kind {
    pub const INITIALIZE: u8 = 0;
    pub const INITIALIZE_RESPONSE: u8 = 1;
    pub const FATAL_ERROR: u8 = 2;
    pub const ERROR: u8 = 3;
    pub const DATA: u8 = 6;
    pub const DATA_END: u8 = 7;
    pub const DEVICE_CLEAR_COMPLETE: u8 = 8;
    pub const DEVICE_CLEAR_ACKNOWLEDGE: u8 = 9;
    pub const TRIGGER: u8 = 12;
    pub const INTERRUPTED: u8 = 13;
    pub const ASYNC_INTERRUPTED: u8 = 14;
    pub const ASYNC_MAXIMUM_SIZE: u8 = 15;
    pub const ASYNC_MAXIMUM_SIZE_RESPONSE: u8 = 16;
    pub const ASYNC_INITIALIZE: u8 = 17;
    pub const ASYNC_INITIALIZE_RESPONSE: u8 = 18;
    pub const ASYNC_DEVICE_CLEAR: u8 = 19;
    pub const ASYNC_SERVICE_REQUEST: u8 = 20;
    pub const ASYNC_STATUS_QUERY: u8 = 21;
    pub const ASYNC_STATUS_RESPONSE: u8 = 22;
    pub const ASYNC_DEVICE_CLEAR_ACKNOWLEDGE: u8 = 23;
    pub const ASYNC_LOCK_INFO: u8 = 24;
    pub const ASYNC_LOCK_INFO_RESPONSE: u8 = 25;
}

/// Bytes of a header.
pub const HEADER: usize = 16;

/// One message.
#[derive(Debug)]
pub struct Frame {
    pub kind: u8,
    pub control: u8,
    pub parameter: u32,
    pub payload: Vec<u8>,
}

/// One of the two connections of a session.
#[derive(Debug)]
pub struct Channel(Stream);

impl Channel {
    pub async fn dial(host: &str, port: u16, gate: Gate, deadline: Deadline) -> Result<Self> {
        Stream::dial("HiSLIP", host, port, gate, deadline).await.map(Self)
    }

    /// Whom errors name.
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// A message that [`Channel::flush`] sends.
    pub fn queue(&mut self, kind: u8, control: u8, parameter: u32, payload: &[u8]) {
        let bytes = self.0.outgoing();
        bytes.extend_from_slice(&[b'H', b'S', kind, control]);
        bytes.extend_from_slice(&parameter.to_be_bytes());
        bytes.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        bytes.extend_from_slice(payload);
    }

    /// Sends what was queued, now or by somebody who was dropped over it: the messages on a
    /// connection are always whole.
    pub async fn flush(&mut self, deadline: Deadline) -> Result<()> {
        self.0.flush(deadline).await
    }

    /// The next message that has come in whole.
    ///
    /// # Errors
    ///
    /// `Garbled` if what has come is none, or longer than anybody wants; what the other end says is
    /// wrong, by its number, if that is what it says.
    pub fn take(&mut self) -> Result<Option<Frame>> {
        let held = self.0.held();
        // Said as early as possible: who does not speak HiSLIP may send less than a header.
        if !held.iter().zip(b"HS").all(|(byte, prologue)| byte == prologue) {
            return Err(self.0.garbled("what is no HiSLIP message"));
        }
        let Some((header, rest)) = held.split_first_chunk::<HEADER>() else { return Ok(None) };
        let [_, _, kind, control, p0, p1, p2, p3, length @ ..] = *header;
        let parameter = u32::from_be_bytes([p0, p1, p2, p3]);
        let length = u64::from_be_bytes(length);
        let Some(length) = usize::try_from(length).ok().filter(|it| *it <= LONGEST) else {
            return Err(self.0.garbled(&format!("a message of {length} bytes")));
        };
        let Some(payload) = rest.get(..length) else { return Ok(None) };
        let payload = payload.to_vec();
        self.0.consume(HEADER + length);
        match kind {
            kind::FATAL_ERROR => Err(self.fatal(control, &payload)),
            kind::ERROR => Err(self.error(control, &payload)),
            _ => Ok(Some(Frame { kind, control, parameter, payload })),
        }
    }

    /// Waits for more to come.
    pub async fn more(&mut self) -> Result<()> {
        self.0.more().await
    }

    /// The next message, once it has come.
    pub async fn next(&mut self, deadline: Deadline) -> Result<Frame> {
        loop {
            if let Some(frame) = self.take()? {
                return Ok(frame);
            }
            match deadline.bound(self.0.more()).await {
                Some(outcome) => outcome?,
                None => return Err(self.0.silent()),
            }
        }
    }

    /// The next message, which has to be of `kind`. What may come of itself is passed over.
    pub async fn expect(&mut self, kind: u8, deadline: Deadline) -> Result<Frame> {
        loop {
            let frame = self.next(deadline).await?;
            match frame.kind {
                it if it == kind => return Ok(frame),
                kind::ASYNC_SERVICE_REQUEST => {}
                other => return Err(self.unexpected(other)),
            }
        }
    }

    /// A message of a type that has no place here.
    pub fn unexpected(&mut self, kind: u8) -> Error {
        self.0.garbled(&format!("a message of type {kind}, which has no place here"))
    }

    /// What a message says makes no sense.
    pub fn garbled(&mut self, what: &str) -> Error {
        self.0.garbled(what)
    }

    /// No answer has come in time.
    pub fn silent(&self) -> Error {
        self.0.silent()
    }

    pub async fn shut_down(&mut self) {
        self.0.shut_down().await;
    }

    /// Source: IVI-6.1, table 14.
    fn fatal(&mut self, code: u8, text: &[u8]) -> Error {
        self.0.close();
        let meaning = match code {
            0 => "unidentified error",
            1 => "poorly formed message header",
            2 => "attempt to use connection without both channels established",
            3 => "invalid initialization sequence",
            4 => "server refused connection due to maximum number of clients exceeded",
            5 => "secure connection failed",
            _ => "device defined",
        };
        let message = format!("{} gave up: fatal error {code}, {meaning}", self.name());
        Error::unreachable(with_text(message, text)).with_hint(match code {
            4 => "end the other programs that use the instrument",
            _ => "check the device in `address`: most instruments have `hislip0` alone",
        })
    }

    /// Source: IVI-6.1, table 16.
    fn error(&self, code: u8, text: &[u8]) -> Error {
        let meaning = match code {
            0 => "unidentified error",
            1 => "unrecognized message type",
            2 => "unrecognized control code",
            3 => "unrecognized vendor defined message",
            4 => "message too large",
            5 => "authentication failed",
            _ => "device defined",
        };
        let message = format!("{} declined: error {code}, {meaning}", self.name());
        let message = with_text(message, text);
        if code == 1 { Error::unsupported(message) } else { Error::refused(message) }
    }
}

/// What the other end says besides, as much of it as a line holds.
fn with_text(message: String, text: &[u8]) -> String {
    let text = text.get(..200).unwrap_or(text).trim_ascii().escape_ascii().to_string();
    if text.is_empty() { message } else { format!("{message} ({text})") }
}

//! HiSLIP messages as they stand on the wire: 16 bytes of header, then a payload.
//!
//! Source: IVI-6.1, "High-Speed LAN Instrument Protocol", 2.4 (header) and table 4 (types).

use std::io;

use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use crate::serve::device::{LONGEST, write_all};
use crate::serve::intake::Intake;

/// Types of messages.
pub(super) mod kind {
    pub(crate) const INITIALIZE: u8 = 0;
    pub(crate) const INITIALIZE_RESPONSE: u8 = 1;
    pub(crate) const FATAL_ERROR: u8 = 2;
    pub(crate) const ERROR: u8 = 3;
    pub(crate) const ASYNC_LOCK: u8 = 4;
    pub(crate) const ASYNC_LOCK_RESPONSE: u8 = 5;
    pub(crate) const DATA: u8 = 6;
    pub(crate) const DATA_END: u8 = 7;
    pub(crate) const DEVICE_CLEAR_COMPLETE: u8 = 8;
    pub(crate) const DEVICE_CLEAR_ACKNOWLEDGE: u8 = 9;
    pub(crate) const ASYNC_REMOTE_LOCAL: u8 = 10;
    pub(crate) const ASYNC_REMOTE_LOCAL_RESPONSE: u8 = 11;
    pub(crate) const TRIGGER: u8 = 12;
    pub(crate) const INTERRUPTED: u8 = 13;
    pub(crate) const ASYNC_INTERRUPTED: u8 = 14;
    pub(crate) const ASYNC_MAXIMUM_SIZE: u8 = 15;
    pub(crate) const ASYNC_MAXIMUM_SIZE_RESPONSE: u8 = 16;
    pub(crate) const ASYNC_INITIALIZE: u8 = 17;
    pub(crate) const ASYNC_INITIALIZE_RESPONSE: u8 = 18;
    pub(crate) const ASYNC_DEVICE_CLEAR: u8 = 19;
    pub(crate) const ASYNC_SERVICE_REQUEST: u8 = 20;
    pub(crate) const ASYNC_STATUS_QUERY: u8 = 21;
    pub(crate) const ASYNC_STATUS_RESPONSE: u8 = 22;
    pub(crate) const ASYNC_DEVICE_CLEAR_ACKNOWLEDGE: u8 = 23;
    pub(crate) const ASYNC_LOCK_INFO: u8 = 24;
    pub(crate) const ASYNC_LOCK_INFO_RESPONSE: u8 = 25;
    /// From here on they are vendors'.
    pub(crate) const VENDOR: u8 = 128;
}

/// Bytes of a header.
pub(super) const HEADER: usize = 16;

/// One message.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) kind: u8,
    pub(super) control: u8,
    pub(super) parameter: u32,
    /// `None` if it is longer than is taken in; the rest of it will be skipped.
    pub(super) payload: Option<Vec<u8>>,
}

/// What an error means, and whether the connection can go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The connection ends.
    Fatal(u8, &'static str),
    /// Only the message is in vain.
    Passing(u8, &'static str),
}

/// Source: IVI-6.1, tables 14 and 16.
impl Fault {
    pub(super) const MALFORMED: Self = Self::Fatal(1, "poorly formed message header");
    pub(super) const HALF_OPEN: Self =
        Self::Fatal(2, "attempt to use connection without both channels established");
    pub(super) const SEQUENCE: Self = Self::Fatal(3, "invalid initialization sequence");
    pub(super) const FULL: Self =
        Self::Fatal(4, "server refused connection due to maximum number of clients exceeded");
    pub(super) const UNKNOWN_TYPE: Self = Self::Passing(1, "unrecognized message type");
    pub(super) const UNKNOWN_CONTROL: Self = Self::Passing(2, "unrecognized control code");
    pub(super) const UNKNOWN_VENDOR: Self = Self::Passing(3, "unrecognized vendor defined message");
    pub(super) const TOO_LARGE: Self = Self::Passing(4, "message too large");
}

/// One of the two connections of a session.
#[derive(Debug)]
pub(super) struct Channel {
    intake: Intake<OwnedReadHalf>,
    writer: OwnedWriteHalf,
    /// Bytes of a payload that is not taken in and still to come.
    skip: u64,
}

impl Channel {
    pub(super) fn new(stream: tokio::net::TcpStream) -> Self {
        let (reader, writer) = stream.into_split();
        Self { intake: Intake::new(reader), writer, skip: 0 }
    }

    /// The next message. It may be dropped at any time.
    ///
    /// # Errors
    ///
    /// The connection is gone, or what comes is no message: `InvalidData`.
    pub(super) async fn next(&mut self) -> io::Result<Frame> {
        loop {
            if self.skip > 0 {
                let most = usize::try_from(self.skip).unwrap_or(usize::MAX);
                self.skip -= self.intake.consume(most) as u64;
            }
            if self.skip == 0
                && let Some(frame) = self.take()?
            {
                return Ok(frame);
            }
            self.intake.more().await?;
        }
    }

    fn take(&mut self) -> io::Result<Option<Frame>> {
        let held = self.intake.held();
        // Said as early as possible: who does not speak HiSLIP may send less than a header.
        if !b"HS".starts_with(&held[..held.len().min(2)]) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let Some((header, rest)) = held.split_first_chunk::<HEADER>() else { return Ok(None) };
        let [_, _, kind, control, p0, p1, p2, p3, length @ ..] = *header;
        let parameter = u32::from_be_bytes([p0, p1, p2, p3]);
        let length = u64::from_be_bytes(length);
        let payload = match usize::try_from(length).ok().filter(|it| *it <= LONGEST) {
            None => {
                self.skip = length;
                None
            }
            Some(length) if rest.len() < length => return Ok(None),
            Some(length) => Some(rest[..length].to_vec()),
        };
        self.intake.consume(HEADER + payload.as_ref().map_or(0, Vec::len));
        Ok(Some(Frame { kind, control, parameter, payload }))
    }

    /// Sends a message.
    ///
    /// # Errors
    ///
    /// The client is gone.
    pub(super) async fn send(
        &mut self,
        kind: u8,
        control: u8,
        parameter: u32,
        payload: &[u8],
    ) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(HEADER + payload.len());
        bytes.extend_from_slice(&[b'H', b'S', kind, control]);
        bytes.extend_from_slice(&parameter.to_be_bytes());
        bytes.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        bytes.extend_from_slice(payload);
        write_all(&mut self.writer, &bytes).await
    }

    /// Says what is wrong.
    ///
    /// # Errors
    ///
    /// The client is gone.
    pub(super) async fn complain(&mut self, fault: Fault) -> io::Result<()> {
        let (kind, code, text) = match fault {
            Fault::Fatal(code, text) => (kind::FATAL_ERROR, code, text),
            Fault::Passing(code, text) => (kind::ERROR, code, text),
        };
        self.send(kind, code, 0, text.as_bytes()).await
    }
}

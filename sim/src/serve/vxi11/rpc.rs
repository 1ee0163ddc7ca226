//! Remote procedure calls over TCP and UDP, as far as a server needs them.
//!
//! Written here because what a call has in front of its arguments is a handful of numbers: a crate
//! brings the framing of TCP, which UDP does not have, and leaves the arguments to us all the same.
//!
//! Source: RFC 5531, 9 (messages) and 11 (record marking).

use std::io;

use tokio::io::{AsyncRead, AsyncWrite};

use super::xdr::{Reader, Writer};
use crate::serve::device::write_all;
use crate::serve::intake::Intake;

/// The longest call that is taken in: a message of 64 KiB and what stands around it.
pub(super) const LONGEST_CALL: usize = 72 * 1024;

/// The bit of a fragment's header that says it is its record's last.
const LAST: u32 = 1 << 31;

/// A call, without its arguments.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    id: u32,
    version_of_rpc: u32,
    pub(super) program: u32,
    pub(super) version: u32,
    pub(super) procedure: u32,
}

/// What becomes of a call.
#[derive(Clone, Debug)]
pub(super) enum Reply {
    /// It is done, with these results.
    Success(Writer),
    /// There is no such program here.
    NoProgram,
    /// There is this version only.
    Mismatch(u32),
    /// There is no such procedure.
    NoProcedure,
    /// The arguments make no sense.
    Garbage,
}

impl Call {
    /// Takes a call and its arguments apart; `None` if it is none.
    pub(super) fn read(record: &[u8]) -> Option<(Self, Reader<'_>)> {
        let mut reader = Reader(record);
        let id = reader.uint()?;
        // 0 is a call, 1 a reply.
        if reader.uint()? != 0 {
            return None;
        }
        let call = Self {
            id,
            version_of_rpc: reader.uint()?,
            program: reader.uint()?,
            version: reader.uint()?,
            procedure: reader.uint()?,
        };
        // Credentials and verifier. Whoever reaches the port may talk, as with instruments.
        for _ in 0..2 {
            reader.uint()?;
            reader.opaque().filter(|it| it.len() <= 400)?;
        }
        Some((call, reader))
    }

    /// The reply on the wire, without a record's header.
    pub(super) fn reply(&self, reply: Reply) -> Vec<u8> {
        let start = Writer::default().uint(self.id).uint(1);
        if self.version_of_rpc != 2 {
            // Denied: versions 2 to 2 are spoken.
            return start.uint(1).uint(0).uint(2).uint(2).0;
        }
        let accepted = start.uint(0).uint(0).uint(0);
        match reply {
            Reply::Success(results) => accepted.uint(0).raw(&results.0),
            Reply::NoProgram => accepted.uint(1),
            Reply::Mismatch(version) => accepted.uint(2).uint(version).uint(version),
            Reply::NoProcedure => accepted.uint(3),
            Reply::Garbage => accepted.uint(4),
        }
        .0
    }
}

/// A call on the wire, without a record's header.
pub(super) fn call(program: u32, version: u32, procedure: u32, arguments: &Writer) -> Vec<u8> {
    let start = Writer::default().uint(0).uint(0).uint(2);
    let start = start.uint(program).uint(version).uint(procedure);
    start.uint(0).uint(0).uint(0).uint(0).raw(&arguments.0).0
}

/// A record in one fragment.
pub(super) fn record(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
    Writer::default().uint(length | LAST).raw(message).0
}

/// A connection on which records come and go.
#[derive(Debug)]
pub(super) struct Records<R, W> {
    intake: Intake<R>,
    writer: W,
    /// The fragments of the present record that have come.
    record: Vec<u8>,
}

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Records<R, W> {
    pub(super) fn new(reader: R, writer: W) -> Self {
        Self { intake: Intake::new(reader), writer, record: Vec::new() }
    }

    /// The next record.
    ///
    /// # Errors
    ///
    /// The client is gone, or sends more than a call can have.
    pub(super) async fn next(&mut self) -> io::Result<Vec<u8>> {
        loop {
            if let Some((header, rest)) = self.intake.held().split_first_chunk() {
                let header = u32::from_be_bytes(*header);
                let length = usize::try_from(header & !LAST).unwrap_or(usize::MAX);
                if length > LONGEST_CALL - self.record.len() {
                    return Err(io::ErrorKind::InvalidData.into());
                }
                if let Some(fragment) = rest.get(..length) {
                    self.record.extend_from_slice(fragment);
                    self.intake.consume(4 + length);
                    if header & LAST != 0 {
                        return Ok(std::mem::take(&mut self.record));
                    }
                    continue;
                }
            }
            self.intake.more().await?;
        }
    }

    /// Sends a record.
    ///
    /// # Errors
    ///
    /// The client is gone.
    pub(super) async fn send(&mut self, message: &[u8]) -> io::Result<()> {
        write_all(&mut self.writer, &record(message)).await
    }

    /// Waits until the client is gone.
    pub(super) async fn gone(&mut self) {
        self.intake.gone(LONGEST_CALL).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_record_may_come_in_fragments_and_a_lying_length_ends_the_connection() {
        let bytes = [
            &[0, 0, 0, 2][..],
            b"ab",
            &[0, 0, 0, 0],
            &[0x80, 0, 0, 1],
            b"c",
            &[0x80, 0, 0, 0],
            &[0xFF; 4],
            b"x",
        ]
        .concat();
        let mut records = Records::new(&bytes[..], Vec::new());
        assert_eq!(records.next().await.unwrap(), b"abc");
        assert_eq!(records.next().await.unwrap(), b"");
        let error = records.next().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData, "2 GiB are promised");
    }

    #[tokio::test(start_paused = true)]
    async fn fragments_of_a_record_do_not_add_up_beyond_what_a_call_can_have() {
        let fragment = [&0x4000_u32.to_be_bytes()[..], &[0; 0x4000]].concat();
        let mut records = Records::new(io::Cursor::new(fragment.repeat(5)), Vec::new());
        assert_eq!(records.next().await.unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn a_call_of_another_version_of_rpc_is_denied_and_a_reply_is_no_call() {
        let bytes = call(100_000, 2, 3, &Writer::default());
        let (mut it, _) = Call::read(&bytes).unwrap();
        it.version_of_rpc = 3;
        let denied = [0_u32, 1, 1, 0, 2, 2].map(u32::to_be_bytes).concat();
        assert_eq!(it.reply(Reply::NoProgram), denied);
        assert!(Call::read(&denied).is_none());
        assert!(Call::read(&bytes[..bytes.len() - 1]).is_none());
    }
}

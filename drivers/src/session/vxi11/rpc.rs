//! Remote procedure calls over TCP, as far as a client needs them.
//!
//! Written here because what a call has in front of its arguments is a handful of numbers.
//!
//! Source: RFC 5531, 9 (messages) and 11 (record marking).

use pogo_hal::{Deadline, Error, Result};

use super::xdr::{Reader, Writer};
use crate::session::Gate;
use crate::session::message::LONGEST;
use crate::session::stream::Stream;

/// The longest reply that is taken: the longest response, and what stands around it.
const LONGEST_REPLY: usize = LONGEST + 1024;

/// The bit of a fragment's header that says it is its record's last.
const LAST: u32 = 1 << 31;

/// A program, and its version.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    pub number: u32,
    pub version: u32,
    pub name: &'static str,
}

/// A connection to a program.
#[derive(Debug)]
pub struct Connection {
    stream: Stream,
    program: Program,
    /// The number of the last call.
    last: u32,
    /// Its reply has not come.
    busy: bool,
    /// The fragments of the present record that have come.
    record: Vec<u8>,
}

impl Connection {
    pub async fn dial(
        program: Program,
        host: &str,
        port: u16,
        gate: Gate,
        deadline: Deadline,
    ) -> Result<Self> {
        let stream = Stream::dial(program.name, host, port, gate, deadline).await?;
        Ok(Self { stream, program, last: 0, busy: false, record: Vec::new() })
    }

    /// Whom errors name.
    pub fn name(&self) -> &str {
        self.stream.name()
    }

    /// Whether a call was abandoned whose reply has not come.
    pub fn is_busy(&self) -> bool {
        self.busy
    }

    /// Calls a procedure and gives its results.
    ///
    /// # Errors
    ///
    /// `Unsupported` if there is none of that number, `Garbled` if what comes is no reply.
    pub async fn call(
        &mut self,
        procedure: u32,
        arguments: &Writer,
        deadline: Deadline,
    ) -> Result<Vec<u8>> {
        self.queue(procedure, arguments);
        self.finish(deadline).await
    }

    /// The results of the last call, be it one that was abandoned.
    pub async fn finish(&mut self, deadline: Deadline) -> Result<Vec<u8>> {
        self.stream.flush(deadline).await?;
        let record = self.next(deadline).await?;
        let mut reader = Reader(&record);
        let (Some(number), Some(1)) = (reader.uint(), reader.uint()) else {
            return Err(self.stream.garbled("what is no reply to a remote procedure call"));
        };
        // One call at a time is open, whose number is the last.
        if number != self.last {
            return Err(self.stream.garbled("the reply to a call that nobody has made"));
        }
        self.busy = false;
        self.results(reader)
    }

    /// Calls a procedure whose results are one number, waits for those not much longer than a
    /// moment, and closes the connection. For whoever is dropped.
    pub fn call_and_close(&mut self, procedure: u32, arguments: &Writer) {
        if self.stream.is_flushed() {
            self.queue(procedure, arguments);
            // A record's header, the head of a reply, and the number.
            self.stream.close_after_answer(4 + 24 + 4);
        }
    }

    pub async fn shut_down(&mut self) {
        self.stream.shut_down().await;
    }

    /// The results make no sense.
    pub fn garbled(&mut self, what: &str) -> Error {
        self.stream.garbled(what)
    }

    fn queue(&mut self, procedure: u32, arguments: &Writer) {
        self.last = self.last.wrapping_add(1);
        self.busy = true;
        let Program { number, version, .. } = self.program;
        // A call (0) of RPC's version 2, without credentials and verifier.
        let head = Writer::default().uint(self.last).uint(0).uint(2);
        let head = head.uint(number).uint(version).uint(procedure);
        let head = head.uint(0).uint(0).uint(0).uint(0);
        let length = u32::try_from(head.0.len() + arguments.0.len()).unwrap_or(u32::MAX);
        let outgoing = self.stream.outgoing();
        outgoing.extend_from_slice(&(length | LAST).to_be_bytes());
        outgoing.extend_from_slice(&head.0);
        outgoing.extend_from_slice(&arguments.0);
    }

    /// The next record.
    async fn next(&mut self, deadline: Deadline) -> Result<Vec<u8>> {
        loop {
            if let Some((header, rest)) = self.stream.held().split_first_chunk() {
                let header = u32::from_be_bytes(*header);
                let length = usize::try_from(header & !LAST).unwrap_or(usize::MAX);
                if length > LONGEST_REPLY - self.record.len() {
                    return Err(self.stream.garbled(&format!("a record of {length} bytes")));
                }
                if let Some(fragment) = rest.get(..length) {
                    self.record.extend_from_slice(fragment);
                    self.stream.consume(4 + length);
                    if header & LAST != 0 {
                        return Ok(std::mem::take(&mut self.record));
                    }
                    continue;
                }
            }
            match deadline.bound(self.stream.more()).await {
                Some(outcome) => outcome?,
                None => return Err(self.stream.silent()),
            }
        }
    }

    /// What stands behind the head of a reply. Source: RFC 5531, 9.
    fn results(&mut self, mut reader: Reader<'_>) -> Result<Vec<u8>> {
        let denied = |what: &str| Error::unsupported(format!("{} {what}", self.stream.name()));
        let mut accepted = || {
            let status = reader.uint()?;
            if status == 1 {
                return Some(u32::MAX);
            }
            // The verifier, which is of no interest.
            let (_flavor, _body) = (reader.uint()?, reader.opaque()?);
            reader.uint()
        };
        match accepted() {
            Some(0) => Ok(reader.0.to_vec()),
            Some(1) => Err(denied("does not have this program")),
            Some(2) => Err(denied("has another version of this program")),
            Some(3) => Err(denied("has no such procedure")),
            Some(4) => Err(denied("could not read the arguments of a call")),
            Some(5) => Err(denied("is out of order: system error")),
            Some(u32::MAX) => Err(denied("denied the call")),
            _ => Err(self.stream.garbled("a reply that makes no sense")),
        }
    }
}

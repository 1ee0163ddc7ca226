//! A link: one client's access to one instrument.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::Notify;
use tokio::time::sleep;

use super::core::{
    BY_CHARACTER, BY_COUNT, BY_END, END, Error, Read, TERMINATION_CHARACTER, procedure,
};
use super::rpc::Records;
use crate::serve::device::{AHEAD, LONGEST, Visit};
use crate::serve::lock::Attempt;

/// The connection of a client.
pub(super) type Wire = Records<OwnedReadHalf, OwnedWriteHalf>;

/// See the module's own words.
pub(super) struct Opened {
    pub(super) visit: Visit,
    /// The message that is being put together.
    input: Vec<u8>,
    oversized: bool,
    /// The response that is being read, and how far.
    output: Vec<u8>,
    at: usize,
    pub(super) aborted: Arc<Notify>,
    /// What the client wants to be told when service is requested.
    pub(super) handle: Option<Vec<u8>>,
}

impl Opened {
    /// A link that nothing has come over yet.
    pub(super) fn new(visit: Visit) -> Self {
        visit.link.see_reads();
        Self {
            visit,
            input: Vec::new(),
            oversized: false,
            output: Vec::new(),
            at: 0,
            aborted: Arc::new(Notify::new()),
            handle: None,
        }
    }

    /// What takes no time and says nothing.
    pub(super) fn beside(&mut self, what: u32) {
        match what {
            procedure::TRIGGER => self.visit.link.trigger(),
            procedure::CLEAR => {
                self.input.clear();
                self.oversized = false;
                self.output.clear();
                self.visit.link.device_clear();
            }
            // Nothing here has a front panel that could be locked.
            _ => {}
        }
    }

    /// Takes the lock. One that this link has already is in the way too.
    pub(super) async fn take_lock(&mut self, limit_ms: u32, wire: &mut Wire) -> io::Result<Error> {
        let (lock, client) = (self.visit.lock(), self.visit.client);
        let mut locks = lock.watch();
        let taken = async {
            loop {
                match lock.attempt(client, None) {
                    Attempt::Granted => return Error::None,
                    Attempt::Held => return Error::Locked,
                    Attempt::Taken if locks.changed().await.is_err() => return Error::Locked,
                    Attempt::Taken => {}
                }
            }
        };
        Ok(match wait(wire, &self.aborted, limit_ms, taken).await? {
            Ok(error) => error,
            Err(Error::Timeout) => Error::Locked,
            Err(error) => error,
        })
    }

    pub(super) async fn write(
        &mut self,
        timeout_ms: u32,
        flags: u32,
        data: &[u8],
        wire: &mut Wire,
    ) -> io::Result<Error> {
        let link = &self.visit.link;
        let room = async {
            while link.pending() >= AHEAD {
                link.stirs().await;
            }
        };
        if let Err(error) = wait(wire, &self.aborted, timeout_ms, room).await? {
            return Ok(error);
        }
        let room = self.input.len() + data.len() <= LONGEST;
        self.oversized |= !room;
        self.input.extend_from_slice(if room { data } else { &[] });
        if flags & END != 0 {
            if std::mem::take(&mut self.oversized) {
                link.overrun();
            } else {
                link.send(&self.input);
            }
            self.input.clear();
            if link.take_interrupted() {
                self.output.clear();
            }
        }
        Ok(Error::None)
    }

    pub(super) async fn read(
        &mut self,
        call: &Read,
        wire: &mut Wire,
    ) -> io::Result<Result<(u32, Vec<u8>), Error>> {
        if self.output.is_empty() {
            self.at = 0;
            let (link, output) = (&self.visit.link, &mut self.output);
            // With nothing asked this leaves an error, and the read has its time all the same.
            link.reads();
            let answered = async {
                while !link.hand_out(output) {
                    link.stirs().await;
                }
            };
            if let Err(error) = wait(wire, &self.aborted, call.timeout_ms, answered).await? {
                return Ok(Err(error));
            }
            self.output.push(b'\n');
        }
        let rest = self.output.get(self.at..).unwrap_or_default();
        let mut piece = &rest[..rest.len().min(call.size)];
        let mut reason = if piece.len() == call.size { BY_COUNT } else { 0 };
        if call.flags & TERMINATION_CHARACTER != 0
            && let Some(at) = piece.iter().position(|it| *it == call.character)
        {
            piece = &piece[..=at];
            reason = BY_CHARACTER | if piece.len() == call.size { BY_COUNT } else { 0 };
        }
        let piece = piece.to_vec();
        self.at += piece.len();
        if self.at >= self.output.len() {
            reason |= BY_END;
            self.output.clear();
            self.visit.link.delivered();
        }
        Ok(Ok((reason, piece)))
    }
}

/// Waits for `what`, for so long, unless the client ends it over the abort channel.
///
/// # Errors
///
/// The client is gone.
pub(super) async fn wait<T>(
    wire: &mut Wire,
    aborted: &Notify,
    limit_ms: u32,
    what: impl Future<Output = T>,
) -> io::Result<Result<T, Error>> {
    tokio::select! {
        biased;
        it = what => Ok(Ok(it)),
        () = aborted.notified() => Ok(Err(Error::Abort)),
        () = wire.gone() => Err(io::ErrorKind::ConnectionAborted.into()),
        () = sleep(Duration::from_millis(limit_ms.into())) => Ok(Err(Error::Timeout)),
    }
}

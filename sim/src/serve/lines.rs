//! Wires on which a message is a line, and a response too. Nobody can see a client read there, so
//! responses queue.

use std::io;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, sleep_until};

use super::device::{AHEAD, LONGEST, PATIENCE};
use super::intake::Intake;
use crate::link::Link;
use crate::terminator;

/// Bytes of responses that are handed to the wire at once.
const PIECE: usize = 64 * 1024;

/// See the module's own words.
pub(super) struct Lines<R, W> {
    intake: Intake<R>,
    /// The present line is too long to be taken in, and its end has not come yet.
    oversized: bool,
    writer: W,
    output: Vec<u8>,
    /// How much of [`Lines::output`] is on the wire.
    written: usize,
}

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Lines<R, W> {
    /// Nothing has been said yet.
    pub(super) fn new(reader: R, writer: W) -> Self {
        Self {
            intake: Intake::new(reader),
            oversized: false,
            writer,
            output: Vec::new(),
            written: 0,
        }
    }

    /// Serves the client until it hangs up. One that closes its half still gets what it asked
    /// for.
    ///
    /// # Errors
    ///
    /// The wire is gone, or the client takes nothing for [`PATIENCE`].
    pub(super) async fn serve(mut self, link: &Link) -> io::Result<()> {
        let mut hears = true;
        let mut patience = Instant::now() + PATIENCE;
        loop {
            self.hand_over(link);
            self.collect(link);
            let owed = self.written < self.output.len();
            if !hears && !owed && !link.owes() {
                return Ok(());
            }
            // In one piece: two writes would wait for each other's acknowledgement at some
            // clients.
            tokio::select! {
                biased;
                count = self.writer.write(&self.output[self.written..]), if owed => {
                    self.written += count?;
                    patience = Instant::now() + PATIENCE;
                }
                more = self.intake.more(), if hears && link.pending() < AHEAD => match more {
                    Err(cause) if cause.kind() == io::ErrorKind::UnexpectedEof => {
                        hears = false;
                        patience = Instant::now() + PATIENCE;
                    }
                    more => more?,
                },
                () = link.stirs() => {}
                () = sleep_until(patience), if owed || !hears => {
                    return Err(io::ErrorKind::TimedOut.into());
                }
            }
            if hears && !owed {
                patience = Instant::now() + PATIENCE;
            }
        }
    }

    /// Gives the lines that have come to the instrument, as far as it can be ahead.
    fn hand_over(&mut self, link: &Link) {
        while link.pending() < AHEAD {
            let held = self.intake.held();
            // What has no end yet is looked through again; there are few pieces to a message.
            let Some(end) = terminator::end(held) else {
                if held.len() > LONGEST {
                    // What has no end at all ends with the connection, and is no message.
                    self.oversized = true;
                    self.intake.consume(held.len());
                }
                return;
            };
            if std::mem::take(&mut self.oversized) || end > LONGEST {
                link.overrun();
            } else {
                link.send(&held[..=end]);
            }
            self.intake.consume(end + 1);
        }
    }

    /// Takes the responses that are there.
    fn collect(&mut self, link: &Link) {
        if self.written == self.output.len() {
            self.output.clear();
            self.written = 0;
        }
        while self.output.len() < PIECE && link.append(&mut self.output) {
            self.output.push(b'\n');
        }
    }
}

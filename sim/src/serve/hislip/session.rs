//! A HiSLIP session that has both of its connections.

use std::io;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::frame::{Channel, Fault, Frame, HEADER, kind};
use crate::serve::device::{AHEAD, LONGEST, Visit};
use crate::serve::lock::{Attempt, Released};

/// The client has read the last response. Source: IVI-6.1, 3.1.1.
const DELIVERED: u8 = 1;

/// How long a lock is kept for messages that the client says it sent and that never come.
const STRAGGLERS: Duration = Duration::from_millis(500);

/// See the module's own words.
pub(super) struct Session {
    messages: Channel,
    control: Channel,
    visit: Visit,
    /// The message that is being put together.
    input: Vec<u8>,
    oversized: bool,
    /// The number of the client's last message.
    last: Option<u32>,
    /// The longest payload that the client takes.
    longest: usize,
    /// Between the two halves of a device clear, messages are thrown away.
    clearing: bool,
    waiting: Option<Waiting>,
}

/// What the client asked for and has not got yet.
struct Waiting {
    /// A lock and its key, or the end of one and the message it comes after.
    what: Lock,
    until: Instant,
}

enum Lock {
    Take(Vec<u8>),
    GiveBack(u32),
}

impl Session {
    /// A session of this client.
    pub(super) fn new(messages: Channel, control: Channel, visit: Visit) -> Self {
        visit.link.see_reads();
        Self {
            messages,
            control,
            visit,
            input: Vec::new(),
            oversized: false,
            last: None,
            longest: LONGEST,
            clearing: false,
            waiting: None,
        }
    }

    /// Serves the client until it hangs up.
    ///
    /// # Errors
    ///
    /// It hung up, or it was hung up on.
    pub(super) async fn serve(mut self) -> io::Result<()> {
        let mut locks = self.visit.lock().watch();
        loop {
            self.settle_lock().await?;
            let open =
                self.clearing || (!self.visit.kept_out() && self.visit.link.pending() < AHEAD);
            let until = self.waiting.as_ref().map_or_else(Instant::now, |it| it.until);
            // Messages first: what the client asks on the other connection is asked after what
            // it has said on this one.
            tokio::select! {
                biased;
                frame = self.messages.next(), if open => {
                    let outcome = match frame {
                        Ok(frame) => self.message(frame).await?,
                        Err(cause) => Err(malformed(cause)?),
                    };
                    if let Err(fault) = outcome {
                        self.messages.complain(fault).await?;
                        ended(fault)?;
                    }
                }
                frame = self.control.next() => {
                    let outcome = match frame {
                        Ok(frame) => self.aside(frame).await?,
                        Err(cause) => Err(malformed(cause)?),
                    };
                    if let Err(fault) = outcome {
                        self.control.complain(fault).await?;
                        ended(fault)?;
                    }
                }
                () = self.visit.link.stirs() => {}
                _ = locks.changed() => {}
                () = sleep_until(until), if self.waiting.is_some() => self.out_of_time().await?,
            }
            self.answer().await?;
        }
    }

    /// What came on the connection for messages.
    async fn message(&mut self, frame: Frame) -> io::Result<Result<(), Fault>> {
        if self.clearing {
            if frame.kind != kind::DEVICE_CLEAR_COMPLETE {
                return Ok(Ok(()));
            }
            self.clearing = false;
            self.last = None;
            self.input.clear();
            self.oversized = false;
            self.visit.link.device_clear();
            self.messages.send(kind::DEVICE_CLEAR_ACKNOWLEDGE, 0, 0, &[]).await?;
            return Ok(Ok(()));
        }
        match frame.kind {
            kind::DATA | kind::DATA_END | kind::TRIGGER => {
                if frame.control & !DELIVERED != 0 {
                    return Ok(Err(Fault::UNKNOWN_CONTROL));
                }
                self.last = Some(frame.parameter);
                if frame.control & DELIVERED != 0 {
                    self.visit.link.delivered();
                }
                if frame.kind == kind::TRIGGER {
                    self.visit.link.trigger();
                    return Ok(Ok(()));
                }
                let payload = frame.payload.as_deref();
                let room = payload.is_some_and(|it| self.input.len() + it.len() <= LONGEST);
                self.oversized |= !room;
                self.input.extend_from_slice(payload.filter(|_| room).unwrap_or_default());
                if frame.kind == kind::DATA_END {
                    if std::mem::take(&mut self.oversized) {
                        self.visit.link.overrun();
                    } else {
                        self.visit.link.send(&self.input);
                    }
                    self.input.clear();
                }
                Ok(if payload.is_some() { Ok(()) } else { Err(Fault::TOO_LARGE) })
            }
            other => Ok(Err(unexpected(other))),
        }
    }

    /// What came on the other connection.
    async fn aside(&mut self, frame: Frame) -> io::Result<Result<(), Fault>> {
        let Frame { kind, control, parameter, payload } = frame;
        let Some(payload) = payload else { return Ok(Err(Fault::TOO_LARGE)) };
        match kind {
            kind::ASYNC_MAXIMUM_SIZE => {
                let Ok(size) = <[u8; 8]>::try_from(payload) else {
                    return Ok(Err(Fault::MALFORMED));
                };
                // The two directions have nothing to do with each other.
                let size = usize::try_from(u64::from_be_bytes(size)).unwrap_or(usize::MAX);
                self.longest = size.saturating_sub(HEADER).clamp(1, LONGEST);
                let ours = ((LONGEST + HEADER) as u64).to_be_bytes();
                self.control.send(kind::ASYNC_MAXIMUM_SIZE_RESPONSE, 0, 0, &ours).await?;
            }
            kind::ASYNC_DEVICE_CLEAR => {
                self.clearing = true;
                self.control.send(kind::ASYNC_DEVICE_CLEAR_ACKNOWLEDGE, 0, 0, &[]).await?;
            }
            kind::ASYNC_STATUS_QUERY => {
                if control & DELIVERED != 0 {
                    self.visit.link.delivered();
                }
                let status = self.visit.link.serial_poll();
                self.control.send(kind::ASYNC_STATUS_RESPONSE, status, 0, &[]).await?;
            }
            kind::ASYNC_LOCK => match control {
                // The answer comes from `settle_lock`.
                1 => {
                    let until = Instant::now() + Duration::from_millis(parameter.into());
                    self.waiting = Some(Waiting { what: Lock::Take(payload), until });
                }
                0 => {
                    let until = Instant::now() + STRAGGLERS;
                    self.waiting = Some(Waiting { what: Lock::GiveBack(parameter), until });
                }
                _ => return Ok(Err(Fault::UNKNOWN_CONTROL)),
            },
            kind::ASYNC_LOCK_INFO => {
                let (exclusive, holders) = self.visit.lock().info();
                let holders = u32::try_from(holders).unwrap_or(u32::MAX);
                let kind = kind::ASYNC_LOCK_INFO_RESPONSE;
                self.control.send(kind, exclusive.into(), holders, &[]).await?;
            }
            // Nothing here has a front panel that could be locked.
            kind::ASYNC_REMOTE_LOCAL => match control {
                0..=6 => {
                    self.control.send(kind::ASYNC_REMOTE_LOCAL_RESPONSE, 0, 0, &[]).await?;
                }
                _ => return Ok(Err(Fault::UNKNOWN_CONTROL)),
            },
            other => return Ok(Err(unexpected(other))),
        }
        Ok(Ok(()))
    }

    /// Sends what the instrument has to say.
    async fn answer(&mut self) -> io::Result<()> {
        if self.visit.link.take_interrupted() {
            let last = self.last.unwrap_or_default();
            self.messages.send(kind::INTERRUPTED, 0, last, &[]).await?;
            self.control.send(kind::ASYNC_INTERRUPTED, 0, last, &[]).await?;
        }
        let mut response = Vec::new();
        while !self.clearing && self.visit.link.hand_out(&mut response) {
            response.push(b'\n');
            // The client's own number comes back, by which it knows what this is the answer to.
            let number = self.last.unwrap_or(u32::MAX);
            let mut pieces = response.chunks(self.longest).peekable();
            while let Some(piece) = pieces.next() {
                let kind = if pieces.peek().is_some() { kind::DATA } else { kind::DATA_END };
                self.messages.send(kind, 0, number, piece).await?;
            }
        }
        if self.visit.link.take_request() {
            let status = self.visit.link.status_byte();
            self.control.send(kind::ASYNC_SERVICE_REQUEST, status, 0, &[]).await?;
        }
        Ok(())
    }

    /// Answers what the client asked about locks, if that can be answered now. Source: IVI-6.1,
    /// 6.5 and table 19.
    async fn settle_lock(&mut self) -> io::Result<()> {
        let Some(waiting) = &self.waiting else { return Ok(()) };
        let (lock, client) = (self.visit.lock(), self.visit.client);
        let code = match &waiting.what {
            Lock::Take(key) => {
                match lock.attempt(client, Some(key.as_slice()).filter(|it| !it.is_empty())) {
                    Attempt::Granted => 1,
                    Attempt::Held => 3,
                    Attempt::Taken => return Ok(()),
                }
            }
            Lock::GiveBack(after) => {
                let missing = |last: u32| last.wrapping_sub(*after) > u32::MAX / 2;
                if self.last.is_some_and(missing) || self.visit.link.pending() > 0 {
                    return Ok(());
                }
                self.give_back()
            }
        };
        self.waiting = None;
        self.control.send(kind::ASYNC_LOCK_RESPONSE, code, 0, &[]).await
    }

    async fn out_of_time(&mut self) -> io::Result<()> {
        let code = match self.waiting.take().map(|it| it.what) {
            None => return Ok(()),
            Some(Lock::Take(_)) => 0,
            Some(Lock::GiveBack(_)) => self.give_back(),
        };
        self.control.send(kind::ASYNC_LOCK_RESPONSE, code, 0, &[]).await
    }

    fn give_back(&self) -> u8 {
        match self.visit.lock().release(self.visit.client) {
            Released::Exclusive => 1,
            Released::Shared => 2,
            Released::Nothing => 3,
        }
    }
}

fn unexpected(kind: u8) -> Fault {
    match kind {
        kind::INITIALIZE | kind::ASYNC_INITIALIZE => Fault::SEQUENCE,
        kind::VENDOR.. => Fault::UNKNOWN_VENDOR,
        _ => Fault::UNKNOWN_TYPE,
    }
}

/// What to say about bytes that are no message; an error if there is nobody to say it to.
fn malformed(cause: io::Error) -> io::Result<Fault> {
    match cause.kind() {
        io::ErrorKind::InvalidData => Ok(Fault::MALFORMED),
        _ => Err(cause),
    }
}

fn ended(fault: Fault) -> io::Result<()> {
    match fault {
        Fault::Fatal(..) => Err(io::ErrorKind::ConnectionAborted.into()),
        Fault::Passing(..) => Ok(()),
    }
}

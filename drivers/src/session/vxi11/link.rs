//! A link: this client's access to one instrument.

use std::time::Duration;

use pogo_hal::{Deadline, Error, ErrorKind, Result};

use super::core::{ABORT, BY_END, CORE, END, WAIT_FOR_LOCK, error, procedure};
use super::rpc::Connection;
use super::xdr::{Reader, Writer};
use crate::session::Gate;
use crate::session::message::{LONGEST, SPOIL, unterminated};

/// What a server has to take in one call at least, and what is not exceeded whatever it takes.
/// Source: VXI-11, rule B.6.3.
const SHORTEST_PIECE: u32 = 1024;
const LONGEST_PIECE: u32 = 1 << 20;

/// How long an abandoned call has to end before its abort is said again.
const AGAIN: Duration = Duration::from_millis(200);

/// See the module's own words.
#[derive(Debug)]
pub struct Link {
    core: Connection,
    host: String,
    gate: Gate,
    number: u32,
    abort_port: u32,
    /// The abort channel, once it was needed.
    aborts: Option<Connection>,
    /// How much is sent or asked for in one call.
    piece: u32,
    /// A message was begun, and its end may not have come through.
    half: bool,
    /// What has come of the response.
    response: Vec<u8>,
}

impl Link {
    /// Opens a link to what is called `device` behind `port` of `host`. It holds no lock.
    ///
    /// # Errors
    ///
    /// `Unreachable` if there is no such device, or no room for another link.
    pub async fn open(
        host: &str,
        port: u16,
        device: &str,
        gate: &Gate,
        deadline: Deadline,
    ) -> Result<Self> {
        let mut core = Connection::dial(CORE, host, port, gate.clone(), deadline).await?;
        let client = std::process::id();
        let arguments = Writer::default().uint(client).uint(0).uint(milliseconds(deadline, 2));
        let arguments = arguments.opaque(device.as_bytes());
        let results = core.call(procedure::CREATE_LINK, &arguments, deadline).await?;
        let mut results = Reader(&results);
        let mut read =
            || Some([results.uint()?, results.uint()?, results.uint()?, results.uint()?]);
        let Some([code, number, abort_port, longest]) = read() else {
            return Err(core.garbled("a link that makes no sense"));
        };
        if code != 0 {
            return Err(error(core.name(), "create_link", code).context(format!("`{device}`")));
        }
        Ok(Self {
            core,
            host: host.to_owned(),
            gate: gate.clone(),
            number,
            abort_port,
            aborts: None,
            piece: longest.clamp(SHORTEST_PIECE, LONGEST_PIECE),
            half: false,
            response: Vec::new(),
        })
    }

    pub async fn write(&mut self, message: &[u8], deadline: Deadline) -> Result<()> {
        self.free(deadline).await?;
        self.response.clear();
        let spoil = if self.half { SPOIL } else { &[] };
        let message = [spoil, message, b"\n"].concat();
        let mut rest = message.as_slice();
        while !rest.is_empty() {
            let length = rest.len().min(usize::try_from(self.piece).unwrap_or(usize::MAX));
            let end = if length == rest.len() { END } else { 0 };
            let arguments = Writer::default().uint(self.number).uint(milliseconds(deadline, 1));
            let arguments = arguments.uint(milliseconds(deadline, 2)).uint(WAIT_FOR_LOCK | end);
            let arguments = arguments.opaque(&rest[..length]);
            self.half |= end == 0;
            let results = self.core.call(procedure::WRITE, &arguments, deadline).await?;
            let mut results = self.checked("device_write", &results)?;
            // It may have taken less than it was given, and is then given the rest.
            let taken = results.uint().and_then(|it| usize::try_from(it).ok());
            match taken.filter(|it| (1..=length).contains(it)) {
                Some(taken) => {
                    self.half |= taken < length;
                    rest = &rest[taken..];
                }
                None => return Err(self.core.garbled("how much it took of less than that")),
            }
        }
        self.half = false;
        Ok(())
    }

    pub async fn read(&mut self, response: &mut Vec<u8>, deadline: Deadline) -> Result<()> {
        self.free(deadline).await?;
        loop {
            let arguments = Writer::default().uint(self.number).uint(self.piece);
            let arguments = arguments.uint(milliseconds(deadline, 1));
            let arguments = arguments.uint(milliseconds(deadline, 2)).uint(WAIT_FOR_LOCK).uint(0);
            let results = self.core.call(procedure::READ, &arguments, deadline).await?;
            let mut results = self.checked("device_read", &results)?;
            let (Some(reason), Some(data)) = (results.uint(), results.opaque()) else {
                return Err(self.core.garbled("a response that makes no sense"));
            };
            if self.response.len() + data.len() > LONGEST {
                let what = format!("a response of more than {LONGEST} bytes");
                return Err(self.core.garbled(&what));
            }
            self.response.extend_from_slice(data);
            if reason & BY_END != 0 {
                response.clear();
                response.extend_from_slice(unterminated(&self.response));
                self.response.clear();
                return Ok(());
            }
            // A server that has nothing to say waits, and says so in the end.
            if data.is_empty() && reason == 0 {
                return Err(self.core.garbled("nothing, and did not say why"));
            }
        }
    }

    pub async fn status_byte(&mut self, deadline: Deadline) -> Result<u8> {
        let results = self.generic("device_readstb", procedure::READ_STATUS, deadline).await?;
        match Reader(&results).uint().map(u8::try_from) {
            Some(Ok(byte)) => Ok(byte),
            _ => Err(self.core.garbled("what is no status byte")),
        }
    }

    pub async fn trigger(&mut self, deadline: Deadline) -> Result<()> {
        self.response.clear();
        self.generic("device_trigger", procedure::TRIGGER, deadline).await.map(drop)
    }

    /// Clears the instrument, and with it whatever is on its way in either direction.
    pub async fn clear(&mut self, deadline: Deadline) -> Result<()> {
        self.generic("device_clear", procedure::CLEAR, deadline).await?;
        self.response.clear();
        self.half = false;
        Ok(())
    }

    /// A call that says nothing but what it is; its results behind the error.
    async fn generic(&mut self, name: &str, what: u32, deadline: Deadline) -> Result<Vec<u8>> {
        self.free(deadline).await?;
        let arguments = Writer::default().uint(self.number).uint(WAIT_FOR_LOCK);
        let arguments = arguments.uint(milliseconds(deadline, 2)).uint(milliseconds(deadline, 1));
        let results = self.core.call(what, &arguments, deadline).await?;
        self.checked(name, &results).map(|it| it.0.to_vec())
    }

    /// The results behind the error that all of them begin with.
    fn checked<'a>(&mut self, call: &str, results: &'a [u8]) -> Result<Reader<'a>> {
        let mut results = Reader(results);
        match results.uint() {
            Some(0) => Ok(results),
            Some(code) => Err(error(self.core.name(), call, code)),
            None => Err(self.core.garbled("results that make no sense")),
        }
    }

    /// Ends a call that was abandoned and may wait for much longer than anybody wants.
    async fn free(&mut self, deadline: Deadline) -> Result<()> {
        while self.core.is_busy() {
            // Without an abort the call has its own time, which is over soon in any case.
            let aborted = self.abort(deadline).await;
            if let Err(error) = aborted
                && error.kind() == ErrorKind::Stopped
            {
                return Err(error);
            }
            let soon = Deadline::after(AGAIN).or_earlier(deadline);
            match self.core.finish(soon).await {
                Ok(_) => {}
                // An abort ends what waits now: the call may have come after it.
                Err(error)
                    if error.kind() == ErrorKind::Timeout && !deadline.remaining().is_zero() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn abort(&mut self, deadline: Deadline) -> Result<()> {
        let Some(port) = u16::try_from(self.abort_port).ok().filter(|it| *it != 0) else {
            return Err(Error::unsupported(format!("{} cannot abort", self.core.name())));
        };
        // It has to leave time for the call itself to end.
        let deadline = Deadline::after(deadline.remaining() / 2);
        let mut channel = match self.aborts.take() {
            Some(channel) => channel,
            None => Connection::dial(ABORT, &self.host, port, self.gate.clone(), deadline).await?,
        };
        channel.call(procedure::ABORT, &Writer::default().uint(self.number), deadline).await?;
        self.aborts = Some(channel);
        Ok(())
    }

    pub async fn shut_down(&mut self) {
        self.core.shut_down().await;
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // The end of the connection ends the link as well; this is for servers that wait for it.
        if !self.core.is_busy() {
            let arguments = Writer::default().uint(self.number);
            self.core.call_and_close(procedure::DESTROY_LINK, &arguments);
        }
    }
}

/// One `part`th of what is left of a deadline, as calls carry it.
fn milliseconds(deadline: Deadline, part: u32) -> u32 {
    let share: Duration = deadline.remaining() / part;
    u32::try_from(share.as_millis()).unwrap_or(u32::MAX)
}

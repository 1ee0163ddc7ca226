//! A port or a line with devices on it, shared by the roles that have its address.
//!
//! An exchange that is abandoned, because its deadline fired or its future was dropped, spoils the
//! wire: a late response must not be taken for the next one. TCP dials anew, as on raw sockets. A
//! serial line stays open: what still comes is discarded until it is quiet, and before the same unit
//! is asked again it has to return a number that it is given (function 8), behind which nothing of
//! an earlier exchange can come; one that does not know the function declines it, which is as good.
//!
//! The client is `tokio-modbus`, by its requests and responses only: what its convenience methods do
//! with a response of another length than was asked for is a panic or nothing.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use pogo_hal::{
    Deadline, Dial, Error, LineSettings, ModbusException, Notice, Resource, Result, WireLog,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Mutex;
use tokio::time::Instant;
use tokio_modbus::client::{Client, Context, rtu, tcp};
use tokio_modbus::slave::SlaveContext;
use tokio_modbus::{Request, Response, Slave};

use super::tap::Tap;
use crate::lifelines::Lifelines;

/// A spoilt line that has been quiet for so long has nothing on its way but what a unit still owes.
const QUIET: Duration = Duration::from_millis(50);

/// The gap between two frames, in characters. Source: MODBUS over Serial Line V1.02, 2.5.1.1.
const GAP: f64 = 3.5;

/// Above 19200 bit/s the gap is this long, whatever the speed. Source: the same.
const LEAST_GAP: Duration = Duration::from_micros(1750);

/// Bits of a character, with start, parity and stop.
const BITS: f64 = 11.0;

/// See the module's own words.
pub struct Bus {
    dial: Arc<dyn Dial>,
    resource: Resource,
    line: LineSettings,
    log: Arc<WireLog>,
    lifelines: Arc<Lifelines>,
    wire: Mutex<Wire>,
}

/// Why there is no response.
#[derive(Debug)]
pub enum Failure {
    /// There is one, and it says no.
    Declined(ModbusException),
    /// Nothing came in time.
    Silent,
    /// Something came that is no response; says what.
    Garbled(String),
    /// The connection is gone, or cannot be had.
    Broken(Error),
}

struct Wire {
    /// `None` once the connection is gone.
    line: Option<(Context, Tap)>,
    /// An exchange was abandoned on it.
    spoilt: bool,
    /// Units on a serial line whose responses may still come.
    owing: BTreeSet<u8>,
    /// The connection before this one, closed for writing only: see `TcpSession`.
    previous: Option<Tap>,
    /// When the last exchange ended.
    idle_since: Option<Instant>,
    /// The last number that a unit was to return.
    echo: u16,
}

impl Wire {
    /// The stream below the client.
    fn tap(&self) -> Option<Tap> {
        self.line.as_ref().map(|(_, tap)| tap.clone())
    }
}

impl Bus {
    /// Opens the port or line at `resource`. What becomes of the connection is kept in `lifelines`.
    pub async fn open(
        dial: Arc<dyn Dial>,
        lifelines: Arc<Lifelines>,
        resource: &Resource,
        line: LineSettings,
        deadline: Deadline,
    ) -> Result<Self> {
        let log = Arc::new(WireLog::default());
        let stream = dial.dial_modbus(resource, &line, deadline).await?;
        lifelines.connected(resource, "", "", stream.descriptor());
        let wire = Wire {
            line: Some(attach(resource, Tap::new(stream, log.clone()))),
            spoilt: false,
            owing: BTreeSet::new(),
            previous: None,
            idle_since: None,
            echo: 0,
        };
        let (resource, wire) = (resource.clone(), Mutex::new(wire));
        Ok(Self { dial, resource, line, log, lifelines, wire })
    }

    /// Where it is.
    pub fn resource(&self) -> &Resource {
        &self.resource
    }

    /// Everything sent and received, and what the record must know.
    pub fn log(&self) -> &Arc<WireLog> {
        &self.log
    }

    /// How its line is set up.
    pub fn line(&self) -> LineSettings {
        self.line
    }

    /// Whether it is a serial line.
    pub fn is_serial(&self) -> bool {
        matches!(self.resource, Resource::Serial { .. })
    }

    /// Says `request` to `unit` and gives what `take` finds in its response.
    pub async fn ask<T>(
        &self,
        unit: u8,
        request: Request<'_>,
        take: impl FnOnce(Response) -> Option<T>,
        timeout: Duration,
    ) -> Result<T, Failure> {
        let mut wire = self.wire.lock().await;
        let deadline = Deadline::after(timeout);
        self.make_fit(&mut wire, unit, deadline).await?;
        let idle_since = wire.idle_since;
        self.keep_gap(idle_since).await;
        // Until a response is in hand, whoever drops this leaves it so.
        wire.spoilt = true;
        wire.owing.insert(unit);
        // A wire that is fit has one.
        let Some((client, tap)) = &mut wire.line else { return Err(Failure::Silent) };
        let tap = tap.clone();
        tap.take_received();
        client.set_slave(Slave(unit));
        let answered = deadline.bound(client.call(request)).await;
        wire.idle_since = Some(Instant::now());
        match answered {
            Some(Ok(response)) => {
                wire.spoilt = false;
                wire.owing.remove(&unit);
                let response =
                    response.map_err(|it| Failure::Declined(ModbusException(u8::from(it))))?;
                take(response).ok_or_else(|| {
                    wire.spoilt = true;
                    Failure::Garbled("gave a response to something else".to_owned())
                })
            }
            None => match tap.take_received() {
                0 => Err(Failure::Silent),
                1 => Err(Failure::Garbled("sent 1 byte that is no frame".to_owned())),
                count => Err(Failure::Garbled(format!("sent {count} bytes that are no frame"))),
            },
            Some(Err(tokio_modbus::Error::Protocol(_))) => {
                Err(Failure::Garbled("gave a response to something else".to_owned()))
            }
            Some(Err(tokio_modbus::Error::Transport(cause))) => {
                // A frame that ends before what it promises is reported as an early end.
                let nonsense = [io::ErrorKind::InvalidData, io::ErrorKind::UnexpectedEof];
                if nonsense.contains(&cause.kind()) && !tap.has_ended() {
                    return Err(Failure::Garbled(format!("sent what is no frame: {cause}")));
                }
                wire.line = None;
                Err(Failure::Broken(self.broken(&tap, cause)))
            }
        }
    }

    /// Whether the bench's end of the wire is sound, after a unit was silent: a fresh connection is
    /// accepted, or the adapter is still there.
    ///
    /// # Errors
    ///
    /// It is not: the bench is broken, not the unit.
    pub async fn is_sound(&self, timeout: Duration) -> Result<()> {
        let mut wire = self.wire.lock().await;
        if !self.is_serial() {
            return self.redial(&mut wire, Deadline::after(timeout)).await;
        }
        match wire.tap() {
            Some(tap) => tap.is_there().map_err(|cause| self.broken(&tap, cause)),
            None => self.redial(&mut wire, Deadline::after(timeout)).await,
        }
    }

    /// Makes the wire fit for an exchange with `unit`.
    async fn make_fit(&self, wire: &mut Wire, unit: u8, deadline: Deadline) -> Result<(), Failure> {
        if wire.line.is_none() || (wire.spoilt && !self.is_serial()) {
            return self.redial(wire, deadline).await.map_err(Failure::Broken);
        }
        if !wire.spoilt && !wire.owing.contains(&unit) {
            return Ok(());
        }
        let Some(mut tap) = wire.tap() else { return Ok(()) };
        wire.spoilt = true;
        wire.echo = wire.echo.wrapping_add(1);
        let echo = wire.owing.contains(&unit).then_some(wire.echo);
        let recovered = async {
            discard(&mut tap).await?;
            match echo {
                None => Ok(None),
                Some(number) => returns(&mut tap, unit, number).await.map(Some),
            }
        };
        match deadline.bound(recovered).await {
            None => return Err(Failure::Silent),
            Some(Err(cause)) => {
                wire.line = None;
                return Err(Failure::Broken(self.broken(&tap, cause)));
            }
            Some(Ok(how)) => {
                if let Some(how) = how {
                    wire.owing.remove(&unit);
                    self.log.notice(Notice::Recovered(format!(
                        "an exchange was abandoned; unit {unit} at `{}` {how}",
                        self.resource
                    )));
                }
            }
        }
        wire.line = Some(attach(&self.resource, tap));
        wire.spoilt = false;
        wire.idle_since = Some(Instant::now());
        Ok(())
    }

    /// A fresh connection. The old one is only closed for writing: see `TcpSession`.
    async fn redial(&self, wire: &mut Wire, deadline: Deadline) -> Result<()> {
        let old = wire.line.take().map(|(_, tap)| tap);
        if let Some(mut tap) = old {
            // One that is gone cannot be shut down, which is as good.
            _ = deadline.bound(tap.shutdown()).await;
            wire.previous = Some(tap);
        }
        let stream = self.dial.dial_modbus(&self.resource, &self.line, deadline).await?;
        self.lifelines.connected(&self.resource, "", "", stream.descriptor());
        wire.line = Some(attach(&self.resource, Tap::new(stream, self.log.clone())));
        wire.spoilt = false;
        // What was said before died with its connection.
        wire.owing.clear();
        self.log.notice(Notice::Recovered(format!(
            "an exchange was abandoned or its connection broke; `{}` was opened again",
            self.resource
        )));
        Ok(())
    }

    /// Keeps the gap between two frames on a serial line.
    async fn keep_gap(&self, idle_since: Option<Instant>) {
        let Some(since) = idle_since.filter(|_| self.is_serial()) else { return };
        let gap = Duration::from_secs_f64(GAP * BITS / f64::from(self.line.baud)).max(LEAST_GAP);
        tokio::time::sleep_until(since + gap).await;
    }

    fn broken(&self, tap: &Tap, cause: io::Error) -> Error {
        let resource = &self.resource;
        match cause.kind() {
            io::ErrorKind::PermissionDenied => {
                return Error::stopped("the bench was taken out of this run's hands");
            }
            // What a simulated unit's own file says is wrong with it.
            io::ErrorKind::Other if !tap.has_ended() && cause.get_ref().is_some() => {
                return Error::unsupported(cause.to_string());
            }
            _ => {}
        }
        let (message, hint) = match (self.is_serial(), tap.has_ended()) {
            (true, _) => (
                format!("the line `{resource}` is gone: {cause}"),
                "the adapter was unplugged, or its driver gave up; plug it in and run again",
            ),
            (false, true) => (
                format!("`{resource}` closed the connection"),
                "the device may have been switched off, or serves one connection at a time",
            ),
            (false, false) => (
                format!("the connection to `{resource}` broke: {cause}"),
                "check power and cable, and whether another program has taken the device",
            ),
        };
        Error::unreachable(message).with_hint(hint).caused_by(cause)
    }
}

fn attach(resource: &Resource, tap: Tap) -> (Context, Tap) {
    // The unit is named with each request.
    let client = match resource {
        Resource::Serial { .. } => rtu::attach_slave(tap.clone(), Slave(1)),
        _ => tcp::attach_slave(tap.clone(), Slave(1)),
    };
    (client, tap)
}

/// Throws away what comes until nothing does.
async fn discard(tap: &mut Tap) -> io::Result<()> {
    let mut bytes = [0; 256];
    while let Ok(read) = tokio::time::timeout(QUIET, tap.read(&mut bytes)).await {
        if read? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(())
}

/// Asks `unit` to return `number` until it does, or declines to; says which.
async fn returns(tap: &mut Tap, unit: u8, number: u16) -> io::Result<&'static str> {
    let [high, low] = number.to_be_bytes();
    let asked = framed(&[unit, 8, 0, 0, high, low]);
    tap.write_all(&asked).await?;
    tap.flush().await?;
    let mut come = Vec::new();
    let mut bytes = [0; 256];
    loop {
        match tap.read(&mut bytes).await? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => come.extend_from_slice(&bytes[..count]),
        }
        if come.windows(asked.len()).any(|it| it == asked) {
            return Ok("returned a number that it was given");
        }
        let declines = |it: &[u8]| it.starts_with(&[unit, 0x88]) && framed(&it[..3]) == it;
        if come.windows(5).any(declines) {
            return Ok("answers again");
        }
        // The end of it may be the beginning of what is waited for.
        let old = come.len().saturating_sub(asked.len());
        come.drain(..old);
    }
}

/// A frame on a serial line, with its checksum.
fn framed(body: &[u8]) -> Vec<u8> {
    let sum =
        body.iter().fold(0xFFFF_u16, |sum, byte| {
            (0..8).fold(sum ^ u16::from(*byte), |sum, _| {
                if sum & 1 == 1 { sum >> 1 ^ 0xA001 } else { sum >> 1 }
            })
        });
    [body, &sum.to_le_bytes()].concat()
}

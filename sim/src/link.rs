//! A connection to a simulated instrument, and the session a driver has over it.
//!
//! The message exchange is that of a raw socket: responses queue until they are read, and a new
//! connection knows nothing of the old one's responses, while the old one's messages are still
//! carried out.

use std::sync::Arc;

use async_trait::async_trait;
use pogo_hal::{Deadline, Diagnostic, Error, Resource, Result, Session};
use tokio::sync::Notify;

use crate::scpi::Code;
use crate::{World, terminator};

/// One end of a connection. Dropping it hangs up.
#[derive(Debug)]
pub(crate) struct Link {
    world: Arc<World>,
    connection: u64,
    arrived: Arc<Notify>,
}

impl Link {
    /// A new connection to the instrument at `index`; `None` if it refuses them.
    pub(crate) fn open(world: &Arc<World>, index: usize) -> Option<Self> {
        let arrived = Arc::new(Notify::new());
        let connection = world.with(|floor| {
            let refuses = floor.instruments[index].ailments.refuses();
            (!refuses).then(|| floor.connect(index, arrived.clone()))
        })?;
        Some(Self { world: world.clone(), connection, arrived })
    }

    /// Sends messages, each ended by a line feed or by the end of `bytes`. What has gone wrong in the
    /// device's own file stands in the instrument's error queue.
    pub(crate) fn send(&self, bytes: &[u8]) {
        if self.submit(bytes).is_some() {
            self.world.with(|floor| floor.raise(self.connection, Code::DEVICE_SPECIFIC));
        }
    }

    /// As [`Link::send`], and gives what has gone wrong, for somebody who is to be told.
    pub(crate) fn submit(&self, bytes: &[u8]) -> Option<Diagnostic> {
        let wrong = self.world.with(|floor| {
            let mut rest = bytes;
            while let Some(end) = terminator::end(rest) {
                floor.submit(self.connection, &rest[..end]);
                rest = &rest[end + 1..];
            }
            if !rest.is_empty() {
                floor.submit(self.connection, rest);
            }
            floor.device.takes_offence()
        });
        // Whoever waits for a response meanwhile has to look again at what happens next.
        self.arrived.notify_one();
        wrong
    }

    /// Says that a message was too long to be taken in.
    pub(crate) fn overrun(&self) {
        self.world.with(|floor| floor.raise(self.connection, Code::INPUT_OVERRUN));
    }

    /// How many messages wait to be carried out.
    pub(crate) fn pending(&self) -> usize {
        self.world.with(|floor| floor.pending(self.connection))
    }

    /// Whether a message waits to be carried out, or a response to be read.
    pub(crate) fn owes(&self) -> bool {
        self.world.with(|floor| floor.owes(self.connection))
    }

    /// Puts the oldest response into `response` if there is one.
    pub(crate) fn try_receive(&self, response: &mut Vec<u8>) -> bool {
        self.world.with(|floor| floor.collect(self.connection, response))
    }

    /// The same for a wire that reads piece by piece and says when it has.
    pub(crate) fn hand_out(&self, response: &mut Vec<u8>) -> bool {
        self.world.with(|floor| floor.hand_out(self.connection, response))
    }

    /// Says that this wire tells every read from the next message.
    pub(crate) fn see_reads(&self) {
        self.world.with(|floor| floor.see_reads(self.connection));
    }

    /// Says that somebody reads.
    pub(crate) fn reads(&self) {
        self.world.with(|floor| floor.reads(self.connection));
    }

    /// Adds the oldest response to `text` if there is one.
    pub(crate) fn append(&self, text: &mut Vec<u8>) -> bool {
        self.world.with(|floor| floor.append(self.connection, text))
    }

    /// The status byte as a serial poll answers it.
    pub(crate) fn serial_poll(&self) -> u8 {
        self.world.with(|floor| floor.serial_poll(self.connection))
    }

    /// Device clear: nothing is under way on this connection any more.
    pub(crate) fn device_clear(&self) {
        self.world.with(|floor| floor.device_clear(self.connection));
        self.arrived.notify_one();
    }

    /// The wire's own trigger.
    pub(crate) fn trigger(&self) {
        self.world.with(|floor| floor.trigger(self.connection));
        self.arrived.notify_one();
    }

    /// The client has read what was handed out last to its end.
    pub(crate) fn delivered(&self) {
        self.world.with(|floor| floor.delivered(self.connection));
    }

    /// Whether a message has come before a response was read, since this was last asked.
    pub(crate) fn take_interrupted(&self) -> bool {
        self.world.with(|floor| floor.take_interrupted(self.connection))
    }

    /// The status byte, of which nothing is taken.
    pub(crate) fn status_byte(&self) -> u8 {
        self.world.with(|floor| floor.status_byte(self.connection))
    }

    /// Whether the instrument requests service, if it did not when this was last asked.
    pub(crate) fn take_request(&self) -> bool {
        self.world.with(|floor| floor.take_request(self.connection))
    }

    /// Waits until there may be something new: a response, a request for service. It may be
    /// dropped at any time.
    pub(crate) async fn stirs(&self) {
        let happens = async {
            match self.world.next_ns() {
                Some(at) => self.world.sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = self.arrived.notified() => {}
            () = happens => {}
        }
    }

    /// Waits for a response. It may be dropped at any time; a response is then still there.
    pub(crate) async fn receive(&self, response: &mut Vec<u8>) {
        while !self.try_receive(response) {
            self.stirs().await;
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.world.with(|floor| floor.hang_up(self.connection));
    }
}

/// The in-process session of a driver.
pub(crate) struct SimulatedSession {
    resource: Resource,
    world: Arc<World>,
    instrument: usize,
    link: Link,
}

impl SimulatedSession {
    /// A session with the instrument at `index`, which answers at `resource`.
    ///
    /// # Errors
    ///
    /// `Unreachable` if the instrument refuses connections.
    pub(crate) fn open(world: &Arc<World>, index: usize, resource: &Resource) -> Result<Self> {
        let link = dial(world, index, resource)?;
        Ok(Self { resource: resource.clone(), world: world.clone(), instrument: index, link })
    }

    fn beside(&self, what: &str) -> Result<&Link> {
        match messages_only(&self.resource) {
            Some(wire) => Err(Error::unsupported(format!("a {wire} has no {what}"))),
            None => Ok(&self.link),
        }
    }
}

fn dial(world: &Arc<World>, index: usize, resource: &Resource) -> Result<Link> {
    let link = Link::open(world, index).ok_or_else(|| {
        Error::unreachable(format!("{resource} refuses the connection"))
            .with_hint("a fault of the simulated bench: `does = \"refuse\"`")
    })?;
    if messages_only(resource).is_none() {
        link.see_reads();
    }
    Ok(link)
}

/// What a wire is that has nothing besides its messages; `None` for one that has: HiSLIP, VXI-11,
/// USBTMC and GPIB.
fn messages_only(resource: &Resource) -> Option<&'static str> {
    match resource {
        Resource::Socket { .. } => Some("raw socket"),
        Resource::Serial { .. } => Some("serial line"),
        _ => None,
    }
}

/// What is said where the device's own file has gone wrong: no answer of this bench means anything
/// any more.
pub(crate) fn broken(wrong: &Diagnostic) -> Error {
    let place = wrong.place.as_ref();
    let place =
        place.map_or_else(String::new, |it| format!(" at {}:{}:{}", it.file, it.line, it.column));
    let error = Error::unsupported(format!("the simulated unit went wrong{place}: {wrong}"));
    match &wrong.hint {
        Some(hint) => error.with_hint(hint.clone()),
        None => error,
    }
}

#[async_trait]
impl Session for SimulatedSession {
    async fn write(&mut self, message: &[u8], _deadline: Deadline) -> Result<()> {
        match self.link.submit(message) {
            None => Ok(()),
            Some(wrong) => Err(broken(&wrong)),
        }
    }

    async fn read(&mut self, response: &mut Vec<u8>, deadline: Deadline) -> Result<()> {
        // Without a timer where the answer is there already, as it is for most queries.
        if self.link.try_receive(response) {
            return Ok(());
        }
        self.link.reads();
        let left = deadline.remaining();
        let arrived = deadline.bound(self.link.receive(response)).await;
        arrived.ok_or_else(|| {
            Error::timeout(format!("no answer from {} in {} ms", self.resource, left.as_millis()))
                .with_hint("the simulated instrument is silent: was it asked something?")
        })
    }

    async fn status_byte(&mut self, _deadline: Deadline) -> Result<u8> {
        Ok(self.beside("serial poll")?.serial_poll())
    }

    async fn device_clear(&mut self, _deadline: Deadline) -> Result<()> {
        self.beside("device clear")?.device_clear();
        Ok(())
    }

    async fn trigger(&mut self, _deadline: Deadline) -> Result<()> {
        self.beside("trigger")?.trigger();
        Ok(())
    }

    async fn recover(&mut self, _deadline: Deadline) -> Result<()> {
        self.link = dial(&self.world, self.instrument, &self.resource)?;
        Ok(())
    }
}

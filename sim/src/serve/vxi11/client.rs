//! One client of the core channel, and the links that it has opened.

use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use super::core::{Error, Generic, Read, WAIT_FOR_LOCK, Write, procedure};
use super::interrupt::Interrupts;
use super::link::{Opened, Wire, wait};
use super::rpc::{Call, Reply};
use super::xdr::{Reader, Writer};
use super::{CORE, Shared, VERSION, lock};
use crate::serve::device::{Devices, LONGEST};
use crate::serve::lock::Released;

/// Links that one client can have open.
const MOST_LINKS: usize = 64;

/// The longest handle by which a client knows a link. Source: VXI-11, C.2.
const LONGEST_HANDLE: usize = 40;

/// See the module's own words.
pub(super) struct Client {
    devices: Arc<Devices>,
    links: Shared,
    abort_port: u16,
    peer: IpAddr,
    opened: BTreeMap<u32, Opened>,
    interrupts: Option<Interrupts>,
}

impl Client {
    /// A client that has said nothing yet.
    pub(super) fn new(devices: Arc<Devices>, links: Shared, abort_port: u16, peer: IpAddr) -> Self {
        Self { devices, links, abort_port, peer, opened: BTreeMap::new(), interrupts: None }
    }

    /// Serves the client until it hangs up.
    ///
    /// # Errors
    ///
    /// It hung up, or sent what is no call.
    pub(super) async fn serve(mut self, mut wire: Wire) -> io::Result<()> {
        loop {
            self.tell_requests().await;
            let record = tokio::select! {
                biased;
                record = wire.next() => record?,
                () = self.stirs() => continue,
            };
            let (call, arguments) = Call::read(&record).ok_or(io::ErrorKind::InvalidData)?;
            let reply = match (call.program, call.version) {
                (CORE, VERSION) => self.carry_out(&call, arguments, &mut wire).await?,
                (CORE, _) => Reply::Mismatch(VERSION),
                _ => Reply::NoProgram,
            };
            wire.send(&call.reply(reply)).await?;
        }
    }

    async fn carry_out(
        &mut self,
        call: &Call,
        arguments: Reader<'_>,
        wire: &mut Wire,
    ) -> io::Result<Reply> {
        let results = match call.procedure {
            procedure::NULL => Some(Writer::default()),
            procedure::CREATE_LINK => self.create_link(arguments, wire).await?,
            procedure::WRITE => match Write::take(arguments) {
                None => None,
                Some(it) => {
                    let size = u32::try_from(it.data.len()).unwrap_or(u32::MAX);
                    let error = self.write(it, wire).await?;
                    Some(done(error).uint(if error == Error::None { size } else { 0 }))
                }
            },
            procedure::READ => match Read::take(arguments) {
                None => None,
                Some(it) => Some(match self.read(it, wire).await? {
                    Ok((reason, data)) => done(Error::None).uint(reason).opaque(&data),
                    Err(error) => done(error).uint(0).opaque(&[]),
                }),
            },
            procedure::READ_STATUS => match Generic::take(arguments) {
                None => None,
                Some(it) => Some(match self.permitted(&it, wire).await? {
                    Ok(link) => done(Error::None).uint(link.visit.link.serial_poll().into()),
                    Err(error) => done(error).uint(0),
                }),
            },
            procedure::TRIGGER | procedure::CLEAR | procedure::REMOTE | procedure::LOCAL => {
                match Generic::take(arguments) {
                    None => None,
                    Some(it) => Some(done(match self.permitted(&it, wire).await? {
                        Ok(link) => {
                            link.beside(call.procedure);
                            Error::None
                        }
                        Err(error) => error,
                    })),
                }
            }
            procedure::LOCK => match Generic::take(arguments) {
                None => None,
                Some(it) => Some(done(match self.opened.get_mut(&it.link) {
                    None => Error::InvalidLink,
                    Some(link) => {
                        let waits = it.flags & WAIT_FOR_LOCK != 0;
                        let limit = if waits { it.lock_timeout_ms } else { 0 };
                        link.take_lock(limit, wire).await?
                    }
                })),
            },
            procedure::UNLOCK => self.on_link(arguments, |link, _| {
                match link.visit.lock().release(link.visit.client) {
                    Released::Nothing => Some(Error::NoLock),
                    _ => Some(Error::None),
                }
            }),
            procedure::ENABLE_REQUESTS => self.on_link(arguments, |link, mut rest| {
                let (enable, handle) = (rest.boolean()?, rest.opaque()?);
                if handle.len() > LONGEST_HANDLE {
                    return Some(Error::Parameter);
                }
                link.handle = enable.then(|| handle.to_vec());
                Some(Error::None)
            }),
            // Nothing here has a command of its own. Source: VXI-11.3, B.2.14 leaves it so.
            procedure::COMMAND => self
                .on_link(arguments, |_, _| Some(Error::NotSupported))
                .map(|results| results.opaque(&[])),
            procedure::DESTROY_LINK => {
                let mut arguments = arguments;
                arguments.uint().map(|link| {
                    lock(&self.links).waiting.remove(&link);
                    let gone = self.opened.remove(&link);
                    done(gone.map_or(Error::InvalidLink, |_| Error::None))
                })
            }
            procedure::CREATE_INTERRUPT if self.interrupts.is_some() => {
                Some(done(Error::ChannelExists))
            }
            procedure::CREATE_INTERRUPT => {
                let opened = Interrupts::open(arguments, self.peer).await;
                opened.map(|outcome| match outcome {
                    Ok(it) => {
                        self.interrupts = Some(it);
                        done(Error::None)
                    }
                    Err(error) => done(error),
                })
            }
            procedure::DESTROY_INTERRUPT => Some(done(match self.interrupts.take() {
                Some(_) => Error::None,
                None => Error::NoChannel,
            })),
            _ => return Ok(Reply::NoProcedure),
        };
        Ok(results.map_or(Reply::Garbage, Reply::Success))
    }

    /// Does something with the link that the arguments begin with; `None` if they make no sense.
    fn on_link(
        &mut self,
        mut arguments: Reader<'_>,
        action: impl FnOnce(&mut Opened, Reader<'_>) -> Option<Error>,
    ) -> Option<Writer> {
        let number = arguments.uint()?;
        match self.opened.get_mut(&number) {
            Some(link) => action(link, arguments).map(done),
            None => Some(done(Error::InvalidLink)),
        }
    }

    async fn create_link(
        &mut self,
        mut arguments: Reader<'_>,
        wire: &mut Wire,
    ) -> io::Result<Option<Writer>> {
        let mut read = || {
            let _client = arguments.uint()?;
            Some((arguments.boolean()?, arguments.uint()?, arguments.opaque()?))
        };
        let Some((locked, timeout_ms, name)) = read() else { return Ok(None) };
        let refused = |error| Ok(Some(done(error).uint(0).uint(0).uint(0)));
        if self.opened.len() >= MOST_LINKS {
            return refused(Error::OutOfResources);
        }
        let visit = self.devices.named("inst", name).and_then(|it| self.devices.visit(it));
        let Some(visit) = visit else { return refused(Error::NotAccessible) };
        let mut link = Opened::new(visit);
        if locked {
            let error = link.take_lock(timeout_ms, wire).await?;
            if error != Error::None {
                return refused(error);
            }
        }
        let number = {
            let mut links = lock(&self.links);
            links.last = links.last.wrapping_add(1);
            let number = links.last;
            links.waiting.insert(number, link.aborted.clone());
            number
        };
        self.opened.insert(number, link);
        let longest = u32::try_from(LONGEST).unwrap_or(u32::MAX);
        Ok(Some(done(Error::None).uint(number).uint(self.abort_port.into()).uint(longest)))
    }

    /// The link of a call, once no lock of somebody else is in the way.
    async fn permitted(
        &mut self,
        call: &Generic,
        wire: &mut Wire,
    ) -> io::Result<Result<&mut Opened, Error>> {
        let Some(link) = self.opened.get_mut(&call.link) else {
            return Ok(Err(Error::InvalidLink));
        };
        if link.visit.kept_out() {
            if call.flags & WAIT_FOR_LOCK == 0 {
                return Ok(Err(Error::Locked));
            }
            let mut locks = link.visit.lock().watch();
            let free = async { while link.visit.kept_out() && locks.changed().await.is_ok() {} };
            match wait(wire, &link.aborted, call.lock_timeout_ms, free).await? {
                Ok(()) => {}
                Err(Error::Timeout) => return Ok(Err(Error::Locked)),
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(Ok(link))
    }

    async fn write(&mut self, call: Write<'_>, wire: &mut Wire) -> io::Result<Error> {
        let Write { link, timeout_ms, lock_timeout_ms, flags, data } = call;
        match self.permitted(&Generic { link, flags, lock_timeout_ms }, wire).await? {
            Ok(link) => link.write(timeout_ms, flags, data, wire).await,
            Err(error) => Ok(error),
        }
    }

    async fn read(
        &mut self,
        call: Read,
        wire: &mut Wire,
    ) -> io::Result<Result<(u32, Vec<u8>), Error>> {
        let Read { link, flags, lock_timeout_ms, .. } = call;
        match self.permitted(&Generic { link, flags, lock_timeout_ms }, wire).await? {
            Ok(link) => link.read(&call, wire).await,
            Err(error) => Ok(Err(error)),
        }
    }

    /// Waits until an instrument may request service of which the client wants to know.
    async fn stirs(&self) {
        let all = self.opened.values().filter(|it| it.handle.is_some());
        let mut all: Vec<Pin<Box<dyn Future<Output = ()> + Send + '_>>> =
            all.map(|it| Box::pin(it.visit.link.stirs()) as _).collect();
        let any = |context: &mut std::task::Context<'_>| {
            let ready = all.iter_mut().any(|it| it.as_mut().poll(context).is_ready());
            if ready { Poll::Ready(()) } else { Poll::Pending }
        };
        poll_fn(any).await;
    }

    /// Tells the client who requests service. A server of its that is gone is none any more.
    async fn tell_requests(&mut self) {
        for link in self.opened.values() {
            let Some(handle) = &link.handle else { continue };
            if let Some(interrupts) = &mut self.interrupts
                && link.visit.link.take_request()
                && interrupts.tell(handle).await.is_err()
            {
                self.interrupts = None;
            }
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let mut links = lock(&self.links);
        for number in self.opened.keys() {
            links.waiting.remove(number);
        }
    }
}

/// The results of a call, which all begin with this.
fn done(error: Error) -> Writer {
    Writer::default().uint(error as u32)
}

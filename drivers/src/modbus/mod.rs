//! Devices that speak Modbus, over TCP or a serial line, as their register map says.
//!
//! Safe state: every register that the map gives a `safe` value is written and read back; a map
//! without any leaves the device as it is, and says so. A device that is the unit under test
//! (`faces = "unit"`) has no safe state of its own: it is made safe by switching its supply off.
//!
//! Source: MODBUS Application Protocol Specification V1.1b3.

mod bus;
mod options;
mod rescue;
mod tap;

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use pogo_hal::{
    Error, ErrorKind, Handle, Identifies, Identity, Instrument, MOST_COILS_READ,
    MOST_COILS_WRITTEN, MOST_REGISTERS_READ, MOST_REGISTERS_WRITTEN, Modbus, ModbusException,
    Register, RegisterMap, RegisterValue, Result, SafeState,
};
use tokio_modbus::{Request, Response};

pub use self::bus::Bus;
use self::bus::Failure;
use self::options::{Faces, Options};
pub use self::rescue::put_safe;
use crate::{Driver, Opened, Recipe, Setup, Wires};

pub const DRIVER: Driver = Driver {
    name: "modbus",
    about: "a device that speaks Modbus, over TCP or a serial line",
    check: |setup| Options::read(setup).map(drop),
    open: |wires, setup| Box::pin(open(wires, setup)),
};

/// Whether a role can do no harm in any state.
pub fn is_passive(setup: &Setup) -> bool {
    let is_unit = Options::read(setup).is_ok_and(|it| it.faces == Faces::Unit);
    is_unit || !setup.model.registers().iter().any(|it| it.access.writes())
}

struct Device {
    bus: Arc<Bus>,
    map: Arc<RegisterMap>,
    identity: Identity,
    unit: u8,
    faces: Faces,
    timeout: Duration,
}

async fn open(wires: &Wires, setup: &Setup) -> Result<Opened> {
    let options = Options::read(setup).map_err(|it| Error::unsupported(it.message))?;
    let bus = wires.bus(setup, options.line).await?;
    let (log, map) = (bus.log().clone(), setup.model.registers().clone());
    let (maker, model) = setup.model.identity().split_once(',').unwrap_or(("", ""));
    let identity = Identity {
        manufacturer: maker.trim().to_owned(),
        model: model.trim().to_owned(),
        serial: "0".to_owned(),
        firmware: String::new(),
    };
    let Options { unit, faces, .. } = options;
    let mut device = Device { bus, map, identity, unit, faces, timeout: setup.timeout };
    // The unit under test may have no supply yet.
    if faces == Faces::Bench {
        device.identify().await?;
        device.make_safe().await?;
    }
    let put = rescue::recipe(&device.map, unit, options.line, setup.timeout);
    let recipe = Recipe { role: setup.role.clone(), say: None, put };
    Ok(Opened { handle: Handle::Modbus(Arc::new(device)), log, recipe })
}

impl Device {
    /// Reads what the map says of who it is; without that, anything that shows that somebody is
    /// there.
    async fn identify(&mut self) -> Result<()> {
        let map = self.map.clone();
        let mut is_there = false;
        for register in map.iter() {
            let Some(identifies) = register.identifies else { continue };
            let text = match self.get(register).await?.value {
                RegisterValue::Text(text) => text,
                other => other.to_string(),
            };
            is_there = true;
            match identifies {
                Identifies::Serial => self.identity.serial = text,
                Identifies::Firmware => self.identity.firmware = text,
            }
        }
        let any = map.iter().find(|it| it.access.reads()).filter(|_| !is_there);
        match any {
            None => Ok(()),
            Some(register) => match self.get(register).await {
                // Whoever declines is there.
                Err(error) if error.kind() == ErrorKind::Refused => Ok(()),
                outcome => outcome.map(drop),
            },
        }
    }

    /// Says `request`, about `what`, and gives what `take` finds in the response.
    async fn ask<T>(
        &self,
        what: impl Display,
        request: Request<'_>,
        take: impl FnOnce(Response) -> Option<T>,
    ) -> Result<T> {
        let failure = match self.bus.ask(self.unit, request, take, self.timeout).await {
            Ok(value) => return Ok(value),
            Err(failure) => failure,
        };
        let unit = format!("unit {} at `{}`", self.unit, self.bus.resource());
        match failure {
            Failure::Declined(it) => {
                // A gateway that says so has been found sound by that.
                if it == ModbusException::GATEWAY_TARGET_FAILED && self.faces == Faces::Unit {
                    return Err(self.no_answer(what, &unit));
                }
                Err(it.error(what))
            }
            Failure::Silent if self.faces == Faces::Unit => {
                self.bus.is_sound(self.timeout).await.map_err(|it| it.context(&what))?;
                Err(self.no_answer(what, &unit))
            }
            Failure::Silent => {
                let waited = self.timeout;
                Err(Error::timeout(format!("{what}: no answer from {unit} in {waited:?}"))
                    .with_hint("check power and line of the device, and `unit` in the fixture"))
            }
            Failure::Garbled(why) => Err(Error::garbled(format!("{what}: {unit} {why}"))
                .with_hint(match self.bus.is_serial() {
                    true => {
                        "check `baud`, `parity` and `stop_bits`, the line's termination and shield"
                    }
                    false => "does something else answer at this port?",
                })),
            Failure::Broken(error) => Err(error.context(what)),
        }
    }

    fn no_answer(&self, what: impl Display, unit: &str) -> Error {
        Error::new(ErrorKind::NoAnswer, format!("{what}: {unit}, the unit under test, is silent"))
            .with_hint("the bench's side of the line is sound: look at the unit and its connector")
    }

    async fn put_safe(&self, register: &Register, safe: &RegisterValue) -> Result<RegisterValue> {
        self.set(register, safe).await?;
        let now = self.get(register).await?;
        let same = register.encode(&now.value).is_ok_and(|it| Ok(it) == register.encode(safe));
        if same {
            return Ok(now.value);
        }
        let message = format!("`{}` was set to {safe} and is {}", register.name, now.value);
        Err(Error::refused(message).with_hint("look at the device: it is not in its safe state"))
    }
}

/// Whether `count` addresses from `address` on can be asked for in one request.
fn fits(what: &impl Display, address: u16, count: usize, most: usize) -> Result<()> {
    if count == 0 || count > most {
        return Err(Error::out_of_range(format!(
            "{what}: one request is about 1 to {most} of them, not {count}; nothing was sent"
        )));
    }
    if usize::from(address) + count > 0x1_0000 {
        let message = format!("{what}: the last address is 65535; nothing was sent");
        return Err(Error::out_of_range(message));
    }
    Ok(())
}

fn about(doing: &str, what: &str, address: u16, count: usize) -> String {
    match count {
        1 => format!("{doing} {what} {address}"),
        _ => format!("{doing} {count} {what}s from {address} on"),
    }
}

/// The bits that were asked for: whole bytes come.
fn bits(mut bits: Vec<bool>, count: u16) -> Option<Vec<bool>> {
    let count = usize::from(count);
    let whole = bits.len() == count.div_ceil(8) * 8 || bits.len() == count;
    bits.truncate(count);
    whole.then_some(bits)
}

fn words(words: Vec<u16>, count: u16) -> Option<Vec<u16>> {
    (words.len() == usize::from(count)).then_some(words)
}

#[async_trait]
impl Instrument for Device {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    async fn make_safe(&self) -> Result<SafeState> {
        let (mut state, mut read_back, mut failed) = (Vec::new(), Vec::new(), None);
        for (register, safe) in self.map.safe() {
            let now = match self.put_safe(register, safe).await {
                // What went before may have been abandoned; the line has recovered since.
                Err(_) => self.put_safe(register, safe).await,
                done => done,
            };
            match now {
                Ok(now) => {
                    state.push(format!("{} {safe}", register.name));
                    read_back.push(now.to_string());
                }
                // One that is not taken keeps no other from its safe value.
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        if state.is_empty() {
            let writes = self.map.iter().any(|it| it.access.writes());
            return Ok(match writes && self.faces == Faces::Bench {
                false => SafeState::Passive,
                true => SafeState::Confirmed {
                    state: "left as it is: its register map declares no safe value".to_owned(),
                    read_back: "nothing".to_owned(),
                },
            });
        }
        Ok(SafeState::Confirmed { state: state.join(", "), read_back: read_back.join(", ") })
    }
}

#[async_trait]
impl Modbus for Device {
    fn map(&self) -> &RegisterMap {
        &self.map
    }

    async fn read_coils(&self, address: u16, count: u16) -> Result<Vec<bool>> {
        let what = about("reading", "coil", address, count.into());
        fits(&what, address, count.into(), MOST_COILS_READ.into())?;
        let take = |response| match response {
            Response::ReadCoils(it) => bits(it, count),
            _ => None,
        };
        self.ask(what, Request::ReadCoils(address, count), take).await
    }

    async fn read_discrete_inputs(&self, address: u16, count: u16) -> Result<Vec<bool>> {
        let what = about("reading", "discrete input", address, count.into());
        fits(&what, address, count.into(), MOST_COILS_READ.into())?;
        let take = |response| match response {
            Response::ReadDiscreteInputs(it) => bits(it, count),
            _ => None,
        };
        self.ask(what, Request::ReadDiscreteInputs(address, count), take).await
    }

    async fn read_holding_registers(&self, address: u16, count: u16) -> Result<Vec<u16>> {
        let what = about("reading", "holding register", address, count.into());
        fits(&what, address, count.into(), MOST_REGISTERS_READ.into())?;
        let take = |response| match response {
            Response::ReadHoldingRegisters(it) => words(it, count),
            _ => None,
        };
        self.ask(what, Request::ReadHoldingRegisters(address, count), take).await
    }

    async fn read_input_registers(&self, address: u16, count: u16) -> Result<Vec<u16>> {
        let what = about("reading", "input register", address, count.into());
        fits(&what, address, count.into(), MOST_REGISTERS_READ.into())?;
        let take = |response| match response {
            Response::ReadInputRegisters(it) => words(it, count),
            _ => None,
        };
        self.ask(what, Request::ReadInputRegisters(address, count), take).await
    }

    async fn write_coils(&self, address: u16, values: &[bool]) -> Result<()> {
        let what = about("writing", "coil", address, values.len());
        fits(&what, address, values.len(), MOST_COILS_WRITTEN)?;
        let request = match values {
            [one] => Request::WriteSingleCoil(address, *one),
            all => Request::WriteMultipleCoils(address, all.into()),
        };
        let take = |response| {
            let done = match response {
                Response::WriteSingleCoil(at, value) => (at, &[value][..]) == (address, values),
                Response::WriteMultipleCoils(at, count) => {
                    (at, usize::from(count)) == (address, values.len())
                }
                _ => false,
            };
            done.then_some(())
        };
        self.ask(what, request, take).await
    }

    async fn write_registers(&self, address: u16, values: &[u16]) -> Result<()> {
        let what = about("writing", "holding register", address, values.len());
        fits(&what, address, values.len(), MOST_REGISTERS_WRITTEN)?;
        let request = match values {
            [one] => Request::WriteSingleRegister(address, *one),
            all => Request::WriteMultipleRegisters(address, all.into()),
        };
        let take = |response| {
            let done = match response {
                Response::WriteSingleRegister(at, value) => (at, &[value][..]) == (address, values),
                Response::WriteMultipleRegisters(at, count) => {
                    (at, usize::from(count)) == (address, values.len())
                }
                _ => false,
            };
            done.then_some(())
        };
        self.ask(what, request, take).await
    }
}

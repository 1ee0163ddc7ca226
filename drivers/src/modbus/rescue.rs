//! Safe state of a device on Modbus, for somebody who did not open it.

use std::net::{Shutdown, TcpStream};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use pogo_hal::{
    Contents, Deadline, Error, LineSettings, Parity, RegisterMap, Resource, Result, SafeState,
};
use tokio_modbus::{Request, Response};

use super::bus::{Bus, Failure};
use super::options::STANDARD;
use crate::Network;
use crate::lifelines::{Lifelines, Put, Written};

/// How long a device is waited for that serves one connection and has just lost it.
const AGAIN: Duration = Duration::from_millis(100);

/// What makes a device with this map safe; `None` if the map says nothing of it.
pub(super) fn recipe(
    map: &RegisterMap,
    unit: u8,
    line: LineSettings,
    timeout: Duration,
) -> Option<Put> {
    let (mut writes, mut state) = (Vec::new(), Vec::new());
    for (register, safe) in map.safe() {
        // One that does not fit was refused when the map was read.
        let Ok(contents) = register.encode(safe) else { continue };
        let (coil, words) = match contents {
            Contents::Bits(bits) => (true, bits.into_iter().map(u16::from).collect()),
            Contents::Words(words) => (false, words),
        };
        writes.push(Written { address: register.address, coil, words });
        state.push(format!("{} {safe}", register.name));
    }
    let parity = match line.parity {
        Parity::None => "none",
        Parity::Even => "even",
        Parity::Odd => "odd",
    };
    let line = (line.baud, parity.to_owned(), line.stop_bits);
    (!writes.is_empty()).then(|| Put { unit, line, writes, state: state.join(", "), timeout })
}

/// Writes what `put` says on a fresh connection and reads it back twice. The connection as its site
/// left it, of which `left` is a duplicate, is shut down first: a device may serve only one.
///
/// # Errors
///
/// The state was not confirmed.
pub async fn put_safe(resource: &str, left: Option<OwnedFd>, put: &Put) -> Result<SafeState> {
    let resource: Resource = resource.parse()?;
    if let (Resource::Socket { .. }, Some(left)) = (&resource, left) {
        // One that is gone already is as good.
        _ = TcpStream::from(left).shutdown(Shutdown::Both);
    }
    let line = LineSettings {
        baud: put.line.0,
        parity: match put.line.1.as_str() {
            "none" => Parity::None,
            "odd" => Parity::Odd,
            _ => Parity::Even,
        },
        stop_bits: put.line.2,
        ..STANDARD
    };
    let deadline = Deadline::after(put.timeout);
    let bus = loop {
        let dial = Arc::new(Network::default());
        match Bus::open(dial, Arc::new(Lifelines::default()), &resource, line, deadline).await {
            Ok(bus) => break bus,
            Err(error) if deadline.remaining() <= AGAIN => return Err(error),
            Err(_) => tokio::time::sleep(AGAIN).await,
        }
    };
    let mut told = Ok(());
    for write in &put.writes {
        // One that is not taken keeps no other from its safe value.
        told = told.and(tell(&bus, put, write).await);
    }
    told?;
    for _ in 0..2 {
        for write in &put.writes {
            let now = read_back(&bus, put, write).await?;
            if now != write.words {
                let message = format!(
                    "address {} was set to {:?} and is {now:?}",
                    write.address, write.words
                );
                return Err(Error::refused(message)
                    .with_hint("look at the device: it is not in its safe state"));
            }
        }
    }
    let shown = |it: &Written| it.words.iter().map(|it| format!("0x{it:04X}")).collect::<Vec<_>>();
    let read_back = put.writes.iter().flat_map(shown).collect::<Vec<_>>().join(" ");
    Ok(SafeState::Confirmed { state: put.state.clone(), read_back })
}

async fn tell(bus: &Bus, put: &Put, Written { address, coil, words }: &Written) -> Result<()> {
    let request = match (coil, words.as_slice()) {
        (true, [bit]) => Request::WriteSingleCoil(*address, *bit == 1),
        (false, [word]) => Request::WriteSingleRegister(*address, *word),
        (true, all) => {
            Request::WriteMultipleCoils(*address, all.iter().map(|it| *it == 1).collect())
        }
        (false, all) => Request::WriteMultipleRegisters(*address, all.into()),
    };
    // What is read back decides.
    let told = bus.ask(put.unit, request, |_| Some(()), put.timeout).await;
    told.map_err(|it| explained(it, *address))
}

async fn read_back(
    bus: &Bus,
    put: &Put,
    Written { address, coil, words }: &Written,
) -> Result<Vec<u16>> {
    let count = u16::try_from(words.len()).unwrap_or(u16::MAX);
    let request = match coil {
        true => Request::ReadCoils(*address, count),
        false => Request::ReadHoldingRegisters(*address, count),
    };
    let take = |response| match response {
        Response::ReadCoils(bits) => {
            Some(bits.into_iter().take(count.into()).map(u16::from).collect())
        }
        Response::ReadHoldingRegisters(words) => Some(words),
        _ => None,
    };
    let read = bus.ask(put.unit, request, take, put.timeout).await;
    read.map_err(|it| explained(it, *address))
}

fn explained(failure: Failure, address: u16) -> Error {
    let what = format!("address {address}");
    match failure {
        Failure::Declined(exception) => exception.error(what),
        Failure::Silent => Error::timeout(format!("{what}: no answer")),
        Failure::Garbled(why) => Error::garbled(format!("{what}: the device {why}")),
        Failure::Broken(error) => error.context(what),
    }
}

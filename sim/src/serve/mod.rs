//! A simulated bench on real ports, for programs that nobody here wrote.
//!
//! Every instrument has a face per kind of wire. They share the instrument, its status and its
//! locks; a client of one sees what a client of another has set.

mod device;
mod hislip;
mod intake;
mod lines;
mod lock;
mod modbus;
mod serial;
mod socket;
mod vxi11;

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use pogo_hal::Resource;
use tokio::net::TcpListener;

use crate::Bench;
use device::Devices;

/// A kind of wire that instruments are served over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WireFace {
    /// A raw TCP connection, messages ended by a line feed.
    Socket,
    /// VXI-11, which needs a portmapper where clients look for one.
    Vxi11,
    /// HiSLIP, IVI-6.1.
    Hislip,
    /// A serial line, the other end of a pseudoterminal; messages ended by a line feed.
    Serial,
    /// Modbus, which devices that speak it are served over and no others: over TCP, and over a
    /// serial line.
    Modbus,
}

impl WireFace {
    /// All that an instrument can be given, in the order in which they are printed.
    pub const ALL: [Self; 4] = [Self::Socket, Self::Vxi11, Self::Hislip, Self::Serial];

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Socket => "socket",
            Self::Vxi11 => "vxi11",
            Self::Hislip => "hislip",
            Self::Serial => "serial",
            Self::Modbus => "modbus",
        }
    }
}

impl fmt::Display for WireFace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for WireFace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|it| it.name() == text);
        known.ok_or_else(|| {
            let all: Vec<&str> = Self::ALL.iter().map(|it| it.name()).collect();
            format!("`{text}` is no face; there are {}", all.join(", "))
        })
    }
}

/// Where and how a bench is served.
#[derive(Clone, Debug)]
pub struct Serving {
    /// The address to listen on.
    pub bind: IpAddr,
    /// The faces that each instrument has.
    pub faces: Vec<WireFace>,
    /// The port of the first instrument's raw socket; the next one gets the next. `None`: any.
    pub socket_base: Option<u16>,
    /// HiSLIP's port. `None`: any.
    pub hislip_port: Option<u16>,
    /// The port of VXI-11's core channel. `None`: any.
    pub vxi11_port: Option<u16>,
    /// The port of a portmapper, which tells VXI-11's clients where the core channel is; they look
    /// for it at 111. `None`: there is none.
    pub portmapper: Option<u16>,
}

impl Serving {
    /// Raw sockets at any port of `bind`.
    pub fn sockets(bind: IpAddr) -> Self {
        Self {
            bind,
            faces: vec![WireFace::Socket],
            socket_base: None,
            hislip_port: None,
            vxi11_port: None,
            portmapper: None,
        }
    }
}

/// One face of one served instrument.
#[derive(Clone, Debug)]
pub struct Served {
    /// The roles that the instrument has.
    pub roles: Vec<String>,
    /// The kind of wire.
    pub face: WireFace,
    /// Where it answers now.
    pub resource: Resource,
}

/// Gives each instrument of `bench` the faces that `serving` asks for, each console a serial line, and
/// each address of devices on Modbus a TCP port and a serial line, whatever it asks for. Returns once
/// all of them
/// listen, in the order of the fixture; they are served by tasks of the runtime it is called in,
/// whose clock has to be the real one.
///
/// # Errors
///
/// A port is taken, `bind` is not an address of this machine, or it has no pseudoterminal left.
pub async fn serve(bench: Arc<Bench>, serving: &Serving) -> io::Result<Vec<Served>> {
    let devices = Devices::of(&bench);
    let mut faces = serving.faces.clone();
    faces.sort();
    faces.dedup();
    let mut served = Vec::new();
    let mut add = |index: usize, face, resource| {
        served.push((index, face, resource));
    };
    // Nobody is served before all of them listen.
    let mut sockets = Vec::new();
    let mut hislip = None;
    let mut vxi11 = None;
    let mut lines = Vec::new();
    for face in faces {
        match face {
            WireFace::Socket => {
                for index in 0..devices.len() {
                    let listener = listen(serving.bind, nth(serving.socket_base, index)?).await?;
                    let port = listener.local_addr()?.port();
                    let host = serving.bind.to_string();
                    add(index, face, Resource::Socket { board: 0, host, port });
                    sockets.push(listener);
                }
            }
            WireFace::Vxi11 => {
                let port = serving.vxi11_port.unwrap_or(0);
                let listeners =
                    vxi11::Listeners::open(serving.bind, port, serving.portmapper).await?;
                // Without a portmapper the port has to be in the address, as PyVISA-py reads it.
                let host = match listeners.is_mapped() {
                    true => serving.bind.to_string(),
                    false => format!("{},{}", serving.bind, listeners.port()?),
                };
                for index in 0..devices.len() {
                    let device = format!("inst{index}");
                    add(index, face, Resource::Lan { board: 0, host: host.clone(), device });
                }
                vxi11 = Some(listeners);
            }
            WireFace::Hislip => {
                let listener = listen(serving.bind, serving.hislip_port.unwrap_or(0)).await?;
                let port = listener.local_addr()?.port();
                for index in 0..devices.len() {
                    let device = match port {
                        hislip::PORT => format!("hislip{index}"),
                        other => format!("hislip{index},{other}"),
                    };
                    let host = serving.bind.to_string();
                    add(index, face, Resource::Lan { board: 0, host, device });
                }
                hislip = Some(listener);
            }
            WireFace::Serial => {
                for index in 0..devices.len() {
                    let line = serial::Line::open()?;
                    add(index, face, Resource::Serial { port: line.path.clone() });
                    lines.push(line);
                }
            }
            WireFace::Modbus => {}
        }
    }
    let ports = modbus::Ports::open(&bench, serving.bind).await?;
    for (index, listener) in sockets.into_iter().enumerate() {
        tokio::spawn(socket::accept(devices.clone(), index, listener));
    }
    if let Some(listeners) = vxi11 {
        listeners.serve(&devices)?;
    }
    if let Some(listener) = hislip {
        tokio::spawn(hislip::accept(devices.clone(), listener));
    }
    for (index, line) in lines.into_iter().enumerate() {
        line.serve(devices.clone(), index)?;
    }
    let stations = ports.serve(&bench)?;
    let consoles = carry_consoles(&bench)?;
    served.sort_by_key(|(index, face, _)| (*index, *face));
    let named = |(index, face, resource): (usize, WireFace, Resource)| Served {
        roles: bench.places()[index].roles.clone(),
        face,
        resource,
    };
    Ok(served.into_iter().map(named).chain(consoles).chain(stations).collect())
}

/// Gives each console the only face that it has.
fn carry_consoles(bench: &Bench) -> io::Result<Vec<Served>> {
    let mut served = Vec::new();
    for (index, role) in bench.consoles().into_iter().enumerate() {
        // One that refuses is not there.
        let Ok(console) = bench.console(index) else { continue };
        let line = serial::Line::open()?;
        let resource = Resource::Serial { port: line.path.clone() };
        line.carry(console)?;
        served.push(Served { roles: vec![role], face: WireFace::Serial, resource });
    }
    Ok(served)
}

async fn listen(bind: IpAddr, port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((bind, port))
        .await
        .map_err(|cause| io::Error::new(cause.kind(), format!("port {port} of {bind}: {cause}")))
}

/// The port of the instrument at `index`; 0 is any.
fn nth(base: Option<u16>, index: usize) -> io::Result<u16> {
    let Some(base) = base else { return Ok(0) };
    u16::try_from(index)
        .ok()
        .and_then(|index| base.checked_add(index))
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "no ports are left"))
}

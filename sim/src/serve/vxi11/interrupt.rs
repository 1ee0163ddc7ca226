//! The interrupt channel: a client's own server, which is told when an instrument requests
//! service.
//!
//! Source: VXI-11, B.4.3 and B.6.13 to B.6.16.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpStream, UdpSocket};

use super::core::Error;
use super::rpc;
use super::xdr::{Reader, Writer};
use crate::serve::device::write_all;

/// `device_intr_srq`.
const SERVICE_REQUEST: u32 = 30;

/// A client's own server that does not answer for so long is none.
const DIAL: Duration = Duration::from_secs(5);

/// See the module's own words.
#[derive(Debug)]
pub(super) struct Interrupts {
    program: u32,
    version: u32,
    wire: Wire,
}

#[derive(Debug)]
enum Wire {
    Stream(TcpStream),
    Datagrams(UdpSocket),
}

impl Interrupts {
    /// Connects to where the client says it listens; `None` if the arguments make no sense.
    ///
    /// Only the client's own machine is called: nobody can make this program talk to others.
    pub(super) async fn open(mut from: Reader<'_>, peer: IpAddr) -> Option<Result<Self, Error>> {
        let (host, port) = (from.uint()?, u16::try_from(from.uint()?).ok()?);
        let (program, version, family) = (from.uint()?, from.uint()?, from.uint()?);
        if IpAddr::V4(Ipv4Addr::from_bits(host)) != peer.to_canonical() || port == 0 {
            return Some(Err(Error::InvalidAddress));
        }
        let at = SocketAddr::new(peer, port);
        let dialled = async {
            match family {
                0 => TcpStream::connect(at).await.map(Wire::Stream),
                _ => datagrams(at).await.map(Wire::Datagrams),
            }
        };
        if family > 1 {
            return Some(Err(Error::Parameter));
        }
        match tokio::time::timeout(DIAL, dialled).await {
            Ok(Ok(wire)) => Some(Ok(Self { program, version, wire })),
            _ => Some(Err(Error::NoChannel)),
        }
    }

    /// Says that the instrument which the client calls `handle` requests service. No reply is
    /// waited for.
    ///
    /// # Errors
    ///
    /// The client's server is gone.
    pub(super) async fn tell(&mut self, handle: &[u8]) -> io::Result<()> {
        let arguments = Writer::default().opaque(handle);
        let call = rpc::call(self.program, self.version, SERVICE_REQUEST, &arguments);
        match &mut self.wire {
            Wire::Stream(stream) => write_all(stream, &rpc::record(&call)).await,
            Wire::Datagrams(socket) => socket.send(&call).await.map(drop),
        }
    }
}

async fn datagrams(at: SocketAddr) -> io::Result<UdpSocket> {
    let any: IpAddr = match at {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((any, 0)).await?;
    socket.connect(at).await?;
    Ok(socket)
}

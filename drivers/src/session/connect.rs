//! The way to a TCP port of an instrument.

use std::io;
use std::net::{IpAddr, SocketAddr};

use pogo_hal::{Deadline, Error, Result};
use tokio::net::{TcpStream, lookup_host};

/// Connects to `port` of `host`, which is a name or an address; what is sent is sent without delay.
///
/// # Errors
///
/// `Unreachable`, with what to check; `service` is what has to be switched on at the other end.
pub async fn connect(
    host: &str,
    port: u16,
    service: &str,
    deadline: Deadline,
) -> Result<TcpStream> {
    let patience = deadline.remaining();
    let slow = || {
        Error::unreachable(format!("{host}:{port} did not answer within {patience:?}"))
            .with_hint("check power and cable, and whether the address is this instrument's")
    };
    let addresses: Vec<SocketAddr> = match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(address) => vec![(address, port).into()],
        Err(_) => match deadline.bound(lookup_host((host, port))).await {
            Some(Ok(found)) => found.collect(),
            Some(Err(cause)) => return Err(unknown(host).caused_by(cause)),
            None => return Err(slow()),
        },
    };
    let mut last = None;
    for address in addresses {
        match deadline.bound(TcpStream::connect(address)).await {
            Some(Ok(stream)) => {
                stream.set_nodelay(true).map_err(|cause| refused(host, port, service, cause))?;
                return Ok(stream);
            }
            Some(Err(cause)) => last = Some(cause),
            None => return Err(slow()),
        }
    }
    Err(last.map_or_else(|| unknown(host), |cause| refused(host, port, service, cause)))
}

fn unknown(host: &str) -> Error {
    Error::unreachable(format!("no host is called `{host}`"))
        .with_hint("check the spelling in `address`, or write the number instead of the name")
}

fn refused(host: &str, port: u16, service: &str, cause: io::Error) -> Error {
    let (message, hint) = match cause.kind() {
        io::ErrorKind::ConnectionRefused => (
            format!("{host} is there but nobody listens on port {port}"),
            format!("check the port in `address`, and that {service} is switched on"),
        ),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => (
            format!("there is no way to {host}:{port} from here"),
            "check the cable, and that both ends are in the same network".to_owned(),
        ),
        _ => (
            format!("{host}:{port} cannot be reached: {cause}"),
            "check power and cable, and `address` in the fixture file".to_owned(),
        ),
    };
    Error::unreachable(message).with_hint(hint).caused_by(cause)
}

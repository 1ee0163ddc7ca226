//! The portmapper, which says at which port a program is.
//!
//! Source: RFC 1833, 3 (version 2).

use pogo_hal::{Deadline, Error, ErrorKind, Result};

use super::rpc::{Connection, Program};
use super::xdr::{Reader, Writer};
use crate::session::Gate;

/// The port where it is.
pub const PORT: u16 = 111;

const PORTMAPPER: Program = Program { number: 100_000, version: 2, name: "the portmapper" };

/// Asks for a program's port.
const GET_PORT: u32 = 3;

/// IP's number for TCP.
const TCP: u32 = 6;

/// The port of `program` on `host`, whose portmapper is at `port`.
///
/// # Errors
///
/// `Unreachable` if there is no portmapper, or no such program.
pub async fn port_of(
    program: Program,
    host: &str,
    port: u16,
    gate: Gate,
    deadline: Deadline,
) -> Result<u16> {
    let mapper = Connection::dial(PORTMAPPER, host, port, gate, deadline).await;
    let mut mapper = mapper.map_err(|error| match error.kind() {
        ErrorKind::Unreachable => error.with_hint(format!(
            "{} begins at TCP port {port}: check that the instrument has it, and that no firewall \
             is between; `TCPIP::host,PORT::inst0::INSTR` goes to a port without asking",
            program.name
        )),
        _ => error,
    })?;
    let Program { number, version, name } = program;
    let arguments = Writer::default().uint(number).uint(version).uint(TCP).uint(0);
    let results = mapper.call(GET_PORT, &arguments, deadline).await?;
    match Reader(&results).uint().map(u16::try_from) {
        Some(Ok(0)) => Err(Error::unreachable(format!("{host} is there but has no {name}"))
            .with_hint(
                "switch it on at the instrument, or use its raw socket: \
                 `TCPIP::host::5025::SOCKET`",
            )),
        Some(Ok(port)) => Ok(port),
        _ => Err(mapper.garbled("what is no port")),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::super::core::CORE;
    use super::*;

    /// What `port_of` gives when the portmapper answers `port`, and what it was asked.
    async fn asked(port: u32) -> (Result<u16>, Vec<u8>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let at = listener.local_addr().unwrap().port();
        let deadline = Deadline::after(Duration::from_secs(5));
        tokio::join!(port_of(CORE, "127.0.0.1", at, Gate::default(), deadline), async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut call = vec![0; 60];
            stream.read_exact(&mut call).await.unwrap();
            let number = &call[4..8];
            let head = [&[0x80, 0, 0, 28][..], number, &[0, 0, 0, 1], &[0; 16]].concat();
            stream.write_all(&[head, port.to_be_bytes().to_vec()].concat()).await.unwrap();
            call
        })
    }

    #[tokio::test]
    async fn the_portmapper_is_asked_for_the_core_channel_over_tcp() {
        let (port, call) = asked(0x0401).await;
        assert_eq!(port.unwrap(), 0x0401);
        let words: Vec<u32> =
            (call.as_chunks().0.iter()).map(|it| u32::from_be_bytes(*it)).collect();
        // Source: RFC 1833, 3: program 100000, version 2, procedure 3; then program, version,
        // protocol 6 and a port that does not count.
        assert_eq!(words[4..7], [100_000, 2, 3]);
        assert_eq!(words[11..], [0x0607AF, 1, 6, 0]);
    }

    #[tokio::test]
    async fn a_host_without_vxi_11_and_one_without_a_portmapper_are_told_apart() {
        let error = asked(0).await.0.unwrap_err();
        assert!(error.message().contains("127.0.0.1 is there but has no VXI-11"), "{error}");
        assert!(error.hint().unwrap().contains("SOCKET"), "{error}");
        assert_eq!(asked(70_000).await.0.unwrap_err().kind(), ErrorKind::Garbled);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let at = listener.local_addr().unwrap().port();
        drop(listener);
        let deadline = Deadline::after(Duration::from_secs(5));
        let outcome = port_of(CORE, "127.0.0.1", at, Gate::default(), deadline).await;
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unreachable);
        assert!(error.message().contains("the portmapper"), "{error}");
        let hint = error.hint().unwrap();
        assert!(hint.contains("firewall") && hint.contains(&at.to_string()), "{hint}");
    }
}

//! A simulated bench on real ports, for programs that nobody here wrote.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use pogo_hal::Resource;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

use crate::Bench;
use crate::link::Link;

/// One served instrument.
#[derive(Clone, Debug)]
pub struct Served {
    /// The roles that it has.
    pub roles: Vec<String>,
    /// Where it answers now.
    pub resource: Resource,
}

/// The longest message that is taken in; a longer one is dropped and leaves -363 behind.
const LONGEST: u64 = 64 * 1024;

/// A client that has sent so many messages ahead of the instrument has to wait.
const AHEAD: usize = 16;

/// Clients that one instrument serves at once.
const MOST_CLIENTS: usize = 64;

/// A client that does not take its response for so long is hung up on.
const PATIENCE: Duration = Duration::from_secs(60);

/// Puts each instrument of `bench` on a TCP port of its own at `bind`: from `port_base` upwards
/// in the order of the fixture, or wherever there is room. Returns once all of them listen; they
/// are served by tasks of the runtime it is called in, whose clock has to be the real one.
///
/// # Errors
///
/// A port is taken, or `bind` is not an address of this machine.
pub async fn serve(
    bench: Arc<Bench>,
    bind: IpAddr,
    port_base: Option<u16>,
) -> io::Result<Vec<Served>> {
    let mut listeners = Vec::new();
    for index in 0..bench.places().len() {
        let port = match port_base {
            None => 0,
            Some(base) => u16::try_from(index)
                .ok()
                .and_then(|index| base.checked_add(index))
                .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "no ports are left"))?,
        };
        let listener = TcpListener::bind((bind, port)).await.map_err(|cause| {
            io::Error::new(cause.kind(), format!("port {port} of {bind}: {cause}"))
        })?;
        listeners.push(listener);
    }
    let mut served = Vec::new();
    for (index, listener) in listeners.into_iter().enumerate() {
        let port = listener.local_addr()?.port();
        let resource = Resource::Socket { board: 0, host: bind.to_string(), port };
        let roles = bench.places()[index].roles.clone();
        served.push(Served { roles, resource });
        tokio::spawn(accept(bench.clone(), index, listener));
    }
    Ok(served)
}

async fn accept(bench: Arc<Bench>, index: usize, listener: TcpListener) {
    let room = Arc::new(tokio::sync::Semaphore::new(MOST_CLIENTS));
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of descriptors, most likely: others have to hang up first.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let Ok(place) = room.clone().try_acquire_owned() else { continue };
        let Some(link) = bench.link(index) else { continue };
        tokio::spawn(async move {
            // However it ends, only this client is concerned.
            _ = converse(stream, link).await;
            drop(place);
        });
    }
}

/// Serves one client until it hangs up.
async fn converse(stream: TcpStream, link: Link) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (reader, writer) = stream.into_split();
    tokio::select! {
        biased;
        outcome = listen(BufReader::new(reader), &link) => outcome,
        outcome = answer(writer, &link) => outcome,
    }
}

async fn listen(mut reader: BufReader<OwnedReadHalf>, link: &Link) -> io::Result<()> {
    let mut line = Vec::new();
    let mut oversized = false;
    loop {
        line.clear();
        let read = (&mut reader).take(LONGEST).read_until(b'\n', &mut line).await?;
        if read == 0 {
            // A client may close its half and still wait for what it asked.
            let answered = async {
                while link.owes() {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            };
            _ = tokio::time::timeout(PATIENCE, answered).await;
            return Ok(());
        }
        if line.last() != Some(&b'\n') {
            // Its end is not there yet; what has no end at all ends with the connection, and is
            // no message.
            oversized = true;
            continue;
        }
        if std::mem::take(&mut oversized) {
            link.overrun();
            continue;
        }
        link.send(&line);
        while link.pending() >= AHEAD {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

async fn answer(mut writer: OwnedWriteHalf, link: &Link) -> io::Result<()> {
    let mut response = Vec::new();
    loop {
        link.receive(&mut response).await;
        response.push(b'\n');
        // In one piece: two writes would wait for each other's acknowledgement at some clients.
        tokio::time::timeout(PATIENCE, writer.write_all(&response)).await??;
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::trial::plan;

    async fn ask(stream: &mut BufReader<TcpStream>, message: &[u8]) -> String {
        stream.write_all(message).await.unwrap();
        let mut line = String::new();
        let heard = tokio::time::timeout(Duration::from_secs(20), stream.read_line(&mut line));
        heard.await.expect("an answer within 20 s").unwrap();
        line
    }

    async fn dial(served: &Served) -> BufReader<TcpStream> {
        let Resource::Socket { host, port, .. } = &served.resource else { panic!("{served:?}") };
        BufReader::new(TcpStream::connect((host.as_str(), *port)).await.unwrap())
    }

    // In real time: a paused clock does not wait for sockets.
    #[tokio::test]
    async fn served_instruments_share_the_circuit_and_a_hostile_client_hurts_nobody_else() {
        let bench = Bench::build(plan("connect = 'VBAT'")).unwrap();
        let served = serve(bench, Ipv4Addr::LOCALHOST.into(), None).await.unwrap();
        assert_eq!(served.len(), 2, "roles with one resource share a port");
        assert_eq!(served[0].roles, ["psu", "probe"]);
        let (mut psu, mut dmm) = (dial(&served[0]).await, dial(&served[1]).await);

        let mut hostile = dial(&served[0]).await;
        hostile.write_all(&vec![b'x'; 3 * LONGEST as usize]).await.unwrap();
        assert!(ask(&mut psu, b"*IDN?\n").await.contains(",SIM36312A,"));
        assert!(ask(&mut hostile, b"\n*IDN?\n").await.contains(",SIM36312A,"));
        assert!(ask(&mut psu, b"SYST:ERR?\r\n").await.starts_with("-363,"));
        drop(hostile);

        assert_eq!(ask(&mut psu, b"VOLT 3.3,(@1);:OUTP ON,(@1);*OPC?\n").await, "1\n");
        let reading = ask(&mut dmm, b"CONF:VOLT:DC;:VOLT:NPLC 0.02;:READ?\n").await;
        assert!((reading.trim().parse::<f64>().unwrap() - 3.3).abs() < 0.01, "{reading}");

        let mut half = dial(&served[1]).await.into_inner();
        half.write_all(b"READ?\n").await.unwrap();
        half.shutdown().await.unwrap();
        let mut answer = String::new();
        half.read_to_string(&mut answer).await.unwrap();
        assert!(answer.ends_with('\n'), "a client that closed its half has its answer: {answer:?}");
    }
}

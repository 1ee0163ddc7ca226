//! Raw TCP: messages ended by a line feed, responses too. Nobody can see a client read here, so
//! responses queue.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::device::{AHEAD, Devices, LONGEST, MOST_CLIENTS, PATIENCE, next_client, write_all};
use crate::link::Link;

/// Serves the instrument at `index`.
pub(super) async fn accept(devices: Arc<Devices>, index: usize, listener: TcpListener) {
    let room = Arc::new(Semaphore::new(MOST_CLIENTS));
    loop {
        let stream = next_client(&listener).await;
        let Ok(place) = room.clone().try_acquire_owned() else { continue };
        let Some(visit) = devices.visit(index) else { continue };
        tokio::spawn(async move {
            // However it ends, only this client is concerned.
            _ = converse(stream, &visit.link).await;
            drop(place);
        });
    }
}

/// Serves one client until it hangs up.
async fn converse(stream: TcpStream, link: &Link) -> io::Result<()> {
    let (reader, writer) = stream.into_split();
    tokio::select! {
        biased;
        outcome = listen(BufReader::new(reader), link) => outcome,
        outcome = answer(writer, link) => outcome,
    }
}

async fn listen(mut reader: BufReader<OwnedReadHalf>, link: &Link) -> io::Result<()> {
    let mut line = Vec::new();
    let mut oversized = false;
    loop {
        line.clear();
        let read = (&mut reader).take(LONGEST as u64).read_until(b'\n', &mut line).await?;
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
        write_all(&mut writer, &response).await?;
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use pogo_hal::Resource;
    use tokio::io::AsyncWriteExt;

    use super::*;
    use crate::Bench;
    use crate::serve::{Served, Serving, serve};
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
        let served = serve(bench, &Serving::sockets(Ipv4Addr::LOCALHOST.into())).await.unwrap();
        assert_eq!(served.len(), 2, "roles with one resource share a port");
        assert_eq!(served[0].roles, ["psu", "probe"]);
        let (mut psu, mut dmm) = (dial(&served[0]).await, dial(&served[1]).await);

        let mut hostile = dial(&served[0]).await;
        hostile.write_all(&vec![b'x'; 3 * LONGEST]).await.unwrap();
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

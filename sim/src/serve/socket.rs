//! Raw TCP: messages ended by a line feed.

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::device::{Devices, MOST_CLIENTS, next_client};
use super::lines::Lines;

/// Serves the instrument at `index`.
pub(super) async fn accept(devices: Arc<Devices>, index: usize, listener: TcpListener) {
    let room = Arc::new(Semaphore::new(MOST_CLIENTS));
    loop {
        let stream = next_client(&listener).await;
        let Ok(place) = room.clone().try_acquire_owned() else { continue };
        let Some(visit) = devices.visit(index) else { continue };
        tokio::spawn(async move {
            // However it ends, only this client is concerned.
            let (reader, writer) = stream.into_split();
            _ = Lines::new(reader, writer).serve(&visit.link).await;
            drop(place);
        });
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use pogo_hal::Resource;
    use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
    use tokio::net::{TcpSocket, TcpStream};

    use crate::Bench;
    use crate::serve::device::LONGEST;
    use crate::serve::{Served, Serving, serve};
    use crate::trial::plan;

    async fn ask(stream: &mut BufReader<TcpStream>, message: &[u8]) -> String {
        stream.write_all(message).await.unwrap();
        let mut line = String::new();
        let heard =
            tokio::time::timeout(std::time::Duration::from_secs(20), stream.read_line(&mut line));
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

    #[tokio::test]
    async fn whoever_sends_ahead_gets_every_answer_in_order_and_whoever_dribbles_gets_his() {
        let bench = Bench::build(plan("connect = 'VBAT'")).unwrap();
        let serving = Serving::sockets(Ipv4Addr::LOCALHOST.into());
        let served = serve(bench, &serving).await.unwrap();
        let mut ahead = dial(&served[0]).await;
        let questions: String = (0..1000).map(|it| format!("*ESE {};*ESE?\n", it % 256)).collect();
        ahead.write_all(questions.as_bytes()).await.unwrap();
        let mut dribbles = dial(&served[0]).await;
        for byte in b"*IDN?" {
            dribbles.write_all(&[*byte]).await.unwrap();
            assert_eq!(ask(&mut dial(&served[1]).await, b"*OPC?\n").await, "1\n");
        }
        assert!(ask(&mut dribbles, b"\n").await.contains(",SIM36312A,"));
        for number in 0..1000 {
            assert_eq!(ask(&mut ahead, b"").await, format!("+{}\n", number % 256));
        }
    }

    #[tokio::test]
    async fn a_client_that_asks_for_ever_and_reads_nothing_holds_up_nobody() {
        let bench = Bench::build(plan("connect = 'VBAT'")).unwrap();
        let serving = Serving::sockets(Ipv4Addr::LOCALHOST.into());
        let served = serve(bench, &serving).await.unwrap();
        let Resource::Socket { port, .. } = served[0].resource else { panic!("{served:?}") };
        let deaf = TcpSocket::new_v4().unwrap();
        deaf.set_recv_buffer_size(4096).unwrap();
        let mut deaf = deaf.connect((Ipv4Addr::LOCALHOST, port).into()).await.unwrap();
        let questions = b"*IDN?\n".repeat(10_000);
        // Until its own messages are no longer taken either: then everything between is full.
        let takes = std::time::Duration::from_millis(300);
        let mut sent = 0;
        while tokio::time::timeout(takes, deaf.write_all(&questions)).await.is_ok() {
            sent += questions.len();
            assert!(sent < 100 << 20, "no more than the buffers between are filled");
        }
        assert!(ask(&mut dial(&served[0]).await, b"*IDN?\n").await.contains(",SIM36312A,"));
    }
}

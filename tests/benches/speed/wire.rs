//! A query over a raw socket: the shipping driver against a plain ping-pong with the same peer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use pogo_drivers::{Network, Protection, Setup, Wires};
use pogo_hal::{Handle, Multimeter, Resource, toml_file};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::runtime::Builder;

use crate::clock::now;
use crate::job::passes;
use crate::responder::{self, READING};
use crate::table::{Passes, Table, Target};

const PASSES: usize = 7;
const QUERIES: usize = 20_000;
/// What the driver sends for a reading, so that both send the same bytes.
const QUESTION: &[u8] = b"FUNC \"VOLT:DC\";:READ?\n";

pub fn bench(table: &mut Table) {
    let address = responder::start();
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let meter = runtime.block_on(open(address));
    let mut plain = runtime.block_on(connect(address));
    let mut once = || {
        let driver = runtime.block_on(ask_driver(&*meter));
        let plain = runtime.block_on(ask_plain(&mut plain));
        (Passes::new(driver), Passes::new(plain))
    };
    once();
    let (driver, plain) = passes(PASSES, once);
    let each =
        |all: &[Passes], share| Passes::new(all.iter().map(|it| it.quantile(share)).collect());
    let (ours, floor) = (each(&driver, 0.5), each(&plain, 0.5));
    table.ratio("raw-socket query / plain ping-pong", "us", &ours, &floor, Target::AtMost(1.5));
    let (ours, floor) = (each(&driver, 0.999), each(&plain, 0.999));
    table.ratio("  its 99.9th percentile", "us", &ours, &floor, Target::AtMost(3.0));
}

/// A meter at `address`, opened as a run opens it.
async fn open(address: SocketAddr) -> Arc<dyn Multimeter> {
    let host = address.ip().to_string();
    let setup = Setup {
        role: "dmm".into(),
        model: pogo_models::find("keysight-34461a", None).expect("a built-in model"),
        resource: Resource::Socket { board: 0, host, port: address.port() },
        options: toml_file::read("bench.toml", "").expect("nothing to misread"),
        limits: Protection::default(),
        timeout: Duration::from_secs(5),
    };
    match Wires::new(Arc::new(Network::default()))
        .open(&setup)
        .await
        .expect("the responder answers")
        .handle
    {
        Handle::Multimeter(meter) => meter,
        _ => unreachable!("the model is a meter's"),
    }
}

/// Microseconds of every query.
async fn ask_driver(meter: &dyn Multimeter) -> Vec<f64> {
    let mut latencies = Vec::with_capacity(QUERIES);
    for _ in 0..QUERIES {
        let began = now();
        let reading = meter.dc_voltage().await.expect("a reading");
        latencies.push(began.elapsed().as_secs_f64() * 1e6);
        assert!(reading.value.0 == 1.0, "{reading:?}");
    }
    latencies
}

async fn connect(address: SocketAddr) -> BufReader<TcpStream> {
    let stream = TcpStream::connect(address).await.expect("the responder listens");
    stream.set_nodelay(true).expect("a socket without delay");
    BufReader::new(stream)
}

/// The same with nothing but a socket.
async fn ask_plain(stream: &mut BufReader<TcpStream>) -> Vec<f64> {
    let mut latencies = Vec::with_capacity(QUERIES);
    let mut answer = Vec::new();
    for _ in 0..QUERIES {
        let began = now();
        answer.clear();
        stream.write_all(QUESTION).await.expect("the responder listens");
        stream.read_until(b'\n', &mut answer).await.expect("an answer");
        latencies.push(began.elapsed().as_secs_f64() * 1e6);
        assert!(answer.trim_ascii_end() == READING.as_bytes());
    }
    latencies
}

//! A plain instrument on loopback TCP: a thread that answers questions with fixed texts.

use std::net::SocketAddr;
use std::thread;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;

/// What it answers to a reading.
pub const READING: &str = "+1.00000000E+00";

/// Starts one on a free port, with a runtime of its own, for as long as the process lives.
pub fn start() -> SocketAddr {
    let (ready, address) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            ready.send(listener.local_addr().expect("its address")).expect("somebody waits");
            let local = tokio::task::LocalSet::new();
            local
                .run_until(async {
                    while let Ok((stream, _)) = listener.accept().await {
                        tokio::task::spawn_local(answer(stream));
                    }
                })
                .await;
        });
    });
    address.recv().expect("the responder starts")
}

async fn answer(stream: TcpStream) {
    stream.set_nodelay(true).expect("a socket without delay");
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    while stream.read_line(&mut line).await.is_ok_and(|length| length > 0) {
        let message = line.trim();
        let answer = match message {
            "*IDN?" => "Keysight Technologies,34461A,SIM34461A,A.02.17-02.40-02.17-00.52-04-02",
            "*OPC?" => "1",
            _ if message.contains("ERR?") => "+0,\"No error\"",
            _ => READING,
        };
        if message.ends_with('?')
            && stream.write_all(format!("{answer}\n").as_bytes()).await.is_err()
        {
            return;
        }
        line.clear();
    }
}

//! A listener on the line between a driver and an instrument.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Passes everything on to an instrument, and keeps what it was sent.
pub struct Tap {
    address: SocketAddr,
    sent: Arc<Mutex<Vec<u8>>>,
}

impl Tap {
    /// A tap on a port of its own in front of `instrument`, for as long as the process lives.
    ///
    /// # Panics
    ///
    /// There is no free port.
    pub fn before(instrument: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("its address");
        let sent = Arc::new(Mutex::new(Vec::new()));
        let kept = sent.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(there) = TcpStream::connect(instrument) else { continue };
                let ends = (client.try_clone(), there.try_clone());
                let (Ok(client_too), Ok(there_too)) = ends else { continue };
                let kept = kept.clone();
                thread::spawn(move || {
                    pass(client, there, |bytes| {
                        kept.lock().unwrap_or_else(PoisonError::into_inner).extend(bytes);
                    });
                });
                thread::spawn(move || pass(there_too, client_too, |_| {}));
            }
        });
        Self { address, sent }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Everything that the instrument was sent, over all connections.
    ///
    /// # Panics
    ///
    /// It was no text.
    pub fn sent(&self) -> String {
        let bytes = self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone();
        String::from_utf8(bytes).expect("text")
    }
}

/// Passes on what comes `from` there `to` there until either end hangs up.
fn pass(mut from: TcpStream, mut to: TcpStream, mut see: impl FnMut(&[u8])) {
    let _ = to.set_nodelay(true);
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        see(&buffer[..length]);
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

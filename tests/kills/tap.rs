//! The wire between a run and an instrument, which can be held still in the middle of a message.
//!
//! Everything is passed on, whole and in order, also what was on its way when the sender died.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::lookout::Lookout;
use crate::phase::Moment;

/// A port of its own in front of an instrument.
pub struct Tap(Arc<Inner>);

struct Inner {
    address: SocketAddr,
    instrument: Mutex<SocketAddr>,
    closed: AtomicBool,
}

impl Tap {
    /// A tap in front of `instrument`. If it `counts`, `lookout` hears of messages that arrive.
    pub fn before(instrument: SocketAddr, lookout: &Arc<Lookout>, counts: bool) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("its address");
        let instrument = Mutex::new(instrument);
        let inner = Arc::new(Inner { address, instrument, closed: AtomicBool::new(false) });
        let (own, lookout) = (inner.clone(), lookout.clone());
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if own.closed.load(Ordering::Acquire) {
                    return;
                }
                let there = *own.instrument.lock().unwrap_or_else(PoisonError::into_inner);
                // Nobody there: the client is hung up on.
                let Ok(instrument) = TcpStream::connect(there) else { continue };
                converse(client, instrument, &lookout, counts);
            }
        });
        Self(inner)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.0.address
    }

    /// From now on connections lead to `instrument`.
    pub fn lead_to(&self, instrument: SocketAddr) {
        *self.0.instrument.lock().unwrap_or_else(PoisonError::into_inner) = instrument;
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.0.closed.store(true, Ordering::Release);
        // Wakes the listener.
        drop(TcpStream::connect(self.0.address));
    }
}

/// What one direction of a connection has to tell the other: the answer that is looked out for.
type Expected = Arc<Mutex<Option<Moment>>>;

fn converse(client: TcpStream, instrument: TcpStream, lookout: &Arc<Lookout>, counts: bool) {
    let (Ok(back), Ok(answers)) = (client.try_clone(), instrument.try_clone()) else { return };
    let expected = Expected::default();
    let (watch, awaited) = (lookout.clone(), expected.clone());
    thread::spawn(move || {
        pass(client, instrument, |message, to| {
            let moment = watch.sees(message);
            let half = match moment {
                Some(Moment::HalfSaid) => message.len() / 2,
                _ => 0,
            };
            to.write_all(&message[..half])?;
            match moment {
                Some(Moment::Said | Moment::HalfSaid) => watch.reach_and_hold(),
                other => set(&awaited, other),
            }
            to.write_all(&message[half..])?;
            if counts {
                watch.arrives();
            }
            Ok(())
        });
    });
    let watch = lookout.clone();
    thread::spawn(move || {
        pass(answers, back, |answer, to| match take(&expected) {
            Some(Moment::Asked) => {
                watch.reach_and_hold();
                to.write_all(answer)
            }
            Some(_) => to.write_all(answer).map(|()| watch.reach()),
            None => to.write_all(answer),
        });
    });
}

fn set(expected: &Expected, moment: Option<Moment>) {
    if moment.is_some() {
        *expected.lock().unwrap_or_else(PoisonError::into_inner) = moment;
    }
}

fn take(expected: &Expected) -> Option<Moment> {
    expected.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Does `step` with every line that comes `from` there, until either end hangs up.
fn pass(
    from: TcpStream,
    mut to: TcpStream,
    mut step: impl FnMut(&[u8], &mut TcpStream) -> std::io::Result<()>,
) {
    drop(to.set_nodelay(true));
    let (mut from, mut line) = (BufReader::new(from), Vec::new());
    while let Ok(1..) = from.read_until(b'\n', &mut line) {
        if step(&line, &mut to).is_err() {
            break;
        }
        line.clear();
    }
    drop(to.shutdown(Shutdown::Write));
}

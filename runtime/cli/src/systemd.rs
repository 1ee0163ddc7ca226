//! Tells systemd that a run has begun, and that its process still runs.
//!
//! The watchdog notices a process that gets no processor any more: stopped, starved, frozen with
//! its container. It says nothing about the script, whose deadlines are the runtime's own affair.
//!
//! Source: sd_notify(3), sd_watchdog_enabled(3). By hand, because it is one datagram and the
//! library for it would have to be installed.

use std::ffi::OsString;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

/// The thread that tells systemd; it ends when this is dropped.
#[derive(Debug)]
pub struct Told {
    _alive: Sender<()>,
}

/// Says that the run has begun, and from then on, if the unit has a watchdog, twice in its time
/// that the process still runs. `None` if systemd did not start this process, or does not listen:
/// a run does not depend on it.
pub fn tell() -> Option<Told> {
    let var = |name| std::env::var_os(name).filter(|it: &OsString| !it.is_empty());
    let socket = Socket::open(&var("NOTIFY_SOCKET")?).ok()?;
    let number = |name| var(name)?.to_str()?.parse::<u64>().ok();
    // Set for one process of the unit; a child may have inherited it.
    let is_meant = number("WATCHDOG_PID").is_none_or(|it| it == u64::from(std::process::id()));
    let watchdog = number("WATCHDOG_USEC").filter(|it| is_meant && *it > 0);
    socket.say("READY=1").ok()?;
    let (alive, ended) = channel::<()>();
    let every = (Duration::from_micros(watchdog?) / 2).max(Duration::from_millis(1));
    thread::Builder::new()
        .name("watchdog".into())
        .spawn(move || {
            while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(every) {
                // Should it be lost, the next one comes in time.
                drop(socket.say("WATCHDOG=1"));
            }
        })
        .ok()?;
    Some(Told { _alive: alive })
}

struct Socket(UnixDatagram, SocketAddr);

impl Socket {
    fn open(name: &OsString) -> io::Result<Self> {
        let address = match name.as_bytes().strip_prefix(b"@") {
            Some(name) => SocketAddr::from_abstract_name(name)?,
            None => SocketAddr::from_pathname(name)?,
        };
        let socket = UnixDatagram::unbound()?;
        // A service manager that does not read must not hold up a run.
        socket.set_nonblocking(true)?;
        Ok(Self(socket, address))
    }

    fn say(&self, text: &str) -> io::Result<()> {
        self.0.send_to_addr(text.as_bytes(), &self.1).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_is_a_path_or_an_abstract_name() {
        let dir = std::env::temp_dir().join(format!("pogo-systemd-{}", std::process::id()));
        let path = dir.as_os_str().to_owned();
        let abstract_name: OsString = format!("@{}", dir.display()).into();
        let listening = [
            UnixDatagram::bind(&path).unwrap(),
            UnixDatagram::bind_addr(
                &SocketAddr::from_abstract_name(&abstract_name.as_bytes()[1..]).unwrap(),
            )
            .unwrap(),
        ];
        for (name, listening) in [path.clone(), abstract_name].iter().zip(&listening) {
            Socket::open(name).unwrap().say("READY=1").unwrap();
            let mut said = [0; 16];
            let length = listening.recv(&mut said).unwrap();
            assert_eq!(&said[..length], b"READY=1");
        }
        std::fs::remove_file(path).unwrap();
        assert!(Socket::open(&"/not/there".into()).unwrap().say("READY=1").is_err());
    }
}

//! A serial line, which is the other end of a pseudoterminal: messages ended by a line feed.
//!
//! Whoever opens it finds it raw, at whatever speed. There is one line per instrument and all its
//! clients share it, as they would share a cable; what nobody reads is still there for the next.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, QueueSelector, tcflush, tcgetattr, tcsetattr};
use std::time::Duration;

use pogo_hal::{Deadline, Line as _};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::unix::pipe;

use super::device::Devices;
use super::lines::Lines;
use crate::console::SimulatedLine;

/// A line that nobody is served on yet.
#[derive(Debug)]
pub(super) struct Line {
    ours: OwnedFd,
    /// Kept open: without it a client that closes the line would end it for the next one.
    theirs: OwnedFd,
    /// The device file that clients open.
    pub(super) path: String,
}

impl Line {
    /// A new line.
    ///
    /// # Errors
    ///
    /// The system has no pseudoterminal left.
    pub(super) fn open() -> io::Result<Self> {
        let line = || {
            let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
            rustix::io::fcntl_setfd(&ours, rustix::io::FdFlags::CLOEXEC)?;
            rustix::io::ioctl_fionbio(&ours, true)?;
            grantpt(&ours)?;
            unlockpt(&ours)?;
            let path = ptsname(&ours, Vec::new())?;
            let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
            let theirs = rustix::fs::open(&path, flags, Mode::empty())?;
            let mut settings = tcgetattr(&theirs)?;
            settings.make_raw();
            tcsetattr(&theirs, OptionalActions::Now, &settings)?;
            Ok((ours, theirs, path))
        };
        let opened = line().map_err(|cause: rustix::io::Errno| {
            let cause = io::Error::from(cause);
            io::Error::new(cause.kind(), format!("a pseudoterminal: {cause}"))
        });
        let (ours, theirs, path) = opened?;
        let path = path.into_string().map_err(|_| io::ErrorKind::InvalidData)?;
        Ok(Self { ours, theirs, path })
    }

    /// Our end as a stream, and theirs, which has to be kept as long as that.
    ///
    /// # Errors
    ///
    /// The runtime cannot wait for it.
    pub(super) fn into_stream(
        self,
    ) -> io::Result<(impl AsyncRead + AsyncWrite + Send + Unpin + 'static, OwnedFd)> {
        // Tokio has pipes for descriptors that can be read and written without a socket's calls.
        let reader = pipe::Receiver::from_owned_fd_unchecked(self.ours.try_clone()?)?;
        let writer = pipe::Sender::from_owned_fd_unchecked(self.ours)?;
        Ok((tokio::io::join(reader, writer), self.theirs))
    }

    /// Serves the instrument at `index` on it, for ever.
    ///
    /// # Errors
    ///
    /// The runtime cannot wait for it.
    pub(super) fn serve(self, devices: Arc<Devices>, index: usize) -> io::Result<()> {
        // Tokio has pipes for descriptors that can be read and written without a socket's calls,
        // of which it asks no more; its `AsyncFd` would take `unsafe`.
        let mut reader = pipe::Receiver::from_owned_fd_unchecked(self.ours.try_clone()?)?;
        let mut writer = pipe::Sender::from_owned_fd_unchecked(self.ours)?;
        let theirs = self.theirs;
        tokio::spawn(async move {
            let Some(visit) = devices.visit(index) else { return };
            let ended = |outcome: io::Result<()>| match outcome {
                Err(cause) => cause.kind() != io::ErrorKind::TimedOut,
                Ok(()) => true,
            };
            while !ended(Lines::new(&mut reader, &mut writer).serve(&visit.link).await) {
                // Somebody took no response for long: whoever comes next begins anew.
                visit.link.device_clear();
                _ = tcflush(&theirs, QueueSelector::IOFlush);
            }
        });
        Ok(())
    }
}

/// Characters that are read from a client of a console at once.
const PIECE: usize = 4096;

/// How long a client's characters may take on the simulated line.
const PATIENCE: Duration = Duration::from_secs(60);

impl Line {
    /// Carries what goes over a console, either way, until its adapter is unplugged; then the line is
    /// gone, as it is for a real one.
    ///
    /// # Errors
    ///
    /// The runtime cannot wait for it.
    pub(super) fn carry(self, console: SimulatedLine) -> io::Result<()> {
        let reader = pipe::Receiver::from_owned_fd_unchecked(self.ours.try_clone()?)?;
        let writer = pipe::Sender::from_owned_fd_unchecked(self.ours)?;
        let theirs = self.theirs;
        tokio::spawn(async move {
            // Whatever ends it, the line closes with it.
            let _open = theirs;
            _ = carry(&console, reader, writer).await;
        });
        Ok(())
    }
}

async fn carry(
    console: &SimulatedLine,
    mut reader: pipe::Receiver,
    mut writer: pipe::Sender,
) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    let (mut output, mut written) = (Vec::new(), 0);
    let gone = |error: pogo_hal::Error| io::Error::other(error.to_string());
    loop {
        if written == output.len() {
            // What a client does not take stays where it is bounded.
            output = console.take().map_err(gone)?.bytes();
            written = 0;
        }
        let owed = written < output.len();
        tokio::select! {
            biased;
            count = writer.write(&output[written..]), if owed => written += count?,
            count = reader.read(&mut piece) => {
                let told = console.write(&piece[..count?], Deadline::after(PATIENCE)).await;
                if let Err(error) = told
                    && error.kind() != pogo_hal::ErrorKind::Timeout
                {
                    return Err(gone(error));
                }
            }
            () = console.stirs(), if !owed => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{File, OpenOptions};
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::Ipv4Addr;

    use pogo_hal::Resource;

    use super::super::device::LONGEST;
    use super::super::{Serving, WireFace, serve};
    use crate::Bench;
    use crate::trial::plan;

    fn open(path: &str) -> BufReader<File> {
        BufReader::new(OpenOptions::new().read(true).write(true).open(path).unwrap())
    }

    fn ask(line: &mut BufReader<File>, message: &str) -> String {
        line.get_mut().write_all(message.as_bytes()).unwrap();
        let mut answer = String::new();
        line.read_line(&mut answer).unwrap();
        answer
    }

    // The client blocks, in a thread of its own.
    #[tokio::test]
    async fn a_serial_line_stays_when_its_client_goes_and_takes_no_more_than_a_message() {
        let bench = Bench::build(plan("connect = 'VBAT'")).unwrap();
        let here = Ipv4Addr::LOCALHOST.into();
        let serving = Serving { faces: vec![WireFace::Serial], ..Serving::sockets(here) };
        let served = serve(bench, &serving).await.unwrap();
        assert_eq!(served.len(), 2);
        let Resource::Serial { port } = &served[0].resource else { panic!("{served:?}") };
        let port = port.clone();
        let clients = tokio::task::spawn_blocking(move || {
            let mut line = open(&port);
            assert!(ask(&mut line, "*CLS;*IDN?\r\n").contains(",SIM36312A,"));
            // Raw: nothing is echoed, changed or taken for a signal.
            assert_eq!(ask(&mut line, "*ESE?\n"), "+0\n");
            assert_eq!(ask(&mut line, "*ESE\x03\x04\x1a 1;*ESE?\n"), "+1\n");
            drop(line);
            let mut line = open(&port);
            line.get_mut().write_all(&vec![b'x'; 3 * LONGEST]).unwrap();
            assert!(ask(&mut line, "\nSYST:ERR?\n").starts_with("-363,"));
            line.get_mut().write_all(b"*OPC?\n").unwrap();
            drop(line);
            let mut left = [0; 2];
            open(&port).read_exact(&mut left).unwrap();
            assert_eq!(&left, b"1\n", "what nobody read is still there");
        });
        clients.await.unwrap();
    }
}

//! A serial line of this machine: an adapter, a port on the board, a pseudoterminal.
//!
//! Opening one moves neither DTR nor RTS on purpose, and closing it leaves them where they are: on
//! many boards they are wired to reset. What arrives is read by a thread of its own, so that nothing
//! is lost while a script computes; what is sent passes the gate, as every byte to a bench does.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use async_trait::async_trait;
use pogo_hal::{Deadline, Error, Flow, Heard, Identity, Inbox, Line, LineSettings, Parity, Result};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::OFlags;
use rustix::termios::{ControlModes, OptionalActions, isatty, tcgetattr, tcsetattr};
use serialport::{ClearBuffer, SerialPort, TTYPort};
use tokio::net::unix::pipe;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::Gate;
use super::ports;

/// Bytes that are read at once.
const PIECE: usize = 16 * 1024;

/// An open serial line.
pub struct SerialLine {
    path: String,
    identity: Identity,
    /// Keeps the settings, and others from opening it.
    _port: TTYPort,
    file: File,
    writer: pipe::Sender,
    shared: Arc<Shared>,
    wake: UnixStream,
    reader: Option<JoinHandle<()>>,
    gate: Gate,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    arrived: Notify,
}

#[derive(Default)]
struct State {
    inbox: Inbox<Instant>,
    /// Why there is nothing more to come.
    gone: Option<Error>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SerialLine {
    /// Opens the line that `port` names: a path, or `usb:` and the serial number of an adapter.
    ///
    /// # Errors
    ///
    /// `Unreachable` if it is not there, in use, or may not be opened; each says which.
    pub fn open(port: &str, settings: &LineSettings, gate: Gate) -> Result<Self> {
        let (path, identity) = ports::find(port)?;
        // Before it is locked: an exclusive line can be opened by nobody, ourselves included.
        let file = open_file(&path)?;
        let wrong = |cause: io::Error| refused(&path, &cause);
        let port = set_up(&path, settings)?;
        leave_lines_alone(&file).map_err(wrong)?;
        // What came before anybody listened is nobody's answer.
        port.clear(ClearBuffer::Input).map_err(|cause| wrong(cause.into()))?;
        let writer =
            file.try_clone().and_then(|it| pipe::Sender::from_owned_fd_unchecked(it.into()));
        let (wake, woken) = UnixStream::pair().map_err(wrong)?;
        let shared = Arc::<Shared>::default();
        let read = {
            let (file, shared, path) =
                (file.try_clone().map_err(wrong)?, shared.clone(), path.clone());
            move || read(&file, &woken, &path, &shared)
        };
        let reader = std::thread::Builder::new().name(format!("reads {path}")).spawn(read);
        Ok(Self {
            identity,
            _port: port,
            file,
            writer: writer.map_err(wrong)?,
            shared,
            wake,
            reader: Some(reader.map_err(wrong)?),
            gate,
            path,
        })
    }
}

impl Drop for SerialLine {
    fn drop(&mut self) {
        // The reader is gone when this returns: whoever opens the line next finds it free.
        _ = self.wake.write_all(b"x");
        if let Some(reader) = self.reader.take() {
            _ = reader.join();
        }
    }
}

/// Opens `path`, if it is a serial line.
fn open_file(path: &str) -> Result<File> {
    let flags = (OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC).bits();
    let opened =
        File::options().read(true).write(true).custom_flags(flags.cast_signed()).open(path);
    let file = opened.map_err(|cause| refused(path, &cause))?;
    if !isatty(&file) {
        return Err(Error::unreachable(format!("`{path}` is no serial line"))
            .with_hint(ports::known("check `address` in the fixture file")));
    }
    Ok(file)
}

/// Closing the line must not drop DTR either, which is wired to reset on many boards.
fn leave_lines_alone(file: &File) -> io::Result<()> {
    let mut settings = tcgetattr(file)?;
    settings.control_modes &= !ControlModes::HUPCL;
    tcsetattr(file, OptionalActions::Now, &settings)?;
    Ok(())
}

fn set_up(path: &str, settings: &LineSettings) -> Result<TTYPort> {
    use serialport::{DataBits, FlowControl, StopBits};
    let data_bits = match settings.data_bits {
        5 => DataBits::Five,
        6 => DataBits::Six,
        7 => DataBits::Seven,
        _ => DataBits::Eight,
    };
    let builder = serialport::new(path, settings.baud)
        .data_bits(data_bits)
        .parity(match settings.parity {
            Parity::None => serialport::Parity::None,
            Parity::Odd => serialport::Parity::Odd,
            Parity::Even => serialport::Parity::Even,
        })
        .stop_bits(if settings.stop_bits == 2 { StopBits::Two } else { StopBits::One })
        .flow_control(match settings.flow {
            Flow::None => FlowControl::None,
            Flow::Software => FlowControl::Software,
            Flow::Hardware => FlowControl::Hardware,
        });
    builder.open_native().map_err(|cause| {
        let kind = cause.kind();
        let cause = io::Error::from(cause);
        match kind {
            // Its lock is the kernel's (TIOCEXCL) and that of other programs (flock).
            serialport::ErrorKind::NoDevice => busy(path),
            serialport::ErrorKind::InvalidInput | serialport::ErrorKind::Unknown => {
                Error::unreachable(format!("`{path}` cannot do {} baud: {cause}", settings.baud))
                    .with_hint("check `baud`, `data_bits`, `parity` and `flow` of this role")
                    .caused_by(cause)
            }
            _ => refused(path, &cause),
        }
    })
}

/// Why a line cannot be opened, and what to do about it.
fn refused(path: &str, cause: &io::Error) -> Error {
    let code = cause.raw_os_error();
    let is = |errno: rustix::io::Errno| code == Some(errno.raw_os_error());
    let error = match cause.kind() {
        io::ErrorKind::NotFound => Error::unreachable(format!("there is no `{path}`"))
            .with_hint(ports::known("plug the adapter in, or check `address` in the fixture file")),
        io::ErrorKind::PermissionDenied => {
            Error::unreachable(format!("`{path}` may not be opened by this user")).with_hint(
                "become a member of the group that owns it, `dialout` on most systems, and log in \
                 again",
            )
        }
        _ if is(rustix::io::Errno::BUSY) => return busy(path),
        _ if is(rustix::io::Errno::NXIO) || is(rustix::io::Errno::NODEV) => {
            Error::unreachable(format!("nothing is plugged in at `{path}`"))
                .with_hint(ports::known("plug the adapter in"))
        }
        _ => Error::unreachable(format!("`{path}` cannot be opened: {cause}"))
            .with_hint("check the adapter, and `address` in the fixture file"),
    };
    error.caused_by(io::Error::new(cause.kind(), cause.to_string()))
}

fn busy(path: &str) -> Error {
    Error::unreachable(format!("`{path}` is in use by another program"))
        .with_hint(format!("close the terminal that has it open; `fuser {path}` says which"))
}

fn gone(path: &str, cause: &str) -> Error {
    Error::unreachable(format!("`{path}` is gone: {cause}"))
        .with_hint("the adapter was unplugged, or lost its power: check it and its cable")
}

/// Reads until the line or its owner is gone.
fn read(mut file: &File, woken: &UnixStream, path: &str, shared: &Shared) {
    let mut piece = vec![0; PIECE];
    let cause = loop {
        let (ready, ended) = {
            let mut waits = [PollFd::new(&file, PollFlags::IN), PollFd::new(woken, PollFlags::IN)];
            match poll(&mut waits, None) {
                Ok(_) => (waits[0].revents(), !waits[1].revents().is_empty()),
                Err(rustix::io::Errno::INTR) => continue,
                Err(cause) => break io::Error::from(cause).to_string(),
            }
        };
        if ended {
            return;
        }
        if ready.is_empty() {
            continue;
        }
        match file.read(&mut piece) {
            // Of a line that still can be read, this is how the end is said.
            Ok(0) => break "its other end is closed".to_owned(),
            Ok(count) => {
                shared.lock().inbox.push(Instant::now(), &piece[..count]);
                shared.arrived.notify_one();
            }
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            Err(cause) if cause.kind() == io::ErrorKind::WouldBlock => {
                if ready.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
                    break cause.to_string();
                }
            }
            Err(cause) => break cause.to_string(),
        }
    };
    shared.lock().gone = Some(gone(path, &cause));
    shared.arrived.notify_one();
}

#[async_trait]
impl Line for SerialLine {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    async fn write(&self, bytes: &[u8], deadline: Deadline) -> Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let lost = |cause: io::Error| gone(&self.path, &cause.to_string());
            match deadline.bound(self.writer.writable()).await {
                Some(ready) => ready.map_err(lost)?,
                None => {
                    self.check()?;
                    return Err(Error::timeout(format!(
                        "`{}` takes no more: {} bytes are left to be sent",
                        self.path,
                        rest.len()
                    ))
                    .with_hint("the other end holds it up: check `flow` of this role"));
                }
            }
            match self.gate.pass(|| self.writer.try_write(rest)) {
                Ok(count) => rest = &rest[count..],
                Err(cause) if cause.kind() == io::ErrorKind::WouldBlock => {}
                Err(cause) if cause.kind() == io::ErrorKind::PermissionDenied => {
                    return Err(Error::stopped("the bench was taken out of this run's hands"));
                }
                Err(cause) => return Err(lost(cause)),
            }
        }
        Ok(())
    }

    fn take(&self) -> Result<Heard> {
        let mut state = self.shared.lock();
        match &state.gone {
            Some(error) if state.inbox.is_empty() => Err(error.clone()),
            _ => {
                let (pieces, dropped) = state.inbox.take();
                Ok(Heard { pieces, dropped })
            }
        }
    }

    async fn stirs(&self) {
        loop {
            let arrived = self.shared.arrived.notified();
            {
                let state = self.shared.lock();
                if state.gone.is_some() || !state.inbox.is_empty() {
                    return;
                }
            }
            arrived.await;
        }
    }

    fn check(&self) -> Result<()> {
        if let Some(error) = &self.shared.lock().gone {
            return Err(error.clone());
        }
        // An adapter that is gone has no settings any more.
        tcgetattr(&self.file).map(drop).map_err(|cause| gone(&self.path, &cause.to_string()))?;
        match Path::new(&self.path).exists() {
            true => Ok(()),
            false => Err(gone(&self.path, "its device file has disappeared")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_not_to_open_a_line_is_told_from_the_others() {
        use rustix::io::Errno;
        for (errno, said, hint) in [
            (Errno::NOENT, "there is no `/dev/ttyUSB7`", "plug the adapter in"),
            (Errno::ACCESS, "may not be opened by this user", "dialout"),
            (Errno::BUSY, "in use by another program", "fuser"),
            (Errno::NXIO, "nothing is plugged in", "plug the adapter in"),
            (Errno::IO, "cannot be opened: ", "check the adapter"),
        ] {
            let error = refused("/dev/ttyUSB7", &io::Error::from(errno));
            assert!(error.message().contains(said), "{error}");
            assert!(error.hint().unwrap().contains(hint), "{error:?}");
            assert_eq!(error.kind(), pogo_hal::ErrorKind::Unreachable);
        }
    }

    #[test]
    fn what_is_no_serial_line_is_not_opened_as_one() {
        let error = open_file("/dev/null").unwrap_err();
        assert!(error.message().contains("`/dev/null` is no serial line"), "{error}");
        let error = open_file("/dev/tty-that-is-not-there").unwrap_err();
        assert!(error.message().contains("there is no"), "{error}");
    }
}

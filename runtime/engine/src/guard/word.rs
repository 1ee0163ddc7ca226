//! What a run tells its guard.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::PathBuf;

use pogo_record::{Author, Uuid};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use serde::{Deserialize, Serialize};

/// More than the longest word: an instrument with dozens of roles.
const LONGEST: usize = 1 << 16;

/// One message, with at most one descriptor beside it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum Word {
    /// The guard's own: it stands in a session of its own.
    Ready,
    /// What the guard will have to write into the record is about this run.
    Run { run: Uuid, author: Author, store: PathBuf, now_ns: u64 },
    /// How the instruments behind one connection are made safe; the descriptor is the connection.
    Will { name: String, will: String },
    /// The descriptor is to stay open for as long as the guard has something to do.
    Hold,
    /// The bench is safe, or somebody has been told that it is not: there is nothing to do.
    Released,
}

impl Word {
    /// Sends it; never waits.
    pub(super) fn send(
        &self,
        socket: BorrowedFd<'_>,
        descriptor: Option<BorrowedFd<'_>>,
    ) -> io::Result<()> {
        let bytes = serde_json::to_vec(self)?;
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut beside = SendAncillaryBuffer::new(&mut space);
        let descriptors: Vec<_> = descriptor.into_iter().collect();
        if !descriptors.is_empty() {
            beside.push(SendAncillaryMessage::ScmRights(&descriptors));
        }
        let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
        sendmsg(socket, &[IoSlice::new(&bytes)], &mut beside, flags)?;
        Ok(())
    }

    /// Waits for the next; `None` if there will be none because the other end is gone.
    pub(super) fn receive(socket: BorrowedFd<'_>) -> io::Result<Option<(Self, Option<OwnedFd>)>> {
        let mut bytes = vec![0; LONGEST];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut beside = RecvAncillaryBuffer::new(&mut space);
        let flags = RecvFlags::CMSG_CLOEXEC;
        let length = loop {
            match recvmsg(socket, &mut [IoSliceMut::new(&mut bytes)], &mut beside, flags) {
                Err(rustix::io::Errno::INTR) => {}
                // The other end died and had not read everything. Said once, and before what it has
                // sent itself, which is still to be read.
                Err(rustix::io::Errno::CONNRESET) => {}
                received => break received?.bytes,
            }
        };
        if length == 0 {
            return Ok(None);
        }
        let descriptor = beside.drain().find_map(|message| match message {
            RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
            _ => None,
        });
        Ok(Some((serde_json::from_slice(&bytes[..length])?, descriptor)))
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;

    use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

    use super::*;

    #[test]
    fn what_a_run_said_is_heard_after_its_death_even_if_it_had_not_read_everything() {
        let (run, guard) =
            socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
                .unwrap();
        let (name, will) = ("psu".to_owned(), "off".to_owned());
        Word::Will { name, will }.send(run.as_fd(), None).unwrap();
        Word::Ready.send(guard.as_fd(), None).unwrap();
        drop(run);
        let heard = Word::receive(guard.as_fd()).unwrap();
        assert!(matches!(heard, Some((Word::Will { .. }, None))), "{heard:?}");
        assert!(Word::receive(guard.as_fd()).unwrap().is_none());
    }
}

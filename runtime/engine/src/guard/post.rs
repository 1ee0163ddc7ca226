//! The guard, seen from the run.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pogo_record::{Author, Uuid};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

use super::word::Word;
use crate::rescue::Heir;

/// How long a guard may take to stand, and to go. It takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// A guard process. It makes the bench safe if this process ends before [`Guard::release`].
#[derive(Debug)]
pub struct Guard {
    program: PathBuf,
    socket: OwnedFd,
    process: Mutex<Process>,
}

/// The other end of the socket.
#[derive(Debug)]
enum Process {
    /// Nobody has it yet. What is said meanwhile waits there.
    Awaited(OwnedFd),
    Started(Child),
    Gone,
}

impl Guard {
    /// Starts this program again as `pogo guard`. [`Guard::ready`] says when it stands.
    ///
    /// # Errors
    ///
    /// The operating system gives no process.
    pub fn start() -> io::Result<Self> {
        // Not the file's name: it may have been replaced by a newer one while this process runs.
        Self::of(Path::new("/proc/self/exe"))
    }

    /// Starts `program` as `pogo guard`: for a process that runs scripts and is not itself a
    /// program that calls [`stand_guard`](crate::stand_guard) when it is told so.
    ///
    /// # Errors
    ///
    /// Those of [`Guard::start`], and that there is no such program.
    pub fn of(program: &Path) -> io::Result<Self> {
        let guard = Self::awaited(program)?;
        guard.spawn()?;
        Ok(guard)
    }

    /// One that can be told everything before its process is there, so that there is no moment at
    /// which it stands and knows nothing.
    fn awaited(program: &Path) -> io::Result<Self> {
        let (socket, its) =
            socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
        let process = Mutex::new(Process::Awaited(its));
        Ok(Self { program: program.to_owned(), socket, process })
    }

    fn spawn(&self) -> io::Result<()> {
        let mut process = self.process();
        if let Process::Awaited(its) = std::mem::replace(&mut *process, Process::Gone) {
            *process = Process::Started(
                Command::new(&self.program)
                    .arg0("pogo")
                    .arg("guard")
                    .current_dir("/")
                    .stdin(its)
                    .stdout(Stdio::null())
                    .spawn()?,
            );
        }
        Ok(())
    }

    fn process(&self) -> MutexGuard<'_, Process> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns once the guard stands where no signal to this process reaches it.
    ///
    /// # Errors
    ///
    /// It ended, or does not stand within 5 s.
    pub fn ready(&self) -> io::Result<()> {
        self.wait_for_word()?;
        match Word::receive(self.socket.as_fd())? {
            Some((Word::Ready, _)) => Ok(()),
            other => Err(io::Error::other(format!("the guard said {other:?}"))),
        }
    }

    /// Another of the same program, for when this one has died: `brief` tells it what this one
    /// knew, and it stands when this returns.
    pub(crate) fn another(&self, brief: impl FnOnce(Arc<Self>)) -> io::Result<Arc<Self>> {
        let next = Arc::new(Self::awaited(&self.program)?);
        brief(next.clone());
        next.spawn()?;
        next.ready()?;
        Ok(next)
    }

    /// The number of its process, if it has one.
    pub fn id(&self) -> Option<u32> {
        match &*self.process() {
            Process::Started(child) => Some(child.id()),
            Process::Awaited(_) | Process::Gone => None,
        }
    }

    /// What it will have to write into the record is about this run, whose clock says `now_ns`.
    pub(crate) fn begin(&self, run: Uuid, author: &Author, store: &Path, now_ns: u64) {
        // It stands in another folder.
        let store = std::path::absolute(store).unwrap_or_else(|_| store.to_owned());
        let author = author.clone();
        self.tell(&Word::Run { run, author, store, now_ns }, None);
    }

    /// Whether it has died: it says nothing any more, so what can be read is its end.
    pub(crate) fn is_gone(&self) -> bool {
        let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
        let mut socket = [PollFd::new(&self.socket, PollFlags::IN)];
        poll(&mut socket, Some(&at_once)).is_ok_and(|ready| ready > 0)
    }

    /// Takes away what is left of one that has died.
    pub(crate) fn bury(&self) {
        let mut process = self.process();
        if let Process::Started(child) = &mut *process {
            let _ = child.kill();
            let _ = child.wait();
        }
        // One that was not told everything must not be started any more.
        *process = Process::Gone;
    }

    /// The bench needs no guard any more. Returns once the process is gone. [`run`](crate::run())
    /// does it at its end.
    pub fn release(&self) {
        self.tell(&Word::Released, None);
        let _ = rustix::net::shutdown(&self.socket, rustix::net::Shutdown::Write);
        // Its end of the socket closes with it.
        let _ = self.wait_for_word();
        self.bury();
    }

    fn tell(&self, word: &Word, descriptor: Option<BorrowedFd<'_>>) {
        // One that does not listen is dead or as good as dead, and its socket shows that to the
        // supervisor, who sees to another.
        if word.send(self.socket.as_fd(), descriptor).is_err() {
            self.bury();
        }
    }

    /// Returns once the guard has said something or hung up.
    fn wait_for_word(&self) -> io::Result<()> {
        let patience = Timespec { tv_sec: PATIENCE.as_secs() as i64, tv_nsec: 0 };
        let mut socket = [PollFd::new(&self.socket, PollFlags::IN)];
        loop {
            return match poll(&mut socket, Some(&patience)) {
                // A signal that asks for the run's end is the supervisor's to hear.
                Err(Errno::INTR) => continue,
                Ok(0) => Err(io::Error::new(io::ErrorKind::TimedOut, "the guard does not answer")),
                outcome => outcome.map(drop).map_err(io::Error::from),
            };
        }
    }
}

impl Heir for Guard {
    fn inherit(&self, name: &str, will: &str, descriptor: Option<BorrowedFd<'_>>) {
        let (name, will) = (name.to_owned(), will.to_owned());
        self.tell(&Word::Will { name, will }, descriptor);
    }

    fn hold(&self, lock: BorrowedFd<'_>) {
        self.tell(&Word::Hold, Some(lock));
    }
}

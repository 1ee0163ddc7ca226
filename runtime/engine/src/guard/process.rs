//! The guard, seen from itself.

use std::future::Future;
use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::time::Instant;

use pogo_record::{Author, Safe, SafeBy, Uuid, testify};
use tokio::runtime::Builder;

use super::word::Word;
use crate::ledger::outcome;
use crate::rescue::Safety;
use crate::supervisor::Asked;

/// What was bequeathed for one connection: how it is made safe, and the connection.
pub type Will = (String, Option<OwnedFd>);

/// Stands guard over the run whose process started this one and gave it a socket as standard input.
/// Returns at once when the run has said that its bench is safe; when the run is gone without that,
/// after `make_safe` has done what is to be done and its outcome is in the record and on stderr.
///
/// # Errors
///
/// Nobody gave it a socket: it was not started by a run.
pub fn serve<F>(make_safe: impl FnOnce(Vec<Will>) -> F) -> io::Result<()>
where
    F: Future<Output = Safety>,
{
    let socket = io::stdin().as_fd().try_clone_to_owned()?;
    rustix::net::sockopt::socket_type(&socket)?;
    // No terminal's signals reach it there, nor those for the process group of the run.
    rustix::process::setsid()?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let entered = runtime.enter();
    // Heard, so that they do not end this process, and then not listened to.
    let _deaf = Asked::listen()?;
    drop(entered);
    match Word::Ready.send(socket.as_fd(), None) {
        // The run is gone already. What it has told this guard before that waits in the socket: one
        // that replaces another may be all that is left for a supply that is on.
        Err(cause) if cause.kind() == io::ErrorKind::BrokenPipe => {}
        said => said?,
    }
    let mut estate = Estate::default();
    loop {
        match Word::receive(socket.as_fd()) {
            Ok(Some((Word::Released, _))) => return Ok(()),
            Ok(Some((word, descriptor))) => estate.take(word, descriptor),
            // What cannot be understood is no reason to leave a supply on.
            Ok(None) | Err(_) => break,
        }
    }
    let wills: Vec<Will> = estate.wills.drain(..).map(|(_, will)| will).collect();
    if wills.is_empty() {
        // The run died before it had opened anything.
        return Ok(());
    }
    let safety = runtime.block_on(make_safe(wills));
    estate.tell(&safety);
    Ok(())
}

/// What the guard was told.
#[derive(Default)]
struct Estate {
    wills: Vec<(String, Will)>,
    run: Option<AboutRun>,
    held: Vec<OwnedFd>,
}

struct AboutRun {
    run: Uuid,
    author: Author,
    store: PathBuf,
    /// When this process came to know that the run's clock said `now_ns`.
    then: Instant,
    now_ns: u64,
}

impl Estate {
    fn take(&mut self, word: Word, descriptor: Option<OwnedFd>) {
        match word {
            Word::Will { name, will } => {
                let will = (will, descriptor);
                match self.wills.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, known)) => *known = will,
                    None => self.wills.push((name, will)),
                }
            }
            Word::Run { run, author, store, now_ns } => {
                self.run = Some(AboutRun { run, author, store, then: now(), now_ns });
            }
            Word::Hold => self.held.extend(descriptor),
            Word::Ready | Word::Released => {}
        }
    }

    /// Says what became of the roles, to the record of the run and to whoever sits there.
    fn tell(&self, safety: &Safety) {
        let mut told =
            String::from("\npogo: the run's process is gone; its guard took the bench\n");
        for (role, state) in safety {
            told += &match state {
                Ok(pogo_hal::SafeState::Passive) => format!("  {role} can do no harm\n"),
                Ok(pogo_hal::SafeState::Confirmed { state, read_back }) => {
                    format!("  {role} is safe: {state}, read back as `{read_back}`\n")
                }
                Err(error) => format!(
                    "!!! {role} IS NOT SAFE: {error}\n    switch it off by hand before anybody \
                     touches the fixture\n"
                ),
            };
        }
        if let Some(AboutRun { run, author, store, then, now_ns }) = &self.run {
            let elapsed = u64::try_from(then.elapsed().as_nanos()).unwrap_or(u64::MAX);
            let safe = safety.iter().map(|(role, state)| Safe {
                role: role.clone(),
                outcome: outcome(state),
                by: SafeBy::Guard,
            });
            let now_ns = now_ns.saturating_add(elapsed);
            if let Err(error) = testify(store, *run, author, now_ns, safe) {
                told += &format!("  this could not be recorded: {error}\n");
            }
        }
        // A terminal that is gone needs no answer.
        let _ = io::stderr().write_all(told.as_bytes());
    }
}

#[expect(clippy::disallowed_methods, reason = "the guard lives in real time")]
fn now() -> Instant {
    Instant::now()
}

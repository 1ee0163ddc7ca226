//! Signals that ask a run to end.
//!
//! They are heard on a thread of their own, because the site's thread may be inside a script or
//! waiting on a wire. The run then ends by itself: the script at its next operation, the bench
//! call it is in at once, and every role is brought to its safe state.

use std::io;
use std::sync::mpsc::Receiver;
use std::thread;

use pogo_runtime::Stop;
use tokio::signal::unix::{SignalKind, signal};

/// A thread that begins to hear signals.
pub struct Hearing(Receiver<io::Result<()>>);

impl Hearing {
    /// Returns once signals are heard. Nothing may be opened on the bench before.
    ///
    /// # Errors
    ///
    /// The operating system gives no way to hear signals.
    pub fn ready(self) -> io::Result<()> {
        self.0.recv().unwrap_or_else(|_| Err(io::Error::other("the thread for signals ended")))
    }
}

/// Raises `stop` for every SIGINT, SIGTERM and SIGHUP once [`Hearing::ready`], and calls `heard` at
/// the first.
///
/// # Errors
///
/// The operating system gives no thread.
pub fn raise(stop: Stop, heard: impl FnOnce() + Send + 'static) -> io::Result<Hearing> {
    let (ready, is_ready) = std::sync::mpsc::sync_channel(1);
    thread::Builder::new().name("signals".into()).spawn(move || {
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_io().build() {
            Ok(runtime) => runtime,
            Err(error) => return drop(ready.send(Err(error))),
        };
        runtime.block_on(async {
            let mut heard = Some(heard);
            let mut asked = match Asked::listen() {
                Ok(asked) => asked,
                Err(error) => return drop(ready.send(Err(error))),
            };
            let _ = ready.send(Ok(()));
            loop {
                asked.wait().await;
                stop.raise();
                if let Some(heard) = heard.take() {
                    heard();
                }
            }
        });
    })?;
    Ok(Hearing(is_ready))
}

/// The signals that ask the program to end. Listen inside a tokio runtime.
pub struct Asked([tokio::signal::unix::Signal; 3]);

impl Asked {
    /// From now on these signals no longer end the process.
    ///
    /// # Errors
    ///
    /// The operating system gives no way to hear signals.
    pub fn listen() -> io::Result<Self> {
        Ok(Self([
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
            signal(SignalKind::hangup())?,
        ]))
    }

    /// Returns at the next of these signals.
    pub async fn wait(&mut self) {
        let Self([interrupt, terminate, hangup]) = self;
        tokio::select! {
            biased;
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}

//! What lets a bench be taken from the thread that drives it.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// Open until it is closed for good; clones are the same gate. Every write to an instrument passes
/// through it, so that once [`Gate::close`] has returned no byte of whoever was writing follows.
#[derive(Clone, Debug, Default)]
pub struct Gate(Arc<Mutex<bool>>);

impl Gate {
    /// Waits for a write that is in the kernel's hands now, and lets no further one through.
    pub fn close(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
    }

    /// Does `write`, which must not block, unless the gate is closed.
    ///
    /// # Errors
    ///
    /// What `write` fails with; `PermissionDenied` if the gate is closed.
    pub fn pass<T>(&self, write: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let closed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if *closed { Err(io::ErrorKind::PermissionDenied.into()) } else { write() }
    }
}

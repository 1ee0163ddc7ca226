//! Locks on instruments, shared by all users of the machine.
//!
//! An instrument that two programs talk to at once obeys neither. Whoever opens one takes its lock
//! first, a file that the kernel locks (flock(2)) for as long as any duplicate of its descriptor
//! is open: it cannot outlive its processes, and a guard that was given a duplicate keeps it when
//! the process that took it dies.

mod folder;
mod instrument;
mod owner;

pub use instrument::InstrumentLock;
pub use owner::Owner;

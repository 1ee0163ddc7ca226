//! The guard: a process that makes the bench safe when the one that runs it cannot any more.
//!
//! It is this program again, in a session of its own, started before anything is opened. It
//! receives what makes each instrument safe, and a duplicate of the connection to it: on an
//! instrument that serves one connection at a time there is no other way in, and only there are
//! our words in order. Over the socket between the two it learns how the run ends: a word says
//! that the bench is safe; an end without that word is a death.
//!
//! It does nothing while the run lives, holds no instrument lock of its own, and cannot be asked to
//! end by the signals that end a run.

mod post;
mod process;
mod word;

pub use post::Guard;
pub use process::{Will, serve};

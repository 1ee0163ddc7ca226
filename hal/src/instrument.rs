//! What every instrument can do.

use async_trait::async_trait;

use crate::{Identity, Result};

/// Something on the bench that somebody may have to be protected from.
///
/// Any method of any instrument can fail as `Unreachable` (nobody there any more), `Timeout`,
/// `Garbled` (the answer makes no sense) or `Stopped`; the methods' own docs name what else.
#[async_trait]
pub trait Instrument: Send + Sync {
    /// Who answered when the instrument was opened.
    fn identity(&self) -> &Identity;

    /// What the instrument says of its own calibration, as it answered when it was opened: a date,
    /// as the maker writes one. `None` if it says nothing, or was not asked.
    fn calibration(&self) -> Option<&str> {
        None
    }

    /// Brings this role to the state in which it can do no harm and reads it back. It must work
    /// after any failure of any other method, whatever state the connection was left in.
    ///
    /// # Errors
    ///
    /// The safe state was not confirmed: somebody has to look at the instrument.
    async fn make_safe(&self) -> Result<SafeState>;
}

/// What is known of an instrument after [`Instrument::make_safe`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SafeState {
    /// It can do no harm in any state, such as a meter that only listens.
    Passive,
    /// It was told, and read back.
    Confirmed {
        /// What it was told, in a person's words: `output off`.
        state: String,
        /// What it answered when asked.
        read_back: String,
    },
}

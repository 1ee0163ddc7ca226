//! Serial consoles: what a unit says of itself as text, and what it is told.
//!
//! A console faces the unit under test. Where the unit stays silent and this side of the line is
//! proven sound, that is the unit's failure ([`NoAnswer`](crate::ErrorKind::NoAnswer)); where the
//! adapter is gone, it is the bench's.

use std::time::Duration;

use async_trait::async_trait;

use crate::{Deadline, Heard, Instrument, Result};

/// How a unit behaves on its console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manners {
    /// It repeats every line that it is told.
    pub echo: bool,
    /// How long it is given to answer where nobody says how long.
    pub patience: Duration,
}

/// A console of the unit under test.
///
/// What has come is never lost before it is taken, as far as there is room for it; then the oldest
/// is dropped, and [`Heard::dropped`] says so.
#[async_trait]
pub trait Console: Instrument {
    /// How the unit behaves.
    fn manners(&self) -> Manners;

    /// Sends `text` as a line, with the ending that the unit expects.
    ///
    /// # Errors
    ///
    /// `Timeout` if the unit holds it up beyond the deadline by flow control, `Unreachable` if the
    /// adapter is gone.
    async fn send_line(&self, text: &[u8], deadline: Deadline) -> Result<()>;

    /// What the unit has said since this was last asked; waits until there is something.
    ///
    /// # Errors
    ///
    /// `NoAnswer` if the adapter is there and the unit has said nothing by the deadline,
    /// `Unreachable` if the adapter is gone: at once, not at the deadline.
    async fn hear(&self, deadline: Deadline) -> Result<Heard>;

    /// The same without waiting: perhaps nothing.
    ///
    /// # Errors
    ///
    /// `Unreachable` if the adapter is gone, once everything that was said before is taken.
    fn heard(&self) -> Result<Heard>;
}

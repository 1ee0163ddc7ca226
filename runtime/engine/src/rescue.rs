//! Making a bench safe behind the back of its site, which may hang or be dead.

use std::os::fd::BorrowedFd;
use std::sync::Arc;

use async_trait::async_trait;
use pogo_hal::{Result, SafeState};

/// What is known of each role, in the order in which they were opened.
pub type Safety = Vec<(String, Result<SafeState>)>;

/// A bench, to whoever has to take it from its site.
#[async_trait]
pub trait Rescue: Send + Sync {
    /// From now on nothing that the site says reaches an instrument.
    fn close(&self);

    /// Makes every role safe, over connections as the site left them, all instruments at once.
    async fn make_safe(&self) -> Safety;

    /// Gives the instruments back to whoever wants them next.
    fn release(&self);

    /// Tells `heir` of every connection that there is, and of every change from now on.
    fn bequeath(&self, heir: Arc<dyn Heir>);
}

/// Whoever is told of every connection of a bench.
pub trait Heir: Send + Sync {
    /// `will` says how the instruments behind the connection called `name` are made safe, and
    /// replaces what was said of that name before. `descriptor` is the connection, to be duplicated
    /// if it is to be kept; `None` if there is none now.
    fn inherit(&self, name: &str, will: &str, descriptor: Option<BorrowedFd<'_>>);

    /// Nobody else must have these instruments before the heir is done: `lock` is to be duplicated
    /// and kept open.
    fn hold(&self, lock: BorrowedFd<'_>);
}

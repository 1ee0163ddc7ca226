//! The point in time by which an operation has to be over.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

/// A point on tokio's clock, which simulated time controls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

impl Deadline {
    /// `duration` from now. Call it inside a tokio runtime.
    pub fn after(duration: Duration) -> Self {
        // As tokio does for timers: a time beyond what the clock can say is far enough away.
        let far = Duration::from_secs(30 * 365 * 24 * 3600);
        let now = Instant::now();
        Self(now.checked_add(duration).unwrap_or(now + far))
    }

    /// The earlier of the two.
    #[must_use]
    pub fn or_earlier(self, other: Self) -> Self {
        self.min(other)
    }

    /// What is left of it; zero once it has passed.
    pub fn remaining(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// The point itself, for tokio's timers.
    pub fn instant(self) -> Instant {
        self.0
    }

    /// What `work` gives, or `None` if the deadline comes first; then `work` is dropped where it
    /// stands. Work that is ready at once is not held up by a deadline that has passed.
    pub async fn bound<T>(self, work: impl Future<Output = T>) -> Option<T> {
        timeout_at(self.0, work).await.ok()
    }
}

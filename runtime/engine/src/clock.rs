//! The bench's time: real, or the simulated world's.

use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

/// What a run reads the time from and waits on.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Nanoseconds since the bench was opened.
    fn now_ns(&self) -> u64;

    /// Returns once `duration` has passed on the bench.
    async fn sleep(&self, duration: Duration);
}

/// Tokio's clock: real time, to the millisecond.
#[derive(Debug)]
pub struct RealTime(Instant);

impl RealTime {
    /// A clock that starts now. Call it inside a tokio runtime.
    pub fn start() -> Self {
        Self(Instant::now())
    }
}

#[async_trait]
impl Clock for RealTime {
    fn now_ns(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

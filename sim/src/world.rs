//! Simulated time, and everything that lives in it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::floor::Floor;

const MILLISECOND: u64 = 1_000_000;

/// The simulated world: its clock counts whole nanoseconds from the moment it was made.
///
/// Tokio's timers know milliseconds only, so its clock no more than wakes this one: within the
/// millisecond that tokio has reached, a wait is over at once and simulated time moves alone. A
/// thousand waits of 130 us take 130 ms, exactly. Under a paused clock the same is deterministic;
/// in real time a wait may end up to one millisecond early, and their sum does not.
#[derive(Debug)]
pub struct World {
    start: Instant,
    floor: Mutex<Floor>,
}

impl World {
    /// A world whose time begins now. Call it inside a tokio runtime; a paused one should have
    /// been built paused, as its clock then stands on a whole millisecond.
    pub(crate) fn new(floor: Floor) -> Self {
        let world = Self { start: Instant::now(), floor: Mutex::new(floor) };
        world.with(Floor::settle);
        world
    }

    /// Nanoseconds since the beginning of this world.
    pub fn now_ns(&self) -> u64 {
        self.with(|floor| floor.timeline.now_ns())
    }

    /// The moment at which this world is `at_ns` nanoseconds old, on the runtime's clock.
    pub(crate) fn instant(&self, at_ns: u64) -> Instant {
        self.start.checked_add(Duration::from_nanos(at_ns)).unwrap_or(self.start)
    }

    /// Returns once `duration` has passed. It may be dropped at any time.
    pub async fn sleep(&self, duration: Duration) {
        let duration = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        self.sleep_until(self.now_ns().saturating_add(duration)).await;
    }

    /// Returns once this world is `at_ns` nanoseconds old; at once if it is already. It may be
    /// dropped at any time.
    pub async fn sleep_until(&self, at_ns: u64) {
        while self.advance(at_ns) < at_ns {
            let milliseconds = Duration::from_millis(at_ns / MILLISECOND);
            // Beyond what the clock can count nobody waits for the end.
            let Some(wake) = self.start.checked_add(milliseconds) else {
                return std::future::pending().await;
            };
            tokio::time::sleep_until(wake).await;
        }
    }

    /// Does something with everything as it now is, and lets the world react.
    pub(crate) fn with<T>(&self, action: impl FnOnce(&mut Floor) -> T) -> T {
        let elapsed = self.elapsed();
        let mut floor = self.lock();
        floor.advance(elapsed);
        let result = action(&mut floor);
        floor.settle();
        result
    }

    /// When something happens next, if anything does.
    pub(crate) fn next_ns(&self) -> Option<u64> {
        self.lock().timeline.next_ns()
    }

    /// Moves time to `at_ns`, or as far towards it as tokio's present millisecond reaches.
    fn advance(&self, at_ns: u64) -> u64 {
        let elapsed = self.elapsed();
        let reach = elapsed / MILLISECOND * MILLISECOND + (MILLISECOND - 1);
        let mut floor = self.lock();
        floor.advance(elapsed.max(at_ns.min(reach)));
        floor.timeline.now_ns()
    }

    fn elapsed(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn lock(&self) -> MutexGuard<'_, Floor> {
        // A panic elsewhere must not silence every other instrument.
        self.floor.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_thousand_waits_of_130_microseconds_take_130_milliseconds() {
        let world = World::new(Floor::new());
        let start = Instant::now();
        for count in 1..=1000 {
            world.sleep(Duration::from_micros(130)).await;
            assert_eq!(world.now_ns(), count * 130_000);
        }
        assert_eq!(start.elapsed(), Duration::from_millis(130));
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_that_loses_a_race_leaves_no_trace() {
        let world = World::new(Floor::new());
        tokio::select! {
            biased;
            () = tokio::time::sleep(Duration::from_millis(2)) => {}
            () = world.sleep(Duration::from_secs(60)) => panic!("a minute passed"),
        }
        assert_eq!(world.now_ns(), 2 * MILLISECOND);
        world.sleep(Duration::from_nanos(1)).await;
        assert_eq!(world.now_ns(), 2 * MILLISECOND + 1);
    }

    #[tokio::test(start_paused = true)]
    async fn an_hour_is_an_hour_and_a_wait_for_ever_can_be_dropped() {
        let world = World::new(Floor::new());
        world.sleep(Duration::from_secs(3600)).await;
        assert_eq!(world.now_ns(), 3_600_000_000_000);
        let forever = tokio::time::timeout(Duration::from_secs(1), world.sleep(Duration::MAX));
        forever.await.unwrap_err();
    }
}

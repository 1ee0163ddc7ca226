//! Waits for a person: in real time, whatever time the bench is on.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{Thread, current, park_timeout};
use std::time::{Duration, Instant};

use pogo_hal::{Error, Result};

use crate::site::Site;

/// How long a site in simulated time blocks before it looks whether it has to end.
const SLICE: Duration = Duration::from_millis(10);

impl Site {
    /// Waits for `answer` as long as `left`; `None` if it has not come by then. Stop and deadlines
    /// end this as they end every wait.
    ///
    /// # Errors
    ///
    /// What `answer` fails with, and those of [`Site::wait_until`].
    pub(crate) fn wait_for_person<T>(
        &self,
        left: Duration,
        answer: impl Future<Output = Result<T>>,
    ) -> Result<Option<T>> {
        if self.has_virtual_time() {
            return self.block_for_person(left, answer);
        }
        let bounded = async {
            let answer = tokio::time::timeout(left, answer).await;
            answer.map_or(Ok(None), |it| it.map(Some))
        };
        self.wait_until(left.saturating_add(Duration::from_secs(1)), bounded)
    }

    /// The simulated clock jumps as soon as its runtime has nothing to do, and would count a person
    /// as nothing: so the runtime is left alone, and no simulated time passes. What is left of a
    /// step's simulated time is granted as real time.
    fn block_for_person<T>(
        &self,
        left: Duration,
        answer: impl Future<Output = Result<T>>,
    ) -> Result<Option<T>> {
        let (mut answer, since) = (pin!(answer), now());
        let waker = Waker::from(Arc::new(Unpark(current())));
        loop {
            self.may_go_on()?;
            if let Poll::Ready(it) = answer.as_mut().poll(&mut Context::from_waker(&waker)) {
                return it.map(Some);
            }
            let waited = since.elapsed();
            let bench = self.hold_against_deadlines(waited)?;
            let Some(left) = left.checked_sub(waited).filter(|it| !it.is_zero()) else {
                return Ok(None);
            };
            park_timeout(left.min(bench).min(SLICE));
        }
    }
}

/// No answer in time.
pub(super) fn too_late(within: Duration) -> Error {
    let within = crate::deadlines::shown(within);
    Error::timeout(format!("no answer within {within}")).with_hint(
        "give it longer with `#{ within: 30.min }`, or `deadlines.prompt` of the fixture",
    )
}

/// A moment of the time that people live in.
#[expect(clippy::disallowed_methods, reason = "people wait in real time, simulated or not")]
pub(super) fn now() -> Instant {
    Instant::now()
}

/// Wakes a thread that blocks.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

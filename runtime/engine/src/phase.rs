//! How far a run has come, and who has its bench: the site, or the supervisor that took it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The part of a run that its site is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// Opening, and the scripts.
    Scripts,
    /// The clean-ups that scripts registered.
    CleanUp,
    /// The host says safe state.
    Safe,
    /// The bench is safe as far as it can be; the record is being closed.
    Closing,
}

/// The part that a site is in, until the bench is taken from it.
#[derive(Debug)]
pub(crate) struct Phase(Mutex<State>);

#[derive(Debug)]
struct State {
    part: Part,
    since: Instant,
    taken: bool,
}

impl Phase {
    /// A site that has just begun.
    pub(crate) fn begun() -> Self {
        Self(Mutex::new(State { part: Part::Scripts, since: now(), taken: false }))
    }

    /// The site goes on to `part`; `false` if the bench was taken from it: it must then touch
    /// neither bench nor record any more.
    #[must_use]
    pub(crate) fn enter(&self, part: Part) -> bool {
        let mut state = self.lock();
        if !state.taken {
            (state.part, state.since) = (part, now());
        }
        !state.taken
    }

    /// Takes the bench from the site; `false` if it is too late for that, because the site has
    /// made it safe or somebody else has taken it.
    #[must_use]
    pub(crate) fn take(&self) -> bool {
        let mut state = self.lock();
        let in_time = !state.taken && state.part < Part::Closing;
        state.taken |= in_time;
        in_time
    }

    /// Where the site is, and for how long in real time.
    pub(crate) fn part(&self) -> (Part, Duration) {
        let state = self.lock();
        (state.part, state.since.elapsed())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[expect(clippy::disallowed_methods, reason = "whether a thread hangs shows in real time only")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bench_belongs_to_its_site_or_to_whoever_took_it_and_never_to_both() {
        let phase = Phase::begun();
        assert!(phase.enter(Part::CleanUp));
        assert!(phase.take());
        assert!(!phase.take(), "once is enough");
        assert!(!phase.enter(Part::Safe));
        assert_eq!(phase.part().0, Part::CleanUp);
    }

    #[test]
    fn a_bench_that_its_site_made_safe_is_not_taken_any_more() {
        let phase = Phase::begun();
        assert!(phase.enter(Part::Closing));
        assert!(!phase.take());
    }
}

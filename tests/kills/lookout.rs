//! Waits for the message at which a phase begins, and holds the wire still until the event is over.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::phase::{Moment, Trigger};

/// Shared by the wires of a point and the thread that hits it.
pub struct Lookout {
    trigger: Option<Trigger>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    is_behind: bool,
    skipped: usize,
    found: bool,
    reached: bool,
    over: bool,
    /// Messages that have arrived at the supply, and how many had when the phase was reached.
    arrived: usize,
    arrived_before: usize,
}

impl Lookout {
    /// A look-out for `trigger`; for nothing if there is none.
    pub fn for_trigger(trigger: Option<Trigger>) -> Self {
        Self { trigger, state: Mutex::default(), changed: Condvar::new() }
    }

    /// A message is about to be passed on: the moment of its exchange at which the phase begins.
    pub fn sees(&self, message: &[u8]) -> Option<Moment> {
        let trigger = self.trigger?;
        let mut state = self.lock();
        if state.found {
            return None;
        }
        if !state.is_behind {
            state.is_behind = message.starts_with(trigger.behind.as_bytes());
            if !trigger.behind.is_empty() {
                return None;
            }
        }
        if !message.starts_with(trigger.message.as_bytes()) {
            return None;
        }
        if state.skipped < trigger.skip {
            state.skipped += 1;
            return None;
        }
        state.found = true;
        Some(trigger.moment)
    }

    /// A message has arrived at the supply.
    pub fn arrives(&self) {
        self.lock().arrived += 1;
    }

    /// The phase has begun.
    pub fn reach(&self) {
        let mut state = self.lock();
        state.reached = true;
        state.arrived_before = state.arrived;
        self.changed.notify_all();
    }

    /// The phase has begun; returns once the event is over.
    pub fn reach_and_hold(&self) {
        self.reach();
        let state = self.lock();
        drop(self.changed.wait_while(state, |state| !state.over));
    }

    /// Waits for the phase; `false` if it has not begun after `patience`.
    pub fn wait(&self, patience: Duration) -> bool {
        let state = self.lock();
        match self.changed.wait_timeout_while(state, patience, |state| !state.reached) {
            Ok((state, _)) => state.reached,
            Err(_) => false,
        }
    }

    /// The event is over: the wires go on, and nothing is looked for any more.
    pub fn end(&self) {
        let mut state = self.lock();
        (state.found, state.over) = (true, true);
        self.changed.notify_all();
    }

    /// How many messages had arrived at the supply when the phase began.
    pub fn arrived_before(&self) -> usize {
        self.lock().arrived_before
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

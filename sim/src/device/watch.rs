//! When the closures of a device's file are called: at a time, when the unit comes up or goes down,
//! or when a net gets above or below a voltage.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use pogo_sandbox::Kept;

use super::Wake;
use crate::circuit::{Circuit, NetId};

/// How long a net has been above or below before the device reacts. Something always passes between
/// a cause and its effect: two handlers that undo each other would otherwise never come to an end.
pub(super) const REACTS_NS: u64 = 100_000;

/// The shortest time between two calls of one handler.
pub(super) const SHORTEST_NS: u64 = 1_000_000;

/// So many closures may wait to be called.
pub(super) const MOST: usize = 1000;

/// The side of a voltage that a net has to come to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Edge {
    /// At this voltage or higher.
    Above(f64),
    /// Lower than this.
    Below(f64),
}

impl Edge {
    fn holds(self, voltage: f64) -> bool {
        match self {
            Self::Above(level) => voltage >= level,
            Self::Below(level) => voltage < level,
        }
    }
}

struct Handler {
    closure: Arc<Kept>,
    after: After,
}

/// What becomes of a handler that has been called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// It is called when its cause comes again.
    Stays,
    /// It is gone.
    Goes,
    /// It is called again so many nanoseconds later.
    Repeats(u64),
}

struct Watch {
    net: NetId,
    edge: Edge,
    /// Whether it held at the last look; `None` before the first.
    held: Option<bool>,
    handler: usize,
}

/// See the module's own words.
#[derive(Default)]
pub(super) struct Handlers {
    all: BTreeMap<usize, Handler>,
    added: usize,
    nets: Vec<Watch>,
    up: Vec<usize>,
    down: Vec<usize>,
    due: Vec<(u64, Wake)>,
}

impl Handlers {
    /// Adds a closure; `None` if too many wait already.
    fn add(&mut self, closure: Kept, after: After) -> Option<usize> {
        if self.all.len() >= MOST {
            return None;
        }
        let handler = self.added;
        self.added += 1;
        self.all.insert(handler, Handler { closure: Arc::new(closure), after });
        Some(handler)
    }

    /// Calls a closure `after_ns` from now; whether there was room for it.
    pub(super) fn add_timer(&mut self, after_ns: u64, closure: Kept, after: After) -> bool {
        let Some(handler) = self.add(closure, after) else { return false };
        self.due.push((after_ns, Wake::Call(handler)));
        true
    }

    /// Calls a closure whenever `net` gets to that side of a voltage; whether there was room for it.
    pub(super) fn add_net(&mut self, net: NetId, edge: Edge, closure: Kept) -> bool {
        let Some(handler) = self.add(closure, After::Stays) else { return false };
        self.nets.push(Watch { net, edge, held: None, handler });
        true
    }

    /// Calls a closure whenever the unit has come up, or gone down; whether there was room for it.
    pub(super) fn add_power(&mut self, up: bool, closure: Kept) -> bool {
        let Some(handler) = self.add(closure, After::Stays) else { return false };
        if up {
            self.up.push(handler)
        } else {
            self.down.push(handler)
        }
        true
    }

    /// Looks at the nets and at the unit's power.
    pub(super) fn look(&mut self, circuit: &mut Circuit, was_up: bool, is_up: bool) {
        for watch in &mut self.nets {
            let holds = watch.edge.holds(circuit.voltage(watch.net).0);
            if watch.held.replace(holds).is_some_and(|held| !held) && holds {
                self.due.push((REACTS_NS, Wake::Call(watch.handler)));
            }
        }
        self.power(was_up, is_up);
    }

    /// The unit has come up or gone down.
    pub(super) fn power(&mut self, was_up: bool, is_up: bool) {
        let called = match (was_up, is_up) {
            (false, true) => &self.up,
            (true, false) => &self.down,
            _ => return,
        };
        self.due.extend(called.iter().map(|handler| (0, Wake::Call(*handler))));
    }

    /// What has to be scheduled.
    pub(super) fn due(&mut self) -> Vec<(u64, Wake)> {
        std::mem::take(&mut self.due)
    }

    /// The closure that is to be called now.
    pub(super) fn called(&mut self, handler: usize) -> Option<Arc<Kept>> {
        let Handler { closure, after } = self.all.get(&handler)?;
        let (closure, after) = (closure.clone(), *after);
        match after {
            After::Stays => {}
            After::Goes => drop(self.all.remove(&handler)),
            After::Repeats(after_ns) => self.due.push((after_ns, Wake::Call(handler))),
        }
        Some(closure)
    }
}

impl fmt::Debug for Handlers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handlers").field("waiting", &self.all.len()).finish_non_exhaustive()
    }
}

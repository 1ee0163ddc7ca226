//! What is going to happen, in the order in which it will.

use std::collections::BTreeMap;

/// Events in integer nanoseconds: ordered by time, then by insertion. It knows no clock: whoever
/// owns it says how far time has come and carries out what has become due.
#[derive(Debug)]
pub(crate) struct Timeline<E> {
    now_ns: u64,
    events: BTreeMap<(u64, u64), E>,
    inserted: u64,
}

impl<E> Timeline<E> {
    /// The beginning of time, with nothing to come.
    pub(crate) fn new() -> Self {
        Self { now_ns: 0, events: BTreeMap::new(), inserted: 0 }
    }

    /// The moment that has been reached: that of the event being carried out, if one is.
    pub(crate) fn now_ns(&self) -> u64 {
        self.now_ns
    }

    /// Lets `event` happen `after_ns` from now.
    pub(crate) fn schedule(&mut self, after_ns: u64, event: E) {
        let at = self.now_ns.saturating_add(after_ns);
        self.events.insert((at, self.inserted), event);
        self.inserted += 1;
    }

    /// When something happens next.
    pub(crate) fn next_ns(&self) -> Option<u64> {
        self.events.first_key_value().map(|((at, _), _)| *at)
    }

    /// The next event up to and including `until_ns`, with time moved to it; `None`, with time
    /// moved to `until_ns`, once there is no more. Time never moves back.
    pub(crate) fn advance(&mut self, until_ns: u64) -> Option<E> {
        if self.next_ns().is_some_and(|at| at <= until_ns) {
            let ((at, _), event) = self.events.pop_first()?;
            self.now_ns = self.now_ns.max(at);
            return Some(event);
        }
        self.now_ns = self.now_ns.max(until_ns);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_happen_by_time_and_then_in_the_order_they_were_scheduled() {
        let mut timeline = Timeline::new();
        timeline.schedule(20, 'c');
        timeline.schedule(10, 'a');
        timeline.schedule(20, 'd');
        timeline.schedule(10, 'b');
        timeline.schedule(31, 'e');
        let mut seen = String::new();
        while let Some(event) = timeline.advance(30) {
            seen.push(event);
            seen.push_str(&timeline.now_ns().to_string());
        }
        assert_eq!(seen, "a10b10c20d20");
        assert_eq!(timeline.now_ns(), 30);
        assert_eq!(timeline.next_ns(), Some(31));
    }

    #[test]
    fn time_never_moves_back() {
        let mut timeline = Timeline::<()>::new();
        assert_eq!(timeline.advance(100), None);
        assert_eq!(timeline.advance(50), None);
        assert_eq!(timeline.now_ns(), 100);
    }
}

//! Notices values that nest ever deeper, before something recurses through them.
//!
//! Copying, comparing, printing and dropping a value recurse natively, and a chain of closures that
//! capture each other costs one operation a link: a million links are quickly made and overflow the
//! stack when they go. Looking at every value would slow every script; whatever grows a chain must
//! read it at each turn, so that a look at every 32nd variable read on average finds it soon. Which
//! one is chosen by a generator, lest a loop with a period of 32 steps around it.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use rhai::{Array, Dynamic, FnPtr, Map};

/// How many values one look visits at most.
const VISITS: usize = 256;

/// How many elements at either end of an array or map are looked at.
const ENDS: usize = 8;

/// Chooses reads of variables, and looks at what is read.
#[derive(Default)]
pub(crate) struct Nesting(AtomicU64);

impl Nesting {
    /// Whether to look this time.
    #[inline]
    pub(crate) fn chosen(&self) -> bool {
        // Knuth's linear congruential generator, of which the upper bits are good.
        let next = self.0.load(Relaxed).wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
        self.0.store(next, Relaxed);
        next >> 59 == 0
    }
}

/// Whether `value` nests deeper than `levels`, as far as a bounded look can tell.
pub(crate) fn deeper_than(value: &Dynamic, levels: usize) -> bool {
    deeper(value, levels, &mut VISITS.clone())
}

fn deeper(value: &Dynamic, left: usize, visits: &mut usize) -> bool {
    if *visits == 0 || value.is_locked() {
        return false;
    }
    *visits -= 1;
    let mut inside = |it: &Dynamic| left == 0 || deeper(it, left - 1, visits);
    if let Some(array) = value.read_lock::<Array>() {
        return array.iter().rev().take(ENDS).any(&mut inside)
            || array.iter().take(ENDS).any(inside);
    }
    if let Some(map) = value.read_lock::<Map>() {
        return map.values().rev().take(ENDS).any(&mut inside)
            || map.values().take(ENDS).any(inside);
    }
    if let Some(function) = value.read_lock::<FnPtr>() {
        return function.curry().iter().any(inside);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_as_deep_as_its_innermost_part() {
        let nested = |levels| (0..levels).fold(Dynamic::ONE, |it, _| vec![it].into());
        assert!(!deeper_than(&nested(64), 64));
        assert!(deeper_than(&nested(65), 64));
        assert!(deeper_than(&nested(1_000), 64));
        let flat: Array = vec![Dynamic::ONE; 10_000];
        assert!(!deeper_than(&flat.into(), 64));
    }
}

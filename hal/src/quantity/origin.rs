//! Where a value came from.

use std::sync::Arc;

/// One reading, as the instrument sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The role in the fixture that was asked.
    pub role: Arc<str>,
    /// The instrument behind the role, as its serial number says; empty if it has none.
    pub asset: Arc<str>,
    /// The reply as received, without its terminator.
    pub raw: Arc<str>,
    /// Nanoseconds of the run's monotonic clock when the reply was in hand.
    pub mono_ns: u64,
}

/// The readings behind a value, oldest first; at most [`Origins::KEPT`] of them.
#[derive(Clone, Debug, Default)]
pub struct Origins(Option<Arc<Kept>>);

#[derive(Debug)]
struct Kept {
    origins: Vec<Origin>,
    omitted: u64,
}

impl Origins {
    /// A sum over many readings keeps this many; the rest are counted. Without a bound, adding up
    /// in a loop would cost the square of its length, and the value would not fit an entry.
    pub const KEPT: usize = 32;

    /// No reading: a literal, or something computed from literals.
    pub fn none() -> Self {
        Self(None)
    }

    /// A single reading.
    pub fn one(origin: Origin) -> Self {
        Self(Some(Arc::new(Kept { origins: vec![origin], omitted: 0 })))
    }

    /// The readings that are kept.
    pub fn as_slice(&self) -> &[Origin] {
        self.0.as_ref().map_or(&[], |kept| &kept.origins)
    }

    /// How many readings had part in the value beyond those kept.
    pub fn omitted(&self) -> u64 {
        self.0.as_ref().map_or(0, |kept| kept.omitted)
    }

    /// The readings of both; one that had part in both is kept once.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let (Some(left), Some(right)) = (&self.0, &other.0) else {
            return if self.0.is_some() { self.clone() } else { other.clone() };
        };
        if Arc::ptr_eq(left, right) {
            return self.clone();
        }
        let mut origins = left.origins.clone();
        let mut omitted = left.omitted + right.omitted;
        for origin in &right.origins {
            if origins.contains(origin) {
                continue;
            }
            if origins.len() < Self::KEPT {
                origins.push(origin.clone());
            } else {
                omitted += 1;
            }
        }
        Self(Some(Arc::new(Kept { origins, omitted })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(number: usize) -> Origins {
        Origins::one(Origin {
            role: "dmm".into(),
            asset: "SIM1".into(),
            raw: number.to_string().into(),
            mono_ns: number as u64,
        })
    }

    #[test]
    fn a_long_sum_keeps_the_first_readings_and_counts_the_rest() {
        let sum = (0..100).fold(Origins::none(), |sum, number| sum.and(&reading(number)));
        assert_eq!(sum.as_slice().len(), Origins::KEPT);
        assert_eq!(&*sum.as_slice()[0].raw, "0");
        assert_eq!(sum.omitted(), 100 - Origins::KEPT as u64);
    }

    #[test]
    fn a_reading_used_twice_is_kept_once() {
        let one = reading(1);
        let both = one.and(&reading(2)).and(&one);
        assert_eq!(both.as_slice().len(), 2);
    }
}

//! How often values of each size occur.

use serde::Serialize;

/// Counts of values in intervals of one width, from `from` to `to`, in the dimension's own unit.
/// The last interval includes its upper end.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Histogram {
    /// Where the first interval begins.
    pub from: f64,
    /// Where the last one ends.
    pub to: f64,
    /// How many values are in each.
    pub counts: Vec<u64>,
}

/// How many intervals there are.
const INTERVALS: usize = 24;

impl Histogram {
    /// Of `values`, over all of them and the edges of their limit; `None` where that has no width.
    pub(super) fn of(values: &[f64], edges: [Option<f64>; 2]) -> Option<Self> {
        let all = || values.iter().copied().chain(edges.into_iter().flatten());
        let (from, to) = (all().reduce(f64::min)?, all().reduce(f64::max)?);
        let width = (to - from) / INTERVALS as f64;
        if values.is_empty() || !width.is_finite() || width <= 0.0 {
            return None;
        }
        let mut counts = vec![0; INTERVALS];
        for value in values {
            // A cast from below zero or beyond the last is one to the nearest that there is.
            counts[(((value - from) / width) as usize).min(INTERVALS - 1)] += 1;
        }
        Some(Self { from, to, counts })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_counted_once_and_the_edges_are_in_view() {
        let it = Histogram::of(&[1.0, 1.5, 2.0, 2.0], [Some(0.0), Some(2.0)]).unwrap();
        assert_eq!((it.from, it.to), (0.0, 2.0));
        assert_eq!(it.counts.iter().sum::<u64>(), 4);
        assert_eq!((it.counts[12], it.counts[18], it.counts[23]), (1, 1, 2));
    }

    #[test]
    fn values_without_any_width_have_none() {
        assert_eq!(Histogram::of(&[1.0, 1.0], [Some(1.0), None]), None);
        assert_eq!(Histogram::of(&[], [Some(0.0), Some(1.0)]), None);
        assert_eq!(Histogram::of(&[f64::MAX, -f64::MAX], [None, None]), None);
    }
}

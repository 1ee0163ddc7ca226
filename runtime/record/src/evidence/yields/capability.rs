//! What a process can do, from the values that it gave.

use std::f64::consts::PI;

use serde::Serialize;

/// What is known of a series of values, in the order in which they were measured. Amounts are in
/// the dimension's own unit; an index that cannot be given is missing.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Capability {
    /// How many values.
    pub n: u64,
    /// Their mean.
    pub mean: Option<f64>,
    /// The standard deviation of all of them, with n − 1.
    pub s: Option<f64>,
    /// The standard deviation from one value to the next: the mean of the moving ranges over
    /// [`d2`].
    pub sigma_within: Option<f64>,
    /// The least of them.
    pub min: Option<f64>,
    /// The greatest of them.
    pub max: Option<f64>,
    /// How often six times `sigma_within` fits between the limits.
    pub cp: Option<f64>,
    /// How often three times `sigma_within` fits between the mean and the nearer limit.
    pub cpk: Option<f64>,
    /// As `cp`, with `s`.
    pub pp: Option<f64>,
    /// As `cpk`, with `s`.
    pub ppk: Option<f64>,
}

/// How far two values of a normal distribution with the standard deviation 1 are apart in the mean:
/// 2/√π, or 1.128, which tables of control charts call d2 for subgroups of two.
pub fn d2() -> f64 {
    2.0 / PI.sqrt()
}

impl Capability {
    /// Of `values`, in the order in which they were measured, all finite, with these edges.
    pub fn of(values: &[f64], low: Option<f64>, high: Option<f64>) -> Self {
        let n = values.len() as f64;
        if values.is_empty() {
            return Self::default();
        }
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let ranges: f64 = values.windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum();
        let several = values.len() > 1;
        let s = several.then(|| (squares / (n - 1.0)).sqrt());
        let within = several.then(|| ranges / (n - 1.0) / d2());
        let (cp, cpk) = indices(mean, within, low, high);
        let (pp, ppk) = indices(mean, s, low, high);
        Self {
            n: values.len() as u64,
            mean: Some(mean),
            s,
            sigma_within: within,
            min: values.iter().copied().reduce(f64::min),
            max: values.iter().copied().reduce(f64::max),
            cp,
            cpk,
            pp,
            ppk,
        }
    }
}

/// The index over both edges, and the one to the nearer edge. Without spread there is none: it
/// would be infinite, and says that the resolution is too coarse rather than that all is well.
fn indices(
    mean: f64,
    sigma: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
) -> (Option<f64>, Option<f64>) {
    let Some(sigma) = sigma.filter(|it| *it > 0.0) else { return (None, None) };
    let both = low.zip(high).map(|(low, high)| (high - low) / (6.0 * sigma));
    let below = low.map(|low| (mean - low) / (3.0 * sigma));
    let above = high.map(|high| (high - mean) / (3.0 * sigma));
    (both, below.into_iter().chain(above).reduce(f64::min))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(actual: Option<f64>, expected: f64) {
        let actual = actual.unwrap();
        assert!((actual - expected).abs() < 5e-6, "{actual}, not {expected}");
    }

    /// By hand: the mean is 9.98. The moving ranges are 0.2, 0.2, 0.2 and 0.1, their mean 0.175,
    /// over 1.128379 that is 0.155090. The squares of the differences from the mean are 0.0324,
    /// 0.0004, 0.0484, 0.0004 and 0.0064, together 0.0880; over 4, the root of it is 0.148324.
    #[test]
    fn the_indices_are_those_that_were_worked_out_by_hand() {
        let it = Capability::of(&[9.8, 10.0, 10.2, 10.0, 9.9], Some(9.0), Some(11.0));
        assert_eq!((it.n, it.min, it.max), (5, Some(9.8), Some(10.2)));
        near(it.mean, 9.98);
        near(it.sigma_within, 0.155_090);
        near(it.s, 0.148_324);
        near(it.cp, 2.149_293);
        near(it.cpk, 2.106_308);
        near(it.pp, 2.247_333);
        near(it.ppk, 2.202_386);
    }

    #[test]
    fn a_limit_with_one_edge_has_only_the_index_to_that_edge() {
        let values = [9.8, 10.0, 10.2, 10.0, 9.9];
        let both = Capability::of(&values, Some(9.0), Some(11.0));
        let low = Capability::of(&values, Some(9.0), None);
        assert_eq!((low.cp, low.pp), (None, None));
        assert_eq!((low.cpk, low.ppk), (both.cpk, both.ppk), "the lower edge is the nearer one");
        near(Capability::of(&values, None, Some(11.0)).ppk, 1.02 / (3.0 * 0.148_324));
    }

    #[test]
    fn a_mean_beyond_a_limit_has_an_index_below_zero() {
        let it = Capability::of(&[11.0, 11.2], Some(9.0), Some(11.0));
        assert!(it.cpk.unwrap() < 0.0 && it.ppk.unwrap() < 0.0, "{it:?}");
    }

    #[test]
    fn one_value_and_values_without_spread_have_no_index() {
        let one = Capability::of(&[10.0], Some(9.0), Some(11.0));
        assert_eq!((one.n, one.mean, one.s, one.cpk, one.ppk), (1, Some(10.0), None, None, None));
        let same = Capability::of(&[10.0; 4], Some(9.0), Some(11.0));
        assert_eq!((same.s, same.cp, same.ppk), (Some(0.0), None, None));
        assert_eq!(Capability::of(&[], Some(9.0), Some(11.0)), Capability::default());
    }
}

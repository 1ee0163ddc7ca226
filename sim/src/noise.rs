//! Seeded noise: the same seed gives the same trace on every machine.
//!
//! Written by hand because a trace must outlive the versions of a crate, and because nothing here
//! needs to be unpredictable. Only additions and multiplications touch the floating point values,
//! which IEEE 754 fixes to the last bit.

/// One stream of noise.
///
/// Source: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014
/// (the SplitMix64 generator).
#[derive(Clone, Debug)]
pub(crate) struct Noise(u64);

impl Noise {
    /// The stream of `seed` that belongs to `name`: what else is on the bench does not change it.
    pub(crate) fn of(seed: u64, name: &str) -> Self {
        let mut noise = Self(seed);
        for byte in name.bytes() {
            noise.0 = noise.next() ^ u64::from(byte);
        }
        noise
    }

    /// The next 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Evenly between -1 and 1.
    pub(crate) fn even(&mut self) -> f64 {
        // The 53 upper bits: as many as a float holds.
        (self.next() >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }

    /// Normally distributed around 0 with a standard deviation of 1, and never beyond 6.
    pub(crate) fn normal(&mut self) -> f64 {
        // The sum of twelve even numbers of variance 1/12 each: no transcendental function, and no
        // reading that is off by a mile once in a million.
        (0..12).map(|_| self.even()).sum::<f64>() / 2.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_stream_on_every_machine() {
        let mut noise = Noise::of(7, "dmm");
        let bits: Vec<u64> = (0..3).map(|_| noise.normal().to_bits()).collect();
        assert_eq!(bits, [4607403566092272201, 13832923848966456385, 4597668142781012484]);
    }

    #[test]
    fn seeds_and_names_have_streams_of_their_own() {
        let first = |seed, name| Noise::of(seed, name).even();
        assert_ne!(first(1, "dmm"), first(2, "dmm"));
        assert_ne!(first(1, "dmm"), first(1, "dmn"));
    }

    #[test]
    fn noise_is_centred_and_of_the_promised_size() {
        let mut noise = Noise::of(1, "");
        let all: Vec<f64> = (0..20_000).map(|_| noise.normal()).collect();
        let mean = all.iter().sum::<f64>() / all.len() as f64;
        let variance = all.iter().map(|it| it * it).sum::<f64>() / all.len() as f64;
        assert!(mean.abs() < 0.03, "{mean}");
        assert!((variance - 1.0).abs() < 0.05, "{variance}");
    }
}

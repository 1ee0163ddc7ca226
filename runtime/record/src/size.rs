//! How many bytes, as people read it.

/// `812 B`, `96.0 KiB`, `12.3 MiB`: a tenth of a unit, rounded down, so that what is too little
/// never looks like enough.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let (mut power, mut rest) = (0, bytes);
    while rest >= 1 << 20 && power + 1 < UNITS.len() {
        (power, rest) = (power + 1, rest >> 10);
    }
    let tenths = (rest * 10) >> 10;
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[power])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_one_decimal_and_is_never_rounded_up() {
        for (bytes, said) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            ((1 << 20) - 1, "1023.9 KiB"),
            (32 << 20, "32.0 MiB"),
            ((32 << 20) - 1, "31.9 MiB"),
            (5_000_000_000, "4.6 GiB"),
            (u64::MAX, "16383.9 PiB"),
        ] {
            assert_eq!(size(bytes), said);
        }
    }
}

//! Durations as people read them.

use std::time::Duration;

/// Time on the bench: `0.31 s`, `2 min 05 s`, `1 h 00 min`.
pub fn bench(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..100 => format!("{:.2} s", duration.as_secs_f64()),
        100..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// Time of the person who waits: `9 ms`, `1.38 s`.
pub fn wall(duration: Duration) -> String {
    match duration.as_millis() {
        millis @ 0..1000 => format!("{} ms", millis.max(1)),
        _ => bench(duration),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short_and_have_a_unit() {
        for (millis, on_the_bench, waited) in [
            (0, "0.00 s", "1 ms"),
            (9, "0.01 s", "9 ms"),
            (310, "0.31 s", "310 ms"),
            (1380, "1.38 s", "1.38 s"),
            (125_000, "2 min 05 s", "2 min 05 s"),
            (3_600_000, "1 h 00 min", "1 h 00 min"),
        ] {
            let duration = Duration::from_millis(millis);
            assert_eq!((&*bench(duration), &*wall(duration)), (on_the_bench, waited));
        }
    }
}

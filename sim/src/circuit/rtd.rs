//! Platinum resistance thermometers: temperature to resistance and back.
//!
//! Source: IEC 60751:2008, 5.2 (the Callendar-Van Dusen equation and its coefficients).

use pogo_hal::{Celsius, Ohms};

const A: f64 = 3.9083e-3;
const B: f64 = -5.775e-7;
const C: f64 = -4.183e-12;

/// The resistance of a Pt100 at `temperature`.
pub(crate) fn resistance(temperature: Celsius) -> Ohms {
    let t = temperature.0;
    let below_zero = if t < 0.0 { C * (t - 100.0) * t * t * t } else { 0.0 };
    Ohms(100.0 * (1.0 + A * t + B * t * t + below_zero))
}

/// The temperature at which a Pt100 has `resistance`; `None` outside -200 °C to 850 °C, where the
/// standard says nothing.
pub(crate) fn temperature(resistance: Ohms) -> Option<Celsius> {
    // Newton's method from the straight line: the curve bends so little that six steps reach the
    // last bit, and it needs no function whose last bit depends on the machine.
    let mut t = (resistance.0 / 100.0 - 1.0) / A;
    if !t.is_finite() || t.abs() > 2000.0 {
        return None;
    }
    for _ in 0..8 {
        let slope = A + 2.0 * B * t + if t < 0.0 { C * (4.0 * t - 300.0) * t * t } else { 0.0 };
        t -= (self::resistance(Celsius(t)).0 / 100.0 - resistance.0 / 100.0) / slope;
    }
    (-200.05..=850.05).contains(&t).then_some(Celsius(t))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_the_standard_is_kept_both_ways() {
        // IEC 60751:2008, table 1.
        for (celsius, ohms) in [
            (-200.0, 18.52),
            (-100.0, 60.26),
            (0.0, 100.0),
            (25.0, 109.73),
            (100.0, 138.51),
            (400.0, 247.09),
            (850.0, 390.48),
        ] {
            assert!((resistance(Celsius(celsius)).0 - ohms).abs() < 0.006, "{celsius}");
            let back = temperature(resistance(Celsius(celsius))).unwrap().0;
            assert!((back - celsius).abs() < 1e-9, "{celsius}: {back}");
        }
    }

    #[test]
    fn what_is_no_thermometer_has_no_temperature() {
        for ohms in [0.0, 5.0, 1000.0, f64::INFINITY, f64::NAN] {
            assert!(temperature(Ohms(ohms)).is_none(), "{ohms}");
        }
    }
}

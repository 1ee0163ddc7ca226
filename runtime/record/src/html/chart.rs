//! Small pictures beside numbers: never the only place where something is said.

use std::fmt::Write;

use super::Html;
use crate::evidence::yields::Histogram;

/// Width and height of a picture in a row, in CSS pixels.
const WIDTH: f64 = 132.0;
const HEIGHT: f64 = 14.0;

/// Where `value` stands between its limits: the band in which it passes, and a mark. A limit with
/// one edge has a band that goes on; a value far outside is marked at the rim.
pub fn gauge(value: f64, low: Option<f64>, high: Option<f64>) -> Html {
    let (from, to) = match (low, high) {
        (Some(low), Some(high)) => (low, high),
        (Some(edge), None) | (None, Some(edge)) => (edge.min(value), edge.max(value)),
        (None, None) => return Html::new(),
    };
    let all_finite = [Some(value), low, high].iter().flatten().all(|it| it.is_finite());
    let span = match to - from {
        span if span > 0.0 => span,
        _ => value.abs().max(from.abs()).max(f64::MIN_POSITIVE),
    };
    if !all_finite || !span.is_finite() {
        return Html::new();
    }
    let at = |it: f64| (((it - from) / span + 0.3) / 1.6 * WIDTH).clamp(1.0, WIDTH - 1.0);
    let (left, right) = (low.map_or(0.0, at), high.map_or(WIDTH, at));
    let inside = low.is_none_or(|low| value >= low) && high.is_none_or(|high| value <= high);
    let class = if inside { "in" } else { "out" };
    let mut svg = begin("value within its limits", WIDTH, HEIGHT);
    let width = (right - left).max(1.0);
    let _ = write!(
        svg,
        "<rect class=\"band\" x=\"{left:.1}\" y=\"4\" width=\"{width:.1}\" height=\"6\"/>"
    );
    for edge in [low, high].into_iter().flatten().map(at) {
        let _ = write!(svg, "<path class=\"edge\" d=\"M{edge:.1} 2v10\"/>");
    }
    let x = at(value);
    let _ = write!(svg, "<path class=\"{class}\" d=\"M{x:.1} 1v12\"/></svg>");
    Html::made(svg)
}

/// A bar that is `ratio` (0 to 1) of a row's width long.
pub fn bar(ratio: f64) -> Html {
    let width = (ratio.clamp(0.0, 1.0) * WIDTH).max(1.0);
    let mut svg = begin("share", WIDTH, HEIGHT);
    let _ = write!(
        svg,
        "<rect class=\"bar\" x=\"0\" y=\"2\" width=\"{width:.1}\" height=\"10\"/></svg>"
    );
    Html::made(svg)
}

/// How often values of each size occur, with the edges of their limit.
pub fn histogram(of: &Histogram, low: Option<f64>, high: Option<f64>) -> Html {
    const TALL: f64 = 34.0;
    let most = of.counts.iter().copied().max().unwrap_or(0);
    let span = of.to - of.from;
    if most == 0 || !span.is_finite() || span <= 0.0 {
        return Html::new();
    }
    let mut svg = begin("how often values occur, between the limits", WIDTH, TALL);
    let each = WIDTH / of.counts.len() as f64;
    for (at, count) in of.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let height = (*count as f64 / most as f64 * (TALL - 2.0)).max(1.0);
        let (x, y) = (at as f64 * each, TALL - height);
        let _ = write!(
            svg,
            "<rect class=\"bar\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{height:.1}\"/>",
            each * 0.9
        );
    }
    for edge in [low, high].into_iter().flatten() {
        let x = ((edge - of.from) / span * WIDTH).clamp(0.5, WIDTH - 0.5);
        let _ = write!(svg, "<path class=\"edge\" d=\"M{x:.1} 0v{TALL}\"/>");
    }
    svg.push_str("</svg>");
    Html::made(svg)
}

/// A point of a curve: where, what was measured, and between which edges it has to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Where on the curve.
    pub at: f64,
    /// What was measured.
    pub value: f64,
    /// The least that passes.
    pub low: Option<f64>,
    /// The greatest that passes.
    pub high: Option<f64>,
}

/// A curve with the band that it has to keep within; what is outside has a cross.
pub fn curve(points: &[Point]) -> Html {
    const WIDE: f64 = 480.0;
    const TALL: f64 = 160.0;
    const RIM: f64 = 6.0;
    let all = |of: fn(&Point) -> [Option<f64>; 3]| points.iter().flat_map(of).flatten();
    let ys = || all(|it| [Some(it.value), it.low, it.high]);
    let (left, right) = ends(points.iter().map(|it| it.at));
    let (bottom, top) = ends(ys());
    let spans = [right - left, top - bottom];
    if points.len() < 2 || !spans.iter().all(|it| it.is_finite() && *it > 0.0) {
        return Html::new();
    }
    let x = |it: f64| RIM + (it - left) / spans[0] * (WIDE - 2.0 * RIM);
    let y = |it: f64| TALL - RIM - (it - bottom) / spans[1] * (TALL - 2.0 * RIM);
    let mut svg = begin("the curve and the band that it has to keep within", WIDE, TALL);
    // A limit with one edge has a band that goes on.
    let upper = points.iter().map(|it| (it.at, it.high.unwrap_or(top)));
    let lower = points.iter().rev().map(|it| (it.at, it.low.unwrap_or(bottom)));
    let corner = |(at, edge): (f64, f64)| format!("{:.1},{:.1}", x(at), y(edge));
    let band: Vec<_> = upper.chain(lower).map(corner).collect();
    let line: Vec<_> = points.iter().map(|it| corner((it.at, it.value))).collect();
    let _ = write!(svg, "<polygon class=\"band\" points=\"{}\"/>", band.join(" "));
    let _ = write!(svg, "<polyline class=\"line\" points=\"{}\"/>", line.join(" "));
    for it in points {
        let inside =
            it.low.is_none_or(|low| it.value >= low) && it.high.is_none_or(|high| it.value <= high);
        let (x, y) = (x(it.at), y(it.value));
        let _ = match inside {
            true => write!(svg, "<circle class=\"in\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2\"/>"),
            false => {
                let (x, y) = (x - 4.0, y - 4.0);
                write!(svg, "<path class=\"out\" d=\"M{x:.1} {y:.1}l8 8m0 -8l-8 8\"/>")
            }
        };
    }
    svg.push_str("</svg>");
    Html::made(svg)
}

fn ends(of: impl Iterator<Item = f64>) -> (f64, f64) {
    of.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), it| {
        // What is no number makes the picture none.
        if it.is_finite() {
            (low.min(it), high.max(it))
        } else {
            (f64::NEG_INFINITY, f64::INFINITY)
        }
    })
}

fn begin(what: &str, width: f64, height: f64) -> String {
    format!(
        "<svg role=\"img\" aria-label=\"{what}\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\">"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gauge_marks_what_is_inside_and_what_is_outside_its_limits() {
        let class = |value, low, high| {
            let svg = gauge(value, low, high).to_string();
            ["in", "out"].map(|it| svg.contains(&format!("class=\"{it}\"")))
        };
        let (low, high) = (Some(1.0), Some(2.0));
        assert_eq!(class(1.5, low, high), [true, false]);
        assert_eq!(class(2.0, low, high), [true, false]);
        assert_eq!(class(9.0, low, high), [false, true]);
        assert_eq!(class(0.5, low, None), [false, true]);
        assert_eq!(class(0.5, None, high), [true, false]);
        assert_eq!(class(1.0, Some(1.0), Some(1.0)), [true, false]);
    }

    #[test]
    fn a_curve_marks_the_points_outside_its_band_and_only_those() {
        let point = |at, value| Point { at, value, low: Some(0.0), high: Some(1.0) };
        let svg = curve(&[point(0.0, 0.5), point(1.0, 1.5), point(2.0, 1.0)]).to_string();
        assert_eq!(
            (svg.matches("class=\"in\"").count(), svg.matches("class=\"out\"").count()),
            (2, 1)
        );
        assert!(svg.contains("<polygon") && svg.contains("<polyline"));
        for hostile in [f64::NAN, f64::INFINITY, f64::MAX] {
            let svg = curve(&[point(0.0, hostile), point(1.0, -hostile)]).to_string();
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        }
        assert_eq!(curve(&[point(0.0, 0.0)]), Html::new());
        assert_eq!(curve(&[point(1.0, 0.0), point(1.0, 1.0)]), Html::new());
    }

    #[test]
    fn what_no_picture_can_be_made_of_has_none_and_no_number_is_not_one() {
        let hostile = [f64::NAN, f64::INFINITY, f64::MAX, -f64::MAX, f64::MIN_POSITIVE, 0.0, -0.0];
        for value in hostile {
            for edge in hostile {
                for svg in [
                    gauge(value, Some(edge), Some(1.0)),
                    gauge(value, Some(edge), None),
                    gauge(value, None, Some(edge)),
                ] {
                    let svg = svg.to_string();
                    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{value} {edge}: {svg}");
                }
            }
        }
    }
}

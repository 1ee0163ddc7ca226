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

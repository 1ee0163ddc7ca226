//! A run as a part of a document.

use super::{Html, Point, curve, facts, gauge, table};
use crate::body::{Asset, Body, Component, Firmware, Judged};
use crate::evidence::attempt::{Line, exactly, judging, lines, outcome, readings};
use crate::evidence::{Fact, Known, NOT_RECORDED, attempt, seconds};
use crate::store::Run;
use crate::value::Value;
use crate::verdict::{Reason, Verdict};

/// Everything that was recorded of `run`, whose log is called `origin`: how it ended, what was known
/// of it, its instruments, what the unit is made of, and what happened, in order.
pub fn run(run: &Run, origin: Option<&str>) -> Html {
    let ended = outcome(run);
    let word = Html::classed("strong", verdict_class(ended.verdict), Html::text(&ended.word));
    let sentence = Html::text(format!(" {}", ended.sentence));
    Html::tag("p", word.and(sentence))
        .and(fact_table(&attempt::facts(run, origin)))
        .and(heading("Instruments"))
        .and(instruments(&run.header.assets))
        .and(heading("Firmware"))
        .and(firmware(run))
        .and(heading("Components"))
        .and(components(run))
        .and(heading("What happened"))
        .and(events(run))
        .and(curves(run))
}

/// A picture of every curve that was judged.
fn curves(run: &Run) -> Html {
    let mut all: Vec<(&str, Vec<Point>, &Judged)> = Vec::new();
    for event in &run.events {
        let Body::Measurement(judged) = &event.body else { continue };
        let number = |it: &Value| it.quantity().map(|it| it.value());
        let (Some(at), Some(value)) = (judged.at.as_ref().and_then(number), number(&judged.value))
        else {
            continue;
        };
        // `charging_1`, `charging_2`, …
        let Some((name, count)) = judged.name.rsplit_once('_') else { continue };
        let (low, high) = judged.limit.edges();
        let point = Point { at, value, low, high };
        match all.last_mut() {
            Some((last, points, _)) if *last == name && count != "1" => points.push(point),
            _ => all.push((name, vec![point], judged)),
        }
    }
    let pictures: Html = all
        .iter()
        .map(|(name, points, first)| {
            let unit = |it: Option<&Value>| it.and_then(Value::ucum).unwrap_or("1").to_owned();
            let (y, x) = (unit(Some(&first.value)), unit(first.at.as_ref()));
            let caption = Html::text(format!("{name}: {y} over {x}, {} points", points.len()));
            Html::tag("figure", curve(points).and(Html::tag("figcaption", caption)))
        })
        .collect();
    match all.is_empty() {
        true => Html::new(),
        false => heading("Curves").and(pictures),
    }
}

/// Facts beside their names; what is missing says so.
pub fn fact_table(of: &[Fact]) -> Html {
    facts(of.iter().map(|it| (it.what.to_owned(), known(&it.is))))
}

fn known(it: &Known) -> Html {
    if it.is_nothing() {
        return not_recorded();
    }
    it.lines().map(|line| Html::tag("div", Html::text(line))).collect()
}

fn heading(text: &str) -> Html {
    Html::tag("h3", Html::text(text))
}

/// The class that gives a verdict its colour; its word says the same.
pub fn verdict_class(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        Some(Verdict::Pass) => "pass",
        Some(Verdict::Fail) => "fail",
        Some(Verdict::Error) => "error",
        Some(Verdict::Aborted) => "aborted",
        None => "missing",
    }
}

fn none() -> Html {
    Html::tag("p", not_recorded())
}

/// That nobody recorded it.
pub(super) fn not_recorded() -> Html {
    Html::classed("span", "missing", Html::text(NOT_RECORDED))
}

fn or_not(it: Option<&String>) -> Html {
    it.map_or_else(not_recorded, Html::text)
}

fn instruments(assets: &[Asset]) -> Html {
    if assets.is_empty() {
        return none();
    }
    let row = |it: &Asset| {
        let made = [&it.manufacturer, &it.model].into_iter().flatten().cloned();
        let made = Html::tag("div", Html::text(made.collect::<Vec<_>>().join(" ")));
        let known = named([("serial", &it.serial), ("firmware", &it.firmware), ("asset", &it.id)]);
        let calibration = named([
            ("certificate", &it.certificate),
            ("due", &it.due),
            ("status", &it.status),
            ("says of itself", &it.calibration),
        ]);
        vec![Html::text(&it.role), made.and(known), calibration]
    };
    table(&["role", "instrument", "its calibration"], assets.iter().map(row))
}

/// A line for each, with its name.
fn named<const N: usize>(all: [(&str, &Option<String>); N]) -> Html {
    let line = |(name, it): (&str, &Option<String>)| {
        Html::tag("div", Html::text(format!("{name} ")).and(or_not(it.as_ref())))
    };
    all.into_iter().map(line).collect()
}

fn firmware(run: &Run) -> Html {
    let all = run.events.iter().filter_map(|event| match &event.body {
        Body::Firmware(it) => Some(it),
        _ => None,
    });
    let row = |it: &Firmware| {
        let sha256 = it.sha256.as_ref();
        vec![Html::text(&it.name), Html::text(&it.version), Html::tag("code", or_not(sha256))]
    };
    let rows: Vec<_> = all.map(row).collect();
    if rows.is_empty() { none() } else { table(&["on", "version", "SHA-256"], rows) }
}

fn components(run: &Run) -> Html {
    let all = run.events.iter().filter_map(|event| match &event.body {
        Body::Component(it) => Some(it),
        _ => None,
    });
    let row = |it: &Component| {
        vec![
            Html::text(&it.name),
            or_not(it.part.as_ref()),
            or_not(it.revision.as_ref()),
            or_not(it.lot.as_ref()),
            or_not(it.serial.as_ref()),
            or_not(it.designator.as_ref()),
            Html::text(it.source.name()),
        ]
    };
    let rows: Vec<_> = all.map(row).collect();
    if rows.is_empty() {
        return none();
    }
    table(&["component", "part", "revision", "lot", "serial", "at", "known from"], rows)
}

fn events(run: &Run) -> Html {
    let rows: Vec<_> = lines(run).iter().map(line).collect();
    if rows.is_empty() {
        return none();
    }
    table(&["", "value", "limit", "", "verdict", "in full"], rows)
}

/// Classes that move a name to the right.
const DEPTHS: [&str; 6] = ["d0", "d1", "d2", "d3", "d4", "d5"];

/// What stands beside a value, in one line if the value is a number.
fn number(value: &Value, text: impl std::fmt::Display) -> Html {
    match value {
        Value::Text(_) => Html::text(text),
        _ => Html::classed("span", "number", Html::text(text)),
    }
}

fn line(it: &Line<'_>) -> Vec<Html> {
    let named = |depth: usize, name| Html::classed("span", DEPTHS[depth.min(5)], name);
    match it {
        Line::Step { depth, step } => {
            let name = Html::text(step.started.shown());
            let took = step.duration_ns.map_or_else(String::new, seconds);
            let message = step.message.as_deref().unwrap_or_default();
            let class = match step.reason {
                Some(Reason::Skipped) => "missing",
                _ => verdict_class(step.verdict),
            };
            let verdict = Html::classed("span", class, Html::text(step.word()));
            let name = named(*depth, Html::tag("strong", name));
            vec![name, Html::new(), Html::text(took), Html::new(), verdict, Html::text(message)]
        }
        Line::Judged { depth, judged } => {
            let (low, high) = judged.limit.edges();
            let value = judged.value.quantity().map(|it| it.value());
            let exactly = exactly(judged).map_or_else(String::new, |it| format!("exactly {it} · "));
            let readings = format!(
                "{exactly}{} · {}",
                readings(judged).join("; "),
                judging(judged).join(" · ")
            );
            let verdict = verdict_class(Some(judged.verdict));
            vec![
                named(*depth, Html::text(&judged.name)),
                number(&judged.value, &judged.shown),
                number(&judged.value, &judged.limit),
                value.map_or_else(Html::new, |value| gauge(value, low, high)),
                Html::classed("span", verdict, Html::text(judged.verdict)),
                Html::classed("span", "small", Html::text(readings)),
            ]
        }
        Line::Kept { depth, kept } => {
            let name = named(*depth, Html::text(&kept.name));
            let not_judged = Html::classed("span", "missing", Html::text("not judged"));
            let shown = Html::text(&kept.shown);
            vec![name, shown, Html::new(), Html::new(), not_judged, Html::new()]
        }
        Line::Said { depth, what, text } => {
            let what = Html::classed("span", "said", Html::text(what));
            let text = Html::text(text);
            vec![named(*depth, what), text]
        }
    }
}

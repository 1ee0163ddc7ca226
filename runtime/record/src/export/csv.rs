//! Everything that was judged, as a table: RFC 4180, a line for each value.

use super::Told;
use crate::body::{Judged, Raw};
use crate::error::{RecordError, Result};
use crate::store::{Event, Run};
use crate::unseen::is_unseen;
use crate::value::Value;

/// What the columns are called; `docs/exports.md` says what stands in them.
const COLUMNS: [&str; 28] = [
    "run",
    "started",
    "mode",
    "plan",
    "variant",
    "part",
    "serial",
    "lot",
    "station",
    "run_attempt",
    "run_verdict",
    "seq",
    "time_s",
    "step",
    "kind",
    "name",
    "attempt",
    "counts",
    "at",
    "at_unit",
    "value",
    "unit",
    "low",
    "high",
    "limit",
    "verdict",
    "raw",
    "source",
];

/// What was judged in `runs`, with a head; UTF-8, lines end with CR and LF.
///
/// Texts that a spreadsheet would take for a formula have an apostrophe in front.
///
/// # Errors
///
/// None that a program could see: a table in memory is always written.
pub fn csv(runs: &[Run]) -> Result<String> {
    let mut writer =
        ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(Vec::new());
    let failed = |cause: ::csv::Error| RecordError::new(format!("no table: {cause}"));
    writer.write_record(COLUMNS).map_err(failed)?;
    for run in runs {
        let told = Told::new(run);
        for (event, judged) in told.judged() {
            writer.write_record(row(&told, event, judged)).map_err(failed)?;
        }
    }
    let bytes = writer.into_inner().map_err(|it| RecordError::new(format!("no table: {it}")))?;
    String::from_utf8(bytes).map_err(|it| RecordError::new(format!("no table: {it}")))
}

fn row(told: &Told<'_>, event: &Event, judged: &Judged) -> [String; COLUMNS.len()] {
    let (summary, header) = (&told.run.summary, &told.run.header);
    let text = |it: Option<&String>| it.map(|it| harmless(it)).unwrap_or_default();
    let number = |it: Option<f64>| it.map(|it| format!("{it:?}")).unwrap_or_default();
    let (low, high) = judged.limit.edges();
    let unit = |it: &Value| it.ucum().unwrap_or_default().to_owned();
    let verdict = |it: Option<crate::Verdict>| it.map_or("", crate::Verdict::name).to_owned();
    let source = judged.source.as_ref();
    [
        summary.id.to_string(),
        summary.started.to_string(),
        summary.mode.name().to_owned(),
        harmless(&summary.plan),
        text(header.plan.variant.as_ref()),
        text(summary.device.as_ref()),
        text(summary.serial.as_ref()),
        text(header.lot.as_ref()),
        harmless(&header.station),
        summary.attempt.map(|it| it.to_string()).unwrap_or_default(),
        verdict(summary.verdict),
        event.seq.to_string(),
        format!("{:.9}", event.mono_ns as f64 / 1e9),
        harmless(&told.path(judged.step).join(" / ")),
        event.kind.to_owned(),
        harmless(&judged.name),
        judged.attempt.to_string(),
        if told.counts(judged.step) { "yes" } else { "no" }.to_owned(),
        judged.at.as_ref().map(in_full).unwrap_or_default(),
        judged.at.as_ref().map(unit).unwrap_or_default(),
        in_full(&judged.value),
        unit(&judged.value),
        number(low),
        number(high),
        harmless(&judged.limit.to_string()),
        verdict(Some(judged.verdict)),
        judged.raw.iter().map(read).collect::<Vec<_>>().join(" | "),
        source
            .map(|it| harmless(&format!("{}, revision {}", it.document, it.revision)))
            .unwrap_or_default(),
    ]
}

/// A value with all its digits, in the unit of its dimension.
fn in_full(value: &Value) -> String {
    match value {
        Value::Text(text) => harmless(text),
        Value::Bool(it) => it.to_string(),
        Value::Integer(it) => it.to_string(),
        Value::Number(it) => format!("{it:?}"),
        quantity => quantity.quantity().map(|it| format!("{:?}", it.value())).unwrap_or_default(),
    }
}

fn read(raw: &Raw) -> String {
    harmless(&format!("{} {}: {}", raw.role, raw.asset, raw.text))
}

/// `text` as no spreadsheet takes it for a formula, and no terminal for something to do.
fn harmless(text: &str) -> String {
    let acts = |c: char| is_unseen(c) && !matches!(c, '\t' | '\r' | '\n');
    let text: String = text.chars().map(|c| if acts(c) { '\u{fffd}' } else { c }).collect();
    let begins = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    match begins && text.parse::<f64>().is_err() {
        true => format!("'{text}"),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_carry_out_is_only_a_text() {
        for formula in ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(harmless(formula), format!("'{formula}"));
        }
        for text in ["-1.5e-3", "+9.91E+37", "", "1.8 V", "a=b", "two\nlines"] {
            assert_eq!(harmless(text), text);
        }
    }

    #[test]
    fn what_a_terminal_would_carry_out_is_not_in_it() {
        assert_eq!(harmless("\u{1b}[2J\u{202e}gnp"), "\u{fffd}[2J\u{fffd}gnp");
    }

    #[test]
    fn numbers_have_all_their_digits() {
        let volts = pogo_hal::Quantity::new(0.1 + 0.2, pogo_hal::Dimension::Voltage);
        assert_eq!(in_full(&volts.into()), "0.30000000000000004");
        assert_eq!(in_full(&Value::Number(f64::NAN)), "NaN");
        assert_eq!(in_full(&Value::Integer(-5)), "-5");
    }
}

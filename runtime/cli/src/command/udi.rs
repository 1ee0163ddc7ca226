//! `pogo udi`: what stands on the label of a device.

use std::fmt::Write;
use std::io;

use anyhow::Result;
use jiff::Zoned;
use pogo_record::udi::{self, Agency, LabelDate, Parsed};
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use crate::args::Udi;
use crate::diagnostics::{self, Failure};
use crate::exit;
use crate::paint::Paint;
use crate::terminal::{err, out};

/// Prints what the label says. One that is refused exits with 2.
///
/// # Errors
///
/// The label is refused, and that is to be printed as JSON.
pub fn udi(arguments: &Udi) -> Result<u8> {
    let label = match udi::parse(&arguments.label, Zoned::now().date()) {
        Ok(label) => label,
        Err(wrong) => {
            let diagnostic = wrong.diagnostic("label");
            if arguments.json {
                return Err(Failure::new(exit::REFUSED, diagnostic).into());
            }
            let (source, paint) = (visible(&arguments.label), Paint::of(&io::stderr()));
            err(&diagnostics::render_in(&diagnostic, &source, paint));
            return Ok(exit::REFUSED);
        }
    };
    out(&match arguments.json {
        true => format!("{:#}\n", document(&label)),
        false => table(&label),
    });
    Ok(exit::PASS)
}

/// Control characters as the pictures of them, one for one, so that carets stay where they belong.
fn visible(label: &str) -> String {
    let picture = |letter: char| match u32::from(letter) {
        code @ 0..=0x1f => char::from_u32(0x2400 + code).unwrap_or(letter),
        _ => letter,
    };
    label.chars().map(picture).collect()
}

fn table(label: &Parsed) -> String {
    if label.agency == Agency::Iccbba {
        let (agency, kept) = (label.agency, visible(&label.scanned));
        return format!("agency  {agency}\nlabel   {kept}\nread    nothing: it is kept whole\n");
    }
    let or_missing = |it: Option<String>| it.unwrap_or_else(|| "not on the label".to_owned());
    let mut rows = vec![
        ("agency", label.agency.to_string()),
        ("device identifier", or_missing(label.device_identifier.clone())),
        ("lot", or_missing(label.lot.clone())),
        ("serial", or_missing(label.serial.clone())),
        ("produced", or_missing(label.produced.map(date))),
        ("expires", or_missing(label.expires.map(date))),
    ];
    let further = label.further.iter().map(|it| (it.identifier.as_str(), it.text.clone()));
    rows.extend(further);
    let widest = rows.iter().map(|(name, _)| name.width()).max().unwrap_or_default();
    rows.iter().fold(String::new(), |mut text, (name, value)| {
        let _ = writeln!(text, "{name:widest$}  {value}");
        text
    })
}

fn date(it: LabelDate) -> String {
    match it.first_day() == it.last_day() {
        true => it.to_string(),
        false => format!("{it}, its day left open"),
    }
}

fn document(label: &Parsed) -> Value {
    let date = |it: Option<LabelDate>| it.map(|it| it.to_string());
    let further = label
        .further
        .iter()
        .map(|it| json!({ "identifier": it.identifier, "text": it.text }))
        .collect::<Vec<_>>();
    json!({
        "scanned": label.scanned,
        "agency": label.agency.name(),
        "device_identifier": label.device_identifier,
        "lot": label.lot,
        "serial": label.serial,
        "produced": date(label.produced),
        "expires": date(label.expires),
        "further": further,
    })
}

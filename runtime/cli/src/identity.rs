//! Whether a run may begin for this unit, here, and in this mode.

use std::path::Path;

use jiff::Zoned;
use pogo_hal::Diagnostic;
use pogo_record::udi::{self, Comparison, Parsed};
use pogo_record::{Mode, Store};
use pogo_runtime::{Product, Unit};

use crate::diagnostics::Failure;
use crate::exit;
use crate::logs;
use crate::station::Station;

/// What production asks for and this version does not have, each with what it would prevent.
const MISSING: [(&str, &str); 4] = [
    ("a signed release manifest", "nobody has approved these scripts, limits and files"),
    ("the instrument register", "nobody knows whether the instruments are in calibration"),
    ("signatures of named people", "nobody has released anything"),
    ("the route of the unit", "nobody knows whether the steps before this one have passed"),
];

/// What the text of a label says.
///
/// # Errors
///
/// It is refused, with exit code 2.
pub fn read_label(text: &str) -> Result<Parsed, Failure> {
    let label = udi::parse(text, Zoned::now().date());
    label.map_err(|wrong| Failure::new(exit::REFUSED, wrong.diagnostic("--udi")))
}

/// Everything that speaks against testing `unit` of `product`, whose `label` was scanned; nothing
/// is opened, and the store below `folder` is only read. What of the label agrees is noted.
///
/// # Errors
///
/// Something does, with exit code 2; or the store cannot be read.
pub fn hold(
    product: &Product,
    unit: &mut Unit,
    label: Option<&Parsed>,
    operator: Option<&str>,
    station: &Station,
    mode: Mode,
    folder: &Path,
) -> Result<(), Failure> {
    let mut wrong = product.identity.mistakes(&product.name, unit, operator);
    if let Some(label) = label {
        let Comparison { agrees, differs } = label.compare(&udi::Unit {
            serial: Some(&unit.serial),
            lot: unit.lot.as_deref(),
            device_identifier: product.identity.device_identifier.as_deref(),
            today: Some(Zoned::now().date()),
        });
        wrong.extend(differs.iter().map(|it| Diagnostic::new(it).with_hint(OTHER_LABEL)));
        if agrees.is_empty() && differs.is_empty() {
            wrong.push(Diagnostic::new(NOTHING_IN_COMMON).with_hint(OTHER_LABEL));
        }
        if let Some(udi) = &mut unit.udi {
            udi.agrees = agrees.into_iter().map(str::to_owned).collect();
        }
    }
    if station.needs_operator && operator.is_none() {
        let text = format!("station `{}` runs nothing without an operator", station.name);
        let hint = "give `--operator`; the station file has `operator = \"required\"`";
        wrong.push(Diagnostic::new(text).with_hint(hint));
    }
    if mode == Mode::Production {
        wrong.push(no_production());
    }
    if product.identity.serial.is_some() && folder.is_dir() {
        let reader = Store::reader(folder).map_err(|it| logs::failure(&it))?;
        let plans = reader.plans_of(&unit.serial, mode).map_err(|it| logs::failure(&it))?;
        let own = format!("{}/", product.name);
        let other = plans.iter().find(|it| **it != product.name && !it.starts_with(&own));
        wrong.extend(other.map(|other| duplicate(&unit.serial, other, &product.name)));
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Failure { code: exit::REFUSED, diagnostics: wrong })
}

const OTHER_LABEL: &str = "scan the label of the unit that is tested, and give its own `--dut`";
const NOTHING_IN_COMMON: &str = "nothing on the label ties it to this unit: neither serial number, \
                                 lot nor device identifier can be compared";

fn duplicate(serial: &str, other: &str, product: &str) -> Diagnostic {
    let other = other.split('/').next().unwrap_or(other);
    Diagnostic::new(format!(
        "duplicate-serial: `{serial}` is a {other} in this store, and cannot be a {product} too"
    ))
    .with_hint(format!("scan the label again; `pogo history {serial}` shows what was recorded"))
}

fn no_production() -> Diagnostic {
    let missing: Vec<_> = MISSING.iter().map(|(what, why)| format!("{what} ({why})")).collect();
    Diagnostic::new(format!(
        "production is refused until its controls exist; missing: {}",
        missing.join("; ")
    ))
    .with_hint("run without `--production`: the record then says `engineering`")
}

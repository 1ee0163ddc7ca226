//! Whether a run may begin for this unit, here, and in this mode.

use std::path::Path;

use pogo_hal::Diagnostic;
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

/// Everything that speaks against testing `unit` of `product`; nothing is opened, and the store
/// below `folder` is only read.
///
/// # Errors
///
/// Something does, with exit code 2; or the store cannot be read.
pub fn hold(
    product: &Product,
    unit: &Unit,
    operator: Option<&str>,
    station: &Station,
    mode: Mode,
    folder: &Path,
) -> Result<(), Failure> {
    let mut wrong = product.identity.mistakes(&product.name, unit, operator);
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

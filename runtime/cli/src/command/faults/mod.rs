//! `pogo faults`: which faults of the simulated bench a test would notice.

mod matrix;
mod trial;

use std::time::Instant;

use anyhow::{Context, Result};
use pogo_hal::Diagnostic;
use pogo_record::export::report;
use pogo_runtime::{Fixture, Product};

use self::matrix::{Matrix, Row};
use self::trial::Found;
use crate::args::Faults;
use crate::diagnostics::Failure;
use crate::exit;
use crate::logs;
use crate::preparation::prepare;
use crate::secrets;
use crate::simulated::{Simulated, known_faults, no_catalogue};
use crate::terminal::{Busy, out};
use crate::trial::{Trials, each};
use crate::whole_file;

/// Runs the test without a fault and with each, and says what came of it. Exits with 1 if a fault
/// escapes that has to be noticed.
///
/// # Errors
///
/// Something speaks against the run, the fixture knows no faults, or the test does not pass without
/// any.
pub fn faults(arguments: &Faults) -> Result<u8> {
    let began = now();
    let refused = |diagnostic| Failure::new(exit::REFUSED, diagnostic);
    let (product, fixture) = understood(arguments)?;
    let catalogue = known_faults(&fixture).map_err(refused)?;
    let mut catalogue = catalogue.ok_or_else(|| refused(no_catalogue(&fixture)))?;
    for name in &arguments.only {
        catalogue.named(name).map_err(refused)?;
    }
    catalogue.faults.retain(|it| arguments.only.is_empty() || arguments.only.contains(&it.name));
    let (trials, common) = (Trials::new()?, trial::arguments(arguments, &fixture));
    let clean = trial::found(&trials, &common, None)?;
    if clean != Found::Nothing {
        let text = format!("the test does not pass without a fault: {clean}");
        let hint = "a run of it with `--sim` shows what is wrong";
        let failure = Failure::new(exit::NO_VERDICT, Diagnostic::new(text).with_hint(hint));
        return Err(failure.into());
    }
    let busy = Busy::begun();
    let all = catalogue.faults.len();
    let said = |done| busy.says(&format!("{done} of {all} faults"));
    let tried = |at: usize| {
        let name = catalogue.faults[at].name.as_str();
        trial::found(&trials, &common, Some(name)).context("a fault could not be tried")
    };
    let found = each(all, arguments.jobs, tried, said);
    let found = found.into_iter().collect::<Result<Vec<_>>>()?;
    drop(busy);
    let rows = catalogue.faults.iter().zip(found).map(|(known, found)| Row::of(known, found));
    let matrix = Matrix {
        product: product.name,
        fixture: fixture.path.display().to_string(),
        seed: arguments.seed,
        rows: rows.collect(),
    };
    if let Some(file) = &arguments.junit {
        let text = report("pogo faults", &[matrix.suite()]).map_err(|it| logs::failure(&it))?;
        whole_file::write(file, &text).with_context(|| format!("`{}`", file.display()))?;
    }
    out(&match arguments.json {
        true => format!("{:#}\n", serde_json::to_value(&matrix)?),
        false => matrix.text(began.elapsed()),
    });
    Ok(if matrix.escaped() == 0 { exit::PASS } else { exit::FAIL })
}

/// What is run, and on what, if nothing speaks against that.
fn understood(arguments: &Faults) -> Result<(Product, Fixture)> {
    let none = secrets::read(None)?;
    let (product, fixture) = (arguments.product.as_path(), arguments.fixture.as_deref());
    let what = (product, arguments.variant.as_deref());
    let prepared = prepare(what, fixture, Simulated::All, (arguments.seed, &[]), none)?;
    Ok((prepared.product, prepared.fixture))
}

#[expect(clippy::disallowed_methods, reason = "how long a person waits")]
fn now() -> Instant {
    Instant::now()
}

//! `pogo faults`: which faults of the simulated bench a test would notice.

mod matrix;
mod trial;

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result};
use pogo_hal::Diagnostic;
use pogo_runtime::{Fixture, Product};

use self::matrix::{Matrix, Row};
use self::trial::{Found, Trials};
use crate::args::Faults;
use crate::diagnostics::Failure;
use crate::exit;
use crate::preparation::prepare;
use crate::secrets;
use crate::simulated::{Simulated, catalogue, no_catalogue};
use crate::terminal::{Busy, out};

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
    let catalogue = catalogue(&fixture).map_err(refused)?;
    let catalogue = catalogue.ok_or_else(|| refused(no_catalogue(&fixture)))?;
    let trials = Trials::of(arguments, &fixture)?;
    let clean = trials.run(None)?;
    if clean != Found::Nothing {
        let text = format!("the test does not pass without a fault: {clean}");
        let hint = "a run of it with `--sim` shows what is wrong";
        let failure = Failure::new(exit::NO_VERDICT, Diagnostic::new(text).with_hint(hint));
        return Err(failure.into());
    }
    let busy = Busy::begun();
    let all = catalogue.faults.len();
    let said = |done| busy.says(&format!("{done} of {all} faults"));
    let names = catalogue.faults.iter().map(|it| it.name.as_str());
    let found = each(names.collect(), arguments.jobs, &trials, &said)?;
    drop(busy);
    let rows = catalogue.faults.iter().zip(found).map(|(known, found)| Row::of(known, found));
    let matrix = Matrix {
        product: product.name,
        fixture: fixture.path.display().to_string(),
        seed: arguments.seed,
        rows: rows.collect(),
    };
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

/// What was found with each fault, in their order, so many at once.
fn each(
    names: Vec<&str>,
    jobs: Option<NonZeroUsize>,
    trials: &Trials,
    said: &(dyn Fn(usize) + Sync),
) -> Result<Vec<Found>> {
    let jobs = jobs.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    let next = AtomicUsize::new(0);
    let found = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..jobs.min(names.len()) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(name) = names.get(at) else { return };
                    let one = trials.run(Some(name));
                    let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                    found.push((at, one));
                    said(found.len());
                }
            });
        }
    });
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, one)| one.context("a fault could not be tried")).collect()
}

#[expect(clippy::disallowed_methods, reason = "how long a person waits")]
fn now() -> Instant {
    Instant::now()
}

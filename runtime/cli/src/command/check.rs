//! `pogo check`: what a run would refuse, or come to grief over wherever it came there.

use std::io;

use anyhow::Result;

use crate::annotations;
use crate::args::Check;
use crate::diagnostics::{self, Failure};
use crate::exit;
use crate::paint::Paint;
use crate::preparation::{Preparation, prepare};
use crate::secrets;
use crate::simulated::Simulated;
use crate::terminal::{err, out};

/// Says that nothing is wrong, and with what; or what may be meant, which refuses no run.
///
/// # Errors
///
/// All that is wrong.
pub fn check(arguments: Check) -> Result<u8> {
    let Check { product, variant, fixture, sim, secrets, strict, json } = arguments;
    let secrets = secrets::read(secrets.file.as_deref())?;
    let Preparation { product, fixture, checked, .. } = prepare(
        (&product, variant.as_deref()),
        fixture.as_deref(),
        Simulated::said(sim, false),
        (0, &[]),
        secrets,
    )?;
    let circles = checked.circles().iter();
    let diagnostics: Vec<_> = circles.chain(checked.warnings()).cloned().collect();
    if !checked.circles().is_empty() || (strict && !diagnostics.is_empty()) {
        return Err(Failure { code: exit::REFUSED, diagnostics }.into());
    }
    annotations::annotate(&diagnostics);
    if json {
        out(&format!("{:#}\n", diagnostics::json(&diagnostics)));
        return Ok(exit::PASS);
    }
    let paint = Paint::of(&io::stderr());
    for warning in &diagnostics {
        err(&diagnostics::render(warning, paint));
    }
    let roles: Vec<&str> = fixture.roles.iter().map(|role| role.name.as_str()).collect();
    let interlocks: Vec<&str> = fixture.interlocks.iter().map(|it| it.name()).collect();
    let interlocks = match interlocks.is_empty() {
        true => String::new(),
        false => format!(" · watches {}", interlocks.join(", ")),
    };
    let scripts = match product.scripts.len() {
        1 => "1 script".to_owned(),
        count => format!("{count} scripts"),
    };
    let nothing = match diagnostics.len() {
        0 => "nothing wrong".to_owned(),
        1 => "1 warning".to_owned(),
        count => format!("{count} warnings"),
    };
    out(&format!(
        "{}: {nothing} in {scripts} · {} · {}{interlocks}\n",
        product.name,
        fixture.path.display(),
        roles.join(", ")
    ));
    Ok(exit::PASS)
}

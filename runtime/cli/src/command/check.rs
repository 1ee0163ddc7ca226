//! `pogo check`: what a run would refuse, or come to grief over wherever it came there.

use anyhow::Result;
use serde_json::json;

use crate::args::Check;
use crate::diagnostics::Failure;
use crate::exit;
use crate::preparation::{Preparation, prepare};
use crate::secrets;
use crate::terminal::out;

/// Says that nothing is wrong, and with what.
///
/// # Errors
///
/// All that is wrong.
pub fn check(arguments: Check) -> Result<u8> {
    let Check { product, variant, fixture, sim, secrets, json } = arguments;
    let secrets = secrets::read(secrets.file.as_deref())?;
    let Preparation { product, fixture, checked, .. } =
        prepare((&product, variant.as_deref()), fixture.as_deref(), sim.into(), (0, &[]), secrets)?;
    let diagnostics = checked.circles().to_vec();
    if !diagnostics.is_empty() {
        return Err(Failure { code: exit::REFUSED, diagnostics }.into());
    }
    if json {
        out(&format!("{}\n", json!({ "diagnostics": [] })));
        return Ok(exit::PASS);
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
    out(&format!(
        "{}: nothing wrong in {scripts} · {} · {}{interlocks}\n",
        product.name,
        fixture.path.display(),
        roles.join(", ")
    ));
    Ok(exit::PASS)
}

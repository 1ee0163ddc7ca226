//! `pogo definitions`: what editors for Rhai read.

use anyhow::Result;
use pogo_runtime::CAPABILITIES;

use crate::args::Definitions;
use crate::exit;
use crate::reference;
use crate::roles::roles_of;
use crate::terminal::out;

/// Prints the definitions.
///
/// # Errors
///
/// The fixture is wrong.
pub fn definitions(arguments: &Definitions) -> Result<u8> {
    let roles = match &arguments.fixture {
        Some(fixture) => roles_of(fixture)?,
        None => Vec::new(),
    };
    let type_name = |(role, capability): (String, &'static str)| {
        let it = CAPABILITIES.iter().find(|it| it.name == capability)?;
        Some((role, it.type_name))
    };
    let roles: Vec<_> = roles.into_iter().filter_map(type_name).collect();
    out(&reference::definitions(&pogo_runtime::sections(), &roles));
    Ok(exit::PASS)
}

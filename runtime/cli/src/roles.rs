//! What the roles of a fixture are, without opening any.

use std::path::Path;

use pogo_models::Models;
use pogo_runtime::{CAPABILITIES, Fixture, KnownRole, Product};

use crate::bench::{capability_of, model_of};
use crate::diagnostics::Failure;
use crate::exit;

/// The roles of `fixture`, or of the one that `product.toml` in the current folder names; what
/// roles are called in examples if there is neither.
///
/// # Errors
///
/// The fixture is wrong.
pub fn roles(fixture: Option<&Path>) -> Result<Vec<(String, &'static str)>, Failure> {
    let here = Path::new(".");
    let own = || Product::read(here).ok().and_then(|it| it.fixture);
    match fixture.map(Path::to_owned).or_else(own) {
        Some(fixture) => roles_of(&fixture),
        None => Ok(CAPABILITIES.iter().map(|it| (it.role.to_owned(), it.name)).collect()),
    }
}

/// The roles of `fixture` as scripts are held against them; of one whose model there is not, nobody
/// knows what it can do.
pub fn known(fixture: &Fixture, models: &Models) -> Vec<KnownRole> {
    let known = |role: &pogo_runtime::Role| {
        // One with a driver has no model.
        let model = role.driver.is_none().then(|| model_of(role, models).ok()).flatten();
        KnownRole {
            name: role.name.clone(),
            capability: capability_of(role, models).unwrap_or_default(),
            limits: role.limits,
            registers: model.map(|it| it.registers().clone()).unwrap_or_default(),
            place: Some(role.section.place()),
        }
    };
    fixture.roles.iter().map(known).collect()
}

/// The roles of the fixture in that file, each with what it can do, and the unit under test.
///
/// # Errors
///
/// The fixture is wrong.
pub fn roles_of(fixture: &Path) -> Result<Vec<(String, &'static str)>, Failure> {
    let refused = |diagnostic| Failure::new(exit::REFUSED, diagnostic);
    let fixture = Fixture::read(fixture).map_err(refused)?;
    let models = Models::beside(fixture.folder());
    let mut roles = Vec::new();
    for role in &fixture.roles {
        roles.push((role.name.clone(), capability_of(role, &models).map_err(refused)?));
    }
    // The unit under test is on every bench.
    let unit = CAPABILITIES.iter().find(|it| it.is_of_the_unit());
    roles.extend(unit.map(|it| (it.role.to_owned(), it.name)));
    Ok(roles)
}

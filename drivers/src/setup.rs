//! What the fixture says about one role.

use std::sync::Arc;
use std::time::Duration;

use pogo_hal::toml_file::Section;
use pogo_hal::{Amperes, Diagnostic, Resource, Volts};
use pogo_models::Model;

use crate::{DRIVERS, Driver, modbus};

/// What the fixture says about one role.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The name that scripts use: `psu`.
    pub role: String,
    /// What instrument it is.
    pub model: Arc<Model>,
    /// Where it is.
    pub resource: Resource,
    /// What is left of the role's table for the driver: `channel`.
    pub options: Section,
    /// What no script may exceed, as far as the instrument itself can be told.
    pub limits: Protection,
    /// How long one exchange may take.
    pub timeout: Duration,
}

/// What the instrument's own protection is set to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Protection {
    /// The largest voltage.
    pub voltage: Option<Volts>,
    /// The largest current.
    pub current: Option<Amperes>,
}

/// Whether a role is described as its driver needs it; opens nothing.
///
/// # Errors
///
/// An option is not understood, the instrument has no such channel, or a limit exceeds its rating.
pub fn check(setup: &Setup) -> Result<(), Diagnostic> {
    (driver(setup)?.check)(setup)
}

/// Whether what stands behind a role can do no harm in any state: a meter, a device on Modbus that is
/// only read, or the unit under test itself, which its supply makes safe.
pub fn is_passive(setup: &Setup) -> bool {
    match setup.model.driver() {
        "scpi-multimeter" => true,
        "modbus" => modbus::is_passive(setup),
        _ => false,
    }
}

/// The driver of the role's model.
pub(crate) fn driver(setup: &Setup) -> Result<&'static Driver, Diagnostic> {
    let name = setup.model.driver();
    DRIVERS.iter().find(|driver| driver.name == name).copied().ok_or_else(|| {
        Diagnostic::new(format!("there is no driver `{name}`")).at(setup.options.place())
    })
}

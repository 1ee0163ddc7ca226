//! What a driver is to everybody else.

use std::future::Future;
use std::pin::Pin;

use pogo_hal::{Diagnostic, Result};

use crate::{Opened, Setup, Wires};

/// A driver: how it is called, and how one of its instruments is opened.
pub struct Driver {
    /// The name that models use: `scpi-power-supply`.
    pub name: &'static str,
    /// What it drives, in a few words.
    pub about: &'static str,
    /// Whether a role is described as the driver needs it; opens nothing.
    pub check: fn(&Setup) -> Result<(), Diagnostic>,
    /// Opens the instrument of a role that was checked, and leaves it no less safe than before.
    pub open: for<'a> fn(&'a Wires, &'a Setup) -> Opening<'a>,
}

/// An instrument on its way to being opened.
pub type Opening<'a> = Pin<Box<dyn Future<Output = Result<Opened>> + Send + 'a>>;

//! The verbs of each capability, as scripts call them.
//!
//! [`VERBS`] is the one table of them: the checker holds scripts against it, and a test holds it
//! against what is registered.

pub(crate) mod device;
mod multimeter;
mod power_supply;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use pogo_hal::{Dimension, Handle};
use pogo_sandbox::rhai::{Dynamic, Engine};

use crate::bridge::{Bound, BoundRole};

/// What a verb takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// A quantity of this dimension.
    Quantity(Dimension),
    /// A quantity of whatever dimension the function has.
    AnyQuantity,
    /// A plain number.
    Number,
    /// The name of a meter's function, as text.
    Function,
    /// A text.
    Text,
    /// A map: `#{ key: value }`.
    Map,
}

impl Parameter {
    /// What it is, with its article.
    pub fn with_article(self) -> &'static str {
        match self {
            Self::Quantity(dimension) => dimension.with_article(),
            Self::AnyQuantity => "a quantity",
            Self::Number => "a plain number",
            Self::Function => "the name of a function, as text",
            Self::Text => "a text",
            Self::Map => "a map",
        }
    }
}

/// A verb of a capability.
#[derive(Clone, Copy, Debug)]
pub struct Verb {
    /// The capability: `power supply`.
    pub capability: &'static str,
    /// What scripts write.
    pub name: &'static str,
    /// What it takes, in order.
    pub takes: &'static [Parameter],
    /// What it gives: `a voltage`, `nothing`.
    pub gives: &'static str,
    /// What it does, in one line.
    pub about: &'static str,
}

/// Every verb of every capability.
pub const VERBS: &[&[Verb]] = &[device::VERBS, multimeter::VERBS, power_supply::VERBS];

/// The verbs of the capability called `capability`.
pub fn verbs_of(capability: &str) -> impl Iterator<Item = &'static Verb> {
    VERBS.iter().copied().flatten().filter(move |verb| verb.capability == capability)
}

/// Teaches `engine` every verb.
pub(crate) fn register(engine: &mut Engine) {
    device::register(engine);
    multimeter::register(engine);
    power_supply::register(engine);
}

/// The constant that a script sees under the role's name.
pub(crate) fn constant(handle: &Handle, role: Arc<BoundRole>) -> Dynamic {
    match handle {
        Handle::PowerSupply(it) => Dynamic::from(Bound::new(role, it.clone())),
        Handle::Multimeter(it) => Dynamic::from(Bound::new(role, it.clone())),
    }
}

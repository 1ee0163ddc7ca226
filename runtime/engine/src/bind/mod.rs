//! What scripts can do with each kind of role.
//!
//! [`CAPABILITIES`] is the one table of it: verbs are registered from it, the checker holds scripts
//! against it, and the documentation is written from it.

mod console;
pub(crate) mod device;
pub(crate) mod modbus;
mod multimeter;
mod power_supply;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use pogo_hal::Handle;
use pogo_sandbox::reference::Entry;
use pogo_sandbox::rhai::{Dynamic, Engine};

use crate::bridge::{Bound, BoundRole};
use crate::console::Conversation;

/// What a role can be.
#[derive(Clone, Copy, Debug)]
pub struct Capability {
    /// What people call it: `power supply`.
    pub name: &'static str,
    /// What the type of such a role is called.
    pub type_name: &'static str,
    /// What the role is called in examples: `psu`.
    pub role: &'static str,
    /// What its users could get wrong, in whole sentences.
    pub about: &'static str,
    /// Its verbs.
    pub verbs: &'static [Verb],
    name_type: fn(&mut Engine, &'static str),
}

/// A verb: what is to be known of it, and how it is registered under its name.
#[derive(Clone, Copy, Debug)]
pub struct Verb {
    /// What is to be known of it.
    pub entry: Entry,
    bind: fn(&mut Engine, &'static str),
}

/// Everything that a role can be, the unit under test included.
pub const CAPABILITIES: &[Capability] = &[
    device::UNIT,
    modbus::CAPABILITY,
    multimeter::CAPABILITY,
    power_supply::CAPABILITY,
    console::CAPABILITY,
];

impl Capability {
    /// Whether this is the unit under test, which is on every bench and in no fixture.
    pub fn is_of_the_unit(&self) -> bool {
        self.name == device::CAPABILITY
    }
}

/// The verbs of the capability called `capability`.
pub fn verbs_of(capability: &str) -> impl Iterator<Item = &'static Entry> {
    let capability = CAPABILITIES.iter().find(move |it| it.name == capability);
    capability.into_iter().flat_map(|it| it.verbs).map(|verb| &verb.entry)
}

/// The verbs of every capability.
pub(crate) fn verbs() -> impl Iterator<Item = &'static Entry> {
    CAPABILITIES.iter().flat_map(|it| it.verbs).map(|verb| &verb.entry)
}

/// Teaches `engine` every verb.
pub(crate) fn register(engine: &mut Engine) {
    for capability in CAPABILITIES {
        (capability.name_type)(engine, capability.type_name);
        for verb in capability.verbs {
            (verb.bind)(engine, verb.entry.name);
        }
    }
}

/// The constant that a script sees under the role's name.
pub(crate) fn constant(handle: &Handle, role: Arc<BoundRole>) -> Dynamic {
    match handle {
        Handle::Console(it) => {
            let conversation = Arc::new(Conversation::of(&role, it.clone()));
            role.site.ledger().converses(role.name.clone(), conversation.clone());
            Dynamic::from(Bound::new(role, conversation))
        }
        Handle::PowerSupply(it) => Dynamic::from(Bound::new(role, it.clone())),
        Handle::Multimeter(it) => Dynamic::from(Bound::new(role, it.clone())),
        Handle::Modbus(it) => Dynamic::from(Bound::new(role, it.clone())),
    }
}

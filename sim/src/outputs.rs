//! Who watches the outputs of the bench's supplies.

use std::fmt;
use std::mem;

use pogo_hal::Resource;

use crate::circuit::{Circuit, SupplyId};

/// A supply's output that has just been switched, by a command or by a protection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switched<'a> {
    /// The supply, as the plan has it.
    pub resource: &'a Resource,
    /// The channel.
    pub channel: u8,
    /// The roles that are this channel; none if no role is.
    pub roles: &'a [String],
    /// Whether it is on now.
    pub on: bool,
}

/// Is called for every output that is switched, in order, while the bench stands still.
pub(crate) type Observer = Box<dyn FnMut(Switched<'_>) + Send>;

/// Every output of the bench, and who watches them.
#[derive(Default)]
pub(crate) struct Outputs {
    outputs: Vec<Output>,
    observer: Option<Observer>,
}

struct Output {
    resource: Resource,
    channel: u8,
    roles: Vec<String>,
    supply: SupplyId,
    was_on: bool,
}

impl Outputs {
    /// Adds one that is off.
    pub(crate) fn add(
        &mut self,
        resource: &Resource,
        channel: u8,
        roles: Vec<String>,
        supply: SupplyId,
    ) {
        let resource = resource.clone();
        self.outputs.push(Output { resource, channel, roles, supply, was_on: false });
    }

    /// From now on `observer` is told.
    pub(crate) fn observe(&mut self, observer: Observer) {
        self.observer = Some(observer);
    }

    /// Tells about every output that is not as it was at the last look.
    pub(crate) fn look(&mut self, circuit: &Circuit) {
        let Some(observer) = &mut self.observer else { return };
        for Output { resource, channel, roles, supply, was_on } in &mut self.outputs {
            let on = circuit.supply(*supply).on;
            if mem::replace(was_on, on) != on {
                observer(Switched { resource, channel: *channel, roles, on });
            }
        }
    }
}

impl fmt::Debug for Outputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let watched = self.observer.is_some();
        f.debug_struct("Outputs")
            .field("outputs", &self.outputs.len())
            .field("watched", &watched)
            .finish()
    }
}

//! The circuit that instruments and the device share: nets, what feeds them, what loads them.
//!
//! A plain struct without I/O or a clock. Whoever changes it asks [`Circuit::voltage`] and its
//! kin afterwards; what they answer is computed from the circuit as it then is. All voltages are
//! against one common ground. Supplies and rails only push current, as the real ones do, and cells
//! take it too; a net hangs on at most one rail or follower besides any number of supplies and
//! cells, and never on itself.

mod element;
pub(crate) mod rtd;
mod solve;

use std::sync::Arc;

use pogo_hal::{Amperes, Ohms, Volts};

use element::Sink;
pub(crate) use element::{Cell, Draw, Follower, Rail, Regulates, Supply};

/// The resistance of a closed switch, a trace or a regulated output: nothing is 0 Ω, or two
/// supplies on one net could never agree.
const SERIES: f64 = 1e-3;

/// Up to here a constant current sink behaves as a resistor: it cannot pull a net below ground.
const KNEE: f64 = 0.1;

/// A net carries nothing if its voltage is below this: a meter can then measure its resistance.
const UNPOWERED: f64 = 1e-3;

macro_rules! ids {
    ($($name:ident, $doc:literal;)*) => {$(
        #[doc = $doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) struct $name(usize);
    )*};
}

ids! {
    NetId, "A net.";
    SupplyId, "A supply's output.";
    RailId, "A rail.";
    FollowerId, "A follower.";
    ResistorId, "A resistor to ground.";
    SinkId, "A load to ground.";
    CellId, "A cell.";
}

/// Nets and what joins them. See the module's own words.
#[derive(Debug, Default)]
pub(crate) struct Circuit {
    nets: Vec<Net>,
    supplies: Vec<Supply>,
    rails: Vec<Rail>,
    followers: Vec<Follower>,
    resistors: Vec<(NetId, f64)>,
    sinks: Vec<Sink>,
    cells: Vec<Cell>,
    /// Nets behind the nets that feed them.
    order: Vec<NetId>,
    solved: bool,
    changes: u64,
}

#[derive(Debug, Default)]
struct Net {
    name: Arc<str>,
    /// Who feeds it besides supplies: the elements, by index.
    supplies: Vec<usize>,
    rail: Option<usize>,
    follower: Option<usize>,
    /// The rails that it feeds.
    outgoing: Vec<usize>,
    conductance: f64,
    sinks: Vec<usize>,
    cells: Vec<usize>,
    voltage: f64,
    fed: f64,
}

/// Why an element cannot be joined to a net.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// The net hangs on a rail or follower already.
    FedAlready,
    /// The net would hang on itself.
    Cycle,
}

impl Circuit {
    /// The net called `name`; a new one if there is none.
    pub(crate) fn net(&mut self, name: &str) -> NetId {
        self.find(name).unwrap_or_else(|| {
            self.nets.push(Net { name: name.into(), ..Net::default() });
            let net = NetId(self.nets.len() - 1);
            self.order.push(net);
            net
        })
    }

    /// The net called `name`, if there is one.
    pub(crate) fn find(&self, name: &str) -> Option<NetId> {
        self.nets.iter().position(|net| &*net.name == name).map(NetId)
    }

    /// The names of all nets that can be written, oldest first.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.nets.iter().map(|net| &*net.name).filter(|it| !it.contains('\n'))
    }

    /// Joins a supply's output to a net, switched off.
    pub(crate) fn add_supply(&mut self, net: NetId) -> SupplyId {
        self.nets[net.0].supplies.push(self.supplies.len());
        self.supplies.push(Supply::off(net));
        self.touch();
        SupplyId(self.supplies.len() - 1)
    }

    /// Joins two nets by a rail.
    pub(crate) fn add_rail(&mut self, rail: Rail) -> Result<RailId, Misfit> {
        self.may_feed(rail.from, rail.to)?;
        let index = self.rails.len();
        self.nets[rail.from.0].outgoing.push(index);
        self.nets[rail.to.0].rail = Some(index);
        self.rails.push(rail);
        self.sort();
        Ok(RailId(index))
    }

    /// Lets `output` follow another net.
    pub(crate) fn add_follower(
        &mut self,
        follower: Follower,
        output: NetId,
    ) -> Result<FollowerId, Misfit> {
        self.may_feed(follower.input, output)?;
        let index = self.followers.len();
        self.nets[output.0].follower = Some(index);
        self.followers.push(follower);
        self.sort();
        Ok(FollowerId(index))
    }

    /// Loads a net with a resistor.
    pub(crate) fn add_resistor(&mut self, net: NetId, resistance: Ohms) -> ResistorId {
        self.resistors.push((net, resistance.0));
        self.conductances();
        ResistorId(self.resistors.len() - 1)
    }

    /// Loads a net with what draws a current or a power.
    pub(crate) fn add_sink(&mut self, net: NetId, draw: Draw) -> SinkId {
        self.nets[net.0].sinks.push(self.sinks.len());
        self.sinks.push(Sink { net, draw, current: 0.0 });
        self.touch();
        SinkId(self.sinks.len() - 1)
    }

    /// Joins a cell to a net.
    pub(crate) fn add_cell(&mut self, net: NetId, emf: Volts, resistance: Ohms) -> CellId {
        self.nets[net.0].cells.push(self.cells.len());
        self.cells.push(Cell { net, emf: emf.0, resistance: resistance.0, on: true });
        self.touch();
        CellId(self.cells.len() - 1)
    }

    /// A cell, to look at.
    pub(crate) fn cell(&self, id: CellId) -> &Cell {
        &self.cells[id.0]
    }

    /// A cell, to change.
    pub(crate) fn cell_mut(&mut self, id: CellId) -> &mut Cell {
        self.touch();
        &mut self.cells[id.0]
    }

    /// What flows into a cell; negative while it gives.
    pub(crate) fn charging(&mut self, id: CellId) -> Amperes {
        self.solve();
        let cell = &self.cells[id.0];
        Amperes(-cell.gives(self.nets[cell.net.0].voltage))
    }

    /// What a rail gives.
    pub(crate) fn given(&mut self, id: RailId) -> Amperes {
        self.solve();
        let rail = &self.rails[id.0];
        let at = |net: NetId| self.nets[net.0].voltage;
        Amperes(rail.gives(at(rail.from), at(rail.to)))
    }

    /// The supplies that feed a net.
    pub(crate) fn supplies_of(&self, net: NetId) -> Vec<SupplyId> {
        self.nets[net.0].supplies.iter().map(|it| SupplyId(*it)).collect()
    }

    /// The voltage across the terminals of a supply, which its leads may keep from the net.
    pub(crate) fn terminals(&mut self, id: SupplyId) -> Volts {
        self.solve();
        let Supply { net, series, sense, current, .. } = &self.supplies[id.0];
        let lost = if *sense { 0.0 } else { current * (series - SERIES).max(0.0) };
        Volts(self.nets[net.0].voltage + lost)
    }

    /// A supply's output, to look at.
    pub(crate) fn supply(&self, id: SupplyId) -> &Supply {
        &self.supplies[id.0]
    }

    /// A supply's output, to change.
    pub(crate) fn supply_mut(&mut self, id: SupplyId) -> &mut Supply {
        self.touch();
        &mut self.supplies[id.0]
    }

    /// A rail, to look at.
    pub(crate) fn rail(&self, id: RailId) -> &Rail {
        &self.rails[id.0]
    }

    /// A rail, to change. The nets that it joins have to stay.
    pub(crate) fn rail_mut(&mut self, id: RailId) -> &mut Rail {
        self.touch();
        &mut self.rails[id.0]
    }

    /// A follower, to look at.
    pub(crate) fn follower(&self, id: FollowerId) -> &Follower {
        &self.followers[id.0]
    }

    /// A follower, to change. The nets that it joins have to stay.
    pub(crate) fn follower_mut(&mut self, id: FollowerId) -> &mut Follower {
        self.touch();
        &mut self.followers[id.0]
    }

    /// Shifts what the rail or follower behind `net` gives; whether there is one.
    pub(crate) fn offset(&mut self, net: NetId, by: Volts) -> bool {
        self.touch();
        let Net { rail, follower, .. } = &self.nets[net.0];
        if let Some(index) = *rail {
            self.rails[index].level += by.0;
        } else if let Some(index) = *follower {
            self.followers[index].offset += by.0;
        } else {
            return false;
        }
        true
    }

    /// Changes what a load draws.
    pub(crate) fn set_sink(&mut self, id: SinkId, draw: Draw) {
        if self.sinks[id.0].draw != draw {
            self.sinks[id.0].draw = draw;
            self.touch();
        }
    }

    /// The voltage of a net; 0 V if nothing feeds it.
    pub(crate) fn voltage(&mut self, net: NetId) -> Volts {
        self.solve();
        Volts(self.nets[net.0].voltage)
    }

    /// The current that flows into a net from everything that feeds it, and so out of it through
    /// everything that loads it.
    pub(crate) fn current(&mut self, net: NetId) -> Amperes {
        self.solve();
        Amperes(self.nets[net.0].fed)
    }

    /// The current out of a supply.
    pub(crate) fn supplied(&mut self, id: SupplyId) -> Amperes {
        self.solve();
        Amperes(self.supplies[id.0].current)
    }

    /// The resistance that a meter finds between a net and ground: infinite if nothing but
    /// semiconductors hangs there, `None` while the net carries a voltage, since what a meter
    /// makes of that means nothing.
    pub(crate) fn resistance(&mut self, net: NetId) -> Option<Ohms> {
        self.solve();
        let net = &self.nets[net.0];
        (net.voltage.abs() < UNPOWERED).then(|| Ohms(1.0 / net.conductance))
    }

    /// How often something has changed: whoever reacts to the circuit need not look at it again
    /// before this does.
    pub(crate) fn changes(&self) -> u64 {
        self.changes
    }

    fn touch(&mut self) {
        self.solved = false;
        self.changes += 1;
    }

    fn may_feed(&self, from: NetId, to: NetId) -> Result<(), Misfit> {
        let fed = &self.nets[to.0];
        if fed.rail.is_some() || fed.follower.is_some() {
            return Err(Misfit::FedAlready);
        }
        let mut above = Some(from);
        while let Some(net) = above {
            if net == to {
                return Err(Misfit::Cycle);
            }
            above = self.feeder(net);
        }
        Ok(())
    }

    /// The net that a net hangs on.
    fn feeder(&self, net: NetId) -> Option<NetId> {
        let net = &self.nets[net.0];
        let rail = net.rail.map(|index| self.rails[index].from);
        rail.or_else(|| net.follower.map(|index| self.followers[index].input))
    }

    fn sort(&mut self) {
        let depth =
            |net: &NetId| std::iter::successors(self.feeder(*net), |it| self.feeder(*it)).count();
        let mut order: Vec<NetId> = (0..self.nets.len()).map(NetId).collect();
        order.sort_by_key(depth);
        self.order = order;
        self.touch();
    }

    fn conductances(&mut self) {
        self.nets.iter_mut().for_each(|net| net.conductance = 0.0);
        for &(net, resistance) in &self.resistors {
            self.nets[net.0].conductance += 1.0 / resistance.max(SERIES);
        }
        self.touch();
    }
}

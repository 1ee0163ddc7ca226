//! The voltages of all nets, such that what flows into each also flows out of it.
//!
//! Every source gives less, and every load draws more, the higher a net's voltage is: so the
//! surplus of a net falls with its voltage and has one zero, which a bracket always finds. Rails
//! make a tree, so a net's surplus can be computed with everything that hangs on it solved inside.

use super::{Circuit, Draw, KNEE, NetId};

/// A surplus below this, in amperes, is none.
const BALANCED: f64 = 1e-14;

/// Below this, in volts, what draws a constant power draws a constant current.
const BROWNOUT: f64 = 0.5;

/// So often loads of constant power may want more: far more than settling takes, except on the
/// very edge of a collapse.
const ROUNDS: usize = 200;

/// Enough to halve any bracket down to nothing.
const STEPS: usize = 400;

impl Circuit {
    pub(super) fn solve(&mut self) {
        if self.solved {
            return;
        }
        for sink in &mut self.sinks {
            sink.current = match sink.draw {
                Draw::Current(current) => current,
                Draw::Power(_) => 0.0,
            };
        }
        self.pass();
        for _ in 0..ROUNDS {
            if !self.demand() {
                break;
            }
            self.pass();
        }
        for supply in &mut self.supplies {
            supply.current = supply.gives(self.nets[supply.net.0].voltage);
        }
        self.solved = true;
    }

    /// Lets loads of constant power draw what they need at the voltages that were found; whether
    /// that is more than they drew. It only ever becomes more: voltages fall from those without
    /// such loads to the highest at which everything is balanced, where a real bench stays too.
    fn demand(&mut self) -> bool {
        let mut more = false;
        for sink in &mut self.sinks {
            let Draw::Power(power) = sink.draw else { continue };
            let current = power / self.nets[sink.net.0].voltage.max(BROWNOUT);
            if current > sink.current * (1.0 + 1e-12) {
                sink.current = current;
                more = true;
            }
        }
        more
    }

    /// Finds the voltages while every load draws a known current.
    fn pass(&mut self) {
        for at in 0..self.order.len() {
            // Behind the net that feeds it, whose voltage is therefore known.
            let net = self.order[at];
            let above = self.feeder(net).map_or(0.0, |it| self.nets[it.0].voltage);
            let voltage = self.balance(net, above);
            let fed = self.fed(net, above, voltage);
            self.nets[net.0].voltage = voltage;
            self.nets[net.0].fed = fed;
        }
    }

    /// The voltage at which `net` is balanced while the net that feeds it carries `above`.
    fn balance(&self, net: NetId, above: f64) -> f64 {
        let (mut low, mut high) = self.bracket(net, above);
        let surplus = |voltage| self.fed(net, above, voltage) - self.drawn(net, voltage);
        let (mut at_low, mut at_high) = (surplus(low), surplus(high));
        // Where nothing loads the net, the lowest voltage that feeds nothing is the answer, and
        // that is the highest source.
        if at_high >= -BALANCED {
            return high;
        }
        if at_low <= BALANCED {
            return low;
        }
        for step in 0..STEPS {
            // The straight line between the ends meets a piecewise straight surplus in few steps;
            // every third step halves, so that no shape can stall it.
            let voltage = match step % 3 {
                2 => low + (high - low) / 2.0,
                _ => low + (high - low) * (at_low / (at_low - at_high)),
            };
            if voltage <= low || voltage >= high {
                return voltage.clamp(low, high);
            }
            let here = surplus(voltage);
            if here.abs() <= BALANCED {
                return voltage;
            }
            if here > 0.0 {
                (low, at_low) = (voltage, here);
            } else {
                (high, at_high) = (voltage, here);
            }
        }
        low
    }

    /// The lowest and highest voltage that the sources of `net` could give it.
    fn bracket(&self, net: NetId, above: f64) -> (f64, f64) {
        let it = &self.nets[net.0];
        let supplies = it.supplies.iter().map(|index| &self.supplies[*index]);
        let supplies = supplies.filter(|supply| supply.on).map(|supply| supply.setpoint);
        let rail = it.rail.map(|index| &self.rails[index]).filter(|rail| rail.on);
        let rail = rail.map(|rail| rail.level.min(above - rail.dropout));
        let follower = it.follower.map(|index| &self.followers[index]).filter(|it| it.on);
        let follower = follower.map(|it| it.gain * above + it.offset);
        let cells = it.cells.iter().map(|index| &self.cells[*index]).filter(|cell| cell.on);
        let sources = supplies.chain(rail).chain(follower).chain(cells.map(|cell| cell.emf));
        sources.fold((0.0, 0.0), |(low, high): (f64, f64), it| (low.min(it), high.max(it)))
    }

    /// What flows into `net` at `voltage`.
    fn fed(&self, net: NetId, above: f64, voltage: f64) -> f64 {
        let it = &self.nets[net.0];
        let supplies: f64 =
            it.supplies.iter().map(|index| self.supplies[*index].gives(voltage)).sum();
        let rail = it.rail.map_or(0.0, |index| self.rails[index].gives(above, voltage));
        let follower = it.follower.map_or(0.0, |index| self.followers[index].gives(above, voltage));
        let cells: f64 = it.cells.iter().map(|index| self.cells[*index].gives(voltage)).sum();
        supplies + rail + follower + cells
    }

    /// What flows out of `net` at `voltage`, into its loads and into the rails that draw from it.
    fn drawn(&self, net: NetId, voltage: f64) -> f64 {
        let it = &self.nets[net.0];
        let knee = (voltage / KNEE).clamp(0.0, 1.0);
        let sinks: f64 = it.sinks.iter().map(|index| self.sinks[*index].current * knee).sum();
        let rails = it.outgoing.iter().map(|index| &self.rails[*index]).filter(|rail| rail.on);
        let rails: f64 =
            rails.map(|rail| rail.gives(voltage, self.balance(rail.to, voltage))).sum();
        voltage * it.conductance + sinks + rails
    }
}

#[cfg(test)]
mod tests {
    use pogo_hal::{Ohms, Volts};
    use proptest::prelude::*;

    use super::super::{Follower, Rail, element::Regulates};
    use super::*;

    fn near(left: f64, right: f64) {
        assert!((left - right).abs() < 1e-6, "{left} is not {right}");
    }

    fn supplied(setpoint: f64, limit: f64) -> (Circuit, NetId, super::super::SupplyId) {
        let mut circuit = Circuit::default();
        let net = circuit.net("VBAT");
        let id = circuit.add_supply(net);
        let supply = circuit.supply_mut(id);
        (supply.setpoint, supply.limit, supply.on) = (setpoint, limit, true);
        (circuit, net, id)
    }

    #[test]
    fn a_supply_holds_its_voltage_until_the_load_draws_the_limit() {
        let (mut circuit, net, id) = supplied(5.0, 1.0);
        circuit.add_resistor(net, Ohms(10.0));
        near(circuit.voltage(net).0, 5.0 * 10.0 / 10.001);
        near(circuit.supplied(id).0, 5.0 / 10.001);
        assert_eq!(circuit.supply(id).regulates(), Regulates::Voltage);
        circuit.add_resistor(net, Ohms(2.0));
        near(circuit.supplied(id).0, 1.0);
        near(circuit.voltage(net).0, 1.0 / 0.6);
        assert_eq!(circuit.supply(id).regulates(), Regulates::Current);
    }

    #[test]
    fn open_terminals_carry_the_setpoint_and_an_output_that_is_off_nothing() {
        let (mut circuit, net, id) = supplied(5.0, 1.0);
        near(circuit.voltage(net).0, 5.0);
        near(circuit.supplied(id).0, 0.0);
        circuit.supply_mut(id).on = false;
        assert_eq!(circuit.voltage(net).0, 0.0);
    }

    #[test]
    fn a_rail_draws_from_its_input_what_its_output_draws_from_it() {
        let (mut circuit, vbat, id) = supplied(3.0, 1.0);
        let rail = circuit.net("TP_1V8");
        circuit.add_resistor(rail, Ohms(180.0));
        circuit.add_sink(vbat, Draw::Current(0.002));
        let (level, dropout, resistance) = (1.8, 0.15, 0.2);
        let rail_id = circuit
            .add_rail(Rail {
                from: vbat,
                to: rail,
                level,
                dropout,
                resistance,
                limit: f64::INFINITY,
                on: true,
            })
            .unwrap();
        near(circuit.voltage(rail).0, 1.8 * 180.0 / 180.2);
        near(circuit.supplied(id).0, 0.002 + 1.8 / 180.2);
        near(circuit.current(rail).0, 1.8 / 180.2);
        circuit.supply_mut(id).setpoint = 1.5;
        let dropped = circuit.voltage(rail).0;
        assert!(
            (1.34..1.35).contains(&dropped),
            "in dropout the rail follows its input: {dropped}"
        );
        circuit.rail_mut(rail_id).on = false;
        assert_eq!(circuit.voltage(rail).0, 0.0);
    }

    #[test]
    fn a_rail_that_wants_more_than_the_supply_gives_pulls_its_input_down() {
        let (mut circuit, vbat, id) = supplied(3.0, 0.005);
        let rail = circuit.net("TP_1V8");
        circuit.add_resistor(rail, Ohms(180.0));
        let (level, dropout, resistance) = (1.8, 0.15, 0.2);
        circuit
            .add_rail(Rail {
                from: vbat,
                to: rail,
                level,
                dropout,
                resistance,
                limit: f64::INFINITY,
                on: true,
            })
            .unwrap();
        near(circuit.supplied(id).0, 0.005);
        near(circuit.voltage(rail).0, 0.9);
        near(circuit.voltage(vbat).0, 0.9 + 0.005 * 0.2 + 0.15);
    }

    #[test]
    fn a_follower_drives_both_ways_and_draws_nothing_from_what_it_follows() {
        let (mut circuit, probe, id) = supplied(1.0, 1.0);
        let output = circuit.net("AOUT");
        let follower =
            Follower { input: probe, gain: -2.0, offset: 0.001, resistance: 1.0, on: true };
        circuit.add_follower(follower, output).unwrap();
        near(circuit.voltage(output).0, -1.999);
        near(circuit.supplied(id).0, 0.0);
    }

    #[test]
    fn the_resistance_of_a_net_is_that_of_its_loads_while_it_carries_nothing() {
        let (mut circuit, net, id) = supplied(5.0, 1.0);
        assert!(circuit.resistance(net).is_none());
        circuit.supply_mut(id).on = false;
        assert_eq!(circuit.resistance(net).unwrap().0, f64::INFINITY);
        circuit.add_resistor(net, Ohms(200.0));
        circuit.add_resistor(net, Ohms(200.0));
        near(circuit.resistance(net).unwrap().0, 100.0);
    }

    #[test]
    fn a_net_hangs_on_one_rail_and_never_on_itself() {
        use super::super::Misfit;
        let mut circuit = Circuit::default();
        let [a, b, c] = ["a", "b", "c"].map(|name| circuit.net(name));
        let rail = |from, to| Rail {
            from,
            to,
            level: 1.0,
            dropout: 0.0,
            resistance: 0.0,
            limit: f64::INFINITY,
            on: true,
        };
        circuit.add_rail(rail(b, c)).unwrap();
        circuit.add_rail(rail(a, b)).unwrap();
        assert_eq!(circuit.add_rail(rail(a, c)).unwrap_err(), Misfit::FedAlready);
        assert_eq!(circuit.add_rail(rail(c, a)).unwrap_err(), Misfit::Cycle);
        assert_eq!(circuit.add_rail(rail(a, a)).unwrap_err(), Misfit::Cycle);
    }

    #[test]
    fn a_load_of_constant_power_draws_more_the_lower_its_voltage_until_it_collapses() {
        let (mut circuit, net, id) = supplied(5.0, 1.0);
        circuit.supply_mut(id).series = 1.0;
        circuit.add_sink(net, Draw::Power(4.0));
        // v = 5 - 4/v, the higher of its two solutions.
        near(circuit.voltage(net).0, 4.0);
        near(circuit.supplied(id).0, 1.0);
        circuit.supply_mut(id).setpoint = 3.9;
        let collapsed = circuit.voltage(net).0;
        assert!(collapsed < 0.1, "4 W cannot come through 1 ohm from 3.9 V: {collapsed}");
        near(circuit.supplied(id).0, 1.0);
    }

    #[test]
    fn leads_lose_what_flows_through_them_and_sense_leads_make_up_for_it() {
        let (mut circuit, net, id) = supplied(5.0, 1.0);
        circuit.supply_mut(id).series = 0.5;
        circuit.add_sink(net, Draw::Current(0.4));
        near(circuit.voltage(net).0, 4.8);
        assert!((circuit.terminals(id).0 - 5.0).abs() < 1e-3);
        circuit.supply_mut(id).sense = true;
        assert!((circuit.voltage(net).0 - 5.0).abs() < 1e-3);
    }

    #[test]
    fn a_cell_gives_until_something_higher_charges_it() {
        let (mut circuit, usb, id) = supplied(5.0, 1.0);
        let net = circuit.net("CELL");
        let cell = circuit.add_cell(net, Volts(3.7), Ohms(2.0));
        circuit.add_sink(net, Draw::Current(0.01));
        near(circuit.voltage(net).0, 3.68);
        near(circuit.charging(cell).0, -0.01);
        let rail = Rail {
            from: usb,
            to: net,
            level: 4.2,
            limit: 0.05,
            dropout: 0.0,
            resistance: 0.0,
            on: true,
        };
        let rail = circuit.add_rail(rail).unwrap();
        near(circuit.charging(cell).0, 0.04);
        near(circuit.supplied(id).0, 0.05);
        circuit.cell_mut(cell).emf = 4.18;
        // In its upper end the charger holds the voltage: 10 mA through 2 ohm, less its own.
        assert!((circuit.voltage(net).0 - 4.2).abs() < 1e-4);
        assert!((circuit.charging(cell).0 - 0.01).abs() < 1e-4);
        circuit.rail_mut(rail).on = false;
        circuit.cell_mut(cell).on = false;
        assert_eq!(circuit.voltage(net).0, 0.0);
    }

    #[test]
    fn a_relay_passes_on_what_its_net_carries() {
        let (mut circuit, input, _) = supplied(5.0, 1.0);
        let output = circuit.net("OUT");
        circuit.add_resistor(output, Ohms(100.0));
        let relay = Rail {
            from: input,
            to: output,
            level: f64::INFINITY,
            limit: f64::INFINITY,
            dropout: 0.0,
            resistance: 25.0,
            on: true,
        };
        circuit.add_rail(relay).unwrap();
        assert!((circuit.voltage(output).0 - 4.0).abs() < 1e-3);
    }

    proptest! {
        #[test]
        fn what_flows_into_a_net_flows_out_of_it(
            setpoints in prop::collection::vec((0.0..60.0f64, 1e-6..5.0f64), 1..4),
            loads in prop::collection::vec(1e-3..1e9f64, 0..4),
            sink in 0.0..3.0f64,
            level in 0.1..20.0f64,
            downstream in 1e-2..1e6f64,
        ) {
            let mut circuit = Circuit::default();
            let (net, rail) = (circuit.net("in"), circuit.net("out"));
            for (setpoint, limit) in setpoints {
                let id = circuit.add_supply(net);
                let supply = circuit.supply_mut(id);
                (supply.setpoint, supply.limit, supply.on) = (setpoint, limit, true);
            }
            for load in loads {
                circuit.add_resistor(net, Ohms(load));
            }
            circuit.add_sink(net, Draw::Current(sink));
            circuit.add_resistor(rail, Ohms(downstream));
            let it = Rail { from: net, to: rail, level, dropout: 0.2, resistance: 0.1, limit: f64::INFINITY, on: true };
            circuit.add_rail(it).unwrap();
            let (voltage, fed) = (circuit.voltage(net).0, circuit.current(net).0);
            let drawn = circuit.drawn(net, voltage);
            prop_assert!((fed - drawn).abs() < 1e-9 * (1.0 + fed), "{fed} in, {drawn} out");
        }
    }
}

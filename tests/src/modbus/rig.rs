//! A bench of devices on Modbus, and the shipping driver.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use pogo_drivers::{Lifelines, Network, Protection, Setup, Wires};
use pogo_hal::toml_file::{self, Section};
use pogo_hal::{Handle, Modbus, Notice, Resource, WireLog};
use pogo_sim::{Bench, Fault, Plan, Role, Serving};

/// The port and the line that a bench may have its devices on.
pub(super) const TCP: &str = "TCPIP::192.0.2.40::502::SOCKET";
pub(super) const LINE: &str = "ASRL/dev/ttyUSB0::INSTR";

const MODEL: &str = "\
# A device for tests.
driver = 'modbus'
identity = 'Nobody,Test device'
manual = { title = 'none' }
";

const REGISTERS: &str = "\
[registers.serial]
kind = 'input'
address = 100
type = 'string'
length = 8
identifies = 'serial'
[registers.setpoint]
kind = 'holding'
address = 0
type = 'i16'
scale = 0.1
unit = 'degC'
access = 'read-write'
min = '-40 degC'
max = '180 degC'
safe = '23 degC'
[registers.scratch]
kind = 'holding'
address = 10
type = 'u32'
unit = '1'
access = 'read-write'
[registers.pressure]
kind = 'input'
address = 2
type = 'f32'
unit = 'kPa'
[registers.air]
kind = 'input'
address = 0
type = 'i32'
scale = 0.001
unit = 'degC'
[registers.door]
kind = 'discrete'
address = 0
[registers.lamp]
kind = 'coil'
address = 4
access = 'read-write'
[registers.fan]
kind = 'coil'
address = 5
access = 'read-write'
safe = false
";

/// A bench, and the wires to it.
pub(super) struct Rig {
    pub(super) bench: Arc<Bench>,
    wires: Wires,
    setups: Vec<Setup>,
}

impl Rig {
    /// A device called `it` at `resource`, with more `options`, its `sim` table and `faults` written
    /// as in a fixture. An exchange may take `timeout`.
    pub(super) fn build(resource: &str, options: &str, faults: &[&str], timeout: u64) -> Self {
        Self::of(&[("it", resource, options)], faults, timeout)
    }

    /// The same device with another `sim` table.
    pub(super) fn simulated(resource: &str, sim: &str) -> Self {
        let mut rig = Self::build(resource, "", &[], 1000);
        let bench = Bench::build(Plan { roles: vec![role(sim)], ..Plan::default() }).unwrap();
        rig.wires = Wires::new(bench.clone());
        Self { bench, ..rig }
    }

    /// A device of the bench whose map declares no safe value.
    pub(super) fn without_safe(resource: &str) -> Self {
        let mut rig = Self::build(resource, "", &[], 1000);
        rig.setups[0].model = model(&without_safe());
        rig
    }

    /// The same driver on the real wires, where its first device is looked for at `resource`.
    pub(super) fn at(mut self, resource: &str) -> Self {
        self.setups[0].resource = resource.parse().unwrap();
        Self { wires: Wires::new(Arc::new(Network::default())), ..self }
    }

    /// Several devices, each with its name, its place and its options.
    pub(super) fn of(devices: &[(&str, &str, &str)], faults: &[&str], timeout: u64) -> Self {
        let (mut setups, mut plan) = (Vec::new(), Plan { seed: 1, ..Plan::default() });
        for (name, resource, options) in devices {
            // The unit under test has no safe state of its own.
            let registers = match options.contains("faces = 'unit'") {
                true => without_safe(),
                false => REGISTERS.to_owned(),
            };
            let model = model(&registers);
            let resource: Resource = resource.parse().unwrap();
            let unit = section(options).take("unit").unwrap();
            plan.roles.push(Role {
                role: (*name).into(),
                model: model.clone(),
                resource: resource.clone(),
                channel: unit,
                sim: section("values = { pressure = '101.25 kPa', door = true }"),
            });
            setups.push(Setup {
                role: (*name).into(),
                model,
                resource,
                options: section(options),
                limits: Protection::default(),
                timeout: Duration::from_millis(timeout),
            });
        }
        plan.faults = faults.iter().map(|it| Fault::read(section(it)).unwrap()).collect();
        let bench = Bench::build(plan).unwrap();
        Self { wires: Wires::new(bench.clone()), bench, setups }
    }

    /// The same bench on real wires, of the kind that each device is on. Needs a runtime in real
    /// time.
    pub(super) async fn served(mut self) -> Self {
        let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let served = pogo_sim::serve(self.bench.clone(), &Serving::sockets(here)).await.unwrap();
        let serial = |it: &Resource| matches!(it, Resource::Serial { .. });
        for setup in &mut self.setups {
            let fits = |it: &&pogo_sim::Served| {
                it.roles.contains(&setup.role) && serial(&it.resource) == serial(&setup.resource)
            };
            setup.resource = served.iter().find(fits).unwrap().resource.clone();
        }
        Self { wires: Wires::new(Arc::new(Network::default())), ..self }
    }

    /// The same, with every connection kept in `lifelines`.
    pub(super) fn kept_in(self, lifelines: &Arc<Lifelines>) -> Self {
        Self { wires: Wires::kept_in(lifelines.clone(), None), ..self }
    }

    /// Another client of the device that is unit `unit` at `resource`, which asks and says nothing
    /// when it is opened.
    pub(super) async fn witness(&self, resource: &str, unit: u8) -> Arc<dyn Modbus> {
        let options = format!("unit = {unit}\nfaces = 'unit'");
        let mut rig = Self::build(resource, &options, &[], 5000);
        rig.wires = Wires::new(self.bench.clone());
        rig.open("it").await.unwrap().device
    }

    /// Opens the device called `name`.
    pub(super) async fn open(&self, name: &str) -> pogo_hal::Result<Device> {
        let setup = self.setups.iter().find(|it| it.role == name).unwrap();
        let opened = self.wires.open(setup).await?;
        let Handle::Modbus(device) = opened.handle else { panic!("{name} speaks Modbus") };
        Ok(Device { device, log: opened.log })
    }
}

/// An opened device, and what was said to it.
pub(super) struct Device {
    pub(super) device: Arc<dyn Modbus>,
    pub(super) log: Arc<WireLog>,
}

impl Device {
    /// What the register called `name` holds.
    pub(super) async fn get(&self, name: &str) -> pogo_hal::Result<String> {
        let register = self.device.map().get(name).unwrap().clone();
        Ok(self.device.get(&register).await?.value.to_string())
    }

    /// What the record was told of its recoveries since this was last asked.
    pub(super) fn recoveries(&self) -> Vec<String> {
        let told = self.log.take_notices().into_iter().filter_map(|it| match it {
            Notice::Recovered(how) => Some(how),
            Notice::FoundInQueue(_) => None,
        });
        told.collect()
    }
}

fn without_safe() -> String {
    REGISTERS.replace("safe = '23 degC'\n", "").replace("safe = false\n", "")
}

fn model(registers: &str) -> Arc<pogo_models::Model> {
    let text = [MODEL, registers].concat();
    Arc::new(pogo_models::read("test", "test.toml", &text).unwrap())
}

/// The device of [`Rig::build`] on TCP with this `sim` table.
fn role(sim: &str) -> Role {
    Role {
        role: "it".into(),
        model: model(REGISTERS),
        resource: TCP.parse().unwrap(),
        channel: None,
        sim: section(sim),
    }
}

/// Why a device with this `sim` table cannot be simulated.
pub(super) fn refused(sim: &str) -> pogo_hal::Diagnostic {
    pogo_sim::check(&Plan { roles: vec![role(sim)], ..Plan::default() }).unwrap_err()
}

pub(super) fn section(text: &str) -> Section {
    toml_file::read("rig.toml", text).unwrap()
}

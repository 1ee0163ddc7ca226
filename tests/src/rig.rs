//! Shipping drivers over a simulated bench, in this process: no script, no program.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use pogo_drivers::{Network, Opened, Protection, Setup, Wires};
use pogo_hal::toml_file::{self, Section};
use pogo_hal::{Deadline, Dial, Handle, Multimeter, PowerSupply, Resource, Session};
use pogo_sim::{Bench, Fault, Plan, Role, Serving, WireFace};

/// A bench, and the wires to it.
pub(crate) struct Rig {
    bench: Arc<Bench>,
    dial: Arc<dyn Dial>,
    wires: Wires,
    setups: Vec<Setup>,
}

/// A role: its model, its channel if it is a supply; every role is on the net `NET`.
pub(crate) type RoleOf<'a> = (&'a str, &'a str, Option<u8>);

impl Rig {
    /// Builds `roles`, each an instrument of its own, with `faults` written as in a fixture.
    /// An exchange may take `timeout`.
    pub(crate) fn build(roles: &[RoleOf<'_>], faults: &[&str], timeout: Duration) -> Self {
        let mut setups = Vec::new();
        let mut plan = Plan { seed: 1, ..Plan::default() };
        for (number, (role, model, channel)) in roles.iter().enumerate() {
            let resource: Resource =
                format!("TCPIP::192.0.2.{number}::5025::SOCKET").parse().unwrap();
            let model = pogo_models::find(model, None).unwrap();
            let options = channel.map_or_else(String::new, |it| format!("channel = {it}"));
            plan.roles.push(Role {
                role: (*role).into(),
                model: model.clone(),
                resource: resource.clone(),
                channel: *channel,
                sim: section("connect = 'NET'"),
            });
            setups.push(Setup {
                role: (*role).into(),
                model,
                resource,
                options: section(&options),
                limits: Protection::default(),
                timeout,
            });
        }
        plan.faults = faults.iter().map(|it| Fault::read(section(it)).unwrap()).collect();
        let bench = Bench::build(plan).unwrap();
        Self { dial: bench.clone(), wires: Wires::new(bench.clone()), bench, setups }
    }

    /// The same bench on the loopback interface, every instrument behind `face`. Needs a runtime in
    /// real time.
    pub(crate) async fn served_over(mut self, face: WireFace) -> Self {
        let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let serving = Serving { faces: vec![face], ..Serving::sockets(here) };
        let served = pogo_sim::serve(self.bench.clone(), &serving).await.unwrap();
        for setup in &mut self.setups {
            let instrument = served.iter().find(|it| it.roles.contains(&setup.role)).unwrap();
            setup.resource = instrument.resource.clone();
        }
        Self {
            dial: Arc::new(Network::default()),
            wires: Wires::new(Arc::new(Network::default())),
            ..self
        }
    }

    /// Lets the first two roles look for each other's instrument.
    pub(crate) fn swap_addresses(&mut self) {
        let first = self.setups[0].resource.clone();
        self.setups[0].resource = std::mem::replace(&mut self.setups[1].resource, first);
    }

    fn setup(&self, role: &str) -> &Setup {
        self.setups.iter().find(|setup| setup.role == role).unwrap()
    }

    /// Opens `role`.
    pub(crate) async fn open(&self, role: &str) -> pogo_hal::Result<Opened> {
        self.wires.open(self.setup(role)).await
    }

    /// Opens `role`, which is a supply.
    pub(crate) async fn supply(&self, role: &str) -> Arc<dyn PowerSupply> {
        match self.open(role).await.unwrap().handle {
            Handle::PowerSupply(supply) => supply,
            other => panic!("{role} is a {}", other.capability()),
        }
    }

    /// Opens `role`, which is a meter.
    pub(crate) async fn meter(&self, role: &str) -> Arc<dyn Multimeter> {
        match self.open(role).await.unwrap().handle {
            Handle::Multimeter(meter) => meter,
            other => panic!("{role} is a {}", other.capability()),
        }
    }

    /// Ends every session, as the death of their process does.
    pub(crate) fn hang_up(&mut self) {
        self.wires = Wires::new(self.dial.clone());
    }

    /// Another client's connection to `role`, which knows no driver.
    pub(crate) async fn witness(&self, role: &str) -> Witness {
        Witness(self.session(role).await)
    }

    /// Where `role` is.
    pub(crate) fn resource(&self, role: &str) -> &Resource {
        &self.setup(role).resource
    }

    /// A session with `role`, which knows no driver.
    pub(crate) async fn session(&self, role: &str) -> Box<dyn Session> {
        let resource = &self.setup(role).resource;
        self.dial.dial(resource, Deadline::after(PATIENCE)).await.unwrap()
    }
}

/// The wires of a network.
pub(crate) const LAN: [WireFace; 3] = [WireFace::Socket, WireFace::Vxi11, WireFace::Hislip];

/// Longer than any fault of these tests.
const PATIENCE: Duration = Duration::from_secs(60);

/// Another client of an instrument.
pub(crate) struct Witness(Box<dyn Session>);

impl Witness {
    /// What the instrument answers to `question`.
    pub(crate) async fn ask(&mut self, question: &str) -> String {
        let deadline = Deadline::after(PATIENCE);
        self.0.write(question.as_bytes(), deadline).await.unwrap();
        let mut answer = Vec::new();
        self.0.read(&mut answer, deadline).await.unwrap();
        String::from_utf8(answer).unwrap()
    }
}

fn section(text: &str) -> Section {
    toml_file::read("rig.toml", text).unwrap()
}

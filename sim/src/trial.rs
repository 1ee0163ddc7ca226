//! A bench for the tests of this crate: two models on two nets, driven by raw text.

use std::sync::Arc;
use std::time::Duration;

use pogo_hal::{Deadline, Dial, Resource, Session, toml_file};

use crate::{Bench, Fault, Plan, Role};

/// A role of a bench under test.
pub(crate) fn role(name: &str, model: &str, address: &str, channel: Option<u8>, sim: &str) -> Role {
    Role {
        role: name.into(),
        model: pogo_models::find(model, None).unwrap(),
        resource: address.parse().unwrap(),
        channel,
        sim: toml_file::read("bench.fixture.toml", sim).unwrap(),
    }
}

pub(crate) const PSU: &str = "TCPIP::192.0.2.21::5025::SOCKET";
pub(crate) const DMM: &str = "TCPIP::192.0.2.22::5025::SOCKET";

/// A Keysight supply on VBAT (channel 1) and PROBE (channel 2), a Keysight meter on `meter`.
pub(crate) fn plan(meter: &str) -> Plan {
    let supply = |name, channel, net: &str| {
        role(name, "keysight-e36312a", PSU, Some(channel), &format!("connect = '{net}'"))
    };
    let roles = vec![
        supply("psu", 1, "VBAT"),
        supply("probe", 2, "PROBE"),
        role("dmm", "keysight-34461a", DMM, None, meter),
    ];
    Plan { roles, seed: 1, ..Plan::default() }
}

/// A plan with the device file `text`.
pub(crate) fn with_device(mut plan: Plan, text: &str) -> (Plan, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("unit.dut.rhai");
    std::fs::write(&path, text).unwrap();
    plan.device = Some(path);
    (plan, folder)
}

/// A plan with a fault.
pub(crate) fn with_fault(mut plan: Plan, text: &str) -> Plan {
    plan.faults.push(Fault::read(toml_file::read("bench.fixture.toml", text).unwrap()).unwrap());
    plan
}

/// A conversation in text.
pub(crate) struct Talk(pub(crate) Box<dyn Session>);

impl Talk {
    pub(crate) async fn with(bench: &Arc<Bench>, address: &str) -> Self {
        let resource: Resource = address.parse().unwrap();
        Self(bench.dial(&resource, soon()).await.unwrap())
    }

    pub(crate) async fn say(&mut self, message: &str) {
        self.0.write(message.as_bytes(), soon()).await.unwrap();
    }

    pub(crate) async fn hear(&mut self) -> String {
        let mut response = Vec::new();
        self.0.read(&mut response, soon()).await.unwrap();
        String::from_utf8(response).unwrap()
    }

    pub(crate) async fn ask(&mut self, message: &str) -> String {
        self.say(message).await;
        self.hear().await
    }

    pub(crate) async fn number(&mut self, message: &str) -> f64 {
        self.ask(message).await.parse().unwrap()
    }

    /// Everything in the error queue, as numbers.
    pub(crate) async fn errors(&mut self) -> Vec<i32> {
        let mut all = Vec::new();
        loop {
            let error = self.ask("SYST:ERR?").await;
            match error.split(',').next().unwrap().parse().unwrap() {
                0 => return all,
                number => all.push(number),
            }
        }
    }
}

pub(crate) fn soon() -> Deadline {
    Deadline::after(Duration::from_secs(5))
}

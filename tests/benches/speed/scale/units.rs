//! The units whose runs a large store holds: always the same ones, some of which fail and are run
//! again.

use pogo_hal::{Origin, Origins, Quantity};
use pogo_record::{
    Asset, Body, Component, Device, Firmware, Judged, Limit, Operator, Plan, Program, Reason,
    RunHeader, Source, StepEnded, StepStarted, Udi,
};
use pogo_tests::Chance;

const PRODUCTS: u64 = 20;
/// How many units are of one lot.
const LOT: u64 = 500;
/// The steps of every product, with how many measurements each has.
const STEPS: [(&str, u64); 3] = [("power on", 6), ("rails", 8), ("output", 6)];

/// A unit under test.
pub struct Unit(u64);

/// One run of a unit.
#[derive(Clone, Copy)]
pub struct Attempt {
    number: u64,
    /// Which measurement fails, counted from 0.
    fails: Option<u64>,
}

impl Unit {
    /// The unit with this number.
    pub fn of(number: u64) -> Self {
        Self(number)
    }

    /// Its runs. One unit in twelve fails the first time, and one in four of those again.
    pub fn attempts(&self) -> Vec<Attempt> {
        let mut chance = Chance::of_seed(self.0);
        let mut attempts = Vec::new();
        loop {
            let number = attempts.len() as u64 + 1;
            let share = if number == 1 { 12 } else { 4 };
            let fails = (chance.below(share) == 0).then(|| chance.below(20));
            attempts.push(Attempt { number, fails });
            if fails.is_none() || number == 3 {
                return attempts;
            }
        }
    }

    fn product(&self) -> u64 {
        self.0 % PRODUCTS
    }

    fn lot(&self) -> String {
        format!("L{:04}", self.0 / LOT)
    }

    /// What is known when a run of it starts on the site with this number.
    pub fn header(&self, site: u64) -> RunHeader {
        let (product, serial) = (self.product(), format!("SN{:06}", self.0));
        let udi = Udi {
            scanned: format!("(01)0950600013{:04}(10){}(21){serial}", product, self.lot()),
            agency: "GS1".into(),
            device_identifier: Some(format!("0950600013{product:04}")),
            lot: Some(self.lot()),
            serial: Some(serial.clone()),
            ..Udi::default()
        };
        let asset = |role: &str, model: &str, serial: &str| Asset {
            role: role.into(),
            address: Some(format!("TCPIP::192.0.2.{}::5025::SOCKET", 20 + site)),
            manufacturer: Some("Keysight Technologies".into()),
            model: Some(model.into()),
            serial: Some(format!("{serial}{site:03}")),
            ..Asset::default()
        };
        RunHeader {
            station: "ST1".into(),
            site: Some(site.to_string()),
            device: Device {
                part: Some(format!("TH-{product:03}")),
                serial: Some(serial),
                udi: Some(udi),
                ..Device::default()
            },
            lot: Some(self.lot()),
            work_order: Some(format!("WO-{:05}", self.0 / 100)),
            plan: Plan {
                id: format!("thermometer-{product:03}"),
                script_sha256: Some(format!("{product:064x}")),
                ..Plan::default()
            },
            pogo: Program { version: "0.1.0".into(), ..Program::default() },
            operator: Operator { id: Some(format!("op-{}", site % 3)), ..Operator::default() },
            assets: vec![asset("psu", "E36312A", "MY61"), asset("dmm", "34461A", "MY60")],
            ..RunHeader::default()
        }
    }

    /// What a run of it says, and how it ends.
    pub fn run(&self, attempt: Attempt) -> (Vec<Body>, Reason) {
        let mut chance = Chance::of_seed(self.0 ^ attempt.number << 40);
        let mut bodies = self.identity();
        let (mut count, mut ended) = (0, Reason::Passed);
        for (step, (name, measurements)) in (1_u32..).zip(STEPS) {
            let name = name.to_owned();
            bodies.push(Body::StepStarted(StepStarted {
                step,
                name,
                attempt: 1,
                ..StepStarted::default()
            }));
            let mut reason = Reason::Passed;
            for _ in 0..measurements {
                let fails = attempt.fails == Some(count);
                bodies.push(measurement(step, count, fails, &mut chance));
                if fails {
                    reason = Reason::Limit;
                }
                count += 1;
            }
            bodies.push(Body::StepEnded(StepEnded::new(step, reason)));
            if reason != Reason::Passed {
                ended = reason;
            }
        }
        (bodies, ended)
    }

    /// What it is made of.
    fn identity(&self) -> Vec<Body> {
        let component = |name: &str, lot: u64, serial: Option<String>| {
            Body::Component(Component {
                name: name.into(),
                part: Some(format!("{name}-{:02}", self.product())),
                lot: Some(format!("{}{:04}", name[..1].to_uppercase(), self.0 / lot)),
                serial,
                source: Source::Scanned,
                ..Component::default()
            })
        };
        let version = format!("2.{}.{}", self.product(), self.0 / 5_000);
        let sha256 = Some(format!("{:064x}", self.0 / 5_000));
        vec![
            Body::Firmware(Firmware { name: "application".into(), version, sha256, step: None }),
            component("sensor", 200, Some(format!("TS{:08}", self.0 * 7))),
            component("board", 1_000, None),
        ]
    }
}

/// The measurement with this number: around one volt more for each.
fn measurement(step: u32, number: u64, fails: bool, chance: &mut Chance) -> Body {
    let nominal = 1.0 + number as f64;
    let off = (chance.below(2_001) as f64 - 1_000.0) / 1_000.0;
    let value = nominal * (1.0 + if fails { 0.05 } else { 0.015 * off });
    let raw = format!("{value:+.8E}");
    let quantity = |text: String| Quantity::parse(&text).expect("a quantity");
    let edges =
        (quantity(format!("{} V", nominal * 0.98)), quantity(format!("{} V", nominal * 1.02)));
    let limit = Limit::between(edges.0, edges.1).expect("a limit");
    let (role, asset) = ("dmm".into(), "MY60000".into());
    let origin = Origin { role, asset, raw: raw.as_str().into(), mono_ns: number * 20_000_000 };
    let value = quantity(format!("{raw} V")).into();
    let name = format!("rail_{number:02}");
    Body::Measurement(Judged::new(Some(step), &name, value, &Origins::one(origin), limit).0)
}

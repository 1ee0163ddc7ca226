//! What went into a run.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::body::{Asset, Body};
use crate::evidence::fact::NOT_RECORDED;
use crate::store::Run;

/// Something that went into two runs and is not the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Input {
    /// What: `file power.rhai`, `seed`, `psu serial`.
    pub what: String,
    /// In the first; `None` if it has none such.
    pub a: Option<String>,
    /// In the second.
    pub b: Option<String>,
}

/// What differs, and how many things do not.
pub(super) fn compare(a: &Run, b: &Run) -> (Vec<Input>, u64) {
    let (a, b) = (Inputs::of(a), Inputs::of(b));
    let mut differ = Vec::new();
    let mut same = 0;
    let only_in_b = b.order.iter().filter(|what| !a.known.contains_key(*what));
    for what in a.order.iter().chain(only_in_b) {
        let (a, b) = (a.known.get(what), b.known.get(what));
        match a == b {
            true => same += 1,
            false => differ.push(Input { what: what.clone(), a: a.cloned(), b: b.cloned() }),
        }
    }
    (differ, same)
}

/// What went into one run, in an order that people can follow.
#[derive(Default)]
struct Inputs {
    order: Vec<String>,
    known: BTreeMap<String, String>,
}

impl Inputs {
    fn of(run: &Run) -> Self {
        let mut all = Self::default();
        let header = &run.header;
        let (plan, pogo, fixture) = (&header.plan, &header.pogo, &header.fixture);
        all.add("mode", Some(header.mode.name()));
        all.add("part", header.device.part.as_deref());
        all.add("hardware revision", header.device.revision.as_deref());
        all.add("plan", Some(&plan.id));
        all.add("plan revision", plan.revision.as_deref());
        all.add("manifest", header.manifest.as_deref());
        all.add("scripts", plan.script_sha256.as_deref());
        all.add("limits", plan.limits_sha256.as_deref());
        all.add("variant", plan.variant.as_deref());
        for file in &plan.files {
            all.add(&format!("file {}", file.name), Some(&file.sha256));
        }
        all.add("pogo", Some(&pogo.version));
        all.add("pogo's program", pogo.sha256.as_deref());
        all.add("fixture", fixture.id.as_deref());
        all.add("fixture file", fixture.sha256.as_deref());
        all.add("simulated", Some(&fixture.simulated.join(", ")));
        all.add("seed", header.clock.seed.map(|seed| seed.to_string()).as_deref());
        header.assets.iter().for_each(|it| all.instrument(it));
        run.events.iter().for_each(|event| all.built_in(&event.body));
        all
    }

    fn instrument(&mut self, it: &Asset) {
        for (what, is) in [
            ("model", &it.model),
            ("serial", &it.serial),
            ("firmware", &it.firmware),
            ("asset", &it.id),
            ("certificate", &it.certificate),
            ("due", &it.due),
            ("status", &it.status),
            ("calibration", &it.calibration),
        ] {
            self.add(&format!("{} {what}", it.role), is.as_deref());
        }
    }

    fn built_in(&mut self, body: &Body) {
        match body {
            Body::Firmware(it) => {
                self.add(&format!("firmware {}", it.name), Some(&it.version));
                self.add(&format!("firmware {} image", it.name), it.sha256.as_deref());
            }
            Body::Component(it) => {
                let at = it.designator.as_ref().map_or_else(String::new, |it| format!(" {it}"));
                self.add(&format!("component {}{at} part", it.name), it.part.as_deref());
                self.add(&format!("component {}{at} revision", it.name), it.revision.as_deref());
            }
            _ => {}
        }
    }

    /// What is said again counts once more under its number.
    fn add(&mut self, what: &str, is: Option<&str>) {
        let numbered = |number: usize| match number {
            1 => what.to_owned(),
            more => format!("{what} ({more})"),
        };
        let free = (1..).map(numbered).find(|it| !self.known.contains_key(it));
        let name = free.unwrap_or_else(|| what.to_owned());
        self.order.push(name.clone());
        self.known.insert(name, is.unwrap_or(NOT_RECORDED).to_owned());
    }
}

//! What was known of a run, besides what happened in it.

use crate::body::{HashedFile, RunHeader, Udi};
use crate::evidence::fact::{Fact, NOT_RECORDED};
use crate::evidence::time::{seconds, utc};
use crate::store::Run;

/// Everything that was known of `run`, each of them said to be `NOT RECORDED` if it was not. The
/// log that it stands in is called `origin`.
pub fn facts(run: &Run, origin: Option<&str>) -> Vec<Fact> {
    let header = &run.header;
    let mut facts = times(run, origin);
    facts.extend(unit(header));
    facts.extend(plan(header));
    facts.extend(place(header));
    facts
}

fn times(run: &Run, origin: Option<&str>) -> Vec<Fact> {
    let summary = &run.summary;
    let entries = match run.last {
        Some(last) => format!("{} to {last}", run.first),
        None => format!("{} and what follows", run.first),
    };
    let clock = if run.header.clock.simulated { "of simulated time" } else { "of real time" };
    let took = summary.duration_ns.map(|it| format!("{} {clock}", seconds(it)));
    let ended = run.ended.as_ref();
    let listed = |what, names: Option<&Vec<String>>| {
        let names = names.filter(|names| !names.is_empty());
        names.map(|names| Fact::all(what, names.iter().cloned()))
    };
    let mut facts = vec![
        Fact::new("run", Some(summary.id)),
        Fact::new("entries", Some(entries)),
        Fact::new("log", origin),
        Fact::new("attempt", summary.attempt.map(|it| format!("{it} of this plan and mode"))),
        Fact::new("began", Some(utc(summary.started))),
        Fact::new("ended", summary.ended.map(utc)),
        Fact::new("took", took),
    ];
    facts.extend(listed("never set", ended.map(|it| &it.unset)));
    facts.extend(listed("not reached", ended.map(|it| &it.not_reached)));
    facts.extend(listed("left out", ended.map(|it| &it.skipped)));
    facts
}

fn unit(header: &RunHeader) -> Vec<Fact> {
    let device = &header.device;
    let mut facts = vec![
        Fact::new("serial", device.serial.as_ref()),
        Fact::new("part", device.part.as_ref()),
        Fact::new("revision", device.revision.as_ref()),
        Fact::new("UDI", device.udi.as_ref().map(|it| &it.scanned)),
    ];
    if let Some(udi) = &device.udi {
        facts.push(Fact::all("UDI means", meaning(udi)));
    }
    facts.extend([
        Fact::new("device id", device.device_id.as_ref()),
        Fact::new("lot", header.lot.as_ref()),
        Fact::new("work order", header.work_order.as_ref()),
    ]);
    facts
}

fn meaning(udi: &Udi) -> Vec<String> {
    let parts = [
        ("device identifier", &udi.device_identifier),
        ("lot", &udi.lot),
        ("serial", &udi.serial),
        ("produced", &udi.produced),
        ("expires", &udi.expires),
    ];
    let known = parts.iter().filter_map(|(what, it)| Some(format!("{what} {}", it.as_ref()?)));
    [udi.agency.clone()].into_iter().chain(known).collect()
}

fn plan(header: &RunHeader) -> Vec<Fact> {
    let (plan, pogo, fixture) = (&header.plan, &header.pogo, &header.fixture);
    let revision = plan.revision.as_deref().unwrap_or(NOT_RECORDED);
    let file = |it: &HashedFile| format!("{} sha256 {}", it.name, it.sha256);
    let simulated = (!fixture.simulated.is_empty()).then(|| fixture.simulated.join(", "));
    let mut facts = vec![
        Fact::new("plan", Some(format!("{}, revision {revision}", plan.id))),
        Fact::new("scripts", hash(plan.script_sha256.as_ref())),
        Fact::new("limits", hash(plan.limits_sha256.as_ref())),
        Fact::all("files", plan.files.iter().map(file)),
        Fact::new("manifest", header.manifest.as_ref()),
        Fact::new("pogo", Some(&pogo.version)),
        Fact::new("its program", hash(pogo.sha256.as_ref())),
        Fact::new("fixture", fixture.id.as_ref()),
        Fact::new("its file", hash(fixture.sha256.as_ref())),
        Fact::new("contacts", fixture.contact_cycles),
    ];
    if plan.variant.is_some() {
        facts.push(Fact::new("variant", plan.variant.as_ref()));
    }
    if simulated.is_some() {
        facts.push(Fact::new("simulated", simulated));
        facts.push(Fact::new("seed", header.clock.seed));
    }
    facts
}

fn place(header: &RunHeader) -> Vec<Fact> {
    let (environment, clock) = (&header.environment, &header.clock);
    vec![
        Fact::new("purpose", header.purpose.as_ref()),
        Fact::new("station", Some(&header.station)),
        Fact::new("site", header.site.as_ref()),
        Fact::new("operator", header.operator.id.as_ref()),
        Fact::new("qualified", header.operator.qualification.as_ref()),
        Fact::new("temperature", environment.temperature.as_ref()),
        Fact::new("humidity", environment.humidity.as_ref()),
        Fact::new("pressure", environment.pressure.as_ref()),
        Fact::new("clock from", clock.source.as_ref()),
        Fact::new("clock off by", clock.offset.as_ref()),
    ]
}

fn hash(sha256: Option<&String>) -> Option<String> {
    sha256.map(|it| format!("sha256 {it}"))
}

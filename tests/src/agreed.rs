//! Two implementations of one document: what Pogo judges, and what the second verifier judges, which
//! was written from `docs/formats.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use pogo_hal::Origins;
use pogo_record::bundle::{Bundle, Of};
use pogo_record::verify::{About, Against, verify};
use pogo_record::{
    Body, Device, Judged, Limit, Mode, Plan, Reason, RunEnded, RunHeader, StepEnded, StepStarted,
    Store, Uuid, Value, Verdict, judge,
};

use crate::{Chance, Folder, generated, verifier};

/// How many runs are made and judged twice.
const RUNS: u64 = 1000;
/// How many of them hold a verdict that does not follow. More than twenty of a kind no verifier
/// names.
const FORGED: u64 = 16;
const SERIAL: &str = "SN \"1\"/Ä";

fn header() -> RunHeader {
    RunHeader {
        mode: Mode::Simulate,
        station: "ST1".into(),
        device: Device { serial: Some(SERIAL.into()), ..Device::default() },
        plan: Plan { id: "generated".into(), ..Plan::default() },
        ..RunHeader::default()
    }
}

/// Makes one run; gives its id, and the name of a measurement whose verdict was forged, if one was.
fn run(store: &Store, chance: &mut Chance, number: u64, forge: bool) -> (Uuid, Option<String>) {
    let log = store.begin_run(header()).unwrap();
    let say = |body: &Body| log.append(number, body).unwrap();
    say(&Body::StepStarted(StepStarted { step: 1, ..StepStarted::default() }));
    let (count, mut forged, mut worst) = (1 + chance.below(12), None, Verdict::Pass);
    let meant = chance.below(count);
    for at in 0..count {
        let (step, name) = (chance.of(&[None, Some(1)]), format!("m{number}_{at}"));
        let mut judged = generated::judged(chance, step, &name);
        if forge && at == meant {
            judged.verdict = generated::forged(judged.verdict);
            forged = Some(name);
        }
        worst = worst.max(judged.verdict);
        say(&generated::body(judged));
    }
    let reason = match worst {
        Verdict::Pass => Reason::Passed,
        Verdict::Fail => Reason::Limit,
        _ => Reason::NotANumber,
    };
    say(&Body::StepEnded(StepEnded::new(1, reason)));
    log.end(number, &RunEnded::from(reason)).unwrap();
    (log.id(), forged)
}

/// Everything that was judged in `run`, by its place in the log.
fn judged(dir: &Path, runs: &[Uuid]) -> BTreeMap<u64, Judged> {
    let reader = Store::reader(dir).unwrap();
    let events = runs.iter().flat_map(|run| reader.run(&run.to_string()).unwrap().events);
    let judged = events.filter_map(|event| match event.body {
        Body::Measurement(judged) | Body::Check(judged) => Some((event.seq, judged)),
        _ => None,
    });
    judged.collect()
}

/// Chance has to have left nothing out that the two could disagree about.
fn every_kind_had_every_verdict(judged: &BTreeMap<u64, Judged>) {
    let mut seen: BTreeMap<(String, Verdict), u64> = BTreeMap::new();
    for it in judged.values() {
        let limit = serde_json::to_value(&it.limit).unwrap();
        let verdict = judge(&it.value, &it.limit).unwrap_or(Verdict::Error);
        *seen.entry((limit["kind"].to_string(), verdict)).or_default() += 1;
    }
    // Seven kinds, three verdicts.
    assert!(seen.len() == 21 && seen.values().all(|count| *count >= 60), "{seen:?}");
}

#[test]
fn two_implementations_agree_on_1000_generated_runs() {
    let folder = Folder::new();
    let (dir, mut chance) = (folder.path("store"), Chance::of_seed(4));
    let (mut runs, mut names) = (Vec::new(), BTreeSet::new());
    let store = Store::open(&dir).unwrap();
    for number in 0..RUNS {
        let forge = number % (RUNS / FORGED) == 0 && (names.len() as u64) < FORGED;
        let (run, forged) = run(&store, &mut chance, number, forge);
        runs.push(run);
        names.extend(forged);
    }
    drop(store);

    let bundle = Bundle::new(&dir, Of::Serial(SERIAL.into())).unwrap();
    assert_eq!(bundle.runs().len() as u64, RUNS);
    bundle.write(&folder.path("bundle")).unwrap();
    let Some(second) = verifier::second(&folder.path("bundle"), &["--json"]) else { return };
    assert_eq!(second.code, 4, "{}", second.stderr);
    let second = second.json();

    let judged = judged(&dir, &runs);
    let theirs = second["verdicts"].as_object().unwrap();
    for (seq, it) in &judged {
        let ours = judge(&it.value, &it.limit).unwrap_or(Verdict::Error).name();
        let theirs = theirs.get(&seq.to_string()).and_then(|it| it.as_str());
        assert_eq!(theirs, Some(ours), "{}", serde_json::to_string(it).unwrap());
    }
    assert_eq!(theirs.len(), judged.len());
    every_kind_had_every_verdict(&judged);
    assert_eq!(second["unseen"], serde_json::json!([]));

    let report = verify(&dir, &Against { rejudge: true, ..Against::default() });
    let findings = report.logs.iter().flat_map(|log| &log.findings);
    let ours: Vec<_> = findings.map(|it| (it.about, it.seq.unwrap(), it.what.clone())).collect();
    let theirs = second["findings"].as_array().unwrap().iter();
    let theirs: Vec<_> = theirs
        .map(|it| {
            (About::Verdict, it["seq"].as_u64().unwrap(), it["what"].as_str().unwrap().into())
        })
        .collect();
    assert_eq!(ours, theirs);
    let forged: BTreeSet<_> = ours.iter().map(|(_, seq, _)| judged[seq].name.clone()).collect();
    assert_eq!(forged, names);
    assert_eq!(names.len() as u64, FORGED);
}

/// A run that makes no sense; both have to name the same entries of it, in the same words.
fn named_by_both(bodies: &[Body], reason: Reason) {
    let folder = Folder::new();
    let store = Store::open(&folder.path("store")).unwrap();
    let log = store.start_run(header()).unwrap();
    bodies.iter().for_each(|body| log.append(1, body).unwrap());
    log.end(2, &RunEnded::from(reason)).unwrap();
    let run = log.id();
    drop((log, store));
    let report = verify(&folder.path("store"), &Against { rejudge: true, ..Against::default() });
    let ours = report.logs.iter().flat_map(|log| &log.findings);
    let ours: Vec<_> = ours.map(|it| (it.seq.unwrap(), it.what.clone())).collect();
    assert!(!ours.is_empty(), "{bodies:?}");
    Bundle::new(&folder.path("store"), Of::Run(run))
        .unwrap()
        .write(&folder.path("bundle"))
        .unwrap();
    let Some(second) = verifier::second(&folder.path("bundle"), &["--json"]) else { return };
    let theirs: Vec<(u64, String)> = second.json()["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["seq"].as_u64().unwrap(), it["what"].as_str().unwrap().to_owned()))
        .collect();
    assert_eq!((ours, 4), (theirs, second.code));
}

/// What both agree is right about attempts after which there was another.
#[test]
fn a_later_attempt_that_passes_makes_a_run_that_passes_for_both() {
    let fails = |step, name| {
        let limit = Limit::at_most(1).unwrap();
        Body::Measurement(Judged::new(step, name, Value::Integer(2), &Origins::none(), limit).0)
    };
    let begin = |step, attempt, forgives: &[&str]| {
        let forgives = forgives.iter().map(|it| (*it).to_owned()).collect();
        Body::StepStarted(StepStarted { step, attempt, forgives, ..StepStarted::default() })
    };
    let end = |step, reason| Body::StepEnded(StepEnded::new(step, reason));
    let (fine, bad, late) = (Reason::Passed, Reason::Limit, Reason::Timeout);
    for (bodies, reason) in [
        (
            vec![
                begin(1, 1, &[]),
                fails(Some(1), "a"),
                end(1, bad),
                begin(2, 2, &[]),
                end(2, fine),
            ],
            fine,
        ),
        (vec![begin(1, 1, &[]), end(1, late), begin(2, 2, &["timeout"]), end(2, fine)], fine),
        (vec![begin(1, 1, &[]), end(1, bad), begin(2, 2, &[]), end(2, bad)], bad),
        (vec![begin(1, 1, &[]), end(1, Reason::Skipped)], fine),
        (
            vec![
                begin(1, 1, &[]),
                end(1, bad),
                begin(2, 2, &[]),
                end(2, bad),
                begin(3, 3, &[]),
                end(3, fine),
            ],
            fine,
        ),
    ] {
        let folder = Folder::new();
        let store = Store::open(&folder.path("store")).unwrap();
        let log = store.start_run(header()).unwrap();
        bodies.iter().for_each(|body| log.append(1, body).unwrap());
        log.end(2, &RunEnded::from(reason)).unwrap();
        let run = log.id();
        drop((log, store));
        let report = verify(&folder.path("store"), &Against::default());
        let found: Vec<_> = report.logs.iter().flat_map(|log| &log.findings).collect();
        assert!(found.is_empty(), "{bodies:?}: {found:?}");
        let bundle = Bundle::new(&folder.path("store"), Of::Run(run)).unwrap();
        bundle.write(&folder.path("bundle")).unwrap();
        let Some(second) = verifier::second(&folder.path("bundle"), &[]) else { return };
        assert_eq!(second.code, 0, "{bodies:?}: {second:?}");
    }
}

#[test]
fn both_name_the_same_entry_of_a_run_that_cannot_have_happened() {
    let begin =
        |step, parent| Body::StepStarted(StepStarted { step, parent, ..StepStarted::default() });
    let end = |step, reason| Body::StepEnded(StepEnded::new(step, reason));
    let fails = |step| {
        let limit = Limit::at_most(1).unwrap();
        Body::Measurement(Judged::new(step, "two", Value::Integer(2), &Origins::none(), limit).0)
    };
    let lie = StepEnded { verdict: Verdict::Pass, ..StepEnded::new(1, Reason::Limit) };
    let (fine, bad) = (Reason::Passed, Reason::Limit);
    named_by_both(&[begin(1, None), fails(Some(1)), end(1, fine)], bad);
    named_by_both(&[begin(1, None), fails(None), end(1, bad)], fine);
    named_by_both(&[begin(2, None), end(2, fine)], fine);
    named_by_both(&[begin(1, Some(1)), end(1, fine)], fine);
    named_by_both(&[begin(1, None), begin(2, None), end(2, fine), end(1, fine)], fine);
    named_by_both(&[begin(1, None), begin(2, Some(1)), end(1, fine), end(2, fine)], fine);
    named_by_both(&[begin(1, None), begin(2, Some(1)), end(2, bad), end(1, fine)], bad);
    named_by_both(&[begin(1, None), end(1, fine), end(1, fine)], fine);
    named_by_both(&[begin(1, None), end(1, fine), fails(Some(1))], bad);
    named_by_both(&[begin(1, None)], fine);
    let again = |step, attempt, forgives: &[&str]| {
        let forgives = forgives.iter().map(|it| (*it).to_owned()).collect();
        Body::StepStarted(StepStarted { step, attempt, forgives, ..StepStarted::default() })
    };
    let first = || again(1, 1, &[]);
    // What was good needs no other attempt, and neither does what was not attempted.
    named_by_both(&[first(), end(1, fine), again(2, 2, &[]), end(2, fine)], fine);
    named_by_both(&[again(1, 2, &[]), end(1, fine)], fine);
    named_by_both(&[first(), end(1, bad), again(2, 3, &[]), end(2, fine)], bad);
    // An error that was not forgiven counts, and so does what failed elsewhere or meanwhile.
    let error = || end(1, Reason::Timeout);
    named_by_both(&[first(), error(), again(2, 2, &[]), end(2, fine)], Reason::Timeout);
    named_by_both(&[fails(None), first(), end(1, bad), again(2, 2, &[]), end(2, fine)], fine);
    named_by_both(&[first(), end(1, bad), fails(None), again(2, 2, &[]), end(2, fine)], bad);
    named_by_both(&[first(), end(1, bad), again(2, 2, &[]), end(2, bad)], fine);
    named_by_both(&[begin(1, None), Body::StepEnded(lie)], bad);
}

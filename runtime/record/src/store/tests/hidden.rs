//! What a run must not record.

use pogo_hal::Secret;

use super::*;

const CONTENT: &str = "Tr0ub4dor & \"3\"";

fn secrets() -> Arc<Secrets> {
    let secret = |name, content: &str| Secret::new(name, content.as_bytes().to_vec()).unwrap();
    let all = vec![secret("key", CONTENT), secret("pin", "902104711902")];
    Arc::new(Secrets::new(all).unwrap())
}

fn leak(secret: &str, within: &str) -> Leak {
    Leak { secret: secret.into(), within: within.into() }
}

/// Every byte below `dir`.
fn bytes(dir: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap().flatten() {
        match entry.path() {
            path if path.is_dir() => all.extend(bytes(&path)),
            path => all.extend(std::fs::read(path).unwrap()),
        }
    }
    all
}

#[test]
fn a_secret_that_is_handed_over_is_neither_in_the_log_nor_beside_it() {
    let dir = tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let header = RunHeader { station: format!("at {CONTENT}"), ..header(CONTENT) };
    let run = store.begin_run_hiding(header, secrets()).unwrap();
    assert_eq!(run.take_leaks(), [leak("key", "an entry `run.started`")]);
    run.append(1, &note(format!("<{CONTENT}> 902104711902"))).unwrap();
    assert_eq!(run.take_leaks(), ["key", "pin"].map(|it| leak(it, "an entry `note`")));
    let step = StepStarted { step: 1, name: CONTENT.to_lowercase(), ..StepStarted::default() };
    run.append(2, &Body::StepStarted(step)).unwrap();
    run.append(2, &note(format!("{:?}", format!("{CONTENT:?}")))).unwrap();
    assert_eq!(
        run.take_leaks(),
        ["an entry `step.started`", "an entry `note`"].map(|it| leak("key", it))
    );
    let file = format!("> {}", CONTENT.escape_debug());
    run.attach(3, None, &format!("{CONTENT}.txt"), "text/plain", file.as_bytes()).unwrap();
    let within = ["the attachment `[secret key].txt`", "an entry `attachment`"];
    assert_eq!(run.take_leaks(), within.map(|it| leak("key", it)));
    assert!(run.take_leaks().is_empty());
    run.append(4, &Body::StepEnded(StepEnded::new(1, Reason::Limit))).unwrap();
    let ended = RunEnded { message: Some(CONTENT.into()), ..Reason::Limit.into() };
    // What is spooled is looked at too.
    assert!(secrets().find(&bytes(dir.path())).is_none());
    run.end(4, &ended).unwrap();
    let id = run.id();
    drop((run, store));
    assert!(secrets().find(&bytes(dir.path())).is_none());

    let reader = Store::reader(dir.path()).unwrap();
    let run = reader.run(&id.to_string()).unwrap();
    assert_eq!(run.summary.serial.as_deref(), Some("[secret key]"));
    assert_eq!(run.header.station, "at [secret key]");
    assert_eq!(run.events[0].body, note("<[secret key]> [secret pin]"));
    assert_eq!(run.steps[0].started.name, "[secret key]");
    assert_eq!(run.ended.unwrap().message.as_deref(), Some("[secret key]"));
    let Body::Attachment(file) = &run.events[3].body else { panic!("{:?}", run.events) };
    assert_eq!(reader.attachment(file).unwrap(), b"> [secret key]");
    assert!(crate::verify::verify(dir.path(), &Default::default()).holds());
}

#[test]
fn a_number_that_looks_like_a_secret_stays_one() {
    let dir = tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let run = store.begin_run_hiding(header("SN1"), secrets()).unwrap();
    let origins = Origins::one(Origin {
        role: "dmm".into(),
        asset: "SIM1".into(),
        raw: "+1".into(),
        mono_ns: 902_104_711_902,
    });
    let kept = Body::Record(crate::Recorded::new(None, "n", 1_i64.into(), &origins));
    run.append(902_104_711_902, &kept).unwrap();
    assert!(run.take_leaks().is_empty());
    run.end(1, &Reason::Passed.into()).unwrap();
    let id = run.id();
    drop((run, store));
    let run = Store::reader(dir.path()).unwrap().run(&id.to_string()).unwrap();
    assert_eq!(run.events[0].body, kept);
}

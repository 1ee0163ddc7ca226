//! A site that does not get out of the way: its bench is made safe without it, and at once.

use std::future::pending;
use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use pogo_drivers::{Lifeline, Lifelines, Protection, Recipe, Say, Setup, Wires};
use pogo_hal::{
    Amperes, Handle, Identity, Instrument, Output, PowerSupply, Reading, Resource, Result,
    SafeState, Volts, toml_file,
};
use pogo_record::{Body, InterlockState, Mode, Reason, Store};
use pogo_runtime::{
    Clock, Ended, Fixture, Flow, Heir, Job, Means, Nobody, Opened, Opener, Product, RealTime,
    Rescue, Role, Safety, Supervisor, Unit, Unwatched,
};

use crate::bench::folder;
use crate::{Client, Folder, Served};

/// A supply that hangs when its current is asked for, and blocks its thread for a minute when its
/// voltage is.
struct Hangs {
    supply: Arc<dyn PowerSupply>,
    /// Whether a thread is blocked.
    blocked: Arc<AtomicBool>,
}

#[async_trait]
impl Instrument for Hangs {
    fn identity(&self) -> &Identity {
        self.supply.identity()
    }

    async fn make_safe(&self) -> Result<SafeState> {
        self.supply.make_safe().await
    }
}

#[async_trait]
impl PowerSupply for Hangs {
    async fn set_voltage(&self, level: Volts) -> Result<()> {
        self.supply.set_voltage(level).await
    }

    async fn set_current_limit(&self, limit: Amperes) -> Result<()> {
        self.supply.set_current_limit(limit).await
    }

    async fn voltage_setpoint(&self) -> Result<Reading<Volts>> {
        self.supply.voltage_setpoint().await
    }

    async fn current_limit(&self) -> Result<Reading<Amperes>> {
        self.supply.current_limit().await
    }

    async fn on(&self) -> Result<()> {
        self.supply.on().await
    }

    async fn off(&self) -> Result<()> {
        self.supply.off().await
    }

    async fn output(&self) -> Result<Output> {
        self.supply.output().await
    }

    #[expect(clippy::disallowed_methods, reason = "native code that hangs waits for nobody")]
    async fn measure_voltage(&self) -> Result<Reading<Volts>> {
        self.blocked.store(true, Ordering::Release);
        std::thread::sleep(Duration::from_secs(60));
        // It wakes long after the run: whatever it says now must reach nobody.
        self.supply.measure_voltage().await
    }

    async fn measure_current(&self) -> Result<Reading<Amperes>> {
        pending().await
    }
}

/// The served supply over the shipping wires, with a driver that hangs.
struct Bench {
    wires: Wires,
    interlocks: Wires,
    lifelines: Arc<Lifelines>,
    blocked: Arc<AtomicBool>,
}

#[async_trait]
impl Opener for Bench {
    async fn prepare(&self) -> Result<Arc<dyn Clock>> {
        Ok(Arc::new(RealTime::start()))
    }

    async fn open(&self, role: &Role) -> Result<Opened> {
        let opened = self.wires.open(&setup(role, "channel = 1")).await?;
        let Handle::PowerSupply(supply) = opened.handle else { panic!("a supply") };
        let hangs = Hangs { supply, blocked: self.blocked.clone() };
        Ok(Opened { handle: Handle::PowerSupply(Arc::new(hangs)), log: opened.log })
    }

    async fn open_interlock(&self, role: &Role) -> Result<Opened> {
        let opened = self.interlocks.open(&setup(role, "")).await?;
        Ok(Opened { handle: opened.handle, log: opened.log })
    }

    fn is_passive(&self, _: &Role) -> bool {
        false
    }

    fn rescue(&self) -> Option<Arc<dyn Rescue>> {
        Some(Arc::new(Rescuer(self.lifelines.clone())))
    }
}

fn setup(role: &Role, options: &str) -> Setup {
    Setup {
        role: role.name.clone(),
        model: pogo_models::find(&role.model, None).unwrap(),
        resource: role.address.clone(),
        options: toml_file::read("options.toml", options).unwrap(),
        limits: Protection::default(),
        timeout: Duration::from_secs(5),
    }
}

struct Rescuer(Arc<Lifelines>);

#[async_trait]
impl Rescue for Rescuer {
    fn close(&self) {
        self.0.close();
    }

    async fn make_safe(&self) -> Safety {
        self.0.make_safe().await
    }

    fn release(&self) {
        self.0.release();
    }

    fn bequeath(&self, _: Arc<dyn Heir>) {}
}

/// When a run is told to stop.
#[derive(Clone, Copy, PartialEq)]
enum When {
    Never,
    On,
    Blocked,
    /// By an interlock, which opens when there is voltage on the rail.
    Tripped,
}

const INTERLOCK: &str = "[interlocks.rail]\nmodel = \"keysight-34461a\"\n\
    address = \"ASRL1\"\nreads = \"dc_voltage\"\nclosed = { at_most = \"1 V\" }\n";

/// How a run of a script ended.
struct Hung {
    ended: Ended,
    /// How long after the stop, or after the supply was on, it was off.
    off: Duration,
    /// How long after that the run had ended.
    gone: Duration,
    witness: Client,
    folder: Folder,
    _served: Served,
}

#[expect(clippy::disallowed_methods, reason = "people wait in real time")]
fn run(script: &str, when: When) -> Hung {
    let folder = folder(script).appended("bench.fixture.toml", "[deadlines]\nstep = \"300 ms\"\n");
    let served = Served::start(folder.root(), "bench.fixture.toml", &["psu", "dmm", "other"]);
    let folder = folder.appended("out.toml", INTERLOCK);
    let product = Product::read(&folder.path("script.rhai")).unwrap();
    let mut fixture = Fixture::read(&folder.path("out.toml")).unwrap();
    fixture.roles.retain(|role| role.name == "psu");
    fixture.roles[0].address = resource(&served, "psu");
    fixture.interlocks.retain(|_| when == When::Tripped);
    fixture.interlocks.iter_mut().for_each(|it| it.role.address = resource(&served, "dmm"));
    let checked = pogo_runtime::check(
        &product,
        &[pogo_runtime::KnownRole::new("psu", "power supply")],
        Arc::default(),
    )
    .unwrap();
    let job = Job {
        product,
        fixture,
        station: "test".into(),
        unit: Unit { serial: "SN0001".into(), ..Unit::default() },
        purpose: None,
        site: None,
        program_sha256: None,
        mode: Mode::Engineering,
        virtual_time: false,
        simulated: Vec::new(),
        seed: None,
        faults: Vec::new(),
        operator: None,
        flow: Flow::default(),
        trace: false,
    };
    let store = Store::open(Path::new(&folder.path("store"))).unwrap();
    let lifelines = Arc::<Lifelines>::default();
    let wires = Wires::kept_in(lifelines.clone(), None);
    let supervisor = Supervisor::deaf().unwrap();
    let (stop, mut witness) = (supervisor.stop().clone(), served.client("psu"));
    let (done, is_done) = channel();
    let blocked = Arc::new(AtomicBool::new(false));
    let is_blocked = blocked.clone();
    std::thread::spawn(move || {
        let interlocks = Wires::kept_in(Arc::default(), None);
        let opener = Arc::new(Bench { wires, interlocks, lifelines, blocked: is_blocked });
        let (watch, supervisor) = (Box::new(Unwatched), &supervisor);
        let prompter = Arc::new(Nobody);
        let means = Means {
            checked,
            store: &store,
            opener,
            supervisor,
            guard: None,
            watch,
            prompter,
            typing: None,
            wires: None,
        };
        let ended = pogo_runtime::run(job, means);
        done.send((ended, Instant::now())).unwrap();
    });
    while !is_on(&mut witness) || (when == When::Blocked && !blocked.load(Ordering::Acquire)) {}
    let start = Instant::now();
    if matches!(when, When::On | When::Blocked) {
        stop.raise();
    }
    let off = (0..10_000_000).any(|_| !is_on(&mut witness)).then(|| start.elapsed());
    let (ended, then) = is_done.recv().unwrap();
    let gone = then - start;
    Hung { ended, off: off.expect("off"), gone, witness, folder, _served: served }
}

fn resource(served: &Served, role: &str) -> Resource {
    format!("TCPIP::127.0.0.1::{}::SOCKET", served.address(role).port()).parse().unwrap()
}

fn is_on(witness: &mut Client) -> bool {
    witness.ask("OUTP? (@1)") == "1"
}

/// A stop in the middle of `script` leaves the supply off, and its record closed; `taken` says
/// whether it has to be by somebody else than the site.
fn is_made_safe(name: &str, script: &str, when: When, taken: bool) {
    let mut hung = run(script, when);
    println!("{name}: off {:?} after the stop, run gone after {:?}", hung.off, hung.gone);
    assert_eq!(hung.ended.reason, Reason::Stopped, "{:?}", hung.ended);
    assert!(hung.ended.taken || !taken, "{:?}", hung.ended);
    assert!(hung.ended.record.is_ok(), "{:?}", hung.ended);
    assert!(hung.ended.safety.iter().all(|(_, state)| state.is_ok()), "{:?}", hung.ended);
    assert!(!is_on(&mut hung.witness), "it is off and stays off");
    let reader = Store::reader(&hung.folder.path("store")).unwrap();
    let run = reader.run(&hung.ended.run.unwrap().to_string()).unwrap();
    assert_eq!(run.summary.reason, Some(Reason::Stopped));
}

#[test]
fn a_driver_call_that_waits_for_ever_is_left() {
    is_made_safe("a call that waits", "psu.on();\npsu.measure_current();", When::On, false);
}

#[test]
fn a_driver_call_that_blocks_its_thread_does_not_keep_the_supply_on() {
    is_made_safe("a call that blocks", "psu.on();\npsu.measure_voltage();", When::Blocked, true);
}

#[test]
fn a_script_that_computes_for_ever_is_left() {
    is_made_safe("loop {}", "psu.on();\nloop {}", When::On, false);
}

#[test]
fn a_clean_up_that_computes_for_ever_does_not_keep_the_supply_on() {
    let script = "cleanup(|| loop {});\npsu.on();\nwait(1.hour);";
    is_made_safe("a looping clean-up", script, When::On, false);
}

#[test]
fn a_clean_up_that_switches_on_again_and_again_does_not_keep_the_supply_on() {
    let script = "cleanup(|| loop { try { psu.on(); } catch {} });\npsu.on();\nwait(1.hour);";
    is_made_safe("a clean-up that switches on", script, When::On, false);
}

#[test]
fn a_clean_up_that_blocks_its_thread_does_not_keep_the_supply_on() {
    let script = "cleanup(|| psu.measure_voltage());\npsu.on();\nwait(1.hour);";
    is_made_safe("a clean-up that blocks", script, When::On, true);
}

#[test]
fn a_step_that_hangs_in_native_code_is_ended_by_its_deadline() {
    let mut hung = run(
        "step(\"soak\", || { psu.on(); psu.measure_voltage(); psu.set_voltage(4.V); psu.on(); });",
        When::Never,
    );
    println!("a step's deadline of 300 ms: off {:?} after it was on", hung.off);
    assert_eq!((hung.ended.reason, hung.ended.taken), (Reason::Timeout, true), "{:?}", hung.ended);
    assert!(!is_on(&mut hung.witness));
    // Nothing of the step has reached it since.
    assert_eq!(hung.witness.ask("VOLT? (@1)").parse::<f64>().unwrap(), 0.0);
}

#[test]
fn an_interlock_that_opens_while_a_driver_blocks_its_thread_switches_the_supply_off() {
    let script = "psu.set_voltage(3.V);\npsu.on();\npsu.measure_voltage();";
    let mut hung = run(script, When::Tripped);
    println!("an interlock: off {:?} after it was on", hung.off);
    let (reason, taken) = (hung.ended.reason, hung.ended.taken);
    assert_eq!((reason, taken), (Reason::Interlock, true), "{:?}", hung.ended);
    assert!(!is_on(&mut hung.witness));
    let reader = Store::reader(&hung.folder.path("store")).unwrap();
    let run = reader.run(&hung.ended.run.unwrap().to_string()).unwrap();
    let seen = run.events.iter().filter_map(|event| match &event.body {
        Body::Interlock(seen) => Some(seen.state),
        _ => None,
    });
    assert_eq!(seen.collect::<Vec<_>>(), [InterlockState::Closed, InterlockState::Open]);
}

#[tokio::test]
async fn a_half_sent_setpoint_is_never_executed() {
    let folder = folder("");
    let served = Served::start(folder.root(), "bench.fixture.toml", &["psu", "dmm", "other"]);
    let mut witness = served.client("psu");
    let identity = witness.ask("*IDN?");
    witness.say("VOLT 1,(@1)");
    witness.say("OUTP ON,(@1)");
    let mut left = TcpStream::connect(served.address("psu")).unwrap();
    left.write_all(b"VOLT 4.").unwrap();
    let say = Say {
        command: "OUTP OFF,(@1)".into(),
        query: "OUTP? (@1)".into(),
        state: "output off".into(),
        timeout: Duration::from_secs(5),
    };
    let lifeline = Lifeline {
        resource: resource(&served, "psu").to_string(),
        identity,
        next_error: "SYST:ERR?".into(),
        recipes: vec![Recipe { role: "psu".into(), say: Some(say), put: None }],
    };
    let known = pogo_drivers::rescue(vec![(lifeline, Some(left.into()))]).await;
    assert!(known.iter().all(|(_, state)| state.is_ok()), "{known:?}");
    assert!(!is_on(&mut witness));
    assert_eq!(witness.ask("VOLT? (@1)").parse::<f64>().unwrap(), 1.0);
}

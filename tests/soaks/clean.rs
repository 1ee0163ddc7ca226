//! Clean runs of the thermometer in this process: thousands of one seed are one trace.
//!
//! The trace is everything that goes over the wires: which role, at which nanosecond, which way, and
//! the bytes. One hash stands for it, which is the same on every machine.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use async_trait::async_trait;
use pogo_drivers::{ConsoleSetup, Protection, Setup, Wires};
use pogo_hal::Direction;
use pogo_record::{Mode, Reason, Store};
use pogo_runtime::{
    Clock, Fixture, Flow, Job, KnownRole, Means, Nobody, Opened, Opener, Product, Rescue, Role,
    Supervisor, Unit, Unwatched,
};
use pogo_sim::{Bench, Plan};
use pogo_tests::{Folder, workspace};

use crate::figures::Figures;

/// A store grows with its runs, and is in memory where the system has a folder for that.
const RUNS_IN_A_STORE: u64 = 500;
const MEMORY: &str = "/dev/shm";

/// Makes `count` runs of one seed, so many at once, and complains of each that is not as the first.
pub fn runs(count: u64, seed: u64, jobs: u64, figures: &mut Figures) {
    let (begun, first) = (AtomicU64::new(0), OnceLock::new());
    let complaints = Mutex::new(Vec::new());
    thread::scope(|scope| {
        let lane = || {
            let (mut store, supervisor) = (None, Supervisor::deaf().expect("a supervisor"));
            loop {
                let number = begun.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return;
                }
                if number % RUNS_IN_A_STORE < jobs {
                    store = None;
                }
                let (_, store) = store.get_or_insert_with(new_store);
                let (reason, trace) = run(store, &supervisor, seed);
                let wrong = match (reason, *first.get_or_init(|| trace) == trace) {
                    (Reason::Passed, true) => continue,
                    (Reason::Passed, false) => format!("run {number} is another trace"),
                    (reason, _) => format!("run {number} does not pass: {reason:?}"),
                };
                complaints.lock().unwrap_or_else(PoisonError::into_inner).push(wrong);
            }
        };
        (0..jobs).for_each(|_| drop(scope.spawn(lane)));
    });
    let complaints = complaints.into_inner().unwrap_or_else(PoisonError::into_inner);
    complaints.into_iter().for_each(|it| figures.complain(it));
    figures.clean = count;
    figures.trace = first.get().map(|it| it.iter().map(|byte| format!("{byte:02x}")).collect());
}

fn new_store() -> (Folder, Store) {
    let memory = Path::new(MEMORY);
    let folder = if memory.is_dir() { Folder::below(memory) } else { Folder::new() };
    let store = Store::open(&folder.path("store")).expect("a store");
    (folder, store)
}

/// One run, and the hash of its trace.
fn run(store: &Store, supervisor: &Supervisor, seed: u64) -> (Reason, [u8; 32]) {
    let product = workspace().join("scripts/thermometer");
    let product = Product::read(&product).expect("the thermometer");
    let path = product.fixture.clone().expect("its fixture");
    let fixture = Fixture::read(&path).expect("its fixture");
    let (consoles, instruments): (Vec<&Role>, Vec<&Role>) =
        fixture.instruments().partition(|it| it.driver.is_some());
    let setups: Vec<Setup> = instruments.iter().map(|it| setup(it)).collect();
    let lines: Vec<ConsoleSetup> = consoles.iter().map(|it| console(it)).collect();
    let roles = setups.iter().zip(&instruments).map(|(setup, role)| pogo_sim::Role {
        role: role.name.clone(),
        model: setup.model.clone(),
        resource: role.address.clone(),
        channel: role.options.clone().take("channel").expect("a channel"),
        sim: role.sim.clone().expect("its place on the simulated bench"),
    });
    let device = fixture.folder().join("thermometer.dut.rhai");
    let plugged = lines.iter().zip(&consoles).map(|(setup, role)| pogo_sim::ConsoleRole {
        role: role.name.clone(),
        resource: role.address.clone(),
        line: setup.line,
        sim: role.sim.clone().expect("its place on the simulated device"),
    });
    let plan = Plan {
        roles: roles.collect(),
        consoles: plugged.collect(),
        device: Some(device),
        seed,
        ..Plan::default()
    };
    let known = setups.iter().zip(&instruments).map(|(setup, role)| known((setup, role)));
    let known: Vec<KnownRole> =
        known.chain(consoles.iter().map(|it| KnownRole::new(&it.name, "serial console"))).collect();
    let checked = pogo_runtime::check(&product, &known, Arc::default()).expect("nothing is wrong");
    let job = Job {
        simulated: fixture.instruments().map(|it| it.name.clone()).collect(),
        product,
        fixture,
        station: "soak".into(),
        unit: Unit { serial: "SN0001".into(), ..Unit::default() },
        purpose: None,
        site: None,
        program_sha256: None,
        mode: Mode::Simulate,
        virtual_time: true,
        seed: Some(seed),
        faults: Vec::new(),
        operator: None,
        flow: Flow::default(),
        trace: false,
    };
    let heard = Arc::new(Mutex::new(Vec::new()));
    let wires = heard.clone();
    let tapped = move |role: &str, at: Duration, way: Direction, bytes: &[u8]| {
        let mut heard = wires.lock().unwrap_or_else(PoisonError::into_inner);
        heard.extend_from_slice(format!("{role} {} {way:?} ", at.as_nanos()).as_bytes());
        heard.extend_from_slice(bytes);
        heard.push(b'\n');
    };
    let means = Means {
        checked,
        store,
        opener: Arc::new(Simulated { setups, lines, plan, wires: OnceLock::new() }),
        supervisor,
        guard: None,
        watch: Box::new(Unwatched),
        prompter: Arc::new(Nobody),
        typing: None,
        wires: Some(Arc::new(tapped)),
    };
    let ended = pogo_runtime::run(job, means);
    let heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
    (ended.reason, pogo_record::leaf(&heard))
}

fn setup(role: &Role) -> Setup {
    Setup {
        role: role.name.clone(),
        model: pogo_models::find(&role.model, None).expect("a model that is shipped"),
        resource: role.address.clone(),
        options: role.options.clone(),
        limits: Protection { voltage: role.limits.voltage, current: role.limits.current },
        timeout: role.timeout,
    }
}

fn console(role: &Role) -> ConsoleSetup {
    let (name, options) = (&role.name, role.options.clone());
    ConsoleSetup::read(name, &role.address, options, role.timeout).expect("a serial line")
}

fn known((setup, role): (&Setup, &Role)) -> KnownRole {
    let is_meter = setup.model.channels().is_empty();
    let capability = if is_meter { "multimeter" } else { "power supply" };
    KnownRole { limits: role.limits, ..KnownRole::new(&role.name, capability) }
}

/// The simulated bench over the shipping drivers.
struct Simulated {
    setups: Vec<Setup>,
    lines: Vec<ConsoleSetup>,
    plan: Plan,
    wires: OnceLock<Wires>,
}

#[async_trait]
impl Opener for Simulated {
    async fn prepare(&self) -> pogo_hal::Result<Arc<dyn Clock>> {
        let bench = Bench::build(self.plan.clone()).expect("a bench");
        self.wires.get_or_init(|| Wires::new(bench.clone()));
        Ok(Arc::new(World(bench)))
    }

    async fn open(&self, role: &Role) -> pogo_hal::Result<Opened> {
        let wires = self.wires.get().expect("prepared");
        let opened = match self.lines.iter().find(|it| it.role == role.name) {
            Some(line) => wires.open_console(line).await?,
            None => {
                let setup = self.setups.iter().find(|it| it.role == role.name);
                wires.open(setup.expect("a role")).await?
            }
        };
        Ok(Opened { handle: opened.handle, log: opened.log })
    }

    async fn open_interlock(&self, role: &Role) -> pogo_hal::Result<Opened> {
        self.open(role).await
    }

    fn is_passive(&self, role: &Role) -> bool {
        let setup = self.setups.iter().find(|it| it.role == role.name);
        setup.is_none_or(|it| it.model.channels().is_empty())
    }

    fn rescue(&self) -> Option<Arc<dyn Rescue>> {
        None
    }
}

/// The simulated world's time.
struct World(Arc<Bench>);

#[async_trait]
impl Clock for World {
    fn now_ns(&self) -> u64 {
        self.0.world().now_ns()
    }

    async fn sleep(&self, duration: Duration) {
        self.0.world().sleep(duration).await;
    }
}

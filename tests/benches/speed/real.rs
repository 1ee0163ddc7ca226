//! A script against a bench over TCP in real time, run in this process as `pogo run` runs it, so
//! that what watches over a run can be left out.

use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use pogo_drivers::{Lifeline, Lifelines, Protection, Setup, Wires};
use pogo_hal::Error;
use pogo_record::{Mode, Reason, Store};
use pogo_runtime::{
    Clock, Fixture, Flow, Guard, Heir, Job, Means, Opened, Opener, Product, RealTime, Rescue, Role,
    Safety, Supervisor, Unit, Unwatched,
};
use pogo_tests::{Folder, Program, Served};

use crate::job::real_disk;

/// What watches over a run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Watched {
    /// Nobody.
    No,
    /// Its supervisor and a guard, as `pogo run` has it.
    Yes,
}

/// A script, and a supply and a meter that another process plays.
pub struct Bench {
    folder: Folder,
    script: PathBuf,
    _served: Served,
}

impl Bench {
    /// Serves the bench of the 20 rails, for `script`.
    pub fn serve(script: &str) -> Self {
        let folder = real_disk().with("job.rhai", script);
        let folder = folder.with("rails.toml", include_str!("../rails/rails.fixture.toml"));
        let served = Served::start(folder.root(), "rails.toml", &["psu", "dmm"]);
        Self { script: folder.path("job.rhai"), folder, _served: served }
    }

    /// Its fixture, with the addresses at which it is served.
    pub fn fixture(&self) -> Fixture {
        Fixture::read(&self.folder.path("out.toml")).expect("the fixture that was written")
    }

    /// Runs the script from reading it to the verdict, which must be PASS.
    pub fn run(&self, watched: Watched) {
        let product = Product::read(&self.script).expect("the script");
        let fixture = self.fixture();
        let opener = Arc::new(Instruments::of(&fixture, watched));
        let roles = [("psu", "power supply"), ("dmm", "multimeter")];
        let roles = roles.map(|(name, is)| pogo_runtime::KnownRole::new(name, is));
        let checked = pogo_runtime::check(&product, &roles, Arc::default())
            .expect("nothing to complain about");
        let (supervisor, guard) = match watched {
            Watched::No => (Supervisor::absent(), None),
            Watched::Yes => {
                let (supervisor, hearing) = Supervisor::start(|_| {}).expect("a supervisor");
                let guard = Guard::of(Program::path()).expect("a guard");
                hearing.ready().expect("signals can be heard");
                guard.ready().expect("the guard stands");
                (supervisor, Some(guard))
            }
        };
        let store = Store::open(&self.folder.path("store")).expect("a store");
        let job = Job {
            product,
            fixture,
            station: "bench".into(),
            unit: Unit { serial: "S".into(), ..Unit::default() },
            purpose: None,
            site: None,
            program_sha256: None,
            mode: Mode::Engineering,
            simulated: Vec::new(),
            virtual_time: false,
            seed: None,
            faults: Vec::new(),
            operator: None,
            flow: Flow::default(),
            trace: false,
        };
        let (supervisor, watch) = (&supervisor, Box::new(Unwatched));
        let prompter = Arc::new(pogo_runtime::Nobody);
        let means = Means {
            checked,
            store: &store,
            opener,
            supervisor,
            guard,
            watch,
            prompter,
            typing: None,
            wires: None,
        };
        let ended = pogo_runtime::run(job, means);
        assert_eq!((ended.reason, ended.taken), (Reason::Passed, false), "{ended:?}");
    }
}

/// The instruments of a fixture over their wires.
pub struct Instruments {
    setups: Vec<Setup>,
    lifelines: Arc<Lifelines>,
    watched: Watched,
    wires: OnceLock<Wires>,
}

impl Instruments {
    /// The instruments of `fixture`, none of them opened.
    pub fn of(fixture: &Fixture, watched: Watched) -> Self {
        let setups = fixture.roles.iter().map(setup).collect();
        Self { setups, lifelines: Arc::default(), watched, wires: OnceLock::new() }
    }
}

fn setup(role: &Role) -> Setup {
    Setup {
        role: role.name.clone(),
        model: pogo_models::find(&role.model, None).expect("a built-in model"),
        resource: role.address.clone(),
        options: role.options.clone(),
        limits: Protection { voltage: role.limits.voltage, current: role.limits.current },
        timeout: role.timeout,
    }
}

#[async_trait]
impl Opener for Instruments {
    async fn prepare(&self) -> pogo_hal::Result<Arc<dyn Clock>> {
        // No locks: they cost the same with and without.
        let wires = Wires::kept_in(self.lifelines.clone(), None);
        self.wires.set(wires).map_err(|_| Error::unsupported("the bench is open already"))?;
        Ok(Arc::new(RealTime::start()))
    }

    async fn open(&self, role: &Role) -> pogo_hal::Result<Opened> {
        let setup = self.setups.iter().find(|it| it.role == role.name);
        let (Some(setup), Some(wires)) = (setup, self.wires.get()) else {
            return Err(Error::unsupported("the bench is not open"));
        };
        let pogo_drivers::Opened { handle, log, .. } = wires.open(setup).await?;
        Ok(Opened { handle, log })
    }

    async fn open_interlock(&self, _: &Role) -> pogo_hal::Result<Opened> {
        Err(Error::unsupported("this bench has no interlocks"))
    }

    fn is_passive(&self, role: &Role) -> bool {
        role.name == "dmm"
    }

    fn rescue(&self) -> Option<Arc<dyn Rescue>> {
        let watched = self.watched == Watched::Yes;
        watched.then(|| -> Arc<dyn Rescue> { Arc::new(Rescuer(self.lifelines.clone())) })
    }
}

/// The drivers' lifelines, as the engine wants them.
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

    fn bequeath(&self, heir: Arc<dyn Heir>) {
        self.0.bequeath(Arc::new(Notary(heir)));
    }
}

struct Notary(Arc<dyn Heir>);

impl pogo_drivers::Heir for Notary {
    fn inherit(&self, lifeline: &Lifeline, descriptor: Option<BorrowedFd<'_>>) {
        let will = serde_json::to_string(lifeline).expect("words and numbers");
        self.0.inherit(&lifeline.resource, &will, descriptor);
    }

    fn hold(&self, lock: BorrowedFd<'_>) {
        self.0.hold(lock);
    }
}

/// The script of the 20 rails, with a meter that integrates for as short as it can: otherwise the
/// job is 30 times the 200 ms in which it does nothing.
pub fn rails() -> String {
    let script = std::fs::read_to_string(Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/benches/rails/rails.rhai"
    )));
    let begins = "cleanup(";
    let script = script.expect("the job");
    assert_eq!(script.matches(begins).count(), 1, "the job begins with its clean-up");
    script.replace(begins, &format!("dmm.set_nplc(\"dc_voltage\", 0.02);\n\n{begins}"))
}

//! Something is wrong with Pogo itself: the run is an ERROR, and the bench is made safe all the same.

use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use pogo_hal::{Direction, WireLog};
use pogo_record::{Mode, Store};
use pogo_runtime::{
    Clock, Fixture, Flow, Job, Means, Nobody, Opened, Opener, Product, Progress, RealTime, Rescue,
    Role, Supervisor, Unit, Watch,
};

use crate::bench::folder;
use crate::rig::Rig;

/// A supply of the simulated bench, and what was said to it.
#[derive(Default)]
struct Supply {
    rig: OnceLock<Rig>,
    log: Mutex<Option<Arc<WireLog>>>,
}

#[async_trait]
impl Opener for Supply {
    async fn prepare(&self) -> pogo_hal::Result<Arc<dyn Clock>> {
        let roles = [("psu", "keysight-e36312a", Some(1))];
        self.rig.get_or_init(|| Rig::build(&roles, &[], Duration::from_secs(5)));
        Ok(Arc::new(RealTime::start()))
    }

    async fn open(&self, role: &Role) -> pogo_hal::Result<Opened> {
        let opened = self.rig.get().unwrap().open(&role.name).await?;
        *self.log.lock().unwrap() = Some(opened.log.clone());
        Ok(Opened { handle: opened.handle, log: opened.log })
    }

    async fn open_interlock(&self, _: &Role) -> pogo_hal::Result<Opened> {
        unreachable!("its fixture has no interlocks")
    }

    fn is_passive(&self, _: &Role) -> bool {
        false
    }

    fn rescue(&self) -> Option<Arc<dyn Rescue>> {
        None
    }
}

/// Breaks when it is to show something of this kind.
struct Breaks(fn(&Progress<'_>) -> bool);

impl Watch for Breaks {
    fn see(&mut self, progress: &Progress<'_>) {
        assert!(!(self.0)(progress), "the watcher breaks, as this test wants it");
    }
}

#[test]
fn a_panic_outside_the_script_leaves_the_supply_off() {
    // By the time that something is said to be wrong, the script has ended.
    is_an_error_and_off(
        "psu.set_voltage(3.V);\npsu.on();\nthrow \"over\";",
        Breaks(|progress| matches!(progress, Progress::Trouble(_))),
    );
}

#[test]
fn a_panic_inside_a_step_is_no_pass_and_leaves_the_supply_off() {
    is_an_error_and_off(
        "step(\"a\", || { psu.on(); measure(\"one\", 1, 1..=1); });",
        Breaks(|progress| matches!(progress, Progress::Judged { .. })),
    );
}

fn is_an_error_and_off(script: &str, breaks: Breaks) {
    let folder = folder(script);
    let product = Product::read(&folder.path("script.rhai")).unwrap();
    let mut fixture = Fixture::read(&folder.path("bench.fixture.toml")).unwrap();
    fixture.roles.retain(|role| role.name == "psu");
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
        mode: Mode::Simulate,
        simulated: vec!["psu".into()],
        virtual_time: true,
        seed: Some(1),
        faults: Vec::new(),
        operator: None,
        flow: Flow::default(),
        trace: false,
    };
    let store = Store::open(Path::new(&folder.path("store"))).unwrap();
    let supply = Arc::new(Supply::default());
    let ended = pogo_runtime::run(
        job,
        Means {
            checked,
            store: &store,
            opener: supply.clone(),
            supervisor: &Supervisor::deaf().unwrap(),
            guard: None,
            watch: Box::new(breaks),
            prompter: Arc::new(Nobody),
            typing: None,
            wires: None,
        },
    );
    assert_eq!(ended.reason.row().exit_code, 3);
    let log = supply.log.lock().unwrap().clone().unwrap();
    let sent = log.exchanges().into_iter().filter(|it| it.direction == Direction::Sent);
    let sent: Vec<_> = sent.map(|it| String::from_utf8(it.bytes).unwrap()).collect();
    let last = |what: &str| sent.iter().rposition(|it| it.starts_with(what)).unwrap();
    assert!(last("OUTP OFF") > last("OUTP ON"), "{sent:?}");
}

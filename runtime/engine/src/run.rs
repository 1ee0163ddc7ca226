//! The order of a run: open, record, script, clean-up, safe state, verdict.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pogo_hal::{Diagnostic, Direction, ErrorKind};
use pogo_record::{
    Clock as ClockFacts, Device, Fixture as FixtureFacts, Mode, Operator, Plan, Program, Reason,
    RecordError, RunHeader, Store, Uuid,
};
use pogo_sandbox::rhai::Scope;
use pogo_sandbox::{Cause, Interruption, STACK, Sandbox, ScriptError, Settings};
use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;

use crate::bench::{Bench, Opened, Opener, Unopened};
use crate::bind;
use crate::bind::device::{self, Device as UnitUnderTest};
use crate::bridge::BoundRole;
use crate::check::Checked;
use crate::closing::Closing;
use crate::fixture::{Fixture, Role};
use crate::flow::Flow;
use crate::guard::Guard;
use crate::interlock::{Begun, Interlocks};
use crate::language;
use crate::ledger::Ledger;
use crate::phase::{Part, Phase};
use crate::product::Product;
use crate::progress::Watch;
use crate::prompt::{People, Prompter};
use crate::rescue::Safety;
use crate::site::{Parts, Site};
use crate::stop::Stop;
use crate::supervisor::{Charge, Supervisor};
use crate::traced::Traced;
use crate::typed::{self, Typing};
use crate::unit::Unit;
use crate::veil::Veil;

/// How long a script may compute in all; waiting for the bench is not computing. It is real time
/// even where the bench's is simulated: a simulated clock stands still while a script computes.
const COMPUTING: Duration = Duration::from_secs(10);

/// How long the clean-up of a run may take on the bench.
pub(crate) const CLEANUP: Duration = Duration::from_secs(10);

/// How long, in real time, the site of a simulated bench has at least to end after a stop.
const SIMULATED_STOP: Duration = Duration::from_millis(800);

/// What to run, and on what.
#[derive(Clone, Debug)]
pub struct Job {
    /// The scripts and what they are about.
    pub product: Product,
    /// The bench.
    pub fixture: Fixture,
    /// The station's id.
    pub station: String,
    /// The unit under test.
    pub unit: Unit,
    /// Why it is tested; `None` if nobody says.
    pub purpose: Option<String>,
    /// The device position; `None` if the station has only one.
    pub site: Option<String>,
    /// SHA-256 of the program's file, in hex; `None` if nobody has looked.
    pub program_sha256: Option<String>,
    /// What the run counts for.
    pub mode: Mode,
    /// The roles that are simulated.
    pub simulated: Vec<String>,
    /// Whether time is simulated.
    pub virtual_time: bool,
    /// What all noise of the simulation grows from; `None` if nothing is simulated.
    pub seed: Option<u64>,
    /// What is wrong with the simulated bench on purpose, besides what the fixture says.
    pub faults: Vec<String>,
    /// Who started it.
    pub operator: Option<String>,
    /// Which steps are done, and what ends it early.
    pub flow: Flow,
    /// Whether every message to and from the instruments is kept beside the record.
    pub trace: bool,
}

/// How a run ended.
#[derive(Debug)]
pub struct Ended {
    /// Its id in the record; `None` if it could not even be begun there.
    pub run: Option<Uuid>,
    /// Why it ended as it did; the reason gives the verdict and the exit code.
    pub reason: Reason,
    /// How many values were judged.
    pub judged: usize,
    /// How long it took on the bench.
    pub bench_time: Duration,
    /// How long it took outside.
    pub wall_time: Duration,
    /// What is known of every opened role, in the order of the fixture.
    pub safety: Safety,
    /// Whether the record is complete.
    pub record: Result<(), RecordError>,
    /// Whether the bench had to be taken from its site, which hangs: whoever waits for its thread
    /// waits for ever.
    pub taken: bool,
}

/// What a run needs.
pub struct Means<'a> {
    /// What [`crate::check`] gave for the same product.
    pub checked: Checked,
    /// Where it is recorded.
    pub store: &'a Store,
    /// How it comes by instruments.
    pub opener: Arc<dyn Opener>,
    /// Who ends it when it does not end by itself.
    pub supervisor: &'a Supervisor,
    /// Who makes the bench safe when this process is gone; not needed where nothing of the bench
    /// outlives it. See [`Guard::ready`].
    pub guard: Option<Guard>,
    /// Who watches.
    pub watch: Box<dyn Watch>,
    /// Who answers what the scripts ask.
    pub prompter: Arc<dyn Prompter>,
    /// Who types what is done once the scripts have ended.
    pub typing: Option<Arc<dyn Typing>>,
    /// Who is told what goes over the wires.
    pub wires: Option<Tapped>,
}

/// Told of every message: the roles at the wire, when it was since the bench was opened, which way
/// it went, and its bytes without secrets.
pub type Tapped = Arc<dyn Fn(&str, Duration, Direction, &[u8]) + Send + Sync>;

/// Runs `job` to its end, whatever that is: when this returns, every role was told to be safe and
/// the record was closed. The site's thread may still be there, if it hangs in native code; it
/// reaches neither bench nor record any more.
pub fn run(job: Job, means: Means<'_>) -> Ended {
    let Means { checked, store, opener, supervisor, guard, watch, prompter, typing, wires } = means;
    let (ended, is_ended) = channel();
    let (guard, rescue) = (guard.map(Arc::new), opener.rescue());
    if let (Some(guard), Some(rescue)) = (&guard, &rescue) {
        rescue.bequeath(guard.clone());
    }
    let interlocks = job.fixture.interlocks.clone();
    let interlocks =
        Arc::new(Interlocks::new(interlocks, opener.clone(), supervisor.clone(), job.virtual_time));
    let charge = Arc::new(Charge {
        phase: Phase::begun(),
        // What is left of it is for saying safe state.
        grace: match job.virtual_time {
            false => job.fixture.deadlines.stop * 9 / 10,
            // Nothing is on in truth, and a machine that is busy must not change a trace.
            true => job.fixture.deadlines.stop.max(SIMULATED_STOP),
        },
        rescue,
        guard: Mutex::new(guard),
        interlocks,
        site: Mutex::default(),
        broken: AtomicBool::new(false),
        closing: Closing::new(Arc::new(checked), job.flow.is_partial(), typing.is_some()),
        ended: ended.clone(),
    });
    supervisor.watch(charge.clone());
    let (store, stop, broken) = (store.clone(), supervisor.stop().clone(), charge.clone());
    let run = Run { job, store, opener, prompter, typing, wires, stop, charge: charge.clone() };
    let site = move || match catch_unwind(AssertUnwindSafe(|| run.site(watch))) {
        Ok(Some(outcome)) => drop(ended.send(outcome)),
        // The bench was taken, and whoever took it says how the run ended.
        Ok(None) => {}
        Err(_) => {
            broken.broken.store(true, Ordering::Release);
            if broken.phase.part().0 == Part::Closing {
                // Too late for anybody to take the bench, which is safe, and the run from it.
                let unrecorded = broken.closing.unrecorded(Reason::NotRecorded, Safety::new());
                drop(ended.send(unrecorded));
            }
        }
    };
    let thread = std::thread::Builder::new().name("site".into()).stack_size(STACK).spawn(site);
    let ended = match thread {
        Ok(thread) => {
            let ended = is_ended.recv().unwrap_or_else(|_| nobody());
            if !ended.taken {
                // Until it has let go of the record, that is not closed.
                drop(thread.join());
            }
            ended
        }
        Err(cause) => Ended::never(RecordError::new(format!("no thread to run on: {cause}"))),
    };
    supervisor.dismiss();
    charge.let_go();
    ended
}

/// Neither the site nor its supervisor said how the run ended.
fn nobody() -> Ended {
    Ended::never(RecordError::new("the run was lost: this is a bug in Pogo"))
}

struct Run {
    job: Job,
    store: Store,
    opener: Arc<dyn Opener>,
    prompter: Arc<dyn Prompter>,
    typing: Option<Arc<dyn Typing>>,
    wires: Option<Tapped>,
    stop: Stop,
    charge: Arc<Charge>,
}

impl Run {
    /// `None` if the bench was taken from this thread.
    fn site(&self, watch: Box<dyn Watch>) -> Option<Ended> {
        let Charge { phase, closing, interlocks, .. } = &*self.charge;
        let runtime = match runtime(self.job.virtual_time) {
            Ok(runtime) => runtime,
            Err(cause) => {
                return Some(Ended::never(RecordError::new(format!("no runtime: {cause}"))));
            }
        };
        let entered = runtime.enter();
        let epoch = Instant::now();
        let prepared = runtime.block_on(self.opener.prepare());
        let kept = interlocks.are_the_sites().then(|| interlocks.keep());
        let nothing = &Begun::default();
        let mut begun = nothing;
        let (bench, clock) = match prepared {
            Ok(clock) => {
                interlocks.prepared(clock.clone());
                begun = runtime.block_on(async {
                    tokio::select! {
                        biased;
                        () = self.stop.raised() => nothing,
                        begun = interlocks.begun() => begun,
                    }
                });
                let bench = match begun.is_closed() {
                    true => Bench::open(&runtime, &self.job.fixture, &*self.opener, &self.stop),
                    false => Bench::default(),
                };
                (bench, clock)
            }
            Err(error) => {
                let clock: Arc<dyn crate::Clock> = Arc::new(crate::RealTime::start());
                let nobody = Unopened { role: String::new(), error, passive: true };
                (Bench { unopened: vec![nobody], ..Bench::default() }, clock)
            }
        };
        let secrets = &closing.checked().secrets;
        bench.roles.iter().for_each(|(_, opened)| opened.log.hide(secrets));
        let traced = self.job.trace.then(Arc::<Traced>::default);
        self.tap(&bench, epoch, traced.as_ref());
        let log = match self.store.begin_run_hiding(self.header(&bench, begun), secrets.clone()) {
            Ok(log) => Arc::new(log),
            Err(failure) => {
                // Nothing was stimulated, but opening may have changed something all the same.
                drop(entered);
                if !phase.enter(Part::Safe) {
                    return None;
                }
                let safety = bench.make_safe(&runtime);
                let wall_time = closing.wall_time();
                let ended = Ended { safety, wall_time, ..Ended::never(failure) };
                return phase.enter(Part::Closing).then_some(ended);
            }
        };
        let unrecorded = Arc::new(AtomicBool::new(false));
        let wires = bench
            .roles
            .iter()
            .map(|(role, opened)| (Arc::<str>::from(role.name.as_str()), opened.log.clone()));
        let watch = Veil::over(watch, secrets);
        let ledger = Ledger::new(log.clone(), watch, wires.collect(), epoch, unrecorded.clone())
            .simulated(self.job.virtual_time)
            .tracing(traced);
        drop(entered);
        let site = Arc::new(Site::new(Parts {
            runtime,
            clock,
            stop: self.stop.clone(),
            interlocks: interlocks.trip().clone(),
            log,
            ledger,
            unrecorded,
            deadlines: self.job.fixture.deadlines,
            roles: self.job.fixture.roles.iter().map(|role| role.name.clone()).collect(),
            people: self.people(),
            secrets: secrets.clone(),
            product: Arc::new(self.job.product.clone()),
            flow: self.job.flow.clone(),
            virtual_time: self.job.virtual_time,
        }));
        self.charge.begin(&site);
        let _entered = site.runtime.enter();
        site.ledger().see_to_leaks(site.now_ns());
        site.ledger().interlocks(&begun.seen, site.now_ns());
        let reached_end = match bench.unopened.first() {
            None if !begun.is_closed() => false,
            // Whatever is wrong with Pogo itself must not keep the bench from its safe state.
            None => catch_unwind(AssertUnwindSafe(|| self.scripts(&site, &bench))).unwrap_or_else(
                |_| {
                    site.ledger().raise(Reason::ScriptError);
                    false
                },
            ),
            Some(_) => {
                bench.unopened.iter().for_each(|it| not_opened(&site, it));
                false
            }
        };
        site.explain_by(None);
        site.close();
        drop(kept);
        if !phase.enter(Part::Safe) {
            return None;
        }
        let safety = bench.make_safe(&site.runtime);
        phase.enter(Part::Closing).then(|| closing.end(&site, safety, reached_end))
    }

    /// Runs the scripts in order and then the clean-ups; gives whether the last script came to its
    /// end.
    fn scripts(&self, site: &Arc<Site>, bench: &Bench) -> bool {
        let (product, interrupt) = (&self.job.product, site.clone());
        let mut settings = Settings::new(&product.folder);
        settings.limits.computing = COMPUTING;
        settings.interrupt =
            Arc::new(move || interrupt.interruption_while_computing().map(Interruption::new));
        let notes = site.clone();
        settings.print = Arc::new(move |printed| {
            notes.ledger().note(&printed.text, notes.now_ns());
        });
        let mut sandbox = Sandbox::new(settings);
        bind::register(sandbox.engine_mut());
        language::register(sandbox.engine_mut(), site);
        site.explain_by(Some(sandbox.explaining()));
        let roles = self.constants(site, bench);

        let checked = self.charge.closing.checked();
        for script in &product.scripts {
            sandbox.learn(&script.path.display().to_string(), &script.text, &roles);
        }
        // The record exists before the stimulus: here at the latest it is on the disk.
        let mut reached_end = site.ledger().make_durable();
        for ast in &checked.scripts {
            let goes_on = self.job.flow.keep_going && site.may_go_on().is_ok();
            if !reached_end && !goes_on {
                break;
            }
            if let Err(error) = sandbox.run(&mut roles.clone(), ast) {
                uncaught(site, &error);
                reached_end = false;
                if matches!(error.cause, Cause::Left(_)) {
                    break;
                }
            }
        }
        if let (true, Some(typing)) = (reached_end, &self.typing) {
            reached_end = typed::carry_out(site, &sandbox, &**typing, roles.clone());
        }
        if self.charge.phase.enter(Part::CleanUp) {
            site.begin_cleanup(CLEANUP);
        } else {
            return false;
        }
        // Taken one by one: a clean-up may itself register another.
        loop {
            let Some(body) = site.ledger().take_cleanup() else { break };
            if let Err(error) = sandbox.call_kept(&body) {
                uncaught(site, &error);
            }
        }
        if self.stop.is_raised() {
            // It came too late for the scripts, and not for what they had to clean up.
            site.ledger().raise(site.interlocks.why_stopped());
        }
        reached_end
    }

    /// Lets whoever wants to hear what goes over the wires. Roles may share one.
    fn tap(&self, bench: &Bench, epoch: Instant, traced: Option<&Arc<Traced>>) {
        if self.wires.is_none() && traced.is_none() {
            return;
        }
        for (at, (role, opened)) in bench.roles.iter().enumerate() {
            let same = |it: &&(Role, Opened)| Arc::ptr_eq(&it.1.log, &opened.log);
            if bench.roles[..at].iter().any(|it| same(&it)) {
                continue;
            }
            let roles: Vec<_> =
                bench.roles.iter().filter(same).map(|it| it.0.name.as_str()).collect();
            let (roles, address) = (roles.join("+"), role.address.to_string());
            let (told, traced) = (self.wires.clone(), traced.cloned());
            opened.log.tap(Box::new(move |at, direction, bytes| {
                let since = at.saturating_duration_since(epoch);
                if let Some(told) = &told {
                    told(&roles, since, direction, bytes);
                }
                if let Some(traced) = &traced {
                    traced.add(&address, since, direction, bytes);
                }
            }));
        }
    }

    fn people(&self) -> People {
        let (prompter, job) = (self.prompter.clone(), &self.job);
        let (operator, folder) = (job.operator.clone(), job.product.folder.clone());
        People { prompter, operator, folder }
    }

    /// The roles as scripts see them.
    fn constants(&self, site: &Arc<Site>, bench: &Bench) -> Scope<'static> {
        let fixture: Arc<str> = self.job.fixture.path.display().to_string().into();
        let mut scope = Scope::new();
        for (role, opened) in &bench.roles {
            let bound = Arc::new(BoundRole {
                name: role.name.as_str().into(),
                asset: opened.handle.instrument().identity().serial.as_str().into(),
                limits: role.limits,
                fixture: fixture.clone(),
                log: opened.log.clone(),
                site: site.clone(),
            });
            scope.push_constant_dynamic(role.name.clone(), bind::constant(&opened.handle, bound));
        }
        let Unit { serial, lot, .. } = self.job.unit.clone();
        let variant = self.job.product.variant.clone().unwrap_or_default();
        let lot = lot.unwrap_or_default();
        let unit = UnitUnderTest { site: site.clone(), serial, lot, variant };
        scope.push_constant(device::NAME, unit);
        scope
    }

    fn header(&self, bench: &Bench, begun: &Begun) -> RunHeader {
        let job = &self.job;
        RunHeader {
            mode: job.mode,
            station: job.station.clone(),
            device: Device {
                part: Some(job.product.name.clone()),
                revision: job.product.identity.revision.clone(),
                serial: Some(job.unit.serial.clone()),
                udi: job.unit.udi.clone(),
                device_id: None,
            },
            purpose: job.purpose.clone(),
            site: job.site.clone(),
            lot: job.unit.lot.clone(),
            work_order: job.unit.work_order.clone(),
            plan: Plan {
                id: job.product.plan().to_owned(),
                script_sha256: Some(job.product.sha256()),
                limits_sha256: job.product.limits.as_ref().map(|it| it.sha256.clone()),
                variant: job.product.variant.clone(),
                files: self.charge.closing.checked().files(&job.product),
                ..Plan::default()
            },
            pogo: Program {
                version: env!("CARGO_PKG_VERSION").into(),
                sha256: job.program_sha256.clone(),
            },
            fixture: FixtureFacts {
                id: Some(job.fixture.id.clone()),
                path: job.fixture.absolute_path(),
                simulated: job.simulated.clone(),
                sha256: Some(job.fixture.sha256.clone()),
                faults: job.faults.clone(),
                contact_cycles: None,
            },
            operator: Operator { id: job.operator.clone(), qualification: None },
            assets: bench.assets().into_iter().chain(begun.assets.iter().cloned()).collect(),
            clock: ClockFacts {
                simulated: job.virtual_time,
                seed: job.seed,
                ..ClockFacts::default()
            },
            ..RunHeader::default()
        }
    }
}

impl Ended {
    /// A run that could not be begun in the record.
    pub(crate) fn never(failure: RecordError) -> Self {
        Self {
            run: None,
            reason: Reason::NotRecorded,
            judged: 0,
            bench_time: Duration::ZERO,
            wall_time: Duration::ZERO,
            safety: Vec::new(),
            record: Err(failure),
            taken: false,
        }
    }
}

fn runtime(paused: bool) -> std::io::Result<Runtime> {
    let mut builder = Builder::new_current_thread();
    // Where time is simulated there is nothing to wait for but time.
    if paused { builder.enable_time().start_paused(true) } else { builder.enable_all() }.build()
}

fn not_opened(site: &Site, Unopened { role, error, .. }: &Unopened) {
    let now = site.now_ns();
    let mut ledger = site.ledger();
    if error.kind() == ErrorKind::Stopped {
        return ledger.raise(site.interlocks.why_stopped());
    }
    ledger.bench_error(role, error, now);
    let mut diagnostic = Diagnostic::new(error.message());
    diagnostic.hint = error.hint().map(str::to_owned);
    ledger.trouble(&diagnostic, None, now);
}

/// Records and shows what ended a script early.
pub(crate) fn uncaught(site: &Site, error: &ScriptError) {
    let (mut ledger, now) = (site.ledger(), site.now_ns());
    match &error.cause {
        // The bridge has recorded it already; here it is only shown, with its place.
        Cause::Bench(_) => ledger.trouble(&error.diagnostic, None, now),
        Cause::Stopped(_) => {
            let reason = site.why_stopped();
            ledger.raise(reason);
            if let (Reason::Interlock, Some(tripped)) = (reason, site.interlocks.tripped()) {
                ledger.tripped(tripped, now);
            } else if reason != Reason::Stopped {
                ledger.trouble(&error.diagnostic, None, now);
            }
        }
        Cause::Left(_) => {}
        Cause::Secret(_) => {
            ledger.trouble(&error.diagnostic, Some(Reason::SecretGivenAway), now);
        }
        Cause::Limit => ledger.trouble(&error.diagnostic, Some(Reason::ScriptLimit), now),
        Cause::Script | Cause::Panic(_) => {
            ledger.trouble(&error.diagnostic, Some(Reason::ScriptError), now);
        }
    }
}

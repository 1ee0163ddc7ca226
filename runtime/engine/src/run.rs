//! The order of a run: open, record, script, clean-up, safe state, verdict.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use pogo_hal::{Diagnostic, Error, ErrorKind, SafeState};
use pogo_record::{
    Clock as ClockFacts, Device, Fixture as FixtureFacts, Mode, Operator, Plan, Program, Reason,
    RecordError, RunEnded, RunHeader, Store, Uuid, Verdict,
};
use pogo_sandbox::rhai::Scope;
use pogo_sandbox::{Cause, Interruption, STACK, Sandbox, ScriptError, Settings};
use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;

use crate::bench::{Bench, Opener};
use crate::bind;
use crate::bridge::BoundRole;
use crate::check::Checked;
use crate::fixture::Fixture;
use crate::language;
use crate::ledger::Ledger;
use crate::product::Product;
use crate::progress::Watch;
use crate::site::Site;
use crate::stop::Stop;

/// How long a script may compute in all; waiting for the bench is not computing. It is real time
/// even where the bench's is simulated: a simulated clock stands still while a script computes.
const COMPUTING: Duration = Duration::from_secs(10);

/// How long the clean-up of a run may take on the bench.
const CLEANUP: Duration = Duration::from_secs(10);

/// What to run, and on what.
#[derive(Clone, Debug)]
pub struct Job {
    /// The scripts and what they are about.
    pub product: Product,
    /// The bench.
    pub fixture: Fixture,
    /// The station's id.
    pub station: String,
    /// The unit's serial number.
    pub dut: String,
    /// What the run counts for.
    pub mode: Mode,
    /// Whether time is simulated.
    pub virtual_time: bool,
    /// What all noise of the simulation grows from; `None` if nothing is simulated.
    pub seed: Option<u64>,
    /// Who started it.
    pub operator: Option<String>,
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
    pub safety: Vec<(String, Result<SafeState, Error>)>,
    /// Whether the record is complete.
    pub record: Result<(), RecordError>,
}

/// Runs `job` to its end, whatever that is: when this returns, every role was told to be safe and
/// the record was closed. `checked` is what [`crate::check`] gave for the same product.
pub fn run(
    job: &Job,
    checked: &Checked,
    store: &Store,
    opener: &dyn Opener,
    stop: &Stop,
    watch: Box<dyn Watch>,
) -> Ended {
    let site = || Run { job, checked, store, opener, stop }.site(watch);
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name("site".into())
            .stack_size(STACK)
            .spawn_scoped(scope, site);
        match thread.map(|thread| thread.join()) {
            Ok(Ok(ended)) => ended,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(cause) => Ended::never(RecordError::new(format!("no thread to run on: {cause}"))),
        }
    })
}

struct Run<'a> {
    job: &'a Job,
    checked: &'a Checked,
    store: &'a Store,
    opener: &'a dyn Opener,
    stop: &'a Stop,
}

impl Run<'_> {
    fn site(&self, watch: Box<dyn Watch>) -> Ended {
        let wall = wall_clock();
        let runtime = match runtime(self.job.virtual_time) {
            Ok(runtime) => runtime,
            Err(cause) => return Ended::never(RecordError::new(format!("no runtime: {cause}"))),
        };
        let entered = runtime.enter();
        let epoch = Instant::now();
        let prepared = runtime.block_on(self.opener.prepare());
        let (bench, failed, clock) = match prepared {
            Ok(clock) => {
                let (bench, failed) =
                    Bench::open(&runtime, &self.job.fixture, self.opener, self.stop);
                (bench, failed, clock)
            }
            Err(error) => {
                let clock: Arc<dyn crate::Clock> = Arc::new(crate::RealTime::start());
                (Bench::default(), Some((String::new(), error)), clock)
            }
        };
        let log = match self.store.begin_run(self.header(&bench)) {
            Ok(log) => log,
            Err(failure) => {
                // Nothing was stimulated, but opening may have changed something all the same.
                drop(entered);
                let safety = bench.make_safe(&runtime);
                return Ended { safety, wall_time: wall(), ..Ended::never(failure) };
            }
        };
        let unrecorded = Arc::new(AtomicBool::new(false));
        let wires = bench
            .roles
            .iter()
            .map(|(role, opened)| (Arc::<str>::from(role.name.as_str()), opened.log.clone()));
        let ledger = Ledger::new(log, watch, wires.collect(), epoch, unrecorded.clone());
        drop(entered);
        let deadlines = self.job.fixture.deadlines;
        let stop = self.stop.clone();
        let site = Arc::new(Site::new(runtime, clock, stop, ledger, unrecorded, deadlines));
        let _entered = site.runtime.enter();
        let reached_end = match failed {
            // Whatever is wrong with Pogo itself must not keep the bench from its safe state.
            None => catch_unwind(AssertUnwindSafe(|| self.scripts(&site, &bench))).unwrap_or_else(
                |_| {
                    site.ledger().raise(Reason::ScriptError);
                    false
                },
            ),
            Some((role, error)) => {
                not_opened(&site, &role, &error);
                false
            }
        };
        site.close();
        let safety = bench.make_safe(&site.runtime);
        self.end(&site, safety, reached_end, wall)
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
        let roles = self.constants(site, bench);

        let compiled: Vec<_> = (product.scripts.iter())
            .map(|script| sandbox.compile(&script.path.display().to_string(), &script.text, &roles))
            .collect();
        // The record exists before the stimulus: here at the latest it is on the disk.
        let mut reached_end = site.ledger().make_durable();
        for ast in compiled {
            if !reached_end {
                break;
            }
            let outcome = ast
                .map_err(|diagnostic| ScriptError {
                    diagnostic: diagnostic.into(),
                    cause: Cause::Script,
                })
                .and_then(|ast| sandbox.run(&mut roles.clone(), &ast));
            if let Err(error) = outcome {
                uncaught(site, &error);
                reached_end = false;
            }
        }
        site.begin_cleanup(CLEANUP);
        // Taken one by one: a clean-up may itself register another.
        loop {
            let Some(body) = site.ledger().take_cleanup() else { break };
            if let Err(error) = sandbox.call_kept(&body) {
                uncaught(site, &error);
            }
        }
        reached_end
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
        scope
    }

    /// The verdict, and the record closed with it.
    fn end(
        &self,
        site: &Arc<Site>,
        safety: Vec<(String, Result<SafeState, Error>)>,
        reached_end: bool,
        wall: impl Fn() -> Duration,
    ) -> Ended {
        let now = site.now_ns();
        let mut ledger = site.ledger();
        ledger.end_open_steps(now);
        for (role, state) in &safety {
            ledger.safe(role, state, now);
        }
        ledger.show_caught();
        let mut ended = RunEnded::default();
        let missing = self.checked.declared.iter().filter(|(name, _)| !ledger.has_judged(name));
        let missing: Vec<_> = missing.cloned().collect();
        if reached_end && ledger.reason().verdict() < Verdict::Error {
            for (name, place) in &missing {
                let diagnostic = Diagnostic::new(format!("`{name}` is declared, not measured"))
                    .at(place.clone())
                    .with_hint("a run whose declared measurements are not all set cannot pass");
                ledger.trouble(&diagnostic, Some(Reason::Unset), now);
            }
            if ledger.judged() == 0 {
                let diagnostic = Diagnostic::new("the run judged nothing")
                    .with_hint("judge at least one value with `measure` or `check`");
                ledger.trouble(&diagnostic, Some(Reason::JudgedNothing), now);
            }
            ended.unset = missing.into_iter().map(|(name, _)| name).collect();
        } else {
            let steps = self.checked.steps.iter().filter(|step| !ledger.has_begun(step));
            let names = missing.into_iter().map(|(name, _)| name);
            ended.not_reached = steps.cloned().chain(names).collect();
        }
        ended.reason = ledger.reason();
        ended.verdict = ended.reason.verdict();
        let (run, judged, mut reason) = (Some(ledger.run()), ledger.judged(), ended.reason);
        let record = ledger.end(ended, now);
        if record.is_err() {
            reason = reason.worst(Reason::NotRecorded);
        }
        let bench_time = Duration::from_nanos(now);
        Ended { run, reason, judged, bench_time, wall_time: wall(), safety, record }
    }

    fn header(&self, bench: &Bench) -> RunHeader {
        let job = self.job;
        RunHeader {
            mode: job.mode,
            station: job.station.clone(),
            device: Device {
                part: Some(job.product.name.clone()),
                serial: Some(job.dut.clone()),
                ..Device::default()
            },
            plan: Plan {
                id: job.product.plan().to_owned(),
                script_sha256: Some(job.product.sha256()),
                ..Plan::default()
            },
            pogo: Program { version: env!("CARGO_PKG_VERSION").into(), sha256: None },
            fixture: FixtureFacts {
                id: Some(job.fixture.id.clone()),
                sha256: Some(job.fixture.sha256.clone()),
                contact_cycles: None,
            },
            operator: Operator { id: job.operator.clone(), qualification: None },
            assets: bench.assets(),
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
    fn never(failure: RecordError) -> Self {
        Self {
            run: None,
            reason: Reason::NotRecorded,
            judged: 0,
            bench_time: Duration::ZERO,
            wall_time: Duration::ZERO,
            safety: Vec::new(),
            record: Err(failure),
        }
    }
}

fn runtime(paused: bool) -> std::io::Result<Runtime> {
    Builder::new_current_thread().enable_all().start_paused(paused).build()
}

fn not_opened(site: &Site, role: &str, error: &Error) {
    let now = site.now_ns();
    let mut ledger = site.ledger();
    ledger.bench_error(role, error, now);
    if error.kind() != ErrorKind::Stopped {
        let mut diagnostic = Diagnostic::new(error.message());
        diagnostic.hint = error.hint().map(str::to_owned);
        ledger.trouble(&diagnostic, None, now);
    }
}

/// Records and shows what ended a script early.
fn uncaught(site: &Site, error: &ScriptError) {
    let (mut ledger, now) = (site.ledger(), site.now_ns());
    match &error.cause {
        // The bridge has recorded it already; here it is only shown, with its place.
        Cause::Bench(_) => ledger.trouble(&error.diagnostic, None, now),
        Cause::Stopped(_) => {
            let reason = site.why_stopped();
            ledger.raise(reason);
            if reason != Reason::Stopped {
                ledger.trouble(&error.diagnostic, None, now);
            }
        }
        Cause::Limit => ledger.trouble(&error.diagnostic, Some(Reason::ScriptLimit), now),
        Cause::Script | Cause::Panic(_) => {
            ledger.trouble(&error.diagnostic, Some(Reason::ScriptError), now);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "how long a run took outside is wall time")]
fn wall_clock() -> impl Fn() -> Duration {
    let start = std::time::Instant::now();
    move || start.elapsed()
}

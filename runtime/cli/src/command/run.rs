//! `pogo run`: check, open the store, run, report.

use anyhow::{Context, Result, anyhow};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use pogo_record::{Mode, Reason, Store, Udi, Verdict};
use pogo_runtime::{
    Ended, Guard, Heard, Job, Means, Nobody, Opener, Product, Prompter, Supervisor, Typing, Unit,
    Unwatched, Watch,
};
use sha2::{Digest, Sha256};

use crate::annotations::Annotating;
use crate::answers::Answers;
use crate::args::Run;
use crate::command::export;
use crate::command::orphans;
use crate::command::show::document;
use crate::diagnostics::{self, Failure};
use crate::exit;
use crate::flow;
use crate::identity;
use crate::logs::{self, Logs};
use crate::operator;
use crate::paint::Paint;
use crate::preparation::{Preparation, no_fixture, prepare, prepare_to_type};
use crate::replaying::Seeing;
use crate::report::{self, Outcome};
use crate::secrets;
use crate::simulated::Simulated;
use crate::station::Station;
use crate::systemd;
use crate::terminal::{Showing, Terminal, err, out};
use crate::transcript::Tally;
use crate::wires;

/// Runs, and gives the exit code of the verdict.
///
/// # Errors
///
/// Something is wrong before anything is opened, or the record cannot be kept.
pub fn run(arguments: Run) -> Result<u8> {
    carry_out(arguments, None)
}

/// The fixture file that `arguments` mean.
///
/// # Errors
///
/// They mean none, or the product is wrong.
pub fn fixture_of(arguments: &Run) -> Result<PathBuf> {
    let product = arguments.product.as_path();
    let of_product = || Product::read(product).map(|it| it.fixture);
    let refused = |it| Failure::new(exit::REFUSED, it);
    let found = match &arguments.fixture {
        Some(fixture) => Some(fixture.clone()),
        None => of_product().map_err(refused)?,
    };
    Ok(found.ok_or_else(|| refused(no_fixture()))?)
}

/// As [`run`]; or what is typed instead of scripts.
///
/// # Errors
///
/// Those of [`run`].
pub fn carry_out(arguments: Run, typing: Option<Arc<dyn Typing>>) -> Result<u8> {
    // What an earlier run left there is not taken for a report of this one.
    if let Some(file) = arguments.junit.as_deref().filter(|it| it.is_file()) {
        fs::remove_file(file).with_context(|| format!("the JUnit report `{}`", file.display()))?;
    }
    let Run { product, fixture, sim, seed, operator, answers, store: folder, json, .. } = arguments;
    let label = arguments.udi.as_deref().map(identity::read_label).transpose()?;
    let mut unit = Unit {
        serial: arguments.dut,
        lot: arguments.lot,
        work_order: arguments.work_order,
        udi: label.as_ref().map(Udi::from),
    };
    let station = Station::here().map_err(|it| Failure::new(exit::REFUSED, it))?;
    let replaying = arguments.replaying;
    let simulated = match &replaying {
        Some(replaying) => Simulated::Replayed(replaying.clone()),
        None => Simulated::said(sim, arguments.realtime),
    };
    let virtual_time = simulated.has_virtual_time();
    let mode = match simulated {
        Simulated::None if arguments.production || station.production => Mode::Production,
        Simulated::None => Mode::Engineering,
        _ => Mode::Simulate,
    };
    let roles = simulated.clone();
    let store = mode.folder(&folder.folder);
    let secrets = secrets::read(arguments.secrets.file.as_deref())?;
    let what = (product.as_path(), arguments.variant.as_deref());
    let Preparation { product, mut fixture, checked, bench } = match &typing {
        None => prepare(what, fixture.as_deref(), simulated, (seed, &arguments.fault), secrets)?,
        Some(_) => {
            prepare_to_type(what, fixture.as_deref(), simulated, (seed, &arguments.fault), secrets)?
        }
    };
    if replaying.is_some() {
        // They are read beside the run, whenever that is: of no use to a script.
        fixture.interlocks.clear();
    }
    let refused = |it| Failure::new(exit::REFUSED, it);
    let flow = flow::flow(arguments.flow, &checked).map_err(refused)?;
    let answers = answers.as_deref().map(Answers::read).transpose();
    let answers = answers.map_err(|it| Failure::new(exit::REFUSED, it))?.map(Arc::new);
    let answers = answers.or_else(|| replaying.as_ref().map(|it| it.answers.clone()));
    if !arguments.trial && typing.is_none() {
        identity::hold(
            &product,
            &mut unit,
            label.as_ref(),
            operator.as_deref(),
            station,
            mode,
            &store,
        )?;
    }
    Store::may_be_written(&store)
        .and_then(|()| Store::has_room(&store))
        .map_err(|cause| Failure::new(exit::REFUSED, logs::diagnostic(&cause)))?;
    // These take a millisecond or more each, and none needs the others.
    let told = move |heard: Heard<'_>| match heard {
        _ if json => {}
        Heard::Signal => err(STOPPING),
        Heard::Interlock(message) => {
            err(&(report::interlock(message, Paint::of(&io::stderr())) + STOPPING));
        }
    };
    let (supervisor, hearing) = Supervisor::start(told).context("signals cannot be heard")?;
    let hashing = (!virtual_time).then(|| std::thread::spawn(hash_of_this_program));
    let guard = bench.rescue().map(|_| Guard::start()).transpose().context(NO_GUARD)?;
    let _told = systemd::tell();
    let store = if virtual_time {
        let store = Store::open_after(&store, &mut orphans::leave);
        hearing.ready().context("signals cannot be heard")?;
        store
    } else {
        hearing.ready().context("signals cannot be heard")?;
        guard.as_ref().map_or(Ok(()), Guard::ready).context(NO_GUARD)?;
        look_into_other_log(mode, &folder.folder);
        Store::open_after(&store, &mut orphans::look_after)
    };
    let store = store.map_err(|it| logs::failure(&it))?;

    let paint = Paint::of(&io::stdout());
    let file = fixture.path.file_name().map(Path::new).unwrap_or(&fixture.path);
    let (watch, tally): (Box<dyn Watch>, _) = if json {
        (Box::new(Unwatched), Arc::default())
    } else {
        out(&report::header(
            (&product.name, &unit.serial),
            &file.display().to_string(),
            mode,
            &arguments.fault,
            paint,
        ));
        let at_once = virtual_time && typing.is_none();
        let showing = if at_once { Showing::AtOnce } else { Showing::Stepwise };
        // Who types, and who reads what goes over the wires, needs the terminal's last line.
        let alive = typing.is_none() && !arguments.verbose;
        let (terminal, tally) = Terminal::new(showing, alive, checked.declared());
        (Box::new(terminal), tally)
    };
    let watch = Seeing::over(Annotating::over(watch, &checked), replaying.as_ref());
    let seed = (mode == Mode::Simulate).then_some(seed);
    let simulated = fixture.instruments().map(|it| it.name.clone());
    let simulated = simulated.filter(|it| roles.has(it)).collect();
    let job = Job {
        simulated,
        product,
        fixture,
        station: station.name.clone(),
        site: station.site.clone(),
        unit,
        purpose: arguments.purpose,
        program_sha256: hashing.and_then(|it| it.join().ok().flatten()),
        mode,
        virtual_time,
        seed,
        faults: arguments.fault,
        operator,
        flow,
        trace: arguments.trace,
    };
    let opener = Arc::new(bench.locked(&format!("a run of {}", job.unit.serial)));
    let prompter = match typing {
        // Who types has the terminal.
        Some(_) => Arc::new(Nobody),
        None => prompter(answers.as_ref()),
    };
    let supervisor = &supervisor;
    let is_typed = typing.is_some();
    let wires = arguments.verbose.then(wires::told);
    let means =
        Means { checked, store: &store, opener, supervisor, guard, watch, prompter, typing, wires };
    let ended = pogo_runtime::run(job, means);
    let taken = ended.taken;
    if !taken {
        drop(store);
    }
    let report = move || {
        // A run that broke off has not come to its questions.
        let came_to_its_end = ended.reason.verdict() < Verdict::Error;
        for unused in answers.iter().filter(|_| came_to_its_end).flat_map(|it| it.unused()) {
            err(&diagnostics::render_warning(&unused, Paint::of(&io::stderr())));
        }
        if let (Some(file), Ok(()), Some(id)) = (&arguments.junit, &ended.record, ended.run) {
            export::junit(&Logs::open(&folder.folder)?.run(id)?, file)?;
        }
        if let (true, Ok(()), Some(id), None) = (json, &ended.record, ended.run, &replaying) {
            out(&document(&Logs::open(&folder.folder)?.run(id)?));
            return Ok(ended.reason.row().exit_code);
        }
        if !json {
            let tally = *tally.lock().unwrap_or_else(PoisonError::into_inner);
            let mut outcome = outcome(&ended, tally, mode, virtual_time);
            if replaying.is_some() {
                // Its record is gone when this is read.
                (outcome.run, outcome.safety) = (None, Vec::new());
            }
            out(&match is_typed && ended.reason == Reason::JudgedNothing {
                true => report::closed(&outcome, paint),
                false => report::last_line(&outcome, paint),
            });
            if replaying.is_none() {
                err(&report::alarm(&outcome, Paint::of(&io::stderr())));
            }
        }
        // A verdict that nobody can read again is none.
        ended.record.map_err(|it| logs::failure(&it))?;
        // Who only looked around has judged nothing, and nothing is wrong with that.
        let looked = is_typed && ended.reason == Reason::JudgedNothing;
        Ok(if looked { exit::PASS } else { ended.reason.row().exit_code })
    };
    if taken { in_time(report) } else { report() }
}

/// SHA-256 of the file that this process runs, in hex.
fn hash_of_this_program() -> Option<String> {
    // The file itself, even if another has been put in its place since.
    let mut file = File::open("/proc/self/exe").ok()?;
    let (mut hasher, mut part) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut part).ok()? {
            0 => break,
            length => hasher.update(&part[..length]),
        }
    }
    Some(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Who answers what the scripts ask.
fn prompter(answers: Option<&Arc<Answers>>) -> Arc<dyn Prompter> {
    match (answers, operator::Operator::there()) {
        (Some(answers), _) => answers.clone(),
        (None, Some(operator)) => Arc::new(operator),
        (None, None) => Arc::new(Nobody),
    }
}

/// What `report` gives, if it comes to its end: the thread of a run that hangs may hold the
/// terminal, and this process has to go all the same.
fn in_time(report: impl FnOnce() -> Result<u8> + Send + 'static) -> Result<u8> {
    let (done, is_done) = sync_channel(1);
    std::thread::spawn(move || done.send(report()));
    is_done.recv_timeout(REPORT).unwrap_or_else(|_| {
        Err(anyhow!("the run was stopped, and its report could not be shown in time"))
    })
}

/// How long the report of a run that hangs may take.
const REPORT: Duration = Duration::from_millis(500);

/// Nothing is opened without one.
const NO_GUARD: &str = "no guard process stands beside the run";

/// A run with some roles simulated has its record in another log than one with none, and both have
/// real instruments. What is wrong with that log does not concern this run.
fn look_into_other_log(mode: Mode, folder: &Path) {
    let other = match mode {
        Mode::Simulate => Mode::Engineering.folder(folder),
        Mode::Engineering | Mode::Production => Mode::Simulate.folder(folder),
    };
    if let Err(cause) = Store::close_orphans(&other, &mut orphans::look_after) {
        err(&diagnostics::render(&logs::diagnostic(&cause), Paint::of(&io::stderr())));
    }
}

const STOPPING: &str = "stopping: the bench is being brought to its safe state\n";

fn outcome(ended: &Ended, tally: Tally, mode: Mode, virtual_time: bool) -> Outcome {
    let safety = ended.safety.iter().map(|(role, outcome)| {
        (role.clone(), outcome.as_ref().err().map(|error| error.to_string()))
    });
    Outcome {
        reason: ended.reason,
        mode,
        tally,
        bench_time: ended.bench_time,
        wall_time: ended.wall_time,
        virtual_time,
        run: ended.run,
        safety: safety.collect(),
    }
}

//! One run that is hit, and everything that has to hold afterwards.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use nix::sys::signal::Signal;
use pogo_tests::Folder;
use pogo_tests::disk::SmallDisk;

use crate::arguments::Arguments;
use crate::bench::{Bench, OUTPUTS};
use crate::blow::{Blow, Victims};
use crate::dice::Dice;
use crate::expected::Expected;
use crate::job::{self, NEXT, Pastime};
use crate::lookout::Lookout;
use crate::phase::{Phase, Trigger};
use crate::record::Recorded;
use crate::row::Row;
use crate::running::{Running, STORE, Seat, shown};
use pogo_tests::Outputs;
use pogo_tests::real_time::{now, pause, wait_for};

/// How long a run may take to come to its phase, and the next run to its end.
const PATIENCE: Duration = Duration::from_secs(20);
/// How much longer than its supply a run and its guard may live.
const LINGERING: Duration = Duration::from_secs(2);
/// How long the supply is watched after the last process of a run is gone.
const WATCHED: Duration = Duration::from_millis(300);
/// How late the rest of a message, or an answer, arrives after the event.
const LATE: Duration = Duration::from_millis(50);

const JOB: &str = "job.rhai";
const NEXT_JOB: &str = "next.rhai";

/// One point of the table.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    pub row: Row,
    pub phase: Phase,
    pub seed: u64,
    within: Duration,
}

/// What came of a point.
#[derive(Debug, Default)]
pub struct Outcome {
    /// How long after the event the supply was on.
    pub on_after: Option<Duration>,
    /// How the run ended and what the record says of it.
    pub ended: String,
    /// Everything that is wrong.
    pub complaints: Vec<String>,
}

impl Point {
    /// The points of `row`.
    pub fn all(row: Row, arguments: &Arguments) -> impl Iterator<Item = Self> {
        let within = arguments.within.map_or(row.within(), Duration::from_secs);
        let seeds = arguments.seed..arguments.seed + arguments.points;
        seeds.map(move |seed| Self { row, phase: Phase::of(seed), seed, within })
    }

    /// Takes it.
    pub fn take(&self) -> Outcome {
        let mut outcome = Outcome::default();
        let taken = catch_unwind(AssertUnwindSafe(|| self.hit(&mut outcome)));
        if taken.is_err() {
            outcome.complaints.push("the harness itself went wrong; see above".into());
        }
        outcome
    }

    fn hit(&self, outcome: &mut Outcome) {
        let mut dice = Dice::of(self.row, self.seed);
        let (blow, trigger) = (self.row.blow(&mut dice), self.phase.trigger(&mut dice));
        let folder =
            Folder::new().with(JOB, &job::script(self.phase, blow.pastime())).with(NEXT_JOB, NEXT);
        let fault = match self.row {
            Row::SupplyHoldsBack => job::holds_back(self.messages_before(trigger)),
            _ => String::new(),
        };
        let lookout = Arc::new(Lookout::for_trigger(trigger));
        let mut bench = Bench::start(&folder, &fault, &lookout);
        let store = folder.path(STORE);
        let disk = (blow == Blow::FillDisk)
            .then(|| SmallDisk::mount(&store).expect("a small disk, as before"));

        let mut run = Running::start(folder.root(), JOB, self.seat(blow));
        if !self.has_come(trigger, &lookout) {
            let words = run.last_words();
            run.kill_the_rest();
            return outcome.complaints.push(format!("the phase never began: {words}"));
        }
        if self.phase == Phase::Prompt {
            run.is_asking();
        }
        pause(dice.up_to(self.phase.lasts()));
        let event = now();
        let disk = disk.as_ref();
        let mut victims = Victims { run: &mut run, bench: &mut bench, store: &store, disk };
        blow.strike(&mut victims);
        pause(dice.up_to(LATE));
        lookout.end();

        // How it ends.
        let until = event + self.within + LINGERING;
        let is_off = || Outputs::read(&folder.path(OUTPUTS)).is_off();
        wait_for(until, || {
            disk.iter().for_each(|disk| disk.fill());
            let settled = is_off() || now() > event + self.within;
            (settled && run.has_ended() && run.processes().is_empty()).then_some(())
        });
        let ended = run.end(Duration::ZERO);
        if ended.is_none() {
            outcome.complaints.push(format!("it is still running {:.1?} later", now() - event));
        }
        let left = run.kill_the_rest();
        let left = left.iter().filter(|it| ended.is_some() || it.id != run.id());
        outcome.complaints.extend(left.map(|it| format!("process {} is left", it.shown())));
        pause(WATCHED);
        self.judge_supply(&Outputs::read(&folder.path(OUTPUTS)), event, outcome);

        // What is left.
        blow.repair(&mut bench, disk);
        self.judge_next(&folder, outcome);
        let found = match (Recorded::all(folder.root()), ended) {
            (Err(complaint), _) => Some(complaint),
            (Ok(_), None) => None,
            (Ok(runs), Some(ended)) => {
                let recorded = runs.get(1).map_or("not in the record".into(), Recorded::shown);
                outcome.ended = format!("{}, {recorded}", shown(ended));
                let broken = runs.iter().find_map(|it| it.read(folder.root()).err());
                let expected = Expected::after(blow, self.phase);
                // The newest is the next run.
                let many = (runs.len() > 2).then(|| format!("{} runs in the record", runs.len()));
                broken.or(many).or_else(|| expected.complaint(ended, runs.get(1)))
            }
        };
        let words = run.last_words();
        outcome.complaints.extend(found.map(|it| match words.as_str() {
            "" => it,
            words => format!("{it}; it said: {words}"),
        }));
    }

    /// Where the run is started so that `blow` can hit it in this phase.
    fn seat(&self, blow: Blow) -> Seat {
        match (blow, self.phase, blow.pastime()) {
            (Blow::CloseTerminal, ..) => Seat::All,
            (_, Phase::Prompt, Pastime::Quiet) => Seat::Silent,
            (_, Phase::Prompt, Pastime::Busy) => Seat::Answers,
            _ => Seat::None,
        }
    }

    fn has_come(&self, trigger: Option<Trigger>, lookout: &Lookout) -> bool {
        trigger.is_none() || lookout.wait(PATIENCE)
    }

    /// How many messages the supply gets before the phase.
    fn messages_before(&self, trigger: Option<Trigger>) -> usize {
        let folder = Folder::new().with(JOB, &job::script(self.phase, Pastime::Quiet));
        let lookout = Arc::new(Lookout::for_trigger(trigger));
        let _bench = Bench::start(&folder, "", &lookout);
        let run = Running::start(folder.root(), JOB, self.seat(Blow::Signal(Signal::SIGKILL)));
        self.has_come(trigger, &lookout);
        crate::processes::signal(run.id(), Signal::SIGKILL);
        lookout.end();
        lookout.arrived_before()
    }

    fn judge_supply(&self, outputs: &Outputs, event: Duration, outcome: &mut Outcome) {
        if !outputs.is_off() {
            let complaint = format!("the supply is ON: {}", outputs.shown(event));
            return outcome.complaints.push(complaint);
        }
        let on_after = outputs.on_after(event);
        outcome.on_after = Some(on_after);
        if on_after > self.within {
            let complaint = format!("the supply was off late: {}", outputs.shown(event));
            outcome.complaints.push(complaint);
        }
    }

    fn judge_next(&self, folder: &Folder, outcome: &mut Outcome) {
        let mut next = Running::start(folder.root(), NEXT_JOB, Seat::None);
        match next.end(now() + PATIENCE) {
            Some(status) if status.success() => {}
            Some(status) => outcome.complaints.push(format!(
                "the next run ends with {}: {}",
                shown(status),
                next.last_words()
            )),
            None => outcome.complaints.push("the next run does not end".into()),
        }
        // Its guard may need a moment.
        let gone = wait_for(now() + LINGERING, || next.processes().is_empty().then_some(()));
        if gone.is_none() {
            outcome.complaints.push("a process of the next run is left".into());
        }
        if !Outputs::read(&folder.path(OUTPUTS)).is_off() {
            outcome.complaints.push("the next run leaves the supply ON".into());
        }
    }
}

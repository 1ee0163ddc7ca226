//! Short runs, one after the other, some of them ended half way.

use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::bench::{Bench, JOB};
use crate::figures::Figures;
use crate::processes::signal;
use crate::size::descriptors;
use pogo_tests::Chance;
use pogo_tests::real_time::{now, pause, wait_for};

/// The job: on, one reading of each, off by the host.
const SCRIPT: &str = r#"//! The job of the soak.

dmm.set_nplc("dc_voltage", 0.02);
psu.set_voltage(3.V);
psu.on();
measure("supply", psu.measure_voltage(), within(3.V, 100.mV));
measure("rail", dmm.dc_voltage(), within(3.V, 100.mV));
"#;

/// The same, until something ends it.
const ENDLESS: &str = r#"//! The job of the soak that goes on.

psu.set_voltage(3.V);
psu.on();
measure("supply", psu.measure_voltage(), within(3.V, 100.mV));
wait(600.s);
"#;

const ENDLESS_JOB: &str = "endless.rhai";

/// How long a run may take that takes milliseconds, on a machine that does other things too. The
/// guard of a run that was killed is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// A run that takes longer is told of: something was waited for.
const SLOW: Duration = Duration::from_secs(2);

/// A bench, and the runs on it.
pub struct Short {
    bench: Bench,
    chance: Chance,
    descriptors: usize,
    /// How long the last run took that nobody ended.
    took: Duration,
}

impl Short {
    /// Serves the bench called `name`, and runs once on it.
    pub fn new(soak: &Path, name: &str, seed: u64) -> Self {
        let bench = Bench::serve(soak, name, SCRIPT);
        bench.add(ENDLESS_JOB, ENDLESS);
        let descriptors = descriptors(bench.instruments());
        let took = Duration::from_millis(50);
        Self { bench, chance: Chance::of_seed(seed), descriptors, took }
    }

    /// One run, which is ended by a signal or not.
    pub fn run(&mut self, figures: &mut Figures) {
        let fate = match self.chance.below(8) {
            0 => Some(Signal::SIGKILL),
            1 => Some(Signal::SIGTERM),
            _ => None,
        };
        // Of one that goes on, the later half is hit in its script; of one that does not, the later
        // half is hit while it ends.
        let goes_on = fate.is_some() && self.chance.below(2) == 0;
        self.run_to(fate, if goes_on { ENDLESS_JOB } else { JOB }, figures);
    }

    fn run_to(&mut self, fate: Option<Signal>, script: &str, figures: &mut Figures) {
        let began = now();
        let mut run = self.bench.start(script);
        if let Some(fate) = fate {
            pause(self.chance.up_to(self.took.mul_f64(1.3)));
            signal(run.id(), fate);
        }
        let ended = wait_for(now() + PATIENCE, || run.try_wait().expect("a child"));
        figures.runs += 1;
        match (fate, ended) {
            (_, None) => {
                drop(run.kill());
                drop(run.wait());
                figures.complain(format!("a run does not end: {}", self.bench.last_words()));
            }
            (fate, Some(ended)) => {
                if fate.is_none() {
                    self.took = now() - began;
                    figures.took.push(self.took);
                    if self.took > SLOW {
                        let words = self.bench.last_words();
                        figures.note(&format!("a run took {:.1?}; it said: {words}", self.took));
                    }
                }
                figures.count(fate);
                if !may_end(fate, ended) {
                    let words = self.bench.last_words();
                    figures
                        .complain(format!("a run that got {fate:?} ended with {ended}: {words}"));
                }
            }
        }
    }

    /// One more run that nobody ends, and then what is left on this bench.
    pub fn end(mut self, figures: &mut Figures) {
        self.run_to(None, JOB, figures);
        if self.bench.is_on() {
            figures.complain("a supply is ON".into());
        }
        for path in self.bench.open_runs() {
            figures.open += 1;
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            figures.complain(format!("{} is left: {} bytes", path.display(), text.len()));
        }
        for reason in self.bench.reasons() {
            figures.recorded(reason);
        }
        // The instruments' own end of the last connection closes a moment later.
        let is_as_before = || descriptors(self.bench.instruments()) <= self.descriptors;
        wait_for(now() + Duration::from_secs(2), || is_as_before().then_some(()));
        figures.descriptors.0 += self.descriptors;
        figures.descriptors.1 += descriptors(self.bench.instruments());
    }
}

/// Whether a run that got `fate` may end so. The signal may come too late for it, and SIGTERM so
/// early that nobody hears it and nothing was opened.
fn may_end(fate: Option<Signal>, ended: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;
    match (fate, ended.code(), ended.signal()) {
        (_, Some(0), _) => true,
        (Some(Signal::SIGTERM), Some(130), _) => true,
        (Some(fate), None, Some(signal)) => signal == fate as i32,
        _ => false,
    }
}

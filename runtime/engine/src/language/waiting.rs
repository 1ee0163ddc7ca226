//! `wait(200.ms)`: time on the bench.

use std::time::Duration;

use pogo_hal::{Dimension, Error, ErrorKind, Quantity};
use pogo_sandbox::reference::{Argument, Entry, Failure, Kind, argument};
use pogo_sandbox::rhai::{Dynamic, EvalAltResult};
use pogo_sandbox::{Interruption, bench_error, script_error, stop};

use super::{Chapter, Word, cycling, polling};
use crate::bridge::Outcome;
use crate::site::Site;

/// The longest time a script may ask to let pass at once.
const LONGEST_WAIT: Duration = Duration::from_secs(366 * 24 * 3600);

/// Time on the bench.
pub(super) const TIME: Chapter = Chapter {
    title: "time",
    about: "Time is the bench's: simulated, an hour takes milliseconds.",
    words: WORDS,
};

const DURATION: &[Argument] =
    &[argument("duration", Kind::Quantity(Dimension::Time), "positive, at most a year")];

const WORDS: &[Word] = &[
    Word {
        entry: Entry::new("wait", "lets time pass on the bench")
            .takes(DURATION)
            .fails(&[Failure::script("no duration, or one that cannot pass")])
            .example("wait(200.ms);"),
        bind: |engine, name, site| {
            let own = site.clone();
            engine.register_fn(name, move |given: Dynamic| {
                let_pass(&own, name, duration(name, &given)?)
            });
        },
    },
    polling::WAIT_FOR,
    polling::BECOMES,
    polling::SETTLE,
    polling::SAMPLE,
    cycling::POWER_CYCLE,
];

/// The time that `given` is.
pub(super) fn duration(verb: &str, given: &Dynamic) -> Outcome<Duration> {
    let quantity = given.read_lock::<Quantity>();
    let seconds = match quantity.as_deref() {
        Some(quantity) if quantity.dimension() == Dimension::Time => quantity.value(),
        Some(other) => {
            let what = other.dimension().with_article();
            let message = format!("{verb}: {other} is {what}; expected a duration");
            return Err(script_error(message, "write it as `200.ms`".to_owned()));
        }
        None => {
            let message = format!("{verb}: {given} has no unit; expected a duration");
            let hint = format!("write `{given}.s` or `{given}.ms`");
            return Err(script_error(message, hint));
        }
    };
    let duration = Duration::try_from_secs_f64(seconds).ok().filter(|it| *it <= LONGEST_WAIT);
    duration.ok_or_else(|| {
        let message = format!("{verb}: {seconds} s is no time that can pass");
        script_error(message, "give a positive duration of at most a year".to_owned())
    })
}

/// Lets so much time pass on the bench.
pub(super) fn let_pass(site: &Site, verb: &str, duration: Duration) -> Outcome<()> {
    let sleep = async {
        site.clock.sleep(duration).await;
        Ok(())
    };
    // A wait is as long as it says: only a stop, or the end of the clean-up, cuts it short.
    let enough = duration.saturating_add(Duration::from_secs(1));
    site.wait_until(enough, sleep).map_err(|error| failed(site, verb, error))
}

/// What a script sees of `error`, which the ledger knows before it.
pub(super) fn failed(site: &Site, verb: &str, error: Error) -> Box<EvalAltResult> {
    if error.kind() == ErrorKind::Stopped {
        return stop(Interruption::new(error.message()));
    }
    let error = error.context(verb);
    site.ledger().bench_error("", &error, site.now_ns());
    bench_error(error)
}

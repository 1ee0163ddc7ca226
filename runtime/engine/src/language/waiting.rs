//! `wait(200.ms)`: time on the bench.

use std::time::Duration;

use pogo_hal::{Dimension, ErrorKind, Quantity};
use pogo_sandbox::reference::{Argument, Entry, Failure, Kind, argument};
use pogo_sandbox::rhai::Dynamic;
use pogo_sandbox::{Interruption, bench_error, stop};

use super::{Chapter, Word};
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

const WORDS: &[Word] = &[Word {
    entry: Entry::new("wait", "lets time pass on the bench")
        .takes(DURATION)
        .fails(&[Failure::script("no duration, or one that cannot pass")])
        .example("wait(200.ms);"),
    bind: |engine, name, site| {
        let own = site.clone();
        engine.register_fn(name, move |duration: Dynamic| wait(&own, &duration));
    },
}];

fn wait(site: &Site, duration: &Dynamic) -> Outcome<()> {
    let quantity = duration.read_lock::<Quantity>();
    let seconds = match quantity.as_deref() {
        Some(quantity) if quantity.dimension() == Dimension::Time => quantity.value(),
        Some(other) => {
            let what = other.dimension().with_article();
            return Err(site.mistake(
                format!("wait: {other} is {what}; expected a duration"),
                "write `wait(200.ms)`",
            ));
        }
        None => {
            return Err(site.mistake(
                format!("wait: {duration} has no unit; expected a duration"),
                &format!("write `wait({duration}.s)` or `wait({duration}.ms)`"),
            ));
        }
    };
    let duration = Duration::try_from_secs_f64(seconds).ok().filter(|it| *it <= LONGEST_WAIT);
    let Some(duration) = duration else {
        let message = format!("wait: {seconds} s is no time that can pass");
        return Err(site.mistake(message, "give a positive duration of at most a year"));
    };
    let sleep = async {
        site.clock.sleep(duration).await;
        Ok(())
    };
    // A wait is as long as it says: only a stop, or the end of the clean-up, cuts it short.
    let enough = duration.saturating_add(Duration::from_secs(1));
    site.wait_until(enough, sleep).map_err(|error| match error.kind() {
        ErrorKind::Stopped => stop(Interruption::new(error.message())),
        _ => {
            let error = error.context("wait");
            site.ledger().bench_error("", &error, site.now_ns());
            bench_error(error)
        }
    })
}

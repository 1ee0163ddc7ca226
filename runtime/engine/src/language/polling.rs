//! `wait_for(|| …, 2.s)`, `becomes(|| …, 2.s)` and `settle(|| …, #{ … })`: until the bench is so.

use std::time::Duration;

use pogo_hal::{Dimension, Error, Quantity};
use pogo_sandbox::reference::{Argument, Entry, Failure, Kind, argument};
use pogo_sandbox::rhai::{Array, Dynamic, FnPtr, Map, NativeCallContext};
use pogo_sandbox::script_error;

use super::Word;
use super::waiting::{duration, failed, let_pass};
use crate::bridge::Outcome;
use crate::deadlines::shown;
use crate::site::Site;

/// How long it is waited between two looks, if nothing else is said.
const EVERY: Duration = Duration::from_millis(10);
/// Less would be looked at in an endless loop without any time passing.
const SHORTEST: Duration = Duration::from_micros(1);
/// How many readings may lie within the time that a value has to keep still.
const MOST: usize = 10_000;

const TIME: Kind = Kind::Quantity(Dimension::Time);
const ARGUMENTS: &[Argument] = &[
    argument("condition", Kind::Closure, "looked at again and again; gives true or false"),
    argument("within", TIME, "how long it is waited"),
];
const NO_BOOLEAN: Failure = Failure::script("the condition gives neither true nor false");

pub(super) const WAIT_FOR: Word = Word {
    entry: Entry::new("wait_for", "waits until the bench is so; that it never is, is an ERROR")
        .takes(ARGUMENTS)
        .fails(&[Failure::bench(pogo_hal::ErrorKind::Timeout, "it is not so in time"), NO_BOOLEAN])
        .example("wait_for(|| psu.measure_current() < 10.mA, 2.s);"),
    bind: |engine, name, site| {
        let own = site.clone();
        engine.register_fn(
            name,
            move |context: NativeCallContext, condition: FnPtr, within: Dynamic| {
                let within = duration(name, &within)?;
                if came_true(&own, &context, name, &condition, within)? {
                    return Ok(());
                }
                let message = format!("it is not so after {}", shown(within));
                let hint = "to judge whether it becomes so, `check` what `becomes` gives";
                Err(failed(&own, name, Error::timeout(message).with_hint(hint)))
            },
        );
    },
};

pub(super) const BECOMES: Word = Word {
    entry: Entry::new("becomes", "whether it becomes so in time, to be judged with `check`")
        .takes(ARGUMENTS)
        .gives(Kind::Bool)
        .fails(&[NO_BOOLEAN])
        .example("check(\"sleeps\", becomes(|| psu.measure_current() < 10.uA, 5.s));"),
    bind: |engine, name, site| {
        let own = site.clone();
        engine.register_fn(
            name,
            move |context: NativeCallContext, condition: FnPtr, within: Dynamic| {
                let within = duration(name, &within)?;
                came_true(&own, &context, name, &condition, within)
            },
        );
    },
};

fn came_true(
    site: &Site,
    context: &NativeCallContext,
    verb: &str,
    condition: &FnPtr,
    within: Duration,
) -> Outcome<bool> {
    let since = site.now_ns();
    loop {
        let given = condition.call_within_context::<Dynamic>(context, ())?;
        let Ok(is_so) = given.as_bool() else {
            let message = format!("{verb}: the condition gives a {}", given.type_name());
            return Err(script_error(message, "it has to give true or false".to_owned()));
        };
        // A look that began in time counts.
        let left = within.checked_sub(passed(site, since)).filter(|it| !it.is_zero());
        match left {
            _ if is_so => return Ok(true),
            None => return Ok(false),
            Some(left) => let_pass(site, verb, EVERY.min(left))?,
        }
    }
}

fn passed(site: &Site, since: u64) -> Duration {
    Duration::from_nanos(site.now_ns().saturating_sub(since))
}

const WITHIN: &str = "within";
const OVER: &str = "over";
const DEADLINE: &str = "deadline";
const KEYS: &[Argument] = &[
    argument(WITHIN, Kind::AnyQuantity, "how far apart the greatest and the least may be"),
    argument(OVER, TIME, "for how long"),
    argument(DEADLINE, TIME, "how long it is waited"),
    argument("every", TIME, "from one reading to the next; a tenth of `over` if left out")
        .optional(),
];
const SETTLE_TAKES: &[Argument] = &[
    argument("reading", Kind::Closure, "reads the value"),
    argument("options", Kind::Options(KEYS), ""),
];

pub(super) const SETTLE: Word = Word {
    entry: Entry::new("settle", "waits until a value keeps still; gives the last reading")
        .takes(SETTLE_TAKES)
        .gives(Kind::AnyQuantity)
        .fails(&[
            Failure::bench(pogo_hal::ErrorKind::Timeout, "it still moves at the deadline"),
            Failure::script("an option is missing or unknown, or the reading is no quantity"),
        ])
        .example("settle(|| dmm.dc_voltage(), #{ within: 2.mV, over: 50.ms, deadline: 2.s });"),
    bind: |engine, name, site| {
        let own = site.clone();
        engine.register_fn(
            name,
            move |context: NativeCallContext, reading: FnPtr, options: Dynamic| {
                let still = Still::read(name, &options)?;
                settle(&own, &context, name, &reading, &still)
            },
        );
    },
};

/// What keeping still means.
struct Still {
    within: Quantity,
    over: Duration,
    deadline: Duration,
    every: Duration,
}

impl Still {
    fn read(verb: &str, options: &Dynamic) -> Outcome<Self> {
        let hint = || "write `#{ within: 2.mV, over: 50.ms, deadline: 2.s }`".to_owned();
        let wrong = |what: String| script_error(format!("{verb}: {what}"), hint());
        let Some(options) = options.read_lock::<Map>() else {
            return Err(wrong(format!("a {} is no map of options", options.type_name())));
        };
        if let Some(key) = options.keys().find(|key| !KEYS.iter().any(|it| it.name == key.as_str()))
        {
            return Err(wrong(format!("there is no option `{key}`")));
        }
        let given = |key: &str| {
            options.get(key).ok_or_else(|| wrong(format!("the option `{key}` is missing")))
        };
        let time = |key: &str| {
            let time = duration(&format!("{verb}: `{key}`"), given(key)?)?;
            match time.is_zero() {
                true => Err(wrong(format!("`{key}` is no time at all"))),
                false => Ok(time),
            }
        };
        let within = given(WITHIN)?.clone();
        let kind = within.type_name();
        let within = within.try_cast::<Quantity>().filter(|it| it.value() >= 0.0);
        let Some(within) = within else {
            return Err(wrong(format!("`within` is a {kind}; expected a positive quantity")));
        };
        let (over, deadline) = (time(OVER)?, time(DEADLINE)?);
        if deadline < over {
            let (over, deadline) = (shown(over), shown(deadline));
            return Err(wrong(format!("nothing keeps still for {over} within {deadline}")));
        }
        let every = match options.contains_key("every") {
            true => time("every")?,
            false => over / 10,
        };
        let every = every.max(SHORTEST);
        if over.as_nanos() / every.as_nanos() > MOST as u128 {
            return Err(wrong(format!("more than {MOST} readings lie within `over`")));
        }
        Ok(Self { within, over, deadline, every })
    }

    /// How far apart the greatest and the least of `readings` are, and whether that is little enough.
    fn holds(&self, verb: &str, readings: &[(u64, Quantity)]) -> Outcome<(Quantity, bool)> {
        let by_value = |it: &&(u64, Quantity)| it.1.value();
        let least = readings.iter().min_by(|a, b| by_value(a).total_cmp(&by_value(b)));
        let greatest = readings.iter().max_by(|a, b| by_value(a).total_cmp(&by_value(b)));
        let (Some((_, least)), Some((_, greatest))) = (least, greatest) else {
            return Err(script_error(format!("{verb}: there are no readings"), None));
        };
        let refused = |error: pogo_hal::QuantityError| {
            script_error(format!("{verb}: {}", error.message()), error.hint().map(str::to_owned))
        };
        let apart = greatest.minus(least).map_err(refused)?;
        let little = apart.compare(&self.within).map_err(refused)?;
        // What is no number does not keep still.
        Ok((apart.clone(), little.is_some_and(std::cmp::Ordering::is_le)))
    }
}

fn settle(
    site: &Site,
    context: &NativeCallContext,
    verb: &str,
    reading: &FnPtr,
    still: &Still,
) -> Outcome<Dynamic> {
    let since = site.now_ns();
    let over = still.over.as_nanos() as u64;
    let mut readings: Vec<(u64, Quantity)> = Vec::new();
    loop {
        let at = site.now_ns();
        let given = reading.call_within_context::<Dynamic>(context, ())?;
        let kind = given.type_name();
        let Some(value) = given.try_cast::<Quantity>() else {
            let message = format!("{verb}: the reading is a {kind}; expected a quantity");
            return Err(script_error(message, "write `|| dmm.dc_voltage()`".to_owned()));
        };
        readings.push((at, value.clone()));
        // One reading that is older than the time stays, so that all of the time is covered.
        while readings.get(1).is_some_and(|(next, _)| at - next >= over) {
            readings.remove(0);
        }
        let covered = readings.first().is_some_and(|(first, _)| at - first >= over);
        let (apart, little) = still.holds(verb, &readings)?;
        if covered && little {
            return Ok(Dynamic::from(value));
        }
        let left = still.deadline.checked_sub(passed(site, since)).filter(|it| !it.is_zero());
        let Some(left) = left else {
            let (over, deadline) = (shown(still.over), shown(still.deadline));
            let (within, what) = (&still.within, "has not settled");
            let message = format!(
                "it {what} after {deadline}: it moved by {apart} within {over}, and {within} is \
                 allowed"
            );
            return Err(failed(site, verb, Error::timeout(message)));
        };
        let taken = Duration::from_nanos(site.now_ns() - at);
        let rest = still.every.saturating_sub(taken).max(SHORTEST);
        let_pass(site, verb, rest.min(left))?;
    }
}

const SAMPLE_TAKES: &[Argument] = &[
    argument("reading", Kind::Closure, "reads a value"),
    argument("count", Kind::Number, "how often, from 1 to 10000"),
    argument("every", TIME, "from the beginning of one reading to that of the next"),
];

pub(super) const SAMPLE: Word = Word {
    entry: Entry::new(
        "sample",
        "reads so often, so far apart; gives the list of what was read, and a list says `mean`, \
         `stddev`, `slope`, …",
    )
    .takes(SAMPLE_TAKES)
    .gives(Kind::List)
    .fails(&[Failure::script("no such number of readings, or whatever the reading fails with")])
    .example(
        "let readings = sample(|| dmm.dc_voltage(), 20, 50.ms);\nmeasure(\"noise\", \
         readings.stddev(), at_most(2.mV));",
    ),
    bind: |engine, name, site| {
        let own = site.clone();
        engine.register_fn(
            name,
            move |context: NativeCallContext, reading: FnPtr, count: Dynamic, every: Dynamic| {
                sample(&own, &context, name, &reading, &count, &every)
            },
        );
    },
};

fn sample(
    site: &Site,
    context: &NativeCallContext,
    verb: &str,
    reading: &FnPtr,
    count: &Dynamic,
    every: &Dynamic,
) -> Outcome<Array> {
    let count = match count.as_int() {
        Ok(number) if (1..=MOST as i64).contains(&number) => number as u64,
        _ => {
            let message = format!("{verb}: {count} is no number of readings");
            return Err(script_error(message, format!("give a whole number from 1 to {MOST}")));
        }
    };
    let every = duration(verb, every)?;
    let (since, mut readings) = (site.now_ns(), Array::new());
    for number in 0..count {
        // Counted from the beginning, so that what a reading takes does not add up.
        let due = every.as_nanos().saturating_mul(number.into());
        let due = Duration::from_nanos(u64::try_from(due).unwrap_or(u64::MAX));
        let early = due.saturating_sub(passed(site, since));
        if !early.is_zero() {
            let_pass(site, verb, early)?;
        }
        readings.push(reading.call_within_context::<Dynamic>(context, ())?);
    }
    Ok(readings)
}

//! The verbs of the language itself: `step`, `measure`, `check`, `record`, `note`, `wait`,
//! `cleanup`, `secret`, and those that ask people.
//!
//! [`WORDS`] is the one table of them: the checker holds scripts against it, and a test holds it
//! against what is registered.

use std::sync::Arc;
use std::time::Duration;

use pogo_hal::{Dimension, ErrorKind, Quantity};
use pogo_record::{Limit, Reason, Value};
use pogo_sandbox::rhai::{Dynamic, Engine, EvalAltResult, FnPtr, NativeCallContext};
use pogo_sandbox::{
    BenchError, Complaint, Interruption, Kept, bench_error, gave_a_secret_away, script_error, stop,
};

use crate::bridge::Outcome;
use crate::ledger::reason_of;
use crate::limits;
use crate::prompt;
use crate::secrets;
use crate::site::Site;

/// The longest time a script may ask to let pass at once.
const LONGEST_WAIT: Duration = Duration::from_secs(366 * 24 * 3600);

/// A word of the language.
#[derive(Clone, Copy, Debug)]
pub struct Word {
    /// What scripts write.
    pub name: &'static str,
    /// With how many arguments.
    pub arities: &'static [usize],
    /// How it is called.
    pub usage: &'static str,
    /// What it does, in one line.
    pub about: &'static str,
}

const fn word(
    name: &'static str,
    arities: &'static [usize],
    usage: &'static str,
    about: &'static str,
) -> Word {
    Word { name, arities, usage, about }
}

/// Every word of the language, limits included.
pub const WORDS: &[Word] = &[
    word("step", &[2], "step(name, || { … })", "runs a part of the test under a name"),
    word("measure", &[3], "measure(name, value, limit)", "judges a number or quantity; gives it"),
    word("check", &[2, 3], "check(name, value[, expected])", "judges a boolean, text or choice"),
    word("record", &[2], "record(name, value)", "keeps a value without judging it"),
    word("note", &[1], "note(text)", "keeps a remark"),
    word("wait", &[1], "wait(200.ms)", "lets time pass on the bench"),
    word("cleanup", &[1], "cleanup(|| { … })", "runs at the end of the run, however it ends"),
    word("ask", &[1, 2], "ask(text[, #{ within: 30.s }])", "asks a person; gives what they write"),
    word("confirm", &[1, 2], "confirm(text[, #{ within: 30.s }])", "asks a person yes or no"),
    word(
        "choose",
        &[2, 3],
        "choose(text, [a, b][, #{ within: 30.s }])",
        "asks a person for one of several texts",
    ),
    word(
        "scan",
        &[2, 3],
        "scan(text, pattern[, #{ within: 30.s }])",
        "asks a person for a text like this, such as a label's",
    ),
    word("secret", &[1], "secret(name)", "gives what can be sent to a device and is never shown"),
    word("at_least", &[1], "at_least(x)", "a limit: x or more"),
    word("at_most", &[1], "at_most(x)", "a limit: x or less"),
    word("within", &[2], "within(nominal, tolerance)", "a limit: nominal ± tolerance"),
    word("one_of", &[1], "one_of([a, b])", "an expectation: one of these"),
    word("matches", &[1], "matches(pattern)", "an expectation: text like this"),
];

/// Teaches `engine` every word, for the run that `site` holds.
pub(crate) fn register(engine: &mut Engine, site: &Arc<Site>) {
    limits::register(engine);
    prompt::register(engine, site);
    secrets::register(engine, site);

    let own = site.clone();
    engine.register_fn("step", move |context: NativeCallContext, name: Dynamic, body: FnPtr| {
        own.keep_secret(&context, "step", [&name])?;
        step(&own, &context, name, &body)
    });
    let own = site.clone();
    engine.register_fn(
        "measure",
        move |context: NativeCallContext, name: Dynamic, value: Dynamic, limit: Dynamic| {
            own.keep_secret(&context, "measure", [&name, &value])?;
            measure(&own, name, value, &limit)
        },
    );
    let own = site.clone();
    engine.register_fn("measure", move |name: Dynamic, _: Dynamic| -> Outcome<Dynamic> {
        let name = text("measure", "name", name)?;
        Err(own.mistake(
            format!("measure: `{name}` has no limit"),
            "give one, as in `measure(name, value, 1.V..=2.V)`, or keep it with `record`",
        ))
    });
    let own = site.clone();
    engine.register_fn(
        "check",
        move |context: NativeCallContext, name: Dynamic, value: Dynamic| {
            own.keep_secret(&context, "check", [&name, &value])?;
            check(&own, name, value, &Dynamic::TRUE)
        },
    );
    let own = site.clone();
    engine.register_fn(
        "check",
        move |context: NativeCallContext, name: Dynamic, value: Dynamic, expected: Dynamic| {
            own.keep_secret(&context, "check", [&name, &value, &expected])?;
            check(&own, name, value, &expected)
        },
    );
    let own = site.clone();
    engine.register_fn(
        "record",
        move |context: NativeCallContext, name: Dynamic, value: Dynamic| {
            own.keep_secret(&context, "record", [&name, &value])?;
            keep(&own, name, value)
        },
    );
    let own = site.clone();
    engine.register_fn("note", move |context: NativeCallContext, remark: Dynamic| {
        own.keep_secret(&context, "note", [&remark])?;
        own.ledger().note(&remark.to_string(), own.now_ns());
        Outcome::Ok(())
    });
    let own = site.clone();
    engine.register_fn("wait", move |duration: Dynamic| wait(&own, &duration));
    let own = site.clone();
    engine.register_fn("cleanup", move |context: NativeCallContext, body: FnPtr| {
        own.ledger().add_cleanup(Kept::new(&context, body));
    });
}

fn step(site: &Site, context: &NativeCallContext, name: Dynamic, body: &FnPtr) -> Outcome<Dynamic> {
    let name = text("step", "name", name)?;
    site.ledger().begin_step(&name, site.now_ns());
    site.enter_step(&name);
    // The ledger is free while the body runs: everything in it comes back here.
    let outcome = body.call_within_context::<Dynamic>(context, ());
    site.leave_step();
    let now = site.now_ns();
    site.ledger().end_step(outcome.as_ref().err().map(|error| ended_by(site, error)), now);
    outcome
}

fn measure(site: &Site, name: Dynamic, value: Dynamic, limit: &Dynamic) -> Outcome<Dynamic> {
    let name = name_of("measure", name)?;
    let limit = limits::limit(limit).map_err(|error| in_measurement("measure", &name, &error))?;
    let judged = limits::value("measure", value.clone())?;
    if matches!(judged, Value::Bool(_) | Value::Text(_)) {
        return Err(site.mistake(
            format!("measure: `{name}` is a {}, not a number or quantity", value.type_name()),
            "judge booleans and texts with `check`",
        ));
    }
    judge(site, "measure", &name, &value, judged, &limit)?;
    Ok(value)
}

fn check(site: &Site, name: Dynamic, value: Dynamic, expected: &Dynamic) -> Outcome<Dynamic> {
    let name = name_of("check", name)?;
    let judged = limits::value("check", value.clone())?;
    if matches!(judged, Value::Quantity { .. } | Value::Number(_)) {
        return Err(site.mistake(
            format!("check: `{name}` is a {}, a matter of degree", value.type_name()),
            "judge numbers and quantities with `measure`",
        ));
    }
    let limit = match expected.read_lock::<Limit>() {
        Some(limit) => limit.clone(),
        None => Limit::equals(limits::value("check", expected.clone())?)
            .map_err(|error| script_error(format!("check: `{name}`: {error}"), None))?,
    };
    judge(site, "check", &name, &value, judged, &limit)?;
    Ok(value)
}

fn keep(site: &Site, name: Dynamic, value: Dynamic) -> Outcome<()> {
    let name = name_of("record", name)?;
    let kept = limits::value("record", value.clone())?;
    let quantity = value.read_lock::<Quantity>();
    let origins = quantity.as_ref().map(|quantity| quantity.origins());
    site.ledger().keep(&name, kept, origins, site.now_ns());
    Ok(())
}

fn judge(
    site: &Site,
    verb: &str,
    name: &str,
    given: &Dynamic,
    value: Value,
    limit: &Limit,
) -> Outcome<()> {
    let quantity = given.read_lock::<Quantity>();
    let origins = quantity.as_ref().map(|quantity| quantity.origins());
    let now = site.now_ns();
    site.ledger()
        .judge(verb, name, value, limit, origins, now)
        .map_err(|(message, hint)| script_error(format!("{verb}: {message}"), hint))
}

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

/// What an error makes of the step that it ends early.
fn ended_by(site: &Site, error: &EvalAltResult) -> (Reason, String) {
    use EvalAltResult as E;
    let reason = match error.unwrap_inner() {
        _ if gave_a_secret_away(error) => Reason::SecretGivenAway,
        E::ErrorTerminated(..) if site.interruption().is_some() => site.why_stopped(),
        E::ErrorTerminated(..)
        | E::ErrorTooManyOperations(_)
        | E::ErrorTooManyVariables(_)
        | E::ErrorTooManyModules(_)
        | E::ErrorStackOverflow(_)
        | E::ErrorDataTooLarge(..) => Reason::ScriptLimit,
        E::ErrorRuntime(value, _) => match value.read_lock::<BenchError>() {
            Some(error) => reason_of(error.0.kind()),
            None => Reason::ScriptError,
        },
        _ => Reason::ScriptError,
    };
    (reason, said(error.unwrap_inner()))
}

fn said(error: &EvalAltResult) -> String {
    if let EvalAltResult::ErrorRuntime(value, _) = error {
        if let Some(error) = value.read_lock::<BenchError>() {
            return error.0.message().to_owned();
        }
        if let Some(complaint) = value.read_lock::<Complaint>() {
            return complaint.message.clone();
        }
    }
    error.to_string()
}

impl Site {
    fn mistake(&self, message: String, hint: &str) -> Box<EvalAltResult> {
        script_error(message, Some(hint.to_owned()))
    }
}

fn in_measurement(verb: &str, name: &str, error: &EvalAltResult) -> Box<EvalAltResult> {
    script_error(format!("{verb}: `{name}`: {}", said(error)), None)
}

fn text(verb: &str, what: &str, argument: Dynamic) -> Outcome<String> {
    let kind = argument.type_name();
    argument
        .into_string()
        .map_err(|_| script_error(format!("{verb}: the {what} is a {kind}; expected a text"), None))
}

/// Whether statistics can be kept by this name.
pub(crate) fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(plain)
}

/// A name that statistics can be kept by.
fn name_of(verb: &str, argument: Dynamic) -> Outcome<String> {
    let name = text(verb, "name", argument)?;
    if is_name(&name) {
        return Ok(name);
    }
    Err(script_error(
        format!("{verb}: `{name}` cannot be a name"),
        Some("write names as `rail_1v8`: lower-case letters, digits and `_`".into()),
    ))
}

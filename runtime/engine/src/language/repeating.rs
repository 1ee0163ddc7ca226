//! `retry(3, || { … })` and `expect_error("refused", || { … })`: what may go wrong without the run
//! being worse for it.

use pogo_hal::{ErrorKind, nearest};
use pogo_record::Reason;
use pogo_sandbox::reference::{Argument, Entry, Failure, Kind, argument};
use pogo_sandbox::rhai::{Dynamic, EvalAltResult, FnPtr, Map, NativeCallContext};
use pogo_sandbox::{BenchError, script_error};

use super::step::ended_by;
use super::{Word, text};
use crate::bridge::Outcome;
use crate::ledger::{Attempt, Ending};
use crate::site::Site;

/// How many attempts there may be: a unit that needs more is no good one.
const MOST: i64 = 100;

const ERRORS: &str = "errors";
const KEYS: &[Argument] = &[argument(
    ERRORS,
    Kind::Texts,
    "the kinds of bench errors after which there may be another attempt too",
)
.optional()];
const TAKES: &[Argument] = &[
    argument("attempts", Kind::Number, "how many there may be, from 1 to 100"),
    argument("body", Kind::Closure, "what is attempted"),
    argument("options", Kind::Options(KEYS), "").optional(),
];
const EXPECTED: &[Argument] = &[
    argument("kind", Kind::ErrorKind, "such as \"refused\""),
    argument("body", Kind::Closure, "what has to go wrong"),
];

/// The kinds of errors that a script can foresee.
pub(crate) const KINDS: [ErrorKind; 7] = [
    ErrorKind::Unreachable,
    ErrorKind::Timeout,
    ErrorKind::Refused,
    ErrorKind::Garbled,
    ErrorKind::OutOfRange,
    ErrorKind::Unsupported,
    ErrorKind::NoAnswer,
];

pub(super) const RETRY: Word = Word {
    entry: Entry::new(
        "retry",
        "does it again if it fails, up to so many times; the last attempt counts, and gives what it \
         gives",
    )
    .takes(TAKES)
    .gives(Kind::Anything)
    .fails(&[Failure::script("whatever the last attempt fails with")])
    .example(
        "retry(3, || {\n    wait(100.ms);\n    measure(\"rail_1v8\", dmm.dc_voltage(), \
         1.764.V..=1.836.V);\n});",
    ),
    bind: |engine, name, site| {
        let own = site.clone();
        engine.register_fn(
            name,
            move |context: NativeCallContext, attempts: Dynamic, body: FnPtr| {
                retry(&own, &context, &attempts, &body, &Dynamic::from(Map::new()))
            },
        );
        let own = site.clone();
        engine.register_fn(
            name,
            move |context: NativeCallContext, attempts: Dynamic, body: FnPtr, options: Dynamic| {
                retry(&own, &context, &attempts, &body, &options)
            },
        );
    },
};

pub(super) const EXPECT_ERROR: Word = Word {
    entry: Entry::new(
        "expect_error",
        "runs what has to fail on the bench in that way; gives the error",
    )
    .takes(EXPECTED)
    .gives(Kind::Anything)
    .fails(&[
        Failure::script("nothing fails; where \"no-answer\" was expected, the unit FAILs instead"),
        Failure::script("whatever else its body fails with"),
    ])
    .example("expect_error(\"out-of-range\", || psu.set_voltage(9.V));"),
    bind: |engine, name, site| {
        let own = site.clone();
        engine.register_fn(name, move |context: NativeCallContext, kind: Dynamic, body: FnPtr| {
            expect_error(&own, &context, kind, &body)
        });
    },
};

fn retry(
    site: &Site,
    context: &NativeCallContext,
    attempts: &Dynamic,
    body: &FnPtr,
    options: &Dynamic,
) -> Outcome<Dynamic> {
    let of = match attempts.as_int() {
        Ok(number @ 1..=MOST) => number as u32,
        _ => {
            let message = format!("retry: {attempts} is no number of attempts");
            return Err(script_error(message, format!("give a whole number from 1 to {MOST}")));
        }
    };
    let forgives = forgiven(options)?;
    for number in 1..=of {
        let attempt = Attempt { number, of, forgives: forgives.clone() };
        site.ledger().begin_attempt(attempt, site.now_ns());
        let outcome = body.call_within_context::<Dynamic>(context, ());
        let ending = outcome.as_ref().err().map_or(Ending::Done, |error| ended_by(site, error));
        let (_, again) = site.ledger().end_step(ending, site.now_ns());
        if !again {
            return outcome;
        }
    }
    Ok(Dynamic::UNIT)
}

fn forgiven(options: &Dynamic) -> Outcome<Vec<ErrorKind>> {
    let hint = || "write `retry(3, || { … }, #{ errors: [\"timeout\"] })`".to_owned();
    let Some(options) = options.read_lock::<Map>() else {
        let message = format!("retry: a {} is no map of options", options.type_name());
        return Err(script_error(message, hint()));
    };
    if let Some(key) = options.keys().find(|key| key.as_str() != ERRORS) {
        return Err(script_error(format!("retry: there is no option `{key}`"), hint()));
    }
    let Some(errors) = options.get(ERRORS) else { return Ok(Vec::new()) };
    let Ok(errors) = errors.as_array_ref() else {
        let message = format!("retry: `errors` is a {}; expected a list", errors.type_name());
        return Err(script_error(message, hint()));
    };
    errors.iter().map(|it| kind("retry", it.clone())).collect()
}

/// The kind of error that a text names.
fn kind(verb: &str, given: Dynamic) -> Outcome<ErrorKind> {
    let name = text(verb, "kind", given)?;
    kind_named(&name).ok_or_else(|| {
        script_error(format!("{verb}: `{name}` is no kind of error"), kind_hint(&name))
    })
}

/// The kind of error that is called so.
pub(crate) fn kind_named(name: &str) -> Option<ErrorKind> {
    KINDS.into_iter().find(|kind| kind.name() == name)
}

/// What to write instead of `name`.
pub(crate) fn kind_hint(name: &str) -> String {
    let names = KINDS.map(ErrorKind::name);
    match nearest(name, names) {
        Some(it) => format!("did you mean `{it}`?"),
        None => format!("the kinds: {}", names.join(", ")),
    }
}

fn expect_error(
    site: &Site,
    context: &NativeCallContext,
    given: Dynamic,
    body: &FnPtr,
) -> Outcome<Dynamic> {
    let kind = kind("expect_error", given)?;
    site.ledger().expect(kind);
    let outcome = body.call_within_context::<Dynamic>(context, ());
    let met = site.ledger().expected();
    match outcome {
        Err(error) => match error_of(&error, kind) {
            Some(value) if met => Ok(value),
            _ => Err(error),
        },
        // The script caught it itself.
        Ok(_) if met => Ok(Dynamic::UNIT),
        Ok(_) if kind == ErrorKind::NoAnswer => {
            let mut ledger = site.ledger();
            ledger.raise(Reason::UnexpectedAnswer);
            ledger.note("the unit answered where it has to be silent", site.now_ns());
            Ok(Dynamic::UNIT)
        }
        Ok(_) => {
            // The ledger knows before the script does: nobody can catch this and pass.
            site.ledger().raise(Reason::ScriptError);
            let message = format!("expect_error: nothing failed; `{}` was expected", kind.name());
            Err(script_error(message, None))
        }
    }
}

/// The error as a script sees it, if it is one of that kind.
fn error_of(error: &EvalAltResult, kind: ErrorKind) -> Option<Dynamic> {
    let EvalAltResult::ErrorRuntime(value, _) = error.unwrap_inner() else { return None };
    let is = value.read_lock::<BenchError>().is_some_and(|it| it.0.kind() == kind);
    is.then(|| value.clone())
}

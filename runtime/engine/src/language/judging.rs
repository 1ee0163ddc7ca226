//! `measure("rail_1v8", value, limit)`: what is judged.

use pogo_hal::Quantity;
use pogo_record::{Limit, Value};
use pogo_sandbox::reference::{Argument, Entry, Failure, Kind, argument};
use pogo_sandbox::rhai::{Dynamic, EvalAltResult, NativeCallContext};
use pogo_sandbox::script_error;

use super::{Chapter, Word, name_of, said, text};
use crate::bridge::Outcome;
use crate::limits;
use crate::site::Site;

/// What is judged.
pub(super) const JUDGING: Chapter = Chapter {
    title: "judging",
    about: "The runtime judges, the script measures: no script can set a verdict. A measurement \
            whose name stands in a script and that never happens makes a passing run an ERROR. One \
            name is measured once in an attempt: in a loop, names differ by what is measured.",
    words: WORDS,
};

const NAME: Argument =
    argument("name", Kind::Name, "lower-case letters, digits and `_`; the same for years");
const MEASURE: &[Argument] = &[
    NAME,
    argument("value", Kind::Amount, "what was measured"),
    argument("limit", Kind::Limit, "of the same dimension: `low..=high`, `at_least(x)`, …"),
];
const CHECK: &[Argument] = &[
    NAME,
    argument("value", Kind::Choice, "what was found"),
    argument("expected", Kind::Expectation, "`true` if left out; or a text, `one_of`, `matches`")
        .optional(),
];
const TWICE: Failure = Failure::script("a name that cannot be one, or was judged before");

const WORDS: &[Word] = &[
    Word {
        entry: Entry::new("measure", "judges a number or quantity by a limit; gives the value")
            .takes(MEASURE)
            .gives(Kind::Amount)
            .fails(&[
                TWICE,
                Failure::script("a boolean or text, which `check` judges"),
                Failure::script("a limit of another dimension than the value"),
            ])
            .example("measure(\"rail_1v8\", dmm.dc_voltage(), 1.764.V..=1.836.V);"),
        bind: |engine, verb, site| {
            let own = site.clone();
            engine.register_fn(
                verb,
                move |context: NativeCallContext, name: Dynamic, value: Dynamic, limit: Dynamic| {
                    own.keep_secret(&context, verb, [&name, &value])?;
                    measure(&own, name, value, &limit)
                },
            );
            let own = site.clone();
            engine.register_fn(verb, move |name: Dynamic, _: Dynamic| -> Outcome<Dynamic> {
                let name = text(verb, "name", name)?;
                Err(own.mistake(
                    format!("measure: `{name}` has no limit"),
                    "give one, as in `measure(name, value, 1.V..=2.V)`, or keep it with `record`",
                ))
            });
        },
    },
    Word {
        entry: Entry::new("check", "judges a boolean, a text or a choice; gives the value")
            .takes(CHECK)
            .gives(Kind::Choice)
            .fails(&[TWICE, Failure::script("a number or quantity, which `measure` judges")])
            .example("check(\"lot\", device.lot(), matches(\"L[0-9]+\"));"),
        bind: |engine, verb, site| {
            let own = site.clone();
            engine.register_fn(
                verb,
                move |context: NativeCallContext, name: Dynamic, value: Dynamic| {
                    own.keep_secret(&context, verb, [&name, &value])?;
                    check(&own, name, value, &Dynamic::TRUE)
                },
            );
            let own = site.clone();
            engine.register_fn(
                verb,
                move |context: NativeCallContext,
                      name: Dynamic,
                      value: Dynamic,
                      expected: Dynamic| {
                    own.keep_secret(&context, verb, [&name, &value, &expected])?;
                    check(&own, name, value, &expected)
                },
            );
        },
    },
];

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

fn in_measurement(verb: &str, name: &str, error: &EvalAltResult) -> Box<EvalAltResult> {
    script_error(format!("{verb}: `{name}`: {}", said(error)), None)
}

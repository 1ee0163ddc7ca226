//! `measure("rail_1v8", value, limit)`: what is judged.

use pogo_hal::{Diagnostic, Quantity};
use pogo_record::{Limit, Value, Verdict};
use pogo_sandbox::reference::{Argument, Entry, Failure, Kind, argument};
use pogo_sandbox::rhai::{Dynamic, EvalAltResult, NativeCallContext};
use pogo_sandbox::{Leave, leave, script_error};

use super::{Chapter, Word, list, name_of, said};
use crate::bridge::Outcome;
use crate::limit_file;
use crate::limits::{self, Criterion};
use crate::prompt;
use crate::site::Site;

/// What is judged.
pub(super) const JUDGING: Chapter = Chapter {
    title: "judging",
    about: "The runtime judges, the script measures: no script can set a verdict. A measurement \
            whose name stands in a script and that never happens makes a passing run an ERROR. One \
            name is measured once in an attempt: in a loop, names differ by what is measured. A \
            limit stands in the script or in the product's limits file, never in both. The values of \
            a list `rails` are judged and kept as `rails_1`, `rails_2`, …; a curve is a list of \
            `[x, y]` and is judged against a `band`.",
    words: WORDS,
};

const NAME: Argument =
    argument("name", Kind::Name, "lower-case letters, digits and `_`; the same for years");
const MEASURE: &[Argument] = &[
    NAME,
    argument("value", Kind::Amounts, "what was measured; a list is judged value by value"),
    argument(
        "limit",
        Kind::Limit,
        "`low..=high`, `at_least(x)`, …, or a list of them; left out if the limits file has it",
    )
    .optional(),
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
                Failure::script("a limit here and in the limits file, or in neither"),
                Failure::script("an empty list, or a point outside the band"),
            ])
            .example("measure(\"rail_1v8\", dmm.dc_voltage(), 1.764.V..=1.836.V);"),
        bind: |engine, verb, site| {
            let own = site.clone();
            engine.register_fn(
                verb,
                move |context: NativeCallContext, name: Dynamic, value: Dynamic, limit: Dynamic| {
                    own.keep_secret(&context, verb, [&name, &value])?;
                    measure(&own, name, value, Some(&limit))
                },
            );
            let own = site.clone();
            engine.register_fn(
                verb,
                move |context: NativeCallContext, name: Dynamic, value: Dynamic| {
                    own.keep_secret(&context, verb, [&name, &value])?;
                    measure(&own, name, value, None)
                },
            );
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
                    check(&own, name, value, None)
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
                    check(&own, name, value, Some(&expected))
                },
            );
        },
    },
];

fn measure(
    site: &Site,
    name: Dynamic,
    value: Dynamic,
    limit: Option<&Dynamic>,
) -> Outcome<Dynamic> {
    let name = name_of("measure", name)?;
    if value.is_array() {
        return list::measure(site, &name, value, limit);
    }
    let inline =
        limit.map(|it| limits::limit(it).map_err(|error| in_measurement("measure", &name, &error)));
    let by = criterion(site, "measure", &name, inline.transpose()?)?
        .ok_or_else(|| refused(limit_file::nowhere(&name, &site.product)))?;
    let judged = limits::value("measure", value.clone())?;
    if matches!(judged, Value::Bool(_) | Value::Text(_)) {
        return Err(site.mistake(
            format!("measure: `{name}` is a {}, not a number or quantity", value.type_name()),
            "judge booleans and texts with `check`",
        ));
    }
    let verdict = judge(site, "measure", &name, &value, judged, &by)?;
    after(site, &name, verdict)?;
    Ok(value)
}

/// What follows a value that was judged, if it failed and somebody wants to see the bench then.
pub(super) fn after(site: &Site, name: &str, verdict: Verdict) -> Outcome<()> {
    if verdict == Verdict::Pass {
        return Ok(());
    }
    prompt::pause(site, &format!("`{name}` is outside its limit"))?;
    // Inside a step, that one is still done.
    let outside = site.ledger().depth() == 0;
    match outside && site.flow.stop_at_first_failure {
        true => Err(leave(Leave::Scripts)),
        false => Ok(()),
    }
}

/// The one limit that there is, of those given and in the limits file; `None` if there is none.
pub(super) fn criterion(
    site: &Site,
    verb: &str,
    name: &str,
    inline: Option<Limit>,
) -> Outcome<Option<Criterion>> {
    match (inline, site.product.limit(name)) {
        (Some(_), Some(filed)) => {
            Err(refused(limit_file::twice(verb, name, &filed.place.to_string())))
        }
        (inline, filed) => Ok(inline.map(Criterion::from).or(filed.map(Criterion::from))),
    }
}

pub(super) fn refused(it: Diagnostic) -> Box<EvalAltResult> {
    script_error(it.message, it.hint)
}

fn check(
    site: &Site,
    name: Dynamic,
    value: Dynamic,
    expected: Option<&Dynamic>,
) -> Outcome<Dynamic> {
    let name = name_of("check", name)?;
    let judged = limits::value("check", value.clone())?;
    if matches!(judged, Value::Quantity { .. } | Value::Number(_)) {
        return Err(site.mistake(
            format!("check: `{name}` is a {}, a matter of degree", value.type_name()),
            "judge numbers and quantities with `measure`",
        ));
    }
    let equal = |it: &Dynamic| {
        Limit::equals(limits::value("check", it.clone())?)
            .map_err(|error| script_error(format!("check: `{name}`: {error}"), None))
    };
    let inline = expected.map(|it| match it.read_lock::<Limit>() {
        Some(limit) => Ok(limit.clone()),
        None => equal(it),
    });
    let by = match criterion(site, "check", &name, inline.transpose()?)? {
        Some(by) => by,
        None => equal(&Dynamic::TRUE)?.into(),
    };
    let verdict = judge(site, "check", &name, &value, judged, &by)?;
    after(site, &name, verdict)?;
    Ok(value)
}

pub(super) fn judge(
    site: &Site,
    verb: &str,
    name: &str,
    given: &Dynamic,
    value: Value,
    by: &Criterion,
) -> Outcome<Verdict> {
    let quantity = given.read_lock::<Quantity>();
    let origins = quantity.as_ref().map(|quantity| quantity.origins());
    let now = site.now_ns();
    site.ledger()
        .judge(verb, name, value, by, origins, now)
        .map_err(|(message, hint)| script_error(format!("{verb}: {message}"), hint))
}

fn in_measurement(verb: &str, name: &str, error: &EvalAltResult) -> Box<EvalAltResult> {
    script_error(format!("{verb}: `{name}`: {}", said(error)), None)
}

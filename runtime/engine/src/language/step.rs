//! `step("power on", || { … })`: the parts of a test, and what is done at its end.

use pogo_record::Reason;
use pogo_sandbox::reference::{Argument, Entry, Failure, Kind, argument};
use pogo_sandbox::rhai::{Dynamic, EvalAltResult, FnPtr, NativeCallContext};
use pogo_sandbox::{BenchError, Kept, gave_a_secret_away};

use super::{Chapter, Word, said, text};
use crate::bridge::Outcome;
use crate::ledger::reason_of;
use crate::site::Site;

/// How a test is divided.
pub(super) const STEPS: Chapter = Chapter {
    title: "steps",
    about: "A step's verdict is the worst of what happens in it. An error of the bench makes it an \
            ERROR even if the script catches it: `try` lets a script clean up, not pass.",
    words: WORDS,
};

const STEP: &[Argument] = &[
    argument("name", Kind::Text, "in words that an operator understands"),
    argument("body", Kind::Closure, "what is done"),
];
const BODY: &[Argument] = &[argument("body", Kind::Closure, "what is done")];

const WORDS: &[Word] = &[
    Word {
        entry: Entry::new(
            "step",
            "runs a part of the test under a name; gives what the part gives",
        )
        .takes(STEP)
        .gives(Kind::Anything)
        .fails(&[Failure::script("whatever its body fails with")])
        .example("step(\"power on\", || {\n    psu.on();\n    cleanup(|| psu.off());\n});"),
        bind: |engine, name, site| {
            let own = site.clone();
            engine.register_fn(
                name,
                move |context: NativeCallContext, given: Dynamic, body: FnPtr| {
                    own.keep_secret(&context, name, [&given])?;
                    step(&own, &context, given, &body)
                },
            );
        },
    },
    Word {
        entry: Entry::new("cleanup", "runs at the end of the run, however it ends; the last first")
            .takes(BODY)
            .example("psu.on();\ncleanup(|| psu.off());"),
        bind: |engine, name, site| {
            let own = site.clone();
            engine.register_fn(name, move |context: NativeCallContext, body: FnPtr| {
                own.ledger().add_cleanup(Kept::new(&context, body));
            });
        },
    },
];

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

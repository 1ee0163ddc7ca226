//! `step("power on", || { … })`: the parts of a test, and what is done at its end.

use pogo_record::{Reason, Verdict};
use pogo_sandbox::reference::{Argument, Entry, Failure, Kind, argument};
use pogo_sandbox::rhai::{Dynamic, EvalAltResult, FnPtr, NativeCallContext};
use pogo_sandbox::{BenchError, Kept, Leave, gave_a_secret_away, leave, left, script_error};

use super::{Chapter, Word, repeating, said, text};
use crate::bridge::Outcome;
use crate::ledger::{Ending, fitting};
use crate::prompt;
use crate::run::uncaught;
use crate::site::Site;

/// How a test is divided.
pub(super) const STEPS: Chapter = Chapter {
    title: "steps",
    about: "A step's verdict is the worst of what happens in it. An error of the bench makes it an \
            ERROR even if the script catches it: `try` lets a script clean up, not pass. Only \
            `expect_error` and a further attempt of `retry` make good what happened.",
    words: WORDS,
};

const STEP: &[Argument] = &[
    argument("name", Kind::Text, "in words that an operator understands"),
    argument("body", Kind::Closure, "what is done"),
];
const SKIP: &[Argument] = &[argument("reason", Kind::Text, "why the step is left out")];
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
        entry: Entry::new("skip", "leaves out what is left of the step; changes no verdict")
            .takes(SKIP)
            .fails(&[Failure::script("there is no step around it")])
            .example(
                "step(\"bluetooth\", || {\n    if device.variant() == \"basic\" { \
                 skip(\"there is no radio\"); }\n});",
            ),
        bind: |engine, name, site| {
            let own = site.clone();
            engine.register_fn(name, move |context: NativeCallContext, reason: Dynamic| {
                own.keep_secret(&context, name, [&reason])?;
                skip(&own, reason)
            });
        },
    },
    repeating::RETRY,
    repeating::EXPECT_ERROR,
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

/// The most bytes of a step's name: it is shown, and stands in entries that have to be written.
const LONGEST_NAME: usize = 200;
/// The most bytes of the reason why one is left out.
const LONGEST_WORDS: usize = 2000;

/// A text of at most so many bytes.
fn short(verb: &str, what: &str, argument: Dynamic, most: usize) -> Outcome<String> {
    let given = text(verb, what, argument)?;
    if given.len() <= most {
        return Ok(given);
    }
    let message = format!("{verb}: the {what} has {} bytes; at most {most} fit", given.len());
    Err(script_error(message, "say it in short, and `note` or `attach` the rest".to_owned()))
}

fn step(site: &Site, context: &NativeCallContext, name: Dynamic, body: &FnPtr) -> Outcome<Dynamic> {
    let name = short("step", "name", name, LONGEST_NAME)?;
    let outermost = site.ledger().depth() == 0;
    if outermost {
        let mut ledger = site.ledger();
        if let Some(why) = site.flow.leaves_out(&name, |step| ledger.has_begun(step)) {
            ledger.skip_step(&name, why, site.now_ns());
            return Ok(Dynamic::UNIT);
        }
    }
    site.ledger().begin_step(&name, site.now_ns());
    site.enter_step(&name);
    // The ledger is free while the body runs: everything in it comes back here.
    let mut outcome = body.call_within_context::<Dynamic>(context, ());
    if let Err(error) = &outcome
        && can_be_caught(error)
        && site.ledger().is_first_told()
    {
        let what = format!("`{name}` went wrong: {}", said(error.unwrap_inner()));
        if let Err(stopped) = prompt::pause(site, &what) {
            outcome = Err(stopped);
        }
    }
    site.leave_step();
    let ending = outcome.as_ref().err().map_or(Ending::Done, |error| ended_by(site, error));
    let skipped = matches!(ending, Ending::Skipped(_));
    let (reason, _) = site.ledger().end_step(ending, site.now_ns());
    match outcome {
        Err(_) if skipped => Ok(Dynamic::UNIT),
        Err(error) if outermost && site.flow.keep_going && can_be_caught(&error) => {
            uncaught(site, &site.explained(context.engine(), error));
            Ok(Dynamic::UNIT)
        }
        Ok(_) if stops_here(site, reason) => Err(leave(Leave::Scripts)),
        outcome => outcome,
    }
}

/// Whether a step that came to `reason` is the last one.
fn stops_here(site: &Site, reason: Reason) -> bool {
    // Where another attempt follows, only this one ends here.
    site.flow.stop_at_first_failure && reason.verdict() == Verdict::Fail
}

/// Whether a script could have caught `error`.
fn can_be_caught(error: &EvalAltResult) -> bool {
    use EvalAltResult as E;
    match error.unwrap_inner() {
        _ if gave_a_secret_away(error) => false,
        E::ErrorTerminated(..)
        | E::ErrorTooManyOperations(_)
        | E::ErrorTooManyVariables(_)
        | E::ErrorTooManyModules(_)
        | E::ErrorStackOverflow(_)
        | E::ErrorDataTooLarge(..)
        | E::Exit(..) => false,
        _ => true,
    }
}

fn skip(site: &Site, reason: Dynamic) -> Outcome<Dynamic> {
    let reason = short("skip", "reason", reason, LONGEST_WORDS)?;
    if reason.trim().is_empty() {
        return Err(script_error("skip: the reason is empty", "say why".to_owned()));
    }
    if !site.ledger().is_in_step() {
        let hint = "write it inside the body of a `step`".to_owned();
        return Err(script_error("skip: there is no step around it to leave out", hint));
    }
    Err(leave(Leave::Step(reason)))
}

/// What an error makes of the step, or of the attempt, that it ends early.
pub(super) fn ended_by(site: &Site, error: &EvalAltResult) -> Ending {
    use EvalAltResult as E;
    let words = fitting(&said(error.unwrap_inner()));
    let reason = match error.unwrap_inner() {
        _ if gave_a_secret_away(error) => Reason::SecretGivenAway,
        E::ErrorTerminated(..) if site.interruption().is_some() => site.why_stopped(),
        E::ErrorTerminated(..) => match left(error) {
            Some(Leave::Step(why)) => return Ending::Skipped(why),
            // Whatever it is that failed has been said.
            Some(Leave::Scripts) => return Ending::Done,
            None => Reason::ScriptLimit,
        },
        E::ErrorTooManyOperations(_)
        | E::ErrorTooManyVariables(_)
        | E::ErrorTooManyModules(_)
        | E::ErrorStackOverflow(_)
        | E::ErrorDataTooLarge(..) => Reason::ScriptLimit,
        E::ErrorRuntime(value, _) => match value.read_lock::<BenchError>() {
            Some(error) => return Ending::Bench(error.0.kind(), words),
            None => Reason::ScriptError,
        },
        _ => Reason::ScriptError,
    };
    Ending::Error(reason, words)
}

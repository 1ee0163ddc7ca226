//! `confirm("Is the LED green?")`: the verbs that ask, from the script to the record.

use std::sync::Arc;

use pogo_hal::{Diagnostic, Dimension, Error, ErrorKind, Result};
use pogo_record::{Prompt, PromptOutcome, Via};
use pogo_sandbox::reference::{Argument, Entry, Failure, Kind, argument};
use pogo_sandbox::rhai::{Dynamic, Engine, NativeCallContext};
use pogo_sandbox::{Interruption, Leave, bench_error, leave, script_error, stop};

use super::answer::Answer;
use super::question::{self, IMAGE, WITHIN};
use super::waiting::{now, too_late};
use super::{Question, Said, Wants};
use crate::bridge::Outcome;
use crate::given::Given;
use crate::language::{Chapter, Word};
use crate::site::Site;

/// How many answers may be wrong: a scanner that has gone mad must not fill the record.
const MOST_WRONG: usize = 100;

/// What is asked of people.
pub(crate) const PEOPLE: Chapter = Chapter {
    title: "people",
    about: "A question that nobody answers is an ERROR, never a default. Question, answer, operator \
            and time are recorded.",
    words: WORDS,
};

const KEYS: &[Argument] = &[
    argument(WITHIN, Kind::Quantity(Dimension::Time), "how long an answer is waited for")
        .optional(),
    argument(IMAGE, Kind::Text, "a file beside the script to look at").optional(),
];
const TEXT: Argument = argument("text", Kind::Text, "the question");
const OPTIONS: Argument = argument("options", Kind::Options(KEYS), "").optional();
const FREE: &[Argument] = &[TEXT, OPTIONS];
const CHOOSE: &[Argument] =
    &[TEXT, argument("choices", Kind::Texts, "at least one, no two the same"), OPTIONS];
const SCAN: &[Argument] =
    &[TEXT, argument("pattern", Kind::Pattern, "that all of the answer fits"), OPTIONS];
const NOBODY: &[Failure] = &[
    Failure::bench(ErrorKind::Timeout, "nobody answers in time"),
    Failure::bench(ErrorKind::Unreachable, "there is nobody to ask"),
    Failure::bench(ErrorKind::Garbled, "an answer from a file that does not fit"),
];

const WORDS: &[Word] = &[
    Word {
        entry: Entry::new("ask", "asks a person; gives what they write")
            .takes(FREE)
            .gives(Kind::Text)
            .fails(NOBODY)
            .example("record(\"remark\", ask(\"What else?\", #{ within: 30.min }));"),
        bind: short,
    },
    Word {
        entry: Entry::new("confirm", "asks a person yes or no")
            .takes(FREE)
            .gives(Kind::Bool)
            .fails(NOBODY)
            .example("check(\"led_green\", confirm(\"Is the LED green?\"));"),
        bind: short,
    },
    Word {
        entry: Entry::new("choose", "asks a person for one of several texts")
            .takes(CHOOSE)
            .gives(Kind::Text)
            .fails(NOBODY)
            .example("check(\"colour\", choose(\"Colour?\", [\"red\", \"green\"]), \"green\");"),
        bind: long,
    },
    Word {
        entry: Entry::new("scan", "asks a person for a text like this, such as a label's")
            .takes(SCAN)
            .gives(Kind::Text)
            .fails(NOBODY)
            .example("record(\"board\", scan(\"Scan the board.\", \"B[0-9]{6}\"));"),
        bind: long,
    },
];

/// A question, perhaps with options.
fn short(engine: &mut Engine, verb: &'static str, site: &Arc<Site>) {
    let own = site.clone();
    engine.register_fn(verb, move |context: NativeCallContext, text: Dynamic| {
        put(&own, &context, verb, &[text])
    });
    with_two(engine, verb, site);
}

/// A question and what fits as its answer, perhaps with options.
fn long(engine: &mut Engine, verb: &'static str, site: &Arc<Site>) {
    with_two(engine, verb, site);
    let own = site.clone();
    engine.register_fn(
        verb,
        move |context: NativeCallContext, text: Dynamic, it: Dynamic, more: Dynamic| {
            put(&own, &context, verb, &[text, it, more])
        },
    );
}

fn with_two(engine: &mut Engine, verb: &'static str, site: &Arc<Site>) {
    let own = site.clone();
    engine.register_fn(verb, move |context: NativeCallContext, text: Dynamic, more: Dynamic| {
        put(&own, &context, verb, &[text, more])
    });
}

fn put(
    site: &Site,
    context: &NativeCallContext,
    verb: &'static str,
    arguments: &[Dynamic],
) -> Outcome<Dynamic> {
    site.keep_secret(context, verb, arguments)?;
    let given: Vec<Given> = arguments.iter().map(Given::from).collect();
    let generous = site.deadlines().prompt;
    let wrong = |it: Diagnostic| script_error(it.message, it.hint);
    let question = question::read(verb, &given, &site.people.folder, generous).map_err(wrong)?;
    let Some(question) = question else {
        return Err(script_error(format!("{verb}: its arguments make no sense"), None));
    };
    answered(site, question).map_err(|error| match error.kind() {
        ErrorKind::Stopped => stop(Interruption::new(error.message())),
        _ => {
            // The ledger knows before the script does: nobody can catch this and pass.
            let error = error.context(verb);
            site.ledger().bench_error("", &error, site.now_ns());
            bench_error(error)
        }
    })
}

/// Where somebody wants to see the bench as it is when something has gone wrong: asks a person
/// whether the run goes on. Nothing is asked where another attempt may follow.
///
/// # Errors
///
/// The run ends here: the person says so, or does not answer in time.
pub(crate) fn pause(site: &Site, what: &str) -> Outcome<()> {
    const GO_ON: &str = "go on";
    if !site.flow.pause_on_fail || site.ledger().may_be_repeated() {
        return Ok(());
    }
    let (text, within) = (format!("paused: {what}"), site.deadlines().prompt);
    let wants = Wants::OneOf(vec![GO_ON.to_owned(), "stop".to_owned()]);
    let question = Question { verb: "pause", text, wants, image: None, within, refused: None };
    match answered(site, question) {
        Ok(answer) if answer.to_string() == GO_ON => Ok(()),
        Ok(_) => Err(leave(Leave::Scripts)),
        Err(error) if error.kind() == ErrorKind::Stopped => {
            Err(stop(Interruption::new(error.message())))
        }
        Err(error) => {
            let error = error.context("pause");
            site.ledger().bench_error("", &error, site.now_ns());
            Err(bench_error(error))
        }
    }
}

/// Asks until somebody answers, and keeps whatever is said.
fn answered(site: &Site, mut question: Question) -> Result<Dynamic> {
    let (prompter, within, since) = (&site.people.prompter, question.within, now());
    let typing = prompter.via() == Via::Terminal;
    for _ in 0..MOST_WRONG {
        let asked_ns = site.now_ns();
        site.ledger().asking();
        let said = site.wait_for_person(question.within, prompter.put(&question));
        let said = said.and_then(|said| said.ok_or_else(|| too_late(within)));
        let keep = |outcome: PromptOutcome| keep(site, &question, asked_ns, outcome);
        let said = said.inspect_err(|error| {
            keep(PromptOutcome::Unanswered { why: error.message().into() });
        })?;
        let why = match question.understand(&said, typing) {
            Ok(Answer { text, value }) => {
                keep(PromptOutcome::Answered { answer: text });
                return Ok(value);
            }
            Err(why) => why,
        };
        keep(PromptOutcome::Refused { answer: said.text.clone(), why: why.clone() });
        if !typing {
            return Err(unfit(&said, &why));
        }
        question.within = within.saturating_sub(since.elapsed());
        question.refused = Some(why);
    }
    Err(Error::garbled(format!("{MOST_WRONG} answers did not fit")))
}

/// Nobody can be asked again.
fn unfit(said: &Said, why: &str) -> Error {
    let place = said.place.as_ref().map_or_else(String::new, |place| format!("{place}: "));
    Error::garbled(format!("{place}{why}"))
}

fn keep(site: &Site, question: &Question, asked_ns: u64, outcome: PromptOutcome) {
    let Question { verb, text, wants, image, .. } = question;
    let (options, pattern) = match wants {
        Wants::OneOf(options) => (options.clone(), None),
        Wants::Matching(pattern) => (Vec::new(), Some(pattern.as_str().to_owned())),
        Wants::Text | Wants::YesOrNo => (Vec::new(), None),
    };
    let prompt = Prompt {
        step: None,
        verb: (*verb).into(),
        question: text.clone(),
        options,
        pattern,
        image: image.as_ref().map(|(name, _)| name.clone()),
        asked_ns,
        operator: site.people.operator.clone(),
        via: site.people.prompter.via(),
        outcome,
    };
    site.ledger().prompted(prompt, site.now_ns());
}

//! Limits: can anything pass them, and do they judge what is measured?

use pogo_hal::{Code, Diagnostic, Quantity, Unit};
use pogo_record::{Limit, Value};
use pogo_sandbox::{Argument, Call, Ends};

use super::known::Meaning;
use super::looked::Looked;

pub(super) fn look(looked: &Looked, meaning: &Meaning, found: &mut Vec<Diagnostic>) {
    for call in looked.calls() {
        let Some(entry) = meaning.entry(call) else { continue };
        let (wrong, judged) = match (entry.name, call.arguments.as_slice()) {
            ("measure", [_, value, limit]) => {
                let value = meaning.dimension(value);
                (understood(limit, meaning), value)
            }
            // The limit stands in the product's file.
            ("measure", [Argument::Text(name), value]) => {
                let filed = meaning.product().limit(name).map(|it| Ok(it.limit.clone()));
                (filed, meaning.dimension(value))
            }
            ("check", [_, _, expected]) => (understood(expected, meaning), None),
            _ => continue,
        };
        let diagnostic = match wrong {
            Some(Err(diagnostic)) => Some(diagnostic),
            Some(Ok(limit)) => {
                let fits = judged.zip(limit.dimension()).filter(|(value, limit)| value != limit);
                fits.map(|(value, wanted)| {
                    let (value, wanted) = (value.with_article(), wanted.with_article());
                    let message = format!(
                        "{}: {value} is measured, and the limit `{limit}` is for {wanted}",
                        name(call)
                    );
                    Diagnostic::new(message).coded(Code::LimitDimension)
                })
            }
            None => None,
        };
        found.extend(diagnostic.map(|it| it.at(call.place.clone())));
    }
}

fn name(call: &Call) -> String {
    match call.arguments.first() {
        Some(Argument::Text(name)) => format!("{}: `{name}`", call.name),
        _ => call.name.clone(),
    }
}

/// The limit that `argument` is, or why it is none; `None` if only running it shows that. The limit
/// is made by what makes it at run time, so that the two cannot differ.
fn understood(argument: &Argument, meaning: &Meaning) -> Option<Result<Limit, Diagnostic>> {
    let made = match meaning.resolved(argument) {
        Argument::Range(_, Ends::Excluded) => {
            let message = "`..` leaves its upper end out, and a limit is inclusive";
            let mistake = Diagnostic::new(message).with_hint("write `low..=high`");
            return Some(Err(mistake.coded(Code::ImpossibleLimit)));
        }
        Argument::Range(ends, Ends::Included) => {
            let [low, high] = &**ends;
            Limit::between(value(low, meaning)?, value(high, meaning)?)
        }
        Argument::Call(call) if !call.method && call.module.is_none() => {
            match (call.name.as_str(), call.arguments.as_slice()) {
                ("at_least", [edge]) => Limit::at_least(value(edge, meaning)?),
                ("at_most", [edge]) => Limit::at_most(value(edge, meaning)?),
                ("within", [nominal, tolerance]) => {
                    Limit::within(value(nominal, meaning)?, value(tolerance, meaning)?)
                }
                ("matches", [pattern]) => match meaning.resolved(pattern) {
                    Argument::Text(pattern) => Limit::matches(pattern),
                    _ => return None,
                },
                ("one_of", [choices]) => match meaning.resolved(choices) {
                    Argument::List(choices) => {
                        let choices = choices.iter().map(|it| value(it, meaning));
                        Limit::one_of(choices.collect::<Option<Vec<_>>>()?)
                    }
                    _ => return None,
                },
                _ => return None,
            }
        }
        _ => return None,
    };
    Some(made.map_err(|error| {
        let mut mistake = Diagnostic::new(error.message()).coded(Code::ImpossibleLimit);
        mistake.hint = error.hint().map(str::to_owned);
        mistake
    }))
}

fn value(argument: &Argument, meaning: &Meaning) -> Option<Value> {
    Some(match meaning.resolved(argument) {
        Argument::Integer(number) => (*number).into(),
        Argument::Float(number) => (*number).into(),
        Argument::Bool(truth) => (*truth).into(),
        Argument::Text(text) => text.clone().into(),
        Argument::Quantity(number, unit) => Quantity::of(*number, Unit::named(unit)?).into(),
        _ => return None,
    })
}

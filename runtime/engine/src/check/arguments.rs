//! Arguments: is each of the kind, and of the dimension, that is wanted?

use pogo_hal::{Code, Diagnostic, Dimension, Function, Unit};
use pogo_sandbox::reference::Kind;
use pogo_sandbox::{Argument, Call};

use super::known::Meaning;
use super::looked::Looked;
use super::names::suggest;
use crate::bind::device;
use crate::console;
use crate::language::repeating;

/// Words that read their own arguments, and whose rules say what is wrong with them.
const READ_THEMSELVES: [&str; 5] = ["ask", "confirm", "choose", "scan", "secret"];

pub(super) fn look(looked: &Looked, meaning: &Meaning, found: &mut Vec<Diagnostic>) {
    for call in looked.calls() {
        let Some(entry) = meaning.entry(call) else { continue };
        let role = meaning.role_of(call);
        let own = looked.survey.functions.iter().any(|(name, count)| {
            role.is_none() && *name == call.name && *count == call.arguments.len()
        });
        let read = READ_THEMSELVES.contains(&entry.name)
            || role.is_some_and(|it| it.capability == device::CAPABILITY);
        if own || read || !entry.arities().contains(&call.arguments.len()) {
            continue;
        }
        let name = match role {
            Some(role) => format!("{}.{}", role.name, entry.name),
            None => entry.name.to_owned(),
        };
        let wrong = entry
            .takes
            .iter()
            .zip(&call.arguments)
            .find_map(|(wanted, given)| mismatch(&name, call, wanted.kind, given, meaning));
        found.extend(wrong.map(|it| it.at(call.place.clone())));
    }
}

/// What is wrong with an argument as far as its text shows.
fn mismatch(
    name: &str,
    call: &Call,
    wanted: Kind,
    given: &Argument,
    meaning: &Meaning,
) -> Option<Diagnostic> {
    let resolved = meaning.resolved(given);
    if wanted == Kind::Supply {
        return no_supply(name, given, meaning);
    }
    let is = meaning.kind(given)?;
    match (wanted, is) {
        (Kind::Quantity(dimension), Kind::Number) => {
            let number = written(resolved)?;
            Some(without_unit(name, &number, dimension))
        }
        (Kind::Quantity(wanted), Kind::Quantity(is)) if is != wanted => {
            let (is, wanted) = (is.with_article(), wanted.with_article());
            let message = match resolved {
                Argument::Quantity(number, unit) => {
                    let symbol = Unit::named(unit).map_or(unit.as_str(), |it| it.symbol);
                    format!("{name}: {number} {symbol} is {is}; expected {wanted}")
                }
                _ => format!("{name}: this is {is}; expected {wanted}"),
            };
            Some(Diagnostic::new(message).coded(Code::Dimension))
        }
        (Kind::MeterFunction, Kind::Text) => {
            let Argument::Text(text) = resolved else { return None };
            if Function::named(text).is_some() {
                return None;
            }
            let message = format!("{name}: `{text}` is not a function of a meter");
            let mistake = suggest(message, text, Function::ALL.map(Function::name));
            Some(mistake.coded(Code::UnknownOption))
        }
        (Kind::Pattern, Kind::Text) if call.receiver.is_some() => {
            let Argument::Text(text) = resolved else { return None };
            let Diagnostic { message, hint, .. } = console::pattern(text).err()?;
            let mistake = Diagnostic::new(format!("{name}: {message}")).coded(Code::ArgumentKind);
            Some(Diagnostic { hint, ..mistake })
        }
        (Kind::ErrorKind, Kind::Text) => {
            let Argument::Text(text) = resolved else { return None };
            if repeating::kind_named(text).is_some() {
                return None;
            }
            let message = format!("{name}: `{text}` is no kind of error");
            let mistake = Diagnostic::new(message).coded(Code::UnknownOption);
            Some(mistake.with_hint(repeating::kind_hint(text)))
        }
        (Kind::AnyQuantity, Kind::Number) => {
            let dimension = match call.arguments.first().map(|it| meaning.resolved(it)) {
                Some(Argument::Text(function)) => Function::named(function)?.dimension(),
                _ => return None,
            };
            Some(without_unit(name, &written(resolved)?, dimension))
        }
        (Kind::AnyQuantity, Kind::Quantity(is)) => {
            let Some(Argument::Text(function)) = call.arguments.first() else { return None };
            let wanted = Function::named(function)?.dimension();
            let (is, wanted) =
                (is != wanted).then(|| (is.with_article(), wanted.with_article()))?;
            let message = format!("{name}: `{function}` is {wanted}, and the range {is}");
            Some(Diagnostic::new(message).coded(Code::Dimension))
        }
        (Kind::Amounts, Kind::Text | Kind::Bool) if name == "measure" => {
            let message = format!("measure: {} is no matter of degree", is.with_article());
            let hint = "judge booleans and texts with `check`";
            Some(Diagnostic::new(message).coded(Code::ArgumentKind).with_hint(hint))
        }
        (Kind::Choice, Kind::Number | Kind::Quantity(_) | Kind::AnyQuantity | Kind::Amount) => {
            let message = format!("check: {} is a matter of degree", is.with_article());
            let hint = "judge numbers and quantities with `measure`";
            Some(Diagnostic::new(message).coded(Code::ArgumentKind).with_hint(hint))
        }
        (Kind::Limit, Kind::Number | Kind::Quantity(_) | Kind::Text | Kind::Bool) => {
            let message = format!("{name}: {} is not a limit", is.with_article());
            let hint = "write `low..=high`, `at_least(x)`, `at_most(x)` or `within(x, tolerance)`";
            Some(Diagnostic::new(message).coded(Code::ImpossibleLimit).with_hint(hint))
        }
        (wanted, is) if never(wanted, is) => {
            let (is, wanted) = (is.with_article(), wanted.with_article());
            let message = format!("{name}: {is} is given; expected {wanted}");
            Some(Diagnostic::new(message).coded(Code::ArgumentKind))
        }
        _ => None,
    }
}

/// What is wrong with an argument that has to be a power supply.
fn no_supply(name: &str, given: &Argument, meaning: &Meaning) -> Option<Diagnostic> {
    const SUPPLY: &str = "power supply";
    let role = match given {
        Argument::Variable(name) => Some(meaning.role_named(name)?),
        _ => None,
    };
    let what = match role {
        Some(role) if [SUPPLY, ""].contains(&role.capability) => return None,
        Some(role) => format!("`{}` is a {}", role.name, role.capability),
        None => format!("{} is given", meaning.kind(given)?.with_article()),
    };
    let message = format!("{name}: {what}; expected a {SUPPLY}");
    let mistake = Diagnostic::new(message).coded(Code::ArgumentKind);
    Some(match meaning.role_that_is(SUPPLY) {
        Some(it) => mistake.with_hint(format!("name the role itself: `{}`", it.name)),
        None => mistake.with_hint("this fixture has none"),
    })
}

/// Whether what `is` can never be what is `wanted`.
fn never(wanted: Kind, is: Kind) -> bool {
    let plain = matches!(is, Kind::Number | Kind::Text | Kind::Bool | Kind::Closure | Kind::List)
        || matches!(is, Kind::Quantity(_) | Kind::Options(_) | Kind::Limit);
    let fits = match wanted {
        Kind::Anything | Kind::Expectation | Kind::Choice | Kind::Nothing | Kind::Limit => true,
        Kind::Quantity(Dimension::Number) | Kind::Number => is == Kind::Number,
        Kind::Quantity(_) | Kind::AnyQuantity => matches!(is, Kind::Quantity(_)),
        Kind::Amount => matches!(is, Kind::Number | Kind::Quantity(_)),
        Kind::Amounts => matches!(is, Kind::Number | Kind::Quantity(_) | Kind::List),
        Kind::Text
        | Kind::Name
        | Kind::MeterFunction
        | Kind::ErrorKind
        | Kind::Pattern
        | Kind::Unit => is == Kind::Text,
        Kind::List | Kind::Texts => is == Kind::List,
        Kind::Options(_) => matches!(is, Kind::Options(_)),
        Kind::Closure => is == Kind::Closure,
        Kind::Bool => is == Kind::Bool,
        Kind::Secret | Kind::Supply => false,
    };
    plain && !fits
}

/// The number that `argument` is, as it was written.
fn written(argument: &Argument) -> Option<String> {
    match argument {
        Argument::Integer(number) => Some(number.to_string()),
        Argument::Float(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The message for a plain number where a quantity belongs, here and in the bridge.
pub(crate) fn without_unit(name: &str, number: &str, expected: Dimension) -> Diagnostic {
    let unit = expected.unit().map_or("", |unit| unit.name);
    let wanted = expected.with_article();
    Diagnostic::new(format!(
        "{name}: {number} has no unit; expected {wanted}, such as {number}.{unit}"
    ))
    .coded(Code::NoUnit)
    .with_hint(format!("write `{number}.{unit}`"))
}

//! Registers: is there one of that name, may it be read or written, and does it take such a value?

use pogo_hal::{Code, Diagnostic, Dimension, Misfit, Quantity, Register, RegisterValue, Unit};
use pogo_sandbox::{Argument, Call};

use super::known::{KnownRole, Meaning};
use super::looked::Looked;
use crate::bind::modbus::CAPABILITY;

pub(super) fn look(looked: &Looked, meaning: &Meaning, found: &mut Vec<Diagnostic>) {
    for call in looked.calls() {
        let Some(role) = meaning.role_of(call).filter(|it| it.capability == CAPABILITY.name) else {
            continue;
        };
        found.extend(mistake(role, call, meaning).map(|it| it.at(call.place.clone())));
    }
    for property in &looked.survey.properties {
        let Argument::Variable(of) = &property.of else { continue };
        let role = meaning.role_named(of).filter(|it| it.capability == CAPABILITY.name);
        let Some(role) = role else { continue };
        let wrong = match role.registers.get(&property.name) {
            None => Some(unknown(role, &property.name)),
            Some(register) => {
                register.may_be_read().err().map(|it| misfit(&role.name, it, Code::ArgumentKind))
            }
        };
        found.extend(wrong.map(|it| it.at(property.place.clone())));
    }
}

fn unknown(role: &KnownRole, name: &str) -> Diagnostic {
    Diagnostic::new(format!("`{}` has no register `{name}`", role.name))
        .coded(Code::UnknownOption)
        .with_hint(role.registers.suggest(name))
}

fn misfit(name: &str, it: Misfit, code: Code) -> Diagnostic {
    let diagnostic = Diagnostic::new(format!("{name}: {}", it.message)).coded(code);
    match it.hint {
        Some(hint) => diagnostic.with_hint(hint),
        None => diagnostic,
    }
}

fn mistake(role: &KnownRole, call: &Call, meaning: &Meaning) -> Option<Diagnostic> {
    let Argument::Text(name) = meaning.resolved(call.arguments.first()?) else { return None };
    let Some(register) = role.registers.get(name) else { return Some(unknown(role, name)) };
    let verb = format!("{}.{}", role.name, call.name);
    match (call.name.as_str(), call.arguments.get(1)) {
        ("get", _) => register.may_be_read().err().map(|it| misfit(&verb, it, Code::ArgumentKind)),
        ("set", given) => {
            if let Err(it) = register.may_be_written() {
                return Some(misfit(&verb, it, Code::ArgumentKind));
            }
            let value = value(meaning.resolved(given?))?;
            let it = register.contents(&value).err()?;
            let code = code(register, &value);
            // Nothing is sent by a check.
            let message = it.message.trim_end_matches("; nothing was sent").to_owned();
            Some(misfit(&verb, Misfit { message, ..it }, code))
        }
        _ => None,
    }
}

fn value(given: &Argument) -> Option<RegisterValue> {
    Some(match given {
        Argument::Integer(it) => RegisterValue::Integer(*it),
        Argument::Float(it) => RegisterValue::Quantity(Quantity::number(*it)),
        Argument::Bool(it) => RegisterValue::Bool(*it),
        Argument::Text(it) => RegisterValue::Text(it.clone()),
        Argument::Quantity(number, unit) => {
            RegisterValue::Quantity(Quantity::of(*number, Unit::named(unit)?))
        }
        _ => return None,
    })
}

/// What is wrong with a value that does not fit.
fn code(register: &Register, value: &RegisterValue) -> Code {
    let is = match value {
        RegisterValue::Quantity(it) => Some(it.dimension()),
        RegisterValue::Integer(_) => Some(Dimension::Number),
        RegisterValue::Bool(_) | RegisterValue::Text(_) => None,
    };
    match (register.dimension(), is) {
        (Some(wanted), Some(is)) if wanted == is => Code::BeyondLimit,
        (Some(_), Some(Dimension::Number)) => Code::NoUnit,
        (Some(_), Some(_)) => Code::Dimension,
        _ => Code::ArgumentKind,
    }
}

//! Fixture limits: is more asked for than the fixture allows?

use pogo_hal::{Code, Diagnostic, Dimension, Quantity, Unit};
use pogo_sandbox::Argument;

use super::known::{KnownRole, Meaning};
use super::looked::Looked;

pub(super) fn look(looked: &Looked, meaning: &Meaning, found: &mut Vec<Diagnostic>) {
    for call in looked.calls() {
        let Some(role) = meaning.role_of(call) else { continue };
        // The bridge holds setpoints against the limits, and nothing else.
        if !call.name.starts_with("set_") {
            continue;
        }
        for argument in &call.arguments {
            let Argument::Quantity(number, unit) = meaning.resolved(argument) else { continue };
            let Some(unit) = Unit::named(unit) else { continue };
            let quantity = Quantity::of(*number, unit);
            let beyond = limit(role, quantity.dimension())
                .filter(|(_, limit)| quantity.value().abs() > limit.value());
            found.extend(beyond.map(|(key, limit)| {
                let name = format!("{}.{}", role.name, call.name);
                let message = format!("{name}: {quantity} exceeds the fixture's limit of {limit}");
                let file = role.place.as_ref().map_or("the fixture", |it| &it.file);
                let key = format!("instruments.{}.limits.{key}", role.name);
                Diagnostic::new(message)
                    .coded(Code::BeyondLimit)
                    .at(call.place.clone())
                    .with_hint(format!("the limit is `{key}` in {file}"))
            }));
        }
    }
}

fn limit(role: &KnownRole, of: Dimension) -> Option<(&'static str, Quantity)> {
    match of {
        Dimension::Voltage => Some(("voltage", role.limits.voltage?.into())),
        Dimension::Current => Some(("current", role.limits.current?.into())),
        _ => None,
    }
}

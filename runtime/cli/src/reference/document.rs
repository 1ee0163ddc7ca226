//! What scripts can use, for programs.

use pogo_hal::UNITS;
use pogo_runtime::Section;
use pogo_sandbox::reference::{Argument, Entry, Form, Kind};
use serde_json::{Value, json};

use super::spelling::{call, units};

/// One document with the sections, and with every unit.
pub fn document(sections: &[Section]) -> Value {
    let sections: Vec<_> = sections.iter().map(section).collect();
    let units = UNITS.iter().map(|it| {
        json!({
            "name": it.name,
            "symbol": it.symbol,
            "ucum": it.ucum,
            "of": it.dimension.with_article(),
        })
    });
    json!({ "sections": sections, "units": units.collect::<Vec<_>>() })
}

fn section(it: &Section) -> Value {
    json!({
        "title": it.title,
        "about": it.about,
        "on": it.on.map(|on| json!({ "name": on.name, "type": on.type_name })),
        "entries": it.entries.iter().map(|entry| self::entry(it, entry)).collect::<Vec<_>>(),
    })
}

fn entry(section: &Section, it: &Entry) -> Value {
    let errors = it.errors.iter().map(|it| json!({ "kind": it.name(), "when": it.when }));
    json!({
        "name": it.name,
        "form": match it.form { Form::Call => "call", Form::Property => "property" },
        "usage": call(section, it),
        "takes": it.takes.iter().map(argument).collect::<Vec<_>>(),
        "gives": kind(it.gives),
        "about": it.about,
        "errors": errors.collect::<Vec<_>>(),
        "example": it.example,
    })
}

fn argument(it: &Argument) -> Value {
    json!({
        "name": it.name,
        "is": kind(it.kind),
        "optional": it.optional,
        "about": it.about,
        "keys": it.kind.keys().iter().map(argument).collect::<Vec<_>>(),
    })
}

fn kind(it: Kind) -> Value {
    let units = match it {
        Kind::Quantity(dimension) => units(dimension),
        _ => Vec::new(),
    };
    json!({ "what": it.with_article(), "type": it.rhai_type(), "units": units })
}

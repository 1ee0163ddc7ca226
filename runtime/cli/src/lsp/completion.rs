//! What can stand at a place.

use lsp_types::{
    CompletionItem, CompletionItemKind, Documentation, MarkupContent, MarkupKind, Position,
};
use pogo_hal::{Dimension, Function, Register, UNITS};
use pogo_runtime::{KnownRole, Section};
use pogo_sandbox::reference::{Argument, Entry, Form, Kind as Value};

use super::cursor::{Cursor, Path};
use super::functions::Function as OwnFunction;
use super::hover::limits;
use super::lexer::Kind;
use super::script::{Script, names_a_measurement};
use crate::reference::{argument, explained, result};

/// What can stand at `position`.
pub fn complete(script: &Script<'_>, position: Position) -> Vec<CompletionItem> {
    let cursor = script.cursor(position);
    let token = cursor.token();
    match token.map(|(_, it)| it.kind) {
        Some(Kind::Comment) => return Vec::new(),
        Some(Kind::Text(_)) => return in_text(script, &cursor),
        _ => {}
    }
    let index = match token {
        Some((index, it)) if it.kind == Kind::Word => index,
        _ => cursor.before(),
    };
    let call = cursor.call(index);
    match cursor.path(index) {
        Path::OfNumber => {
            let wanted = call.and_then(|it| script.wanted(&it));
            units(match wanted {
                Some(Value::Quantity(it)) => Some(it),
                _ => None,
            })
        }
        Path::Of(role) => match script.role(role) {
            Some(role) => verbs(script, role),
            None => script.members().map(|(section, it)| of_entry(section, it, None)).collect(),
        },
        Path::OfSomething => {
            script.members().map(|(section, it)| of_entry(section, it, None)).collect()
        }
        Path::In(module) => {
            let functions = script.module(module).map(|(_, it)| it).unwrap_or_default();
            functions.iter().map(function).collect()
        }
        Path::Alone => {
            if let Some(call) = call.filter(|it| it.in_map) {
                let wanted = script.wanted(&call);
                return wanted.iter().flat_map(|it| it.keys()).map(key).collect();
            }
            names(script)
        }
    }
}

/// What can stand in a text: the name of a measurement, of a register, of a unit, or of what a meter
/// measures.
fn in_text(script: &Script<'_>, cursor: &Cursor<'_>) -> Vec<CompletionItem> {
    let Some((index, _)) = cursor.token() else { return Vec::new() };
    let Some(call) = cursor.call(index) else { return Vec::new() };
    if names_a_measurement(&call) {
        let all = script.limits.iter().flat_map(|it| &it.measurements);
        let item = |it: &pogo_runtime::Measurement| CompletionItem {
            documentation: Some(markdown(limits(it))),
            ..item(&it.name, CompletionItemKind::VALUE, String::new())
        };
        return all.map(item).collect();
    }
    if let Some(role) = script.register_of(&call) {
        let fits = |it: &&Register| call.name != "set" || it.access.writes();
        let all = role.registers.iter().filter(fits);
        return all.map(|it| register(it, CompletionItemKind::VALUE)).collect();
    }
    match script.wanted(&call) {
        Some(Value::Unit) => units(None),
        Some(Value::MeterFunction) => Function::ALL
            .map(|it| {
                let what = format!("measures {}", it.dimension().with_article());
                item(it.name(), CompletionItemKind::VALUE, what)
            })
            .to_vec(),
        _ => Vec::new(),
    }
}

/// Everything that can stand alone.
fn names(script: &Script<'_>) -> Vec<CompletionItem> {
    let role = |it: &KnownRole| {
        item(&it.name, CompletionItemKind::CONSTANT, format!("a {} of the fixture", it.capability))
    };
    let module = |it: &super::functions::Import| {
        let name = it.name.as_deref()?;
        Some(item(name, CompletionItemKind::MODULE, format!("`{}`", it.path)))
    };
    let roles = script.roles.iter().map(role);
    let modules = script.imports.iter().filter_map(module);
    let functions = script.functions.iter().map(function);
    let words = script.words().map(|(section, it)| of_entry(section, it, None));
    roles.chain(modules).chain(functions).chain(words).collect()
}

fn verbs(script: &Script<'_>, role: &KnownRole) -> Vec<CompletionItem> {
    let verbs = script.verbs(role).map(|(section, it)| of_entry(section, it, Some(&role.name)));
    let read = role.registers.iter().filter(|it| it.access.reads());
    verbs.chain(read.map(|it| register(it, CompletionItemKind::PROPERTY))).collect()
}

fn register(it: &Register, kind: CompletionItemKind) -> CompletionItem {
    item(&it.name, kind, it.about())
}

fn of_entry(section: &Section, it: &Entry, role: Option<&str>) -> CompletionItem {
    let kind = match (it.form, section.on) {
        (Form::Property, _) => CompletionItemKind::PROPERTY,
        (Form::Call, Some(_)) => CompletionItemKind::METHOD,
        (Form::Call, None) => CompletionItemKind::FUNCTION,
    };
    let detail = match result(it) {
        Some(result) => format!("{} · {result}", it.usage()),
        None => it.usage(),
    };
    CompletionItem {
        documentation: Some(markdown(explained(section, it, role))),
        ..item(it.name, kind, detail)
    }
}

fn function(it: &OwnFunction) -> CompletionItem {
    CompletionItem {
        documentation: Some(markdown(it.about.clone())),
        ..item(&it.name, CompletionItemKind::FUNCTION, it.usage())
    }
}

/// The units; those of `wanted` come first.
fn units(wanted: Option<Dimension>) -> Vec<CompletionItem> {
    let unit = |(at, it): (usize, &pogo_hal::Unit)| {
        let what = format!("{} in {}", it.dimension.with_article(), it.symbol);
        let last = u8::from(wanted.is_some_and(|wanted| wanted != it.dimension));
        CompletionItem {
            sort_text: Some(format!("{last}{at:03}")),
            ..item(it.name, CompletionItemKind::UNIT, what)
        }
    };
    let mut units: Vec<_> = UNITS.iter().enumerate().map(unit).collect();
    units.sort_by(|one, other| one.sort_text.cmp(&other.sort_text));
    units
}

fn key(it: &Argument) -> CompletionItem {
    item(it.name, CompletionItemKind::FIELD, argument(it))
}

fn item(label: &str, kind: CompletionItemKind, detail: String) -> CompletionItem {
    let detail = (!detail.is_empty()).then_some(detail);
    CompletionItem { label: label.to_owned(), kind: Some(kind), detail, ..Default::default() }
}

fn markdown(value: String) -> Documentation {
    Documentation::MarkupContent(MarkupContent { kind: MarkupKind::Markdown, value })
}

//! What is to be known of the name at a place.

use std::fmt::Write;

use lsp_types::{Hover, HoverContents, MarkupContent, MarkupKind, Position};
use pogo_hal::{Register, Unit};
use pogo_runtime::{FiledLimit, KnownRole, Measurement};

use super::cursor::Path;
use super::functions::Function;
use super::lexer::Kind;
use super::script::{Meaning, Script};
use crate::reference::explained;

/// What is to be known of what stands at `position`.
pub fn hover(script: &Script<'_>, position: Position) -> Option<Hover> {
    let cursor = script.cursor(position);
    let (index, token) = cursor.token()?;
    let value = match token.kind {
        Kind::Word => {
            let (path, name) = (cursor.path(index), token.of(cursor.text));
            match script.meaning(path, name)? {
                Meaning::Entry(section, it, role) => explained(&section, it, role.as_deref()),
                Meaning::Function(it, _) => function(&it, path),
                Meaning::Unit(it) => unit(it),
                Meaning::Role(it) => role(&it),
                Meaning::Register(it) => register(&it),
            }
        }
        Kind::Text(_) => match script.measurement(&cursor, index) {
            Some(it) => limits(it),
            None => {
                let role = script.register_of(&cursor.call(index)?)?;
                register(role.registers.get(token.inner(cursor.text))?)
            }
        },
        _ => return None,
    };
    let lines = &script.document.lines;
    Some(Hover {
        contents: HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value }),
        range: Some(lines.span(cursor.text, token.at.clone())),
    })
}

/// The limits of a measurement, for each variant that has its own, and where they stand.
pub fn limits(it: &Measurement) -> String {
    let mut text = String::new();
    let mut put = |variant: Option<&str>, it: &FiledLimit| {
        let of = variant.map(|it| format!("variant `{it}`: ")).unwrap_or_default();
        let (limit, rule) = (&it.limit, it.rule);
        let (document, revision) = (&it.source.document, &it.source.revision);
        let _ = writeln!(text, "{of}**{limit}**, judged by the rule `{rule}`  ");
        let _ = writeln!(text, "{document}, revision {revision} · {}\n", short(&it.place));
    };
    it.common.iter().for_each(|it| put(None, it));
    it.of_variants.iter().for_each(|(variant, it)| put(Some(variant), it));
    text
}

fn short(place: &pogo_hal::Place) -> String {
    let file = std::path::Path::new(&*place.file).file_name().unwrap_or_default();
    format!("{}:{}", file.to_string_lossy(), place.line)
}

fn function(it: &Function, path: Path<'_>) -> String {
    let module = match path {
        Path::In(module) => format!("{module}::"),
        _ => String::new(),
    };
    format!("```rhai\n{module}{}\n```\n\n{}", it.usage(), it.about)
}

fn unit(it: &Unit) -> String {
    format!("{} in {}", it.dimension.with_article(), it.symbol)
}

fn register(it: &Register) -> String {
    format!("`{}` is {} · {}", it.name, it.about(), short(&it.place))
}

fn role(it: &KnownRole) -> String {
    let mut text = format!("`{}` is a {} of the fixture", it.name, it.capability);
    let limits =
        [it.limits.voltage.map(|it| it.to_string()), it.limits.current.map(|it| it.to_string())];
    let limits: Vec<_> = limits.into_iter().flatten().collect();
    if !limits.is_empty() {
        let _ = write!(text, "; no script can exceed {}", limits.join(" and "));
    }
    if let Some(place) = &it.place {
        let _ = write!(text, " · {}", short(place));
    }
    text
}

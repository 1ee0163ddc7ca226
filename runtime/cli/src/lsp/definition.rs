//! Where the name at a place is given.

use std::path::PathBuf;

use lsp_types::{Location, Position, Range};
use pogo_hal::Place;

use super::documents::Documents;
use super::findings::name_of;
use super::lexer::Kind;
use super::position::Lines;
use super::project::text_of;
use super::script::{Meaning, Script};

/// Where that is given what stands at `position`: a function, a role, a limit, a module.
pub fn definition(script: &Script<'_>, position: Position) -> Option<Location> {
    let cursor = script.cursor(position);
    let (index, token) = cursor.token()?;
    let document = script.document;
    if matches!(token.kind, Kind::Text(_)) {
        if let Some(import) = script.imports.iter().find(|it| it.at == token.at) {
            let file = import.file(document.path.as_deref()?)?;
            let uri = name_of(&file, script.documents)?;
            return Some(Location { uri, range: Range::default() });
        }
        if let Some(it) = script.measurement(&cursor, index) {
            return at(&it.place, script.documents);
        }
        let role = script.register_of(&cursor.call(index)?)?;
        let register = role.registers.get(token.inner(cursor.text))?;
        return at(&register.place, script.documents);
    }
    if token.kind != Kind::Word {
        return None;
    }
    let name = token.of(cursor.text);
    match script.meaning(cursor.path(index), name) {
        Some(Meaning::Function(it, None)) => {
            let range = document.lines.span(cursor.text, it.at);
            Some(Location { uri: document.uri.clone(), range })
        }
        Some(Meaning::Function(it, Some(file))) => {
            let text = text_of(&file, script.documents)?;
            let range = Lines::of(&text).span(&text, it.at);
            Some(Location { uri: name_of(&file, script.documents)?, range })
        }
        Some(Meaning::Role(it)) => at(&it.place?, script.documents),
        Some(Meaning::Register(it)) => at(&it.place, script.documents),
        _ => {
            let import = script.imports.iter().find(|it| it.name.as_deref() == Some(name))?;
            let uri = name_of(&import.file(document.path.as_deref()?)?, script.documents)?;
            Some(Location { uri, range: Range::default() })
        }
    }
}

fn at(place: &Place, documents: &Documents) -> Option<Location> {
    let file = PathBuf::from(&*place.file);
    let text = text_of(&file, documents)?;
    let range = Lines::of(&text).marked(&text, place);
    Some(Location { uri: name_of(&file, documents)?, range })
}

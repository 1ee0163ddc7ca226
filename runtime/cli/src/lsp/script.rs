//! A script at the moment somebody asks about a place in it, and what its names mean.

use std::path::PathBuf;

use lsp_types::Position;
use pogo_hal::{Register, UNITS, Unit};
use pogo_runtime::{KnownRole, LimitFile, Measurement, Section, sections};
use pogo_sandbox::reference::{Entry, Kind as Value};

use super::cursor::{Cursor, OpenCall, Path};
use super::documents::{Document, Documents};
use super::functions::{Function, Import, functions, imports};
use super::lexer::{Kind, Token, tokens};
use super::project::{Projects, Target, text_of};

/// A script, and what it belongs to.
pub struct Script<'a> {
    /// The text as the editor has it.
    pub document: &'a Document,
    /// Everything that is open.
    pub documents: &'a Documents,
    /// The tokens of the text.
    pub tokens: Vec<Token>,
    /// The functions that it defines.
    pub functions: Vec<Function>,
    /// What it imports.
    pub imports: Vec<Import>,
    /// The roles of its fixture, and the unit under test.
    pub roles: Vec<KnownRole>,
    /// The limits file of its product.
    pub limits: Option<LimitFile>,
    /// Everything that scripts can call.
    pub sections: Vec<Section>,
}

/// What a name means.
pub enum Meaning {
    /// A word, a verb, or a method of a value; with the section it stands in, and the role that it
    /// is called on.
    Entry(Box<Section>, &'static Entry, Option<String>),
    /// A function of a script, and the file it is in where that is another one.
    Function(Function, Option<PathBuf>),
    /// A unit.
    Unit(&'static Unit),
    /// A role.
    Role(KnownRole),
    /// A register of a device on Modbus.
    Register(Box<Register>),
}

impl<'a> Script<'a> {
    /// The script in `document`, with what is open and what was read before.
    pub fn new(document: &'a Document, documents: &'a Documents, projects: &mut Projects) -> Self {
        let (mut roles, mut limits) = (Vec::new(), None);
        let overlay = documents.overlay();
        let path = document.path.as_deref();
        let mut product = None;
        if let Some(target @ (Target::Product(_) | Target::Script(_))) =
            path.and_then(|it| projects.target(it, &overlay))
        {
            product = projects.product(&target, &overlay).ok();
            limits = product.as_ref().and_then(|it| it.limits.clone());
        }
        let fixture = projects.fixture_of(product.as_ref());
        if let Some(bed) = fixture.and_then(|it| projects.bed(&it, &overlay).ok()) {
            roles = bed.roles;
        }
        let text = &document.text;
        let tokens = tokens(text);
        let (functions, imports) = (functions(text, &tokens), imports(text, &tokens));
        let sections = sections();
        Self { document, documents, tokens, functions, imports, roles, limits, sections }
    }

    /// The place that the editor means.
    pub fn cursor(&self, position: Position) -> Cursor<'_> {
        let text = &*self.document.text;
        Cursor { text, tokens: &self.tokens, offset: self.document.lines.offset(text, position) }
    }

    /// What `name` means, which belongs to `path`.
    pub fn meaning(&self, path: Path<'_>, name: &str) -> Option<Meaning> {
        match path {
            Path::Alone => self.alone(name),
            Path::In(module) => {
                let (file, functions) = self.module(module)?;
                let it = functions.into_iter().find(|it| it.name == name)?;
                Some(Meaning::Function(it, Some(file)))
            }
            Path::Of(role) if self.role(role).is_some() => {
                let role = self.role(role)?;
                let verb = self.verbs(role).find(|(_, it)| it.name == name);
                match verb {
                    Some((section, it)) => Some(entry(section, it, Some(role.name.clone()))),
                    None => role.registers.get(name).cloned().map(Box::new).map(Meaning::Register),
                }
            }
            Path::OfNumber => {
                let unit = UNITS.iter().find(|it| it.name == name).map(Meaning::Unit);
                unit.or_else(|| self.member(name))
            }
            Path::Of(_) | Path::OfSomething => self.member(name),
        }
    }

    fn alone(&self, name: &str) -> Option<Meaning> {
        if let Some(it) = self.functions.iter().find(|it| it.name == name) {
            return Some(Meaning::Function(it.clone(), None));
        }
        let mut words = self.words();
        if let Some((section, it)) = words.find(|(_, it)| it.name == name) {
            return Some(entry(section, it, None));
        }
        self.role(name).cloned().map(Meaning::Role)
    }

    /// A method of whatever it is called on.
    fn member(&self, name: &str) -> Option<Meaning> {
        let (section, it) = self.members().find(|(_, it)| it.name == name)?;
        Some(entry(section, it, None))
    }

    /// The words of the language.
    pub fn words(&self) -> impl Iterator<Item = (&Section, &'static Entry)> {
        let sections = self.sections.iter().filter(|it| it.on.is_none());
        sections.flat_map(|it| it.entries.iter().map(move |entry| (it, *entry)))
    }

    /// What can be called on something of which the text does not say what it is.
    pub fn members(&self) -> impl Iterator<Item = (&Section, &'static Entry)> {
        let sections = self.sections.iter().filter(|it| it.on.is_some());
        sections.flat_map(|it| it.entries.iter().map(move |entry| (it, *entry)))
    }

    /// The verbs of `role`.
    pub fn verbs(&self, role: &KnownRole) -> impl Iterator<Item = (&Section, &'static Entry)> {
        let own = |it: &&Section| it.is_of_roles() && it.title == role.capability;
        let sections = self.sections.iter().find(own).into_iter();
        sections.flat_map(|it| it.entries.iter().map(move |entry| (it, *entry)))
    }

    /// The role called `name`.
    pub fn role(&self, name: &str) -> Option<&KnownRole> {
        self.roles.iter().find(|it| it.name == name)
    }

    /// The module that is imported as `name`: its file and its functions.
    pub fn module(&self, name: &str) -> Option<(PathBuf, Vec<Function>)> {
        let import = self.imports.iter().find(|it| it.name.as_deref() == Some(name))?;
        let file = import.file(self.document.path.as_deref()?)?;
        let text = text_of(&file, self.documents)?;
        let functions = functions(&text, &tokens(&text));
        Some((file, functions))
    }

    /// What the argument of `call` has to be that the place is in.
    pub fn wanted(&self, call: &OpenCall<'_>) -> Option<Value> {
        let Some(Meaning::Entry(_, entry, _)) = self.meaning(call.path, call.name) else {
            return None;
        };
        Some(entry.takes.get(call.argument).or(entry.takes.last())?.kind)
    }

    /// The role whose register `call` names in the argument that it is in.
    pub fn register_of(&self, call: &OpenCall<'_>) -> Option<&KnownRole> {
        let Path::Of(role) = call.path else { return None };
        self.role(role).filter(|it| !it.registers.is_empty() && call.argument == 0)
    }

    /// The measurement whose name the token at `index` is, where it is one's.
    pub fn measurement(&self, cursor: &Cursor<'_>, index: usize) -> Option<&Measurement> {
        let token = self.tokens.get(index).filter(|it| matches!(it.kind, Kind::Text(_)))?;
        let call = cursor.call(index).filter(names_a_measurement)?;
        let name = token.inner(cursor.text);
        let all = self.limits.iter().flat_map(|it| &it.measurements);
        all.into_iter().find(|it| it.name == name && call.argument == 0)
    }
}

/// Whether the argument of `call` that the place is in is the name of a measurement.
pub fn names_a_measurement(call: &OpenCall<'_>) -> bool {
    call.path == Path::Alone && call.argument == 0 && ["measure", "check"].contains(&call.name)
}

fn entry(section: &Section, entry: &'static Entry, role: Option<String>) -> Meaning {
    Meaning::Entry(Box::new(section.clone()), entry, role)
}

//! The entries of `[obeys]`.

use std::collections::BTreeMap;

use pogo_hal::toml_file::{Section, Source};
use pogo_hal::{Diagnostic, Function};
use serde::Deserialize;
use toml::Spanned;

use crate::obeys::FunctionName;
use crate::{
    Act, Action, Answers, Argument, Command, Header, Holds, Kind, Observable, Picture, Property,
    Setting, table,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    sets: Option<Spanned<String>>,
    gives: Option<Spanned<String>>,
    reads: Option<Spanned<String>>,
    does: Option<Spanned<String>>,
    #[serde(default)]
    takes: Vec<Spanned<String>>,
    numbers: Option<Picture>,
    booleans: Option<[String; 2]>,
    page: Spanned<String>,
}

/// Reads every entry.
pub fn read(
    mut section: Section,
    meter: bool,
    settings: &BTreeMap<Property, Setting>,
    functions: &BTreeMap<Function, FunctionName>,
) -> Result<Vec<Command>, Diagnostic> {
    let place = section.place();
    let entries = section.take_sections();
    section.deny_rest(&[])?;
    if entries.is_empty() {
        return Err(Diagnostic::new("`obeys` is empty").at(place));
    }
    let remembered = |property| match property {
        Property::Function => !functions.is_empty(),
        _ => settings.contains_key(&property),
    };
    let one = |(text, entry): (String, Section)| command(&text, entry, meter, &remembered);
    entries.into_iter().map(one).collect()
}

fn command(
    text: &str,
    section: Section,
    meter: bool,
    remembered: &dyn Fn(Property) -> bool,
) -> Result<Command, Diagnostic> {
    let source = section.source().clone();
    let header = Header::parse(text).map_err(|error| {
        Diagnostic::new(format!("`{text}` is not a header: {error}")).at(section.place())
    })?;
    let Written { sets, gives, reads, does, takes, numbers, booleans, page } = section.read()?;
    // Places are found out only for what is wrong: each costs a walk through the file.
    let refuse = |message: String| Err(Diagnostic::new(message).at(source.place(page.span())));
    if page.get_ref().trim().is_empty() {
        return Err(Diagnostic::new(format!("`{text}` does not say where its manual says so"))
            .at(source.place(page.span()))
            .with_hint("write the page, or the section and `page not verified`"));
    }
    let act = match (&sets, &gives, &reads, &does) {
        (Some(name), None, None, None) => Act::Sets(property(name, &source, meter)?),
        (None, Some(name), None, None) => Act::Gives(property(name, &source, meter)?),
        (None, None, Some(name), None) => Act::Reads(observable(name, &source, meter)?),
        (None, None, None, Some(name)) => Act::Does(action(name, &source, meter)?),
        _ => return refuse(format!("`{text}` has not exactly one of sets, gives, reads, does")),
    };
    if matches!(act, Act::Gives(_) | Act::Reads(_)) != header.query {
        return refuse(format!(
            "`{text}` {}",
            if header.query { "is a query but answers nothing" } else { "answers without `?`" }
        ));
    }
    if let Act::Sets(property) | Act::Gives(property) = act
        && !remembered(property)
    {
        return refuse(format!("`{text}` means a setting that `simulated.settings` does not have"));
    }
    let takes: Vec<Argument> =
        takes.iter().map(|it| argument(it, &source)).collect::<Result<_, _>>()?;
    if let Act::Sets(property) = act
        && !takes.iter().any(|it| fits(it.kind, property))
    {
        return refuse(format!("`{text}` takes nothing that it could set"));
    }
    let answers = match (numbers, booleans) {
        (None, None) => None,
        (Some(picture), None) => Some(Answers::Number(picture)),
        (None, Some(words)) => Some(Answers::Boolean(words)),
        _ => return refuse(format!("`{text}` answers both numbers and booleans")),
    };
    Ok(Command { header, act, takes, answers, page: page.into_inner() })
}

fn argument(written: &Spanned<String>, source: &Source) -> Result<Argument, Diagnostic> {
    let text = written.get_ref();
    let (name, optional) = text.strip_suffix('?').map_or((text.as_str(), false), |it| (it, true));
    let kind = Kind::named(name).ok_or_else(|| {
        Diagnostic::new(format!("`{name}` is not a kind of argument"))
            .at(source.place(written.span()))
            .with_hint(table::suggest(name, Kind::NAMES.map(|(name, _)| name)))
    })?;
    Ok(Argument { kind, optional })
}

fn fits(kind: Kind, property: Property) -> bool {
    use pogo_hal::Dimension::{Current, Resistance, Voltage};
    match (property.holds(), kind) {
        (Holds::Number(_), Kind::Number) | (Holds::Number(None), Kind::Integer) => true,
        (Holds::Number(_), Kind::Channel) => property == Property::Selected,
        (Holds::Number(Some(Voltage)), Kind::Voltage)
        | (Holds::Number(Some(Current)), Kind::Current)
        | (Holds::Number(Some(Resistance)), Kind::Resistance)
        | (Holds::Boolean, Kind::Boolean)
        | (Holds::Choice, Kind::Choice)
        | (Holds::Function, Kind::Function) => true,
        _ => false,
    }
}

fn unknown(name: &Spanned<String>, what: &str, source: &Source, known: &[String]) -> Diagnostic {
    let text = name.get_ref();
    Diagnostic::new(format!("`{text}` is not {what}"))
        .at(source.place(name.span()))
        .with_hint(table::suggest(text, known.iter().map(String::as_str)))
}

fn property(name: &Spanned<String>, source: &Source, meter: bool) -> Result<Property, Diagnostic> {
    Property::named(name.get_ref()).filter(|it| it.of_a_meter() == meter).ok_or_else(|| {
        let known: Vec<_> = Property::all()
            .filter(|(_, it)| it.of_a_meter() == meter)
            .map(|(name, _)| name)
            .collect();
        unknown(name, "a setting", source, &known)
    })
}

fn observable(
    name: &Spanned<String>,
    source: &Source,
    meter: bool,
) -> Result<Observable, Diagnostic> {
    Observable::named(name.get_ref())
        .filter(|it| it.of_a_meter().is_none_or(|of_a_meter| of_a_meter == meter))
        .ok_or_else(|| unknown(name, "something to read", source, &Observable::names()))
}

fn action(name: &Spanned<String>, source: &Source, meter: bool) -> Result<Action, Diagnostic> {
    Action::named(name.get_ref())
        .filter(|it| it.of_a_meter().is_none_or(|of_a_meter| of_a_meter == meter))
        .ok_or_else(|| unknown(name, "something to do", source, &Action::names()))
}

//! Names: is there such a verb, word or function, and does it take so many arguments?

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use pogo_hal::{Code, Diagnostic, nearest};
use pogo_sandbox::rhai::AST;
use pogo_sandbox::{Call, Property, Survey};

use super::known::{Functions, Known, KnownRole, Meaning};
use super::looked::Looked;
use crate::bind::{device, verbs_of};
use crate::language::words;
use crate::limit_file;
use crate::prompt;
use crate::secrets;

pub(super) fn look(
    looked: &Looked,
    known: &Known,
    meaning: &Meaning,
    modules: &[AST],
    found: &mut Vec<Diagnostic>,
) {
    let survey = &looked.survey;
    let called: BTreeSet<&str> = survey.calls.iter().map(|call| &*call.name).collect();
    let functions = known.functions(|name| called.contains(name));
    for call in &survey.calls {
        found.extend(match meaning.role_of(call) {
            // What is wrong with its table has been said.
            Some(role) if role.capability.is_empty() => None,
            Some(role) => verb(role, call),
            None if call.module.is_some() => in_module(call, modules),
            None => word(survey, call, &functions, known),
        });
    }
    let units = survey.properties.iter().filter_map(Property::mistake);
    found.extend(units.map(|it| it.coded(Code::UnknownUnit)));
}

fn word(survey: &Survey, call: &Call, functions: &Functions, known: &Known) -> Option<Diagnostic> {
    // A closure in a variable is called like a function.
    if survey.declared.contains(&call.name) {
        return None;
    }
    let word = words().find(|word| word.name == call.name && !call.method);
    let Some(word) = word else {
        survey.mistake(call, functions)?;
        // Only now do all names count: one of them may have been meant.
        let mistake = survey.mistake(call, known.all_functions())?;
        let unknown = mistake.message.starts_with("there is no");
        let code = if unknown { Code::UnknownFunction } else { Code::ArgumentCount };
        return Some(mistake.coded(code));
    };
    let count = call.arguments.len();
    // A script may have a function of its own of that name.
    if survey.functions.contains(&(call.name.clone(), count)) {
        return None;
    }
    if word.arities().contains(&count) {
        let mistake = match word.name {
            "secret" => {
                secrets::mistake(call, known.secrets).map(|it| it.coded(Code::UnknownSecret))
            }
            "measure" | "check" => limit_file::mistake(call, known.product),
            _ => {
                prompt::mistake(call, &known.product.folder).map(|it| it.coded(Code::UnknownOption))
            }
        };
        return mistake.map(|it| it.at(call.place.clone()));
    }
    let message = format!("`{}` does not take {}", call.name, arguments(count));
    let mistake = Diagnostic::new(message).coded(Code::ArgumentCount).at(call.place.clone());
    Some(mistake.with_hint(format!("write `{}`", word.usage())))
}

fn in_module(call: &Call, modules: &[AST]) -> Option<Diagnostic> {
    let known: Vec<(&str, usize)> = modules
        .iter()
        .flat_map(|module| module.iter_functions().map(|it| (it.name, it.params.len())))
        .collect();
    let count = call.arguments.len();
    if known.is_empty() || known.contains(&(call.name.as_str(), count)) {
        return None;
    }
    let name = format!("{}::{}", call.module.as_deref().unwrap_or_default(), call.name);
    let (code, message) = match known.iter().find(|(known, _)| *known == call.name) {
        Some((_, parameters)) => {
            let (given, wanted) = (arguments(count), arguments(*parameters));
            (Code::ArgumentCount, format!("`{name}` is called with {given}; it takes {wanted}"))
        }
        None => (Code::UnknownInModule, format!("there is no function `{name}`")),
    };
    let names = known.iter().map(|(name, _)| *name).filter(|name| *name != call.name);
    Some(suggest(message, &call.name, names).coded(code).at(call.place.clone()))
}

fn verb(role: &KnownRole, call: &Call) -> Option<Diagnostic> {
    let (name, capability) = (&role.name, role.capability);
    let given = call.arguments.len();
    let Some(verb) = verbs_of(capability).find(|verb| verb.name == call.name) else {
        let message = format!("`{name}` is a {capability} and has no verb `{}`", call.name);
        let names: Vec<_> = verbs_of(capability).map(|verb| verb.name).collect();
        let diagnostic = match nearest(&call.name, names.iter().copied()) {
            Some(it) => Diagnostic::new(message).with_hint(format!("did you mean `{it}`?")),
            None => Diagnostic::new(message).with_hint(format!("its verbs: {}", names.join(", "))),
        };
        return Some(diagnostic.coded(Code::UnknownVerb).at(call.place.clone()));
    };
    if !verb.arities().contains(&given) {
        let wanted = counted(verb.arities());
        let message = format!("{name}.{} takes {wanted}, not {given}", verb.name);
        let diagnostic = Diagnostic::new(message).coded(Code::ArgumentCount);
        return Some(diagnostic.at(call.place.clone()).with_hint(verb.about));
    }
    if capability != device::CAPABILITY {
        return None;
    }
    let mistake = device::mistake(call)?;
    Some(mistake.coded(Code::ArgumentKind).at(call.place.clone()))
}

fn counted(counts: RangeInclusive<usize>) -> String {
    let (least, most) = (*counts.start(), *counts.end());
    if least == most { arguments(most) } else { format!("{least} to {most} arguments") }
}

fn arguments(count: usize) -> String {
    match count {
        0 => "no argument".into(),
        1 => "1 argument".into(),
        _ => format!("{count} arguments"),
    }
}

pub(super) fn suggest<'a>(
    message: String,
    name: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Diagnostic {
    let diagnostic = Diagnostic::new(message);
    match nearest(name, known) {
        Some(it) => diagnostic.with_hint(format!("did you mean `{it}`?")),
        None => diagnostic,
    }
}

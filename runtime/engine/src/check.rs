//! What is wrong with a product's scripts, found without opening anything.
//!
//! Names, verbs, units and imports are held against the tables that the run will use. What only a
//! computation shows (a limit that is exceeded, a quantity of the wrong kind in a variable) is the
//! bridge's to refuse while running.

use std::collections::{BTreeMap, BTreeSet};

use pogo_hal::{Diagnostic, Dimension, Function, Place, UNITS, Unit, nearest};
use pogo_sandbox::rhai::{AST, Dynamic, Scope};
use pogo_sandbox::{Argument, Call, Sandbox, Settings, Survey, functions, survey};

use crate::bind::{Parameter, VERBS, Verb, verbs_of};
use crate::language::WORDS;
use crate::product::Product;

/// Scripts that were looked through, and what they declare.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// Every measurement and check that a script names, in the order of the text, with its place.
    pub(crate) declared: Vec<(String, Place)>,
    /// Every step that a script names, in the order of the text.
    pub(crate) steps: Vec<String>,
}

/// Looks through the scripts of `product` on a bench whose roles are given by name and capability
/// (`power supply`, `multimeter`).
///
/// # Errors
///
/// Everything that was found, in the order of the text.
pub fn check(
    product: &Product,
    roles: &[(String, &'static str)],
) -> Result<Checked, Vec<Diagnostic>> {
    let sandbox = Sandbox::new(Settings::new(&product.folder));
    let mut scope = Scope::new();
    for (role, _) in roles {
        scope.push_constant_dynamic(role.clone(), Dynamic::UNIT);
    }
    let (mut checked, mut found) = (Checked::default(), Vec::new());
    for script in &product.scripts {
        let path = script.path.display().to_string();
        let ast = match sandbox.compile(&path, &script.text, &scope) {
            Ok(ast) => ast,
            Err(diagnostic) => {
                found.push(diagnostic);
                continue;
            }
        };
        let modules = match sandbox.modules(&ast) {
            Ok(modules) => modules,
            Err(error) => {
                found.push(*error.diagnostic);
                continue;
            }
        };
        let mut bench = Names { sandbox: &sandbox, roles, natives: None };
        let own = survey(&ast);
        bench.hold(&own, &modules, &mut found);
        for module in &modules {
            bench.hold(&survey(module), &modules, &mut found);
        }
        checked.declare(&own);
    }
    if found.is_empty() { Ok(checked) } else { Err(found) }
}

impl Checked {
    fn declare(&mut self, survey: &Survey) {
        for call in survey.calls.iter().filter(|call| !call.method && call.module.is_none()) {
            let Some(Argument::Text(name)) = call.arguments.first() else { continue };
            match call.name.as_str() {
                "measure" | "check" => self.declared.push((name.clone(), call.place.clone())),
                "step" => self.steps.push(name.clone()),
                _ => {}
            }
        }
    }
}

/// Everything that a call can mean.
struct Names<'a> {
    sandbox: &'a Sandbox,
    roles: &'a [(String, &'static str)],
    /// Rhai's own functions with their numbers of arguments; collected when first needed, because
    /// most scripts call only ours.
    natives: Option<BTreeMap<String, BTreeSet<usize>>>,
}

impl Names<'_> {
    fn hold(&mut self, survey: &Survey, modules: &[AST], found: &mut Vec<Diagnostic>) {
        for call in &survey.calls {
            let complaint = match &call.receiver {
                Some(role) if !survey.declared.contains(role) => match self.capability(role) {
                    Some(capability) => verb(role, capability, call),
                    None => self.method(survey, call),
                },
                _ if call.method => self.method(survey, call),
                _ if call.module.is_some() => in_module(call, modules),
                _ => self.function(survey, call),
            };
            found.extend(complaint);
        }
        for property in &survey.properties {
            let number = matches!(property.of, Argument::Integer(_) | Argument::Float(_));
            if number && Unit::named(&property.name).is_none_or(|unit| unit.name != property.name) {
                let names = UNITS.iter().map(|unit| unit.name);
                let message = format!("`{}` is not a unit", property.name);
                found.push(suggest(message, &property.name, names).at(property.place.clone()));
            }
        }
        found.sort_by_key(|it| it.place.as_ref().map(|it| (it.file.clone(), it.line, it.column)));
    }

    fn capability(&self, role: &str) -> Option<&'static str> {
        self.roles.iter().find(|(name, _)| name == role).map(|(_, capability)| *capability)
    }

    fn natives(&mut self) -> &BTreeMap<String, BTreeSet<usize>> {
        let engine = self.sandbox.engine();
        self.natives.get_or_insert_with(|| functions(engine))
    }

    fn method(&mut self, survey: &Survey, call: &Call) -> Option<Diagnostic> {
        let is_verb = VERBS.iter().copied().flatten().any(|verb| verb.name == call.name);
        let own = survey.functions.iter().any(|(name, _)| *name == call.name);
        if is_verb || own || self.natives().contains_key(&call.name) {
            return None;
        }
        let verbs = VERBS.iter().copied().flatten().map(|verb| verb.name);
        let names: Vec<_> = verbs.chain(self.natives().keys().map(String::as_str)).collect();
        let message = format!("there is no method `{}`", call.name);
        Some(suggest(message, &call.name, names).at(call.place.clone()))
    }

    fn function(&mut self, survey: &Survey, call: &Call) -> Option<Diagnostic> {
        let count = call.arguments.len();
        if let Some(word) = WORDS.iter().find(|word| word.name == call.name) {
            if word.arities.contains(&count) {
                return None;
            }
            let without_limit = (call.name == "measure" && count == 2)
                .then_some("a measurement needs a limit; `record(name, value)` keeps without one");
            let message = format!("`{}` does not take {}", call.name, arguments(count));
            let hint = without_limit.map_or_else(|| format!("write `{}`", word.usage), Into::into);
            return Some(Diagnostic::new(message).at(call.place.clone()).with_hint(hint));
        }
        let own: Vec<usize> = (survey.functions.iter())
            .filter(|(name, _)| *name == call.name)
            .map(|(_, parameters)| *parameters)
            .collect();
        // A closure in a variable is called like a function.
        if own.contains(&count) || survey.declared.contains(&call.name) {
            return None;
        }
        if self.natives().contains_key(&call.name) {
            return None;
        }
        if let Some(parameters) = own.first() {
            let message = format!(
                "`{}` is called with {}; it takes {}",
                call.name,
                arguments(count),
                arguments(*parameters)
            );
            return Some(Diagnostic::new(message).at(call.place.clone()));
        }
        let words = WORDS.iter().map(|word| word.name);
        let script = survey.functions.iter().map(|(name, _)| name.as_str());
        let names: Vec<_> =
            words.chain(script).chain(self.natives().keys().map(String::as_str)).collect();
        let message = format!("there is no function `{}`", call.name);
        Some(suggest(message, &call.name, names).at(call.place.clone()))
    }
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
    let message = match known.iter().find(|(known, _)| *known == call.name) {
        Some((_, parameters)) => format!(
            "`{name}` is called with {}; it takes {}",
            arguments(count),
            arguments(*parameters)
        ),
        None => format!("there is no function `{name}`"),
    };
    let names = known.iter().map(|(name, _)| *name).filter(|name| *name != call.name);
    Some(suggest(message, &call.name, names).at(call.place.clone()))
}

fn verb(role: &str, capability: &'static str, call: &Call) -> Option<Diagnostic> {
    let Some(verb) = verbs_of(capability).find(|verb| verb.name == call.name) else {
        let message = format!("`{role}` is a {capability} and has no verb `{}`", call.name);
        let names: Vec<_> = verbs_of(capability).map(|verb| verb.name).collect();
        let diagnostic = match nearest(&call.name, names.iter().copied()) {
            Some(it) => Diagnostic::new(message).with_hint(format!("did you mean `{it}`?")),
            None => Diagnostic::new(message).with_hint(format!("its verbs: {}", names.join(", "))),
        };
        return Some(diagnostic.at(call.place.clone()));
    };
    let (given, wanted) = (call.arguments.len(), verb.takes.len());
    if given != wanted {
        let message = format!("{role}.{} takes {}, not {given}", verb.name, arguments(wanted));
        return Some(Diagnostic::new(message).at(call.place.clone()).with_hint(verb.about));
    }
    verb.takes
        .iter()
        .zip(&call.arguments)
        .find_map(|(parameter, argument)| mismatch(role, verb, *parameter, argument))
        .map(|diagnostic| diagnostic.at(call.place.clone()))
}

/// What is wrong with an argument as far as its text shows.
fn mismatch(
    role: &str,
    verb: &Verb,
    parameter: Parameter,
    argument: &Argument,
) -> Option<Diagnostic> {
    let name = format!("{role}.{}", verb.name);
    match (parameter, argument) {
        (Parameter::Quantity(dimension), Argument::Integer(_) | Argument::Float(_)) => {
            let number = match argument {
                Argument::Integer(number) => number.to_string(),
                Argument::Float(number) => number.to_string(),
                _ => return None,
            };
            Some(without_unit(&name, &number, dimension))
        }
        (Parameter::Quantity(dimension), Argument::Quantity(number, unit)) => {
            let unit = Unit::named(unit)?;
            (unit.dimension != dimension).then(|| {
                let (is, wanted) = (unit.dimension.with_article(), dimension.with_article());
                let message =
                    format!("{name}: {number} {} is {is}; expected {wanted}", unit.symbol);
                Diagnostic::new(message)
            })
        }
        (Parameter::Function, Argument::Text(text)) if Function::named(text).is_none() => {
            let message = format!("{name}: `{text}` is not a function of a meter");
            Some(suggest(message, text, Function::ALL.map(Function::name)))
        }
        (
            Parameter::Quantity(_) | Parameter::AnyQuantity | Parameter::Number,
            Argument::Text(_) | Argument::Bool(_) | Argument::Function,
        ) => Some(Diagnostic::new(format!("{name}: expected {}", parameter.with_article()))),
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
    .with_hint(format!("write `{number}.{unit}`"))
}

fn arguments(count: usize) -> String {
    match count {
        0 => "no argument".into(),
        1 => "1 argument".into(),
        _ => format!("{count} arguments"),
    }
}

fn suggest<'a>(
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

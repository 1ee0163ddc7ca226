//! What is wrong with a product's scripts, found without opening anything.
//!
//! Names, verbs, units and imports are held against the tables that the run will use. What only a
//! computation shows (a limit that is exceeded, a quantity of the wrong kind in a variable) is the
//! bridge's to refuse while running.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

use pogo_hal::{Diagnostic, Dimension, Function, Place, Secrets, Unit, nearest};
use pogo_record::HashedFile;
use pogo_sandbox::reference::{Entry, Kind};
use pogo_sandbox::rhai::{AST, Dynamic, Scope};
use pogo_sandbox::{Argument, Call, Property, Sandbox, Settings, Survey, survey};

use crate::bind::{device, verbs, verbs_of};
use crate::language::words;
use crate::limit_file::{self, Taken};
use crate::product::Product;
use crate::prompt;
use crate::secrets;

/// Scripts that were looked through, and what they declare.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// Every measurement and check that a script names, in the order of the text, with its place.
    pub(crate) declared: Vec<(String, Place)>,
    /// Every step that a script names, in the order of the text.
    pub(crate) steps: Vec<String>,
    /// What is judged by which limit, in the order of the text.
    taken: Vec<Taken>,
    circles: Vec<Diagnostic>,
    /// The files that the scripts import, as they were when they were looked through.
    pub(crate) files: BTreeSet<HashedFile>,
    /// What the scripts may send and nobody may be shown.
    pub(crate) secrets: Arc<Secrets>,
}

/// Looks through the scripts of `product` on a bench whose roles are given by name and capability
/// (`power supply`, `multimeter`), and with these secrets, which the run is going to have.
///
/// # Errors
///
/// Everything that was found, in the order of the text.
pub fn check(
    product: &Product,
    roles: &[(String, &'static str)],
    secrets: Arc<Secrets>,
) -> Result<Checked, Vec<Diagnostic>> {
    let sandbox = Sandbox::new(Settings::new(&product.folder));
    let mut scope = Scope::new();
    let unit = [(device::NAME.to_owned(), device::CAPABILITY)];
    let roles: Vec<_> = roles.iter().cloned().chain(unit).collect();
    for (role, _) in &roles {
        scope.push_constant_dynamic(role.clone(), Dynamic::UNIT);
    }
    let names = Names::new(&sandbox, &roles, product, &secrets);
    let (mut checked, mut found) = (Checked::default(), Vec::new());
    checked.secrets = secrets.clone();
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
            Ok((modules, mut circles)) => {
                checked.circles.append(&mut circles);
                modules
            }
            Err(error) => {
                found.push(*error.diagnostic);
                continue;
            }
        };
        let own = survey(&ast);
        names.hold(&own, &modules, &mut found);
        checked.take(&own, product, &sandbox);
        for module in &modules {
            let its = survey(module);
            names.hold(&its, &modules, &mut found);
            checked.take(&its, product, &sandbox);
            checked.files.extend(module.source().and_then(|it| product.hashed(Path::new(it))));
        }
        checked.declare(&own);
    }
    if found.is_empty() {
        found = limit_file::unclaimed(product, &checked.taken);
    }
    checked.declare_filed(product);
    let texts = sandbox.texts();
    let each = |(file, text): &(String, Arc<str>)| secrets::written_down(file, text, &secrets);
    let written_down: Vec<_> = texts.iter().flat_map(each).collect();
    if !written_down.is_empty() {
        // And nothing else: what is wrong there could be told in words of the secret's.
        return Err(written_down);
    }
    if found.is_empty() { Ok(checked) } else { Err(found) }
}

impl Checked {
    /// The names of the measurements and checks that the scripts declare, in the order of the text.
    pub fn declared(&self) -> impl Iterator<Item = &str> {
        self.declared.iter().map(|(name, _)| name.as_str())
    }

    /// Every measurement and check of the scripts and of what they import, with the limit that it
    /// takes, in the order of the text.
    pub fn limits(&self) -> &[Taken] {
        &self.taken
    }

    fn take(&mut self, survey: &Survey, product: &Product, sandbox: &Sandbox) {
        for taken in limit_file::taken(survey, product, &sandbox.texts()) {
            // A module that two scripts import is looked through for each.
            if !self.taken.contains(&taken) {
                self.taken.push(taken);
            }
        }
    }

    /// What has a limit in the file is declared by that, if the whole product is run.
    fn declare_filed(&mut self, product: &Product) {
        if product.is_whole() {
            for (name, place) in limit_file::limits_of(product) {
                if !self.declared.iter().any(|(declared, _)| declared == name) {
                    self.declared.push((name.to_owned(), place.clone()));
                }
            }
        }
    }

    /// The imports that lead back to themselves. A run is not refused for them, because it may never
    /// come there; it ends where it does.
    pub fn circles(&self) -> &[Diagnostic] {
        &self.circles
    }

    /// Every file that `product` is read from, in the order of their names.
    pub(crate) fn files(&self, product: &Product) -> Vec<HashedFile> {
        let all: BTreeSet<_> = self.files.iter().cloned().chain(product.files()).collect();
        all.into_iter().collect()
    }

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

/// Functions by name, with the numbers of arguments that they take.
type Functions = BTreeMap<String, BTreeSet<usize>>;

/// Everything that a call can mean.
struct Names<'a> {
    roles: &'a [(String, &'static str)],
    sandbox: &'a Sandbox,
    product: &'a Product,
    secrets: &'a Secrets,
    /// Every function by name, with the numbers of arguments it takes; a method's receiver counts
    /// as one. There are two thousand, so they are listed only for a name that is none of them.
    functions: OnceCell<Functions>,
}

impl<'a> Names<'a> {
    fn new(
        sandbox: &'a Sandbox,
        roles: &'a [(String, &'static str)],
        product: &'a Product,
        secrets: &'a Secrets,
    ) -> Self {
        Self { roles, sandbox, product, secrets, functions: OnceCell::new() }
    }

    /// The functions that are `wanted`.
    fn functions(&self, wanted: impl Fn(&str) -> bool + Copy) -> Functions {
        let mut functions = self.sandbox.functions(wanted);
        for word in words() {
            functions.entry(word.name.into()).or_default().extend(word.arities());
        }
        for verb in verbs() {
            let counts = verb.arities().map(|count| count + 1);
            functions.entry(verb.name.into()).or_default().extend(counts);
        }
        functions
    }

    fn hold(&self, survey: &Survey, modules: &[AST], found: &mut Vec<Diagnostic>) {
        let first = found.len();
        let called: BTreeSet<&str> = survey.calls.iter().map(|call| &*call.name).collect();
        let functions = self.functions(|name| called.contains(name));
        for call in &survey.calls {
            let role = call.receiver.as_ref().filter(|role| !survey.declared.contains(*role));
            found.extend(match role.and_then(|role| self.capability(role)) {
                Some((role, capability)) => verb(role, capability, call),
                None if call.module.is_some() => in_module(call, modules),
                None => self.word(survey, call, &functions),
            });
        }
        found.extend(survey.properties.iter().filter_map(Property::mistake));
        found[first..].sort_by_key(|it| it.place.as_ref().map(|it| (it.line, it.column)));
    }

    fn capability(&self, role: &str) -> Option<(&'a str, &'static str)> {
        let known = self.roles.iter().find(|(name, _)| name == role)?;
        Some((&known.0, known.1))
    }

    fn word(&self, survey: &Survey, call: &Call, functions: &Functions) -> Option<Diagnostic> {
        // A closure in a variable is called like a function.
        if survey.declared.contains(&call.name) {
            return None;
        }
        let word = words().find(|word| word.name == call.name && !call.method);
        let Some(word) = word else {
            survey.mistake(call, functions)?;
            // Only now do all names count: one of them may have been meant.
            return survey.mistake(call, self.functions.get_or_init(|| self.functions(|_| true)));
        };
        let count = call.arguments.len();
        // A script may have a function of its own of that name.
        if survey.functions.contains(&(call.name.clone(), count)) {
            return None;
        }
        if word.arities().contains(&count) {
            let mistake = match word.name {
                "secret" => secrets::mistake(call, self.secrets),
                "measure" | "check" => limit_file::mistake(call, self.product),
                _ => prompt::mistake(call, &self.product.folder),
            };
            return mistake.map(|it| it.at(call.place.clone()));
        }
        let message = format!("`{}` does not take {}", call.name, arguments(count));
        let hint = format!("write `{}`", word.usage());
        Some(Diagnostic::new(message).at(call.place.clone()).with_hint(hint))
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
    let given = call.arguments.len();
    let Some(verb) = verbs_of(capability).find(|verb| verb.name == call.name) else {
        let message = format!("`{role}` is a {capability} and has no verb `{}`", call.name);
        let names: Vec<_> = verbs_of(capability).map(|verb| verb.name).collect();
        let diagnostic = match nearest(&call.name, names.iter().copied()) {
            Some(it) => Diagnostic::new(message).with_hint(format!("did you mean `{it}`?")),
            None => Diagnostic::new(message).with_hint(format!("its verbs: {}", names.join(", "))),
        };
        return Some(diagnostic.at(call.place.clone()));
    };
    if !verb.arities().contains(&given) {
        let wanted = counted(verb.arities());
        let message = format!("{role}.{} takes {wanted}, not {given}", verb.name);
        return Some(Diagnostic::new(message).at(call.place.clone()).with_hint(verb.about));
    }
    if capability == device::CAPABILITY {
        return device::mistake(call).map(|diagnostic| diagnostic.at(call.place.clone()));
    }
    verb.takes
        .iter()
        .zip(&call.arguments)
        .find_map(|(parameter, argument)| mismatch(role, verb, parameter.kind, argument))
        .map(|diagnostic| diagnostic.at(call.place.clone()))
}

/// What is wrong with an argument as far as its text shows.
fn mismatch(role: &str, verb: &Entry, parameter: Kind, argument: &Argument) -> Option<Diagnostic> {
    let name = format!("{role}.{}", verb.name);
    match (parameter, argument) {
        (Kind::Quantity(dimension), Argument::Integer(_) | Argument::Float(_)) => {
            let number = match argument {
                Argument::Integer(number) => number.to_string(),
                Argument::Float(number) => number.to_string(),
                _ => return None,
            };
            Some(without_unit(&name, &number, dimension))
        }
        (Kind::Quantity(dimension), Argument::Quantity(number, unit)) => {
            let unit = Unit::named(unit)?;
            (unit.dimension != dimension).then(|| {
                let (is, wanted) = (unit.dimension.with_article(), dimension.with_article());
                let message =
                    format!("{name}: {number} {} is {is}; expected {wanted}", unit.symbol);
                Diagnostic::new(message)
            })
        }
        (Kind::MeterFunction, Argument::Text(text)) if Function::named(text).is_none() => {
            let message = format!("{name}: `{text}` is not a function of a meter");
            Some(suggest(message, text, Function::ALL.map(Function::name)))
        }
        (
            Kind::Quantity(_) | Kind::AnyQuantity | Kind::Number,
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

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::product::Script;

    const ROLES: [(&str, &str); 2] = [("psu", "power supply"), ("dmm", "multimeter")];

    fn checked(text: &str) -> Result<Checked, Vec<Diagnostic>> {
        let script = Script { path: PathBuf::from("a.rhai"), text: text.into() };
        let product = Product::of_one_script(script);
        let roles = ROLES.map(|(name, capability)| (name.to_owned(), capability));
        check(&product, &roles, Arc::default())
    }

    #[test]
    fn mistakes_are_named_with_their_place_and_what_to_write() {
        for (text, said, hint) in [
            ("pzu.on();", "1:1: nothing is called `pzu` here", "did you mean `psu`?"),
            (
                "step(\"a\", || { psu.set_volage(3.V) });",
                "1:20: `psu` is a power supply and has no verb `set_volage`",
                "did you mean `set_voltage`?",
            ),
            (
                "step(\"a\", || { psu.set_voltage(5) });",
                "1:20: psu.set_voltage: 5 has no unit; expected a voltage, such as 5.V",
                "write `5.V`",
            ),
            (
                "psu.set_voltage(60.mA);",
                "1:5: psu.set_voltage: 60 mA is a current; expected a voltage",
                "",
            ),
            ("psu.on(1);", "1:5: psu.on takes no argument, not 1", "connects the output"),
            (
                "dmm.set_nplc(\"dc_volts\", 10);",
                "1:5: dmm.set_nplc: `dc_volts` is not a function of a meter",
                "",
            ),
            ("measure(\"x\", 3.Vv, 1.V..=2.V);", "1:16: `Vv` is not a unit", "did you mean `V`?"),
            ("measure(\"x\", 3.V);", "1:1: measure: `x` has no limit", "give one"),
            (
                "measure(\"x\", 1, at_leest(1));",
                "1:17: there is no function `at_leest`",
                "did you mean `at_least`?",
            ),
            ("eval(\"1\");", "1:1: there is no `eval` in a script", ""),
        ] {
            let found = checked(text).unwrap_err();
            let place = found[0].place.as_ref().unwrap();
            assert_eq!(format!("{}:{}: {}", place.line, place.column, found[0]), said, "{text}");
            assert!(
                found[0].hint.as_deref().unwrap_or_default().contains(hint),
                "{text}: {found:?}"
            );
            assert_eq!(found.len(), 1, "{text}: {found:?}");
        }
    }

    #[test]
    fn every_mistake_of_a_script_is_found_at_once() {
        let found = checked("psu.of();\npsu.set_voltage(5);\nlet x = 3.Vv;").unwrap_err();
        let lines: Vec<_> = found.iter().map(|it| it.place.as_ref().unwrap().line).collect();
        assert_eq!(lines, [1, 2, 3]);
    }

    #[test]
    fn what_is_right_is_let_through_and_its_measurements_are_known() {
        let text = "fn read(psu) { psu.dc_voltage() }\n\
            let level = 3.V; let f = |x| x * 2;\n\
            step(\"rails\", || {\n\
                psu.set_voltage(level); print(`${f(1)}`); let g = f; g.call(2);\n\
                for n in 0..3 { measure(`rail_${n}`, read(dmm), 1.V..=2.V); }\n\
                measure(\"rail_1v8\", dmm.dc_voltage(), within(1.8.V, 2.percent));\n\
                check(\"name\", \"TH\".to_lower(), matches(\"th\"));\n\
            });";
        let checked = checked(text).unwrap_or_else(|found| panic!("{found:?}"));
        let names: Vec<_> = checked.declared().map(str::to_owned).collect();
        assert_eq!(
            (names, checked.steps),
            (vec!["rail_1v8".to_owned(), "name".into()], vec!["rails".to_owned()])
        );
    }
}

//! What is wrong with a product's scripts, found without opening anything.
//!
//! Each rule is a file here: it looks through one script, or through all of them, and says what it
//! finds, with a [`Code`](pogo_hal::Code) and a place. What only running shows (a limit that a
//! computed value exceeds) is the bridge's to refuse.

mod arguments;
mod cleanup;
mod equality;
mod explained;
mod fixture_limits;
mod known;
mod limits;
mod looked;
mod measured;
mod names;
mod naming;
mod reachable;
mod registers;
mod shadowing;
#[cfg(test)]
mod tests;
mod twice;
mod undefined;
mod unused;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use pogo_hal::{Code, Diagnostic, Place, Secrets, Severity};
use pogo_record::HashedFile;
use pogo_sandbox::rhai::{AST, Dynamic, Scope};
use pogo_sandbox::{Argument, Sandbox, Settings, Survey};

pub(crate) use self::arguments::without_unit;
pub use self::explained::{Explanation, Sort, explanation};
use self::known::Known;
pub use self::known::KnownRole;
use self::looked::Looked;
use self::measured::Measuring;
use crate::limit_file::{self, Taken};
use crate::product::Product;
use crate::secrets;

/// Scripts that were looked through, and what they declare.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// The scripts, compiled, in the order of the product.
    pub(crate) scripts: Vec<Arc<AST>>,
    /// Every measurement and check that a script names, in the order of the text, with its place.
    pub(crate) declared: Vec<Declared>,
    /// Every step that a script names, in the order of the text.
    pub(crate) steps: Vec<String>,
    /// What is judged by which limit, in the order of the text.
    taken: Vec<Taken>,
    circles: Vec<Diagnostic>,
    warnings: Vec<Diagnostic>,
    /// The files that the scripts import, as they were when they were looked through.
    pub(crate) files: BTreeSet<HashedFile>,
    /// What the scripts may send and nobody may be shown.
    pub(crate) secrets: Arc<Secrets>,
}

/// A measurement or check that a script names.
#[derive(Clone, Debug)]
pub(crate) struct Declared {
    pub(crate) name: String,
    pub(crate) place: Place,
    /// The steps that it is made in, outermost first, as far as the text says them.
    pub(crate) steps: Vec<String>,
}

/// Looks through the scripts of `product` on a bench with these roles, and with these secrets, which
/// the run is going to have.
///
/// # Errors
///
/// Everything that was found, warnings too, script by script in the order of the text.
pub fn check(
    product: &Product,
    roles: &[KnownRole],
    secrets: Arc<Secrets>,
) -> Result<Checked, Vec<Diagnostic>> {
    let sandbox = Sandbox::new(settings(product));
    let mut scope = Scope::new();
    let roles: Vec<_> = roles.iter().cloned().chain([known::unit()]).collect();
    for role in &roles {
        scope.push_constant_dynamic(role.name.clone(), Dynamic::UNIT);
    }
    let known = Known::new(&sandbox, &roles, product, &secrets);
    let (mut checked, mut found) = (Checked::default(), Vec::new());
    let (mut all, mut measuring) = (Vec::new(), Measuring::default());
    checked.secrets = secrets.clone();
    for script in &product.scripts {
        let path = script.path.display().to_string();
        let ast = match sandbox.compile(&path, &script.text, &scope) {
            Ok(ast) => ast,
            Err(first) => match all_undefined(&first, &path, &script.text, &scope, &known) {
                Some((ast, undefined)) => {
                    found.extend(undefined);
                    ast
                }
                None => {
                    found.push(first.coded(Code::NoScript));
                    continue;
                }
            },
        };
        let modules = match sandbox.modules(&ast) {
            Ok((modules, circles)) => {
                checked.circles.extend(circles.into_iter().map(|it| it.coded(Code::ImportCircle)));
                modules
            }
            Err(error) => {
                found.push(error.diagnostic.coded(Code::Import));
                continue;
            }
        };
        let own = Looked::through(&ast);
        look(&own, &known, &modules, &mut found);
        checked.take(&own.survey, product, &sandbox);
        for module in &modules {
            let inner = Looked::through(module);
            look(&inner, &known, &modules, &mut found);
            checked.take(&inner.survey, product, &sandbox);
            checked.files.extend(module.source().and_then(|it| product.hashed(Path::new(it))));
            all.push(inner);
        }
        measuring.script(&own.outline);
        let declared = checked.declare(&own.survey, &measuring);
        let first = found.len();
        reachable::look(&own, &declared, &measuring, &mut found);
        sort(&mut found[first..]);
        all.push(own);
        checked.scripts.push(Arc::new(ast));
    }
    twice::look(&measuring, &mut found);
    // Of a script that could not be read nobody knows what it uses.
    if product.is_whole() && !found.iter().any(|it| it.code == Some(Code::NoScript)) {
        unused::roles(&all, &roles, &mut found);
    }
    if !found.iter().any(|it| it.severity() == Severity::Error) {
        found.extend(limit_file::unclaimed(product, &checked.taken));
    }
    checked.declare_filed(product);
    found = once(found);
    let texts = sandbox.texts();
    let each = |(file, text): &(String, Arc<str>)| secrets::written_down(file, text, &secrets);
    let written_down: Vec<_> = texts.iter().flat_map(each).collect();
    if !written_down.is_empty() {
        // And nothing else: what is wrong there could be told in words of the secret's.
        return Err(written_down);
    }
    if found.iter().any(|it| it.severity() == Severity::Error) {
        return Err(found);
    }
    checked.warnings = found;
    Ok(checked)
}

fn settings(product: &Product) -> Settings {
    Settings { overlay: product.overlay.clone(), ..Settings::new(&product.folder) }
}

/// The parser gives up at the first name that there is not. What else is wrong with such a script is
/// found by one that takes every name; `None` if it is no script for that one either.
fn all_undefined(
    first: &Diagnostic,
    path: &str,
    text: &str,
    scope: &Scope,
    known: &Known,
) -> Option<(AST, Vec<Diagnostic>)> {
    if first.code != Some(Code::UnknownName) {
        return None;
    }
    let mut sandbox = Sandbox::new(settings(known.product));
    sandbox.engine_mut().set_strict_variables(false);
    let ast = sandbox.compile(path, text, scope).ok()?;
    let mut undefined = Vec::new();
    undefined::look(&Looked::through(&ast), known, &mut undefined);
    if !undefined.iter().any(|it| it.place == first.place) {
        undefined.push(first.clone());
    }
    Some((ast, undefined))
}

/// Every rule that looks at one file.
fn look(looked: &Looked, known: &Known, modules: &[AST], found: &mut Vec<Diagnostic>) {
    let first = found.len();
    let meaning = looked.meaning(known);
    names::look(looked, known, &meaning, modules, found);
    arguments::look(looked, &meaning, found);
    registers::look(looked, &meaning, found);
    naming::look(looked, &meaning, found);
    limits::look(looked, &meaning, found);
    fixture_limits::look(looked, &meaning, found);
    equality::look(looked, &meaning, found);
    shadowing::look(looked, known, found);
    cleanup::look(looked, &meaning, found);
    unused::imports(looked, found);
    sort(&mut found[first..]);
}

fn sort(found: &mut [Diagnostic]) {
    found.sort_by_key(|it| it.place.as_ref().map(|it| (it.line, it.column)));
}

/// A module that several scripts import is complained of once.
fn once(found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut kept: Vec<Diagnostic> = Vec::new();
    for it in found {
        if !kept.contains(&it) {
            kept.push(it);
        }
    }
    kept
}

impl Checked {
    /// No script, and these secrets: what is done is typed.
    pub fn of_nothing(secrets: Arc<Secrets>) -> Self {
        Self { secrets, ..Self::default() }
    }

    /// The names of the measurements and checks that the scripts declare, in the order of the text.
    pub fn declared(&self) -> impl Iterator<Item = &str> {
        self.declared.iter().map(|it| it.name.as_str())
    }

    /// The same with the place of each.
    pub fn places(&self) -> impl Iterator<Item = (&str, &Place)> {
        self.declared.iter().map(|it| (it.name.as_str(), &it.place))
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
                if !self.declared.iter().any(|it| it.name == name) {
                    let (name, place, steps) = (name.to_owned(), place.clone(), Vec::new());
                    self.declared.push(Declared { name, place, steps });
                }
            }
        }
    }

    /// The imports that lead back to themselves. A run is not refused for them, because it may never
    /// come there; it ends where it does.
    pub fn circles(&self) -> &[Diagnostic] {
        &self.circles
    }

    /// What may be meant. A run is not refused for it.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// Every file that `product` is read from, in the order of their names.
    pub(crate) fn files(&self, product: &Product) -> Vec<HashedFile> {
        let all: BTreeSet<_> = self.files.iter().cloned().chain(product.files()).collect();
        all.into_iter().collect()
    }

    /// The names of the steps that the scripts name, in the order of the text.
    pub fn steps(&self) -> &[String] {
        &self.steps
    }

    /// Adds what a script names; gives its measurements and checks.
    fn declare(&mut self, survey: &Survey, measuring: &Measuring) -> Vec<Declared> {
        let mut declared = Vec::new();
        for call in survey.calls.iter().filter(|call| !call.method && call.module.is_none()) {
            let Some(Argument::Text(name)) = call.arguments.first() else { continue };
            match call.name.as_str() {
                "measure" | "check" => {
                    let (name, place) = (name.clone(), call.place.clone());
                    let made = measuring.all.iter().find(|it| it.at == place);
                    let steps = made.map(|it| it.steps.clone()).unwrap_or_default();
                    declared.push(Declared { name, place, steps });
                }
                "step" => self.steps.push(name.clone()),
                _ => {}
            }
        }
        self.declared.extend(declared.iter().cloned());
        declared
    }
}

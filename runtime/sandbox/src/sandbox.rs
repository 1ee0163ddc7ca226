//! The engine, and what may be done with it.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use pogo_hal::Diagnostic;
use rhai::packages::{Package, StandardPackage};
use rhai::{
    AST, Dynamic, Engine, EvalAltResult, Module, NativeCallContext, OptimizationLevel, Position,
    Scope, Shared,
};

use crate::error::{Cause, End, ScriptError, terminated};
use crate::explain::{Explain, Explainer};
use crate::imports::{Imports, Resolver};
use crate::nesting::{self, Nesting};
use crate::roles::Roles;
use crate::source::Sources;
use crate::watch::{Permission, Watch};
use crate::{Printed, Settings, natives, parse_error};

/// Bytes of stack that a thread that runs scripts should have. Deeply nested values are noticed by
/// sampling; this is room enough for what grows until then.
pub const STACK: usize = 16 << 20;

/// Rhai's own functions, built once per process.
static STANDARD: LazyLock<Shared<Module>> =
    LazyLock::new(|| StandardPackage::new().as_shared_module());

/// Builds what every sandbox of this process shares, which takes about a millisecond: a program that
/// has something else to do first can have it done on another thread meanwhile.
pub fn warm_up() {
    LazyLock::force(&STANDARD);
    LazyLock::force(&natives::MODULE);
}

/// A Rhai engine that cannot harm its host. One script runs at a time.
pub struct Sandbox {
    pub(crate) engine: Engine,
    settings: Arc<Settings>,
    sources: Arc<Sources>,
    roles: Arc<Roles>,
    imports: Arc<Imports>,
    watch: Arc<Watch>,
    main: Arc<Mutex<String>>,
}

/// What the natives find of the sandbox that they are called in, as its engine's tag: they are the
/// same in every sandbox.
#[derive(Clone)]
pub(crate) struct Own {
    pub(crate) watch: Arc<Watch>,
    main: Arc<Mutex<String>>,
}

impl Own {
    /// Of the sandbox whose engine has called.
    pub(crate) fn of(context: &NativeCallContext) -> Option<Self> {
        context.engine().default_tag().clone().try_cast()
    }

    /// The script that runs.
    pub(crate) fn main(&self) -> String {
        self.main.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Sandbox {
    /// An engine with Rhai's standard functions, quantities, and nothing that touches the world.
    pub fn new(settings: Settings) -> Self {
        let settings = Arc::new(settings);
        let sources = Arc::<Sources>::default();
        let roles = Arc::<Roles>::default();
        let imports = Arc::new(Imports::new(&settings, sources.clone(), roles.clone()));
        let watch = Arc::new(Watch::new(settings.clone()));
        let mut engine = Engine::new_raw();
        engine.register_global_module(STANDARD.clone());
        engine.register_global_module(natives::MODULE.clone());
        natives::name_types(&mut engine);
        let main = Arc::<Mutex<String>>::default();
        let own = Own { watch: watch.clone(), main: main.clone() };
        engine.set_default_tag(Dynamic::from(own));
        engine.set_module_resolver(Resolver(imports.clone()));
        limit(&mut engine, &settings);
        listen(&mut engine, &settings, &watch);
        observe(&mut engine, &watch, &roles, settings.limits.nesting);
        Self { engine, settings, sources, roles, imports, watch, main }
    }

    /// The engine, to register verbs and their types.
    pub fn engine_mut(&mut self) -> &mut Engine {
        &mut self.engine
    }

    /// The engine, to ask it about itself.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// What explains errors while a script goes on.
    pub fn explaining(&self) -> Explain {
        let (sources, roles) = (self.sources.clone(), self.roles.clone());
        Explain { sources, roles, main: self.main.clone() }
    }

    /// Parses `text`, which the user calls `path`. The constants of `scope` are the roles: known to
    /// the script, its functions and its modules, wherever nothing of theirs has that name.
    ///
    /// # Errors
    ///
    /// The text is no script; with place and, for the usual mistakes, what to write instead.
    pub fn compile(&self, path: &str, text: &str, scope: &Scope) -> Result<AST, Diagnostic> {
        let longest = self.settings.limits.source;
        if text.len() > longest {
            let message = format!("`{path}` has {} bytes, more than {longest}", text.len());
            return Err(Diagnostic::new(message));
        }
        self.learn(path, text, scope);
        let parsed = catch_unwind(AssertUnwindSafe(|| self.engine.compile_with_scope(scope, text)));
        let mut ast = parsed
            .map_err(|panic| Diagnostic::new(format!("the parser gave up: {}", said(&*panic))))?
            .map_err(|error| {
                let place = self.sources.place(path, error.position());
                parse_error::explain(error.err_type(), place, text, &self.known(scope))
            })?;
        ast.set_source(path);
        Ok(ast)
    }

    /// Knows `text` as [`Sandbox::compile`] does, for a script that was compiled from it in another
    /// sandbox with roles of the same names.
    pub fn learn(&self, path: &str, text: &str, scope: &Scope) {
        self.roles.learn(scope);
        self.sources.learn(path, text, self.imports.folder(path).as_deref());
        self.main().replace_range(.., path);
    }

    /// The modules that `ast` imports by a literal path, and those that they import, compiled; each
    /// once. Nothing of them runs. Beside them every import that leads back to itself: running
    /// ends there.
    ///
    /// # Errors
    ///
    /// A module is not there, lies outside the root, or is no script.
    pub fn modules(&self, ast: &AST) -> Result<(Vec<AST>, Vec<Diagnostic>), ScriptError> {
        let main = ast.source().unwrap_or_default().to_owned();
        let mut found = Found::default();
        let mut path = self.imports.real(&main).into_iter().collect();
        self.collect(ast, &mut path, &mut found)
            .map_err(|error| self.explainer(&main).explain(*error))?;
        let Found { modules, circles } = found;
        Ok((modules.into_iter().map(|(_, ast)| ast).collect(), circles))
    }

    /// The native functions, verbs included, whose names are `wanted`, with the numbers of
    /// arguments that they take; a method's receiver counts as one.
    pub fn functions(
        &self,
        wanted: impl Fn(&str) -> bool + Copy,
    ) -> BTreeMap<String, BTreeSet<usize>> {
        crate::survey::functions(&self.engine, wanted)
    }

    /// Every text that was compiled so far, whether it is a script or not, by the name that the user
    /// gave it.
    pub fn texts(&self) -> Vec<(String, Arc<str>)> {
        self.sources.all()
    }

    /// Runs `ast` to its end, and gives the value of its last statement or of `exit`.
    ///
    /// # Errors
    ///
    /// The script was stopped, used too much, or ended in an error that it did not catch. Its
    /// variables are then in `scope` as far as it came.
    pub fn run(&self, scope: &mut Scope, ast: &AST) -> Result<Dynamic, ScriptError> {
        let main = ast.source().unwrap_or_default();
        self.guarded(main, || self.engine.eval_ast_with_scope::<Dynamic>(scope, ast))
    }

    /// What `error` means, of the script that was compiled or run last.
    #[expect(clippy::boxed_local, reason = "Rhai's errors come boxed")]
    pub fn explain(&self, error: Box<EvalAltResult>) -> ScriptError {
        let main = self.main().clone();
        self.explainer(&main).explain(*error)
    }

    /// The script that was compiled or run last.
    pub(crate) fn main(&self) -> MutexGuard<'_, String> {
        self.main.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn guarded(
        &self,
        main: &str,
        work: impl FnOnce() -> Result<Dynamic, Box<EvalAltResult>>,
    ) -> Result<Dynamic, ScriptError> {
        self.main().replace_range(.., main);
        let running = self.watch.begin();
        if running.outermost() {
            self.imports.begin();
        }
        match catch_unwind(AssertUnwindSafe(work)) {
            Ok(result) => {
                // Some natives, such as sorting, drop the errors of the closures they call.
                let ended = running.outermost().then(|| self.watch.ended()).flatten();
                let result = match (result, ended) {
                    (Ok(_), Some(end)) => Err(terminated(end)),
                    (result, _) => result,
                };
                result.map_err(|error| self.explainer(main).explain(*error))
            }
            Err(panic) => {
                let said = said(&*panic);
                let diagnostic = Diagnostic::new(format!("native code panicked: {said}"))
                    .with_hint("this is a bug in Pogo, not in the script");
                let diagnostic = Box::new(diagnostic);
                Err(ScriptError { diagnostic, cause: Cause::Panic(said) })
            }
        }
    }

    fn collect(
        &self,
        ast: &AST,
        path: &mut Vec<std::path::PathBuf>,
        found: &mut Found,
    ) -> Result<(), Box<EvalAltResult>> {
        let importer = ast.source().unwrap_or_default();
        for import in crate::survey(ast).imports {
            let Some(name) = &import.path else { continue };
            let place = |mut error: Box<EvalAltResult>| {
                let column = u16::try_from(import.place.column).unwrap_or(u16::MAX);
                let line = u16::try_from(import.place.line).unwrap_or(u16::MAX);
                error.set_position(Position::new(line.max(1), column));
                error
            };
            let module = self.imports.find(importer, name).map_err(place)?;
            if path.contains(&module.real) {
                let (message, hint) = crate::imports::leads_back(name);
                let circle = Diagnostic::new(message).at(import.place).with_hint(hint);
                found.circles.push(circle);
                continue;
            }
            if found.modules.iter().any(|(real, _)| *real == module.real) {
                continue;
            }
            let scope = self.roles.scope();
            let inner = self.imports.compile(&self.engine, &scope, &module).map_err(place)?;
            path.push(module.real.clone());
            let outcome = self.collect(&inner, path, found);
            path.pop();
            outcome.map_err(|error| {
                place(EvalAltResult::ErrorInModule(module.shown, error, Position::NONE).into())
            })?;
            found.modules.push((module.real, inner));
        }
        Ok(())
    }

    fn explainer<'a>(&'a self, main: &'a str) -> Explainer<'a> {
        Explainer { engine: &self.engine, sources: &self.sources, roles: &self.roles, main }
    }

    fn known(&self, scope: &Scope) -> Vec<String> {
        scope.iter().map(|(name, ..)| name.to_owned()).chain(self.roles.names()).collect()
    }
}

/// What a script imports.
#[derive(Default)]
struct Found {
    modules: Vec<(std::path::PathBuf, AST)>,
    circles: Vec<Diagnostic>,
}

fn limit(engine: &mut Engine, settings: &Settings) {
    let limits = &settings.limits;
    engine
        .set_max_operations(limits.operations)
        .set_max_call_levels(limits.call_levels)
        .set_max_expr_depths(limits.expression_depth, limits.function_expression_depth)
        .set_max_string_size(limits.text)
        .set_max_array_size(limits.array)
        .set_max_map_size(limits.map)
        .set_max_variables(limits.variables)
        .set_max_functions(limits.functions)
        .set_max_modules(limits.modules)
        .set_max_strings_interned(256)
        .set_strict_variables(true)
        .set_fail_on_invalid_map_property(true)
        .set_optimization_level(OptimizationLevel::None)
        .disable_symbol("eval");
}

fn listen(engine: &mut Engine, settings: &Arc<Settings>, watch: &Arc<Watch>) {
    let say = |settings: Arc<Settings>, watch: Arc<Watch>| {
        move |text: &str, line: Option<usize>| {
            let longest = settings.limits.line;
            let cut = (0..=longest.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
            let kept = &text[..cut.unwrap_or(0)];
            let dots = if kept.len() < text.len() { " …" } else { "" };
            match watch.may_print(kept.len() + 1) {
                Permission::Yes => {
                    (settings.print)(Printed { text: format!("{kept}{dots}"), line })
                }
                Permission::LastWord => {
                    let text = format!("… no more: {} bytes were printed", settings.limits.output);
                    (settings.print)(Printed { text, line });
                }
                Permission::No => {}
            }
        }
    };
    let print = say(settings.clone(), watch.clone());
    engine.on_print(move |text| print(text, None));
    let debug = say(settings.clone(), watch.clone());
    engine.on_debug(move |text, _, position| debug(text, position.line()));
}

fn observe(engine: &mut Engine, watch: &Arc<Watch>, roles: &Arc<Roles>, levels: usize) {
    let watching = watch.clone();
    engine.on_progress(move |_| watching.tick().map(Dynamic::from::<End>));
    let (watching, roles, nesting) = (watch.clone(), roles.clone(), Nesting::default());
    #[expect(deprecated, reason = "Rhai marks what it may change; the version is pinned")]
    engine.on_var(move |name, index, context| {
        if nesting.chosen() {
            let value = context.scope().get(name);
            if value.is_some_and(|it| nesting::deeper_than(it, levels)) {
                let message = format!("`{name}` nests deeper than {levels} levels");
                let hint = "a value inside a value inside a value …: keep a flat array or map";
                return Err(terminated(watching.end(End::limit(message, hint))));
            }
        }
        Ok(roles.resolve(name, index, &context))
    });
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|it| (*it).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".into())
}

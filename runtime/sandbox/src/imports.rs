//! Imports: modules below one folder, each read once per run, none of them imported by itself.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pogo_hal::Overlay;
use rhai::module_resolvers::DummyModuleResolver;
use rhai::{
    AST, Engine, EvalAltResult, GlobalRuntimeState, Module, ModuleResolver, Position, Scope, Shared,
};

use crate::roles::Roles;
use crate::source::Sources;
use crate::{Settings, script_error};

type Result<T> = std::result::Result<T, Box<EvalAltResult>>;

/// How deep modules may import each other.
const DEPTH: usize = 16;

/// The modules of one sandbox.
pub(crate) struct Imports {
    root: PathBuf,
    longest: usize,
    overlay: Overlay,
    sources: Arc<Sources>,
    roles: Arc<Roles>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    loaded: BTreeMap<PathBuf, Shared<Module>>,
    loading: Vec<PathBuf>,
}

/// A module's file, found but not read.
pub(crate) struct Found {
    pub(crate) real: PathBuf,
    /// The name that the user would give it: relative to how the importing file was named.
    pub(crate) shown: String,
}

impl Imports {
    pub(crate) fn new(settings: &Settings, sources: Arc<Sources>, roles: Arc<Roles>) -> Self {
        let root = settings.root.canonicalize().unwrap_or_else(|_| settings.root.clone());
        let (longest, overlay) = (settings.limits.source, settings.overlay.clone());
        Self { root, longest, overlay, sources, roles, state: Mutex::default() }
    }

    /// Forgets the modules of the run before.
    pub(crate) fn begin(&self) {
        *self.lock() = State::default();
    }

    /// The folder in which the imports of `file` start; `None` if that is the root.
    pub(crate) fn folder(&self, file: &str) -> Option<PathBuf> {
        let real = Path::new(file).canonicalize().ok()?;
        real.parent().filter(|it| it.starts_with(&self.root)).map(Path::to_owned)
    }

    /// The file itself, if there is one.
    pub(crate) fn real(&self, file: &str) -> Option<PathBuf> {
        Path::new(file).canonicalize().ok()
    }

    /// Where `path` leads from the file `importer`.
    pub(crate) fn find(&self, importer: &str, path: &str) -> Result<Found> {
        let inside = format!(
            "a module is named by its path from the importing file, as in `import \"rails\" as \
             rails`, and lies below `{}`",
            self.root.display()
        );
        let refuse = |what: &str| {
            Err(script_error(format!("import of `{path}` {what}"), Some(inside.clone())))
        };
        let plain = |it: Component| matches!(it, Component::Normal(_));
        if path.is_empty()
            || path.contains(['\\', ':', '\0'])
            || !Path::new(path).components().all(plain)
        {
            return refuse("leaves the script's folder");
        }
        let mut file = PathBuf::from(path);
        if file.extension().is_none_or(|it| it != "rhai") {
            file.as_mut_os_string().push(".rhai");
        }
        let folder = self.sources.get(importer).and_then(|it| it.folder);
        let wanted = folder.as_deref().unwrap_or(&self.root).join(&file);
        let Ok(real) = wanted.canonicalize() else { return refuse("finds no such file") };
        if !real.starts_with(&self.root) {
            return refuse("leaves the script's folder");
        }
        if !real.is_file() {
            return refuse("finds no such file");
        }
        let shown = Path::new(importer).with_file_name("").join(file);
        Ok(Found { real, shown: shown.to_string_lossy().into_owned() })
    }

    /// Reads and compiles what was found.
    pub(crate) fn compile(&self, engine: &Engine, scope: &Scope, found: &Found) -> Result<AST> {
        let unreadable = |why: String| {
            script_error(format!("import of `{}`: {why}", found.shown), None::<String>)
        };
        let length = match self.overlay.open(&found.real) {
            Some(text) => text.len() as u64,
            None => found.real.metadata().map_err(|error| unreadable(error.to_string()))?.len(),
        };
        if length > self.longest as u64 {
            return Err(unreadable(format!("{length} bytes is longer than {}", self.longest)));
        }
        let text = self.overlay.read(&found.real).map_err(|error| unreadable(error.to_string()))?;
        self.sources.learn(&found.shown, &text, found.real.parent());
        let mut ast = engine.compile_with_scope(scope, &text).map_err(|error| {
            let parsing = EvalAltResult::ErrorParsing(error.err_type().clone(), error.position());
            Box::new(EvalAltResult::ErrorInModule(
                found.shown.clone(),
                parsing.into(),
                Position::NONE,
            ))
        })?;
        ast.set_source(found.shown.as_str());
        Ok(ast)
    }

    fn load(
        &self,
        engine: &Engine,
        global: &mut GlobalRuntimeState,
        found: &Found,
    ) -> Result<Shared<Module>> {
        let mut scope = self.roles.scope();
        let ast = self.compile(engine, &scope, found)?;
        let module = Module::eval_ast_as_new_raw(engine, &mut scope, global, &ast);
        module.map(Into::into).map_err(|error| {
            if error.is_system_exception() {
                // Wrapped, it could be caught: an `ErrorInModule` always can.
                return error;
            }
            EvalAltResult::ErrorInModule(found.shown.clone(), error, Position::NONE).into()
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a file is to be told when it imports itself, however indirectly, and what to do.
pub(crate) fn leads_back(path: &str) -> (String, &'static str) {
    (format!("import of `{path}` leads back to itself"), "move what both need into a third file")
}

/// [`Imports`] as Rhai asks for them.
pub(crate) struct Resolver(pub(crate) Arc<Imports>);

impl ModuleResolver for Resolver {
    fn resolve(
        &self,
        engine: &Engine,
        source: Option<&str>,
        path: &str,
        position: Position,
    ) -> Result<Shared<Module>> {
        // Rhai asks `resolve_raw` whenever a script runs.
        DummyModuleResolver::new().resolve(engine, source, path, position)
    }

    fn resolve_raw(
        &self,
        engine: &Engine,
        global: &mut GlobalRuntimeState,
        _scope: &mut Scope,
        path: &str,
        position: Position,
    ) -> Result<Shared<Module>> {
        let place = |mut error: Box<EvalAltResult>| {
            error.set_position(position);
            error
        };
        let importer = global.source().unwrap_or_default().to_owned();
        let found = self.0.find(&importer, path).map_err(place)?;
        let main = Path::new(&importer).canonicalize().ok();
        {
            let mut state = self.0.lock();
            if let Some(module) = state.loaded.get(&found.real) {
                return Ok(module.clone());
            }
            if state.loading.contains(&found.real) || main.as_ref() == Some(&found.real) {
                let (message, hint) = leads_back(path);
                return Err(place(script_error(message, Some(hint.to_owned()))));
            }
            if state.loading.len() >= DEPTH {
                let message = format!("imports are nested deeper than {DEPTH}");
                return Err(place(script_error(message, None::<String>)));
            }
            state.loading.push(found.real.clone());
        }
        let module = self.0.load(engine, global, &found);
        let mut state = self.0.lock();
        state.loading.pop();
        let module = module.map_err(place)?;
        state.loaded.insert(found.real, module.clone());
        Ok(module)
    }
}

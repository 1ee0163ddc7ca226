//! Where models are found: beside the fixture first, then among those that are built in.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use pogo_hal::{Diagnostic, nearest};

use crate::model::MODBUS;
use crate::{Model, read};

macro_rules! built_in {
    ($($name:literal),* $(,)?) => {
        /// Name and text of every model that comes with Pogo, sorted by name.
        static BUILT_IN: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../", $name, ".toml")))),*];
    };
}

built_in!["keithley-dmm6500", "keysight-34461a", "keysight-e36312a", "rigol-dp832"];

/// The names of the models that come with Pogo, sorted.
pub fn builtin() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|(name, _)| *name)
}

/// The model called `name`: `<name>.toml` in the folder `beside`, which is the fixture's, or else
/// the one that comes with Pogo.
///
/// # Errors
///
/// There is neither (the hint names the nearest), or its file is no model or cannot be read.
pub fn find(name: &str, beside: Option<&Path>) -> Result<Arc<Model>, Diagnostic> {
    // A name, never a way out of the folder.
    let plain = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if plain && !name.is_empty() && !name.starts_with('.') {
        if let Some(path) = beside.map(|folder| folder.join(format!("{name}.toml"))) {
            let shown = path.display().to_string();
            match std::fs::read_to_string(&path) {
                Ok(text) => return read(name, &shown, &text).map(Arc::new),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => {
                    return Err(Diagnostic::new(format!("`{shown}` cannot be read: {error}")));
                }
            }
        }
        if let Some((_, text)) = BUILT_IN.iter().find(|(it, _)| *it == name) {
            return read(name, &format!("{name}.toml"), text).map(Arc::new);
        }
        if name == MODBUS {
            return Ok(Arc::new(Model::of_the_fixture()));
        }
    }
    let diagnostic = Diagnostic::new(format!("there is no model `{name}`"));
    let beside: Vec<String> = beside.map(models_in).unwrap_or_default();
    let known: Vec<&str> = BUILT_IN
        .iter()
        .map(|(name, _)| *name)
        .chain(beside.iter().map(String::as_str))
        .chain([MODBUS])
        .collect();
    Err(match nearest(name, known) {
        Some(it) => diagnostic.with_hint(format!("did you mean `{it}`?")),
        None => diagnostic.with_hint(
            "`pogo models` lists those that come with Pogo; \
             your own is a file `<name>.toml` beside the fixture",
        ),
    })
}

/// The models of a fixture. Each is read once, however many roles name it and whoever asks.
#[derive(Debug)]
pub struct Models {
    beside: PathBuf,
    read: Mutex<BTreeMap<String, Arc<OnceLock<Found>>>>,
}

type Found = Result<Arc<Model>, Diagnostic>;

impl Models {
    /// Those in `folder`, which is the fixture's, and those that come with Pogo.
    pub fn beside(folder: &Path) -> Self {
        Self { beside: folder.to_owned(), read: Mutex::default() }
    }

    /// The model called `name`.
    ///
    /// # Errors
    ///
    /// As [`find`].
    pub fn find(&self, name: &str) -> Result<Arc<Model>, Diagnostic> {
        let model = {
            let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
            read.entry(name.to_owned()).or_default().clone()
        };
        // Whoever asks for one that is being read waits for it.
        model.get_or_init(|| find(name, Some(&self.beside))).clone()
    }

    /// Begins to read the models of these `names` on another thread, the last one first: who asks for
    /// them meanwhile begins with the first. Reading one takes half a millisecond.
    pub fn read_ahead<'a>(self: &Arc<Self>, names: impl Iterator<Item = &'a str>) {
        let mut distinct: Vec<String> = Vec::new();
        for name in names {
            if !distinct.iter().any(|it| it == name) {
                distinct.push(name.to_owned());
            }
        }
        // The first one is wanted at once.
        let rest = distinct.split_off(distinct.len().min(1));
        if !rest.is_empty() {
            let models = self.clone();
            // Without it everything is as it was, only later.
            let read = move || rest.iter().rev().for_each(|name| drop(models.find(name)));
            let _ = std::thread::Builder::new().name("models".into()).spawn(read);
        }
    }
}

/// The names of TOML files in `folder`, sorted; a fixture is among them, which does no harm.
fn models_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.file_name().to_str()?.strip_suffix(".toml").map(str::to_owned))
        .collect();
    names.sort();
    names
}

//! What to run: a script, or a product's folder with the scripts in order.

use std::path::{Path, PathBuf};

use pogo_hal::{Diagnostic, toml_file};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::fixture::{hex, unreadable};

/// The scripts of one run and what they are about.
#[derive(Clone, Debug)]
pub struct Product {
    /// What the unit is called: `TH-100`; a lone script gives its own name.
    pub name: String,
    /// The folder below which imports stay.
    pub folder: PathBuf,
    /// The scripts, in the order they run.
    pub scripts: Vec<Script>,
    /// The fixture that `product.toml` names, if it names one.
    pub fixture: Option<PathBuf>,
    plan: String,
}

/// A script file's text.
#[derive(Clone, Debug)]
pub struct Script {
    /// The file, as the user named it or its product's folder.
    pub path: PathBuf,
    /// What stands in it.
    pub text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    product: Table,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    name: String,
    scripts: Vec<PathBuf>,
    fixture: Option<PathBuf>,
}

const FILE: &str = "product.toml";

impl Product {
    /// Reads a script, or a folder with a `product.toml`. A script that such a folder lists keeps
    /// the product's name and fixture.
    ///
    /// # Errors
    ///
    /// A file is missing, cannot be read, or `product.toml` says something it cannot say.
    pub fn read(path: &Path) -> Result<Self, Diagnostic> {
        if path.is_dir() {
            let table = Self::table(path)?.ok_or_else(|| {
                Diagnostic::new(format!("`{}` has no `{FILE}`", path.display()))
                    .with_hint("name a script, or write a `product.toml` that lists the scripts")
            })?;
            let scripts = table.scripts.iter().map(|script| Script::read(&path.join(script)));
            return Ok(Self {
                plan: table.name.clone(),
                name: table.name,
                folder: path.to_owned(),
                scripts: scripts.collect::<Result<_, _>>()?,
                fixture: table.fixture.map(|fixture| path.join(fixture)),
            });
        }
        let script = Script::read(path)?;
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        let table = Self::table(&folder)?;
        let own = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let Some(table) = table else {
            let (name, plan) = (own.clone(), own);
            return Ok(Self { name, folder, scripts: vec![script], fixture: None, plan });
        };
        let plan = format!("{}/{own}", table.name);
        let fixture = table.fixture.map(|it| folder.join(it));
        Ok(Self { name: table.name, folder, scripts: vec![script], fixture, plan })
    }

    /// A script that no folder knows, for tests.
    #[cfg(test)]
    pub(crate) fn of_one_script(script: Script) -> Self {
        let (name, folder) = ("TH-100".to_owned(), PathBuf::from("."));
        Self { plan: name.clone(), name, folder, scripts: vec![script], fixture: None }
    }

    /// What attempts are counted for: the product's name for a whole product, and with the
    /// script's behind it where one script was asked for.
    pub fn plan(&self) -> &str {
        &self.plan
    }

    /// SHA-256 over the scripts in order, each preceded by its length, in hex: the plan that
    /// attempts are counted for.
    pub fn sha256(&self) -> String {
        let mut hasher = Sha256::new();
        for script in &self.scripts {
            hasher.update((script.text.len() as u64).to_be_bytes());
            hasher.update(script.text.as_bytes());
        }
        hex(&hasher.finalize())
    }

    fn table(folder: &Path) -> Result<Option<Table>, Diagnostic> {
        let path = folder.join(FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(unreadable(&path, &cause)),
        };
        let section = toml_file::read(&path.display().to_string(), &text)?;
        let place = section.place_of("product");
        let File { product } = section.read()?;
        if product.scripts.is_empty() {
            return Err(Diagnostic::new("the product lists no script")
                .at(place)
                .with_hint("write `scripts = [\"power.rhai\"]`"));
        }
        Ok(Some(product))
    }
}

impl Script {
    fn read(path: &Path) -> Result<Self, Diagnostic> {
        let text = std::fs::read_to_string(path).map_err(|cause| unreadable(path, &cause))?;
        Ok(Self { path: path.to_owned(), text })
    }
}

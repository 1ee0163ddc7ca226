//! What a script belongs to: its product and the fixture, read as the editor has them.
//!
//! Tables are read again only when their text has changed: one that was read stays in memory for
//! good, because whoever understands a part of it later can still point at the line.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pogo_hal::{Code, Diagnostic, Overlay};
use pogo_models::Models;
use pogo_runtime::{CAPABILITIES, Fixture, KnownRole, Product};

use super::documents::{Documents, is_same};
use super::functions::imports;
use super::lexer::tokens;
use crate::bench::Bench;
use crate::roles;
use crate::simulated::Simulated;

const PRODUCT: &str = "product.toml";

/// A fixture, as far as scripts are held against it.
#[derive(Clone, Debug)]
pub struct Bed {
    /// Its roles.
    pub roles: Vec<KnownRole>,
    /// The files that only its simulated bench reads.
    pub simulates: Vec<PathBuf>,
    /// What is wrong with it.
    pub wrong: Vec<Diagnostic>,
}

/// Products and fixtures, as they were read last.
#[derive(Debug, Default)]
pub struct Projects {
    /// The fixture of scripts whose product names none.
    pub fixture: Option<PathBuf>,
    products: BTreeMap<PathBuf, (Vec<(PathBuf, String)>, Product)>,
    beds: BTreeMap<PathBuf, (String, Bed)>,
}

/// What is checked as one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// A product, by its folder.
    Product(PathBuf),
    /// A script that no product reaches.
    Script(PathBuf),
    /// A fixture that no product names.
    Fixture(PathBuf),
}

impl Target {
    /// The file that is meant where something is wrong with all of it.
    pub fn file(&self) -> PathBuf {
        match self {
            Self::Product(folder) => folder.join(PRODUCT),
            Self::Script(file) | Self::Fixture(file) => file.clone(),
        }
    }

    /// What [`Product`] reads.
    fn path(&self) -> &Path {
        let (Self::Product(path) | Self::Script(path) | Self::Fixture(path)) = self;
        path
    }
}

impl Projects {
    /// What the file at `path` is checked with; `None` if it is nothing that Pogo checks.
    pub fn target(&mut self, path: &Path, overlay: &Overlay) -> Option<Target> {
        let is_there = |folder: &&Path| {
            let file = folder.join(PRODUCT);
            overlay.open(&file).is_some() || file.is_file()
        };
        let folder = path.ancestors().skip(1).find(is_there).map(Path::to_owned);
        let is_script = path.extension().is_some_and(|it| it == "rhai");
        let product = folder.as_ref().map(|it| self.product(&Target::Product(it.clone()), overlay));
        let named = product.as_ref().and_then(|it| it.as_ref().ok());
        let fixture = self.fixture_of(named);
        let bed = fixture.as_ref().and_then(|it| self.bed(it, overlay).ok());
        if bed.is_some_and(|it| it.simulates.iter().any(|it| is_same(it, path))) {
            return None;
        }
        let folder = folder.map(Target::Product);
        match (folder, product) {
            // What it reaches cannot be said, and it is what has to be put right first.
            (Some(target), Some(Err(_))) => Some(target),
            (Some(target), Some(Ok(product))) if belongs(path, &product, fixture, overlay) => {
                Some(target)
            }
            _ if is_script => {
                let is_device = path.to_string_lossy().ends_with(".dut.rhai");
                (!is_device).then(|| Target::Script(path.to_owned()))
            }
            _ if path.to_string_lossy().ends_with(".fixture.toml") => {
                Some(Target::Fixture(path.to_owned()))
            }
            _ => None,
        }
    }

    /// The product that `target` is, as it stands in `overlay`.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub fn product(&mut self, target: &Target, overlay: &Overlay) -> Result<Product, Diagnostic> {
        let path = target.path();
        if let Some((texts, product)) = self.products.get_mut(path) {
            let is_same = |(file, text): &(PathBuf, String)| {
                overlay.read(file).map_or(text.is_empty(), |it| it == *text)
            };
            if texts.iter().all(is_same) && product.read_scripts_again(overlay).is_ok() {
                return Ok(product.clone());
            }
        }
        let product = Product::read_through(path, overlay)?;
        let own = product.folder.join(PRODUCT);
        let tables = std::iter::once(own).chain(product.limits.iter().map(|it| it.path.clone()));
        // A file that is not there counts as one with nothing in it.
        let texts = tables.map(|it| (it.clone(), overlay.read(&it).unwrap_or_default())).collect();
        self.products.insert(path.to_owned(), (texts, product.clone()));
        Ok(product)
    }

    /// The fixture that scripts of `product` run on.
    pub fn fixture_of(&self, product: Option<&Product>) -> Option<PathBuf> {
        product.and_then(|it| it.fixture.clone()).or_else(|| self.fixture.clone())
    }

    /// The fixture in the file at `path`. Nothing of it is opened.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub fn bed(&mut self, path: &Path, overlay: &Overlay) -> Result<Bed, Diagnostic> {
        let text = overlay.read(path).unwrap_or_default();
        if let Some((before, bed)) = self.beds.get(path)
            && *before == text
        {
            return Ok(bed.clone());
        }
        let fixture = Fixture::read_through(path, overlay)?;
        let models = Models::beside(fixture.folder());
        let mut known = roles::known(&fixture, &models);
        let unit = CAPABILITIES.iter().find(|it| it.is_of_the_unit());
        known.extend(unit.map(|it| KnownRole::new(it.role, it.name)));
        let wrong =
            Bench::understand(&fixture, &models, Simulated::None, 0, &[]).err().unwrap_or_default();
        let wrong = wrong.into_iter().map(|it| it.coded(Code::Misfit)).collect();
        let file = |key: &str| fixture.sim.clone()?.take::<PathBuf>(key).ok().flatten();
        let simulates = ["device", "catalogue"].into_iter().filter_map(file);
        let simulates = simulates.map(|it| fixture.folder().join(it)).collect();
        let bed = Bed { roles: known, simulates, wrong };
        self.beds.insert(path.to_owned(), (text, bed.clone()));
        Ok(bed)
    }
}

/// Whether a check of `product` looks at the file at `path`.
fn belongs(path: &Path, product: &Product, fixture: Option<PathBuf>, overlay: &Overlay) -> bool {
    let limits = product.limits.as_ref().map(|it| it.path.clone());
    let tables = [Some(product.folder.join(PRODUCT)), limits, fixture];
    tables.into_iter().flatten().chain(reached(product, overlay)).any(|it| is_same(&it, path))
}

/// The scripts of `product`, and what they import.
pub fn reached(product: &Product, overlay: &Overlay) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = product.scripts.iter().map(|it| it.path.clone()).collect();
    let mut next = 0;
    while let Some(file) = files.get(next).cloned() {
        next += 1;
        let Ok(text) = overlay.read(&file) else { continue };
        for import in imports(&text, &tokens(&text)) {
            files.extend(import.file(&file).filter(|it| !files.contains(it)));
        }
    }
    files
}

/// The text of the file at `path`, open or not.
pub fn text_of(path: &Path, documents: &Documents) -> Option<String> {
    match documents.of_file(path) {
        Some(document) => Some(document.text.to_string()),
        None => std::fs::read_to_string(path).ok(),
    }
}

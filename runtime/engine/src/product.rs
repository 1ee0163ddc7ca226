//! What to run: a script, or a product's folder with the scripts in order.

use std::path::{Component, Path, PathBuf};

use pogo_hal::{Code, Diagnostic, Overlay, Place, nearest, toml_file};
use pogo_record::{HashedFile, Pattern};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::fixture::{hex, unreadable};
use crate::limit_file::{FiledLimit, LimitFile};
use crate::unit::{Identity, Required};

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
    /// The limits file that `product.toml` names, if it names one.
    pub limits: Option<LimitFile>,
    /// The variants that there are of it.
    pub variants: Vec<String>,
    /// The variant that is run; `None` if there are none, or nobody has said yet.
    pub variant: Option<String>,
    /// What it asks of its units.
    pub identity: Identity,
    /// What it was read through, which its scripts' imports are read through too.
    pub(crate) overlay: Overlay,
    plan: String,
    /// `product.toml`, if there is one, and where that is.
    own_file: Option<(HashedFile, PathBuf)>,
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
struct Table {
    name: String,
    scripts: Vec<PathBuf>,
    fixture: Option<PathBuf>,
    limits: Option<PathBuf>,
    #[serde(default)]
    variants: Vec<String>,
    revision: Option<String>,
    serial: Option<String>,
    udi: Option<String>,
    #[serde(default)]
    requires: Vec<Required>,
}

/// A `product.toml`, read.
struct Own {
    table: Table,
    identity: Identity,
    sha256: String,
    /// Where the scripts are listed.
    scripts: Place,
}

const FILE: &str = "product.toml";
/// The plan of a run whose script is typed.
const TYPED: &str = "shell";

impl Product {
    /// Reads a script, or a folder with a `product.toml`. A script that such a folder lists keeps
    /// the product's name and fixture.
    ///
    /// # Errors
    ///
    /// A file is missing, cannot be read, or `product.toml` says something it cannot say.
    pub fn read(path: &Path) -> Result<Self, Diagnostic> {
        Self::read_through(path, &Overlay::default())
    }

    /// Reads a script or folder as its files stand in `overlay`; a check of it reads what it imports
    /// there too.
    ///
    /// # Errors
    ///
    /// As those of [`read`](Self::read).
    pub fn read_through(path: &Path, overlay: &Overlay) -> Result<Self, Diagnostic> {
        if path.is_dir() {
            let Own { table, identity, sha256, scripts: place } = Self::own(path, overlay)?
                .ok_or_else(|| {
                    Diagnostic::new(format!("`{}` has no `{FILE}`", path.display()))
                        .coded(Code::Unreadable)
                        .with_hint(
                            "name a script, or write a `product.toml` that lists the scripts",
                        )
                })?;
            let listed = |it: Diagnostic| it.at(place.clone());
            let read = |script: &PathBuf| Script::read(&path.join(script), overlay).map_err(listed);
            let scripts = table.scripts.iter().map(read);
            let limits = table.limits(path, overlay)?;
            return Ok(Self {
                plan: table.name.clone(),
                name: table.name,
                folder: path.to_owned(),
                scripts: scripts.collect::<Result<_, _>>()?,
                fixture: table.fixture.map(|fixture| path.join(fixture)),
                limits,
                variants: table.variants,
                variant: None,
                identity,
                overlay: overlay.clone(),
                own_file: Some(own_file(sha256, path)),
            });
        }
        let script = Script::read(path, overlay)?;
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        let table = Self::own(&folder, overlay)?;
        let own = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let scripts = vec![script];
        let Some(Own { table, identity, sha256, .. }) = table else {
            let (name, plan, identity) = (own.clone(), own, Identity::default());
            return Ok(Self {
                name,
                folder,
                scripts,
                fixture: None,
                limits: None,
                variants: Vec::new(),
                variant: None,
                identity,
                overlay: overlay.clone(),
                plan,
                own_file: None,
            });
        };
        let plan = format!("{}/{own}", table.name);
        let limits = table.limits(&folder, overlay)?;
        let fixture = table.fixture.map(|it| folder.join(it));
        let (name, variants, variant) = (table.name, table.variants, None);
        let own_file = Some(own_file(sha256, &folder));
        Ok(Self {
            name,
            folder,
            scripts,
            fixture,
            limits,
            variants,
            variant,
            identity,
            overlay: overlay.clone(),
            plan,
            own_file,
        })
    }

    /// The same without its scripts: what is done is typed.
    #[must_use]
    pub fn typed(self) -> Self {
        Self { scripts: Vec::new(), plan: TYPED.to_owned(), ..self }
    }

    /// No product at all: what is done is typed. Imports stay in `folder`.
    pub fn of_nothing(folder: &Path) -> Self {
        Self {
            plan: TYPED.to_owned(),
            name: TYPED.to_owned(),
            folder: folder.to_owned(),
            scripts: Vec::new(),
            fixture: None,
            limits: None,
            variants: Vec::new(),
            variant: None,
            identity: Identity::default(),
            own_file: None,
            overlay: Overlay::default(),
        }
    }

    /// A script that no folder knows, for tests.
    #[cfg(test)]
    pub(crate) fn of_one_script(script: Script) -> Self {
        let (name, folder) = ("TH-100".to_owned(), PathBuf::from("."));
        let (plan, identity) = (name.clone(), Identity::default());
        Self {
            plan,
            name,
            folder,
            scripts: vec![script],
            fixture: None,
            limits: None,
            variants: Vec::new(),
            variant: None,
            identity,
            overlay: Overlay::default(),
            own_file: None,
        }
    }

    /// The same, of this variant.
    ///
    /// # Errors
    ///
    /// There is no such variant, or there are variants and none is said: nothing may decide for
    /// whoever tests a unit which limits are its own.
    pub fn of_variant(mut self, variant: Option<&str>) -> Result<Self, Diagnostic> {
        let known = self.variants.join(", ");
        let wrong = |it: Diagnostic| match &self.own_file {
            Some((_, path)) => {
                it.coded(Code::Misfit).at(Place::of(&path.display().to_string().into(), "", 0..0))
            }
            None => it,
        };
        match variant {
            None if self.variants.is_empty() => {}
            None => {
                let it = Diagnostic::new(format!("`{}` has variants, and none is said", self.name));
                return Err(wrong(it.with_hint(format!("give `--variant`: one of {known}"))));
            }
            Some(it) if self.variants.iter().any(|known| known == it) => {}
            Some(it) => {
                let message = format!("`{it}` is not a variant of `{}`", self.name);
                let hint = match nearest(it, self.variants.iter().map(String::as_str)) {
                    Some(known) => format!("did you mean `{known}`?"),
                    None if known.is_empty() => "`variants` of `product.toml` lists them".into(),
                    None => format!("there are {known}"),
                };
                return Err(wrong(Diagnostic::new(message).with_hint(hint)));
            }
        }
        self.variant = variant.map(str::to_owned);
        Ok(self)
    }

    /// Reads its scripts again, as they stand in `overlay`, and nothing else.
    ///
    /// # Errors
    ///
    /// A script is missing or cannot be read.
    pub fn read_scripts_again(&mut self, overlay: &Overlay) -> Result<(), Diagnostic> {
        for script in &mut self.scripts {
            *script = Script::read(&script.path, overlay)?;
        }
        self.overlay = overlay.clone();
        Ok(())
    }

    /// The limit of the measurement `name` in the limits file, for the variant that is run.
    pub fn limit(&self, name: &str) -> Option<&FiledLimit> {
        self.limits.as_ref()?.find(name, self.variant.as_deref())
    }

    /// Whether all of its scripts are run, and not one that was picked out.
    pub fn is_whole(&self) -> bool {
        self.plan == self.name && self.own_file.is_some()
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

    /// The file at `path` with its hash; `None` if it cannot be read any more.
    pub(crate) fn hashed(&self, path: &Path) -> Option<HashedFile> {
        let bytes = std::fs::read(path).ok()?;
        Some(HashedFile { name: self.name_of(path), sha256: hex(&Sha256::digest(bytes)) })
    }

    /// The files that the product itself names, each with its hash.
    pub(crate) fn files(&self) -> impl Iterator<Item = HashedFile> {
        let script = |script: &Script| HashedFile {
            name: self.name_of(&script.path),
            sha256: hex(&Sha256::digest(script.text.as_bytes())),
        };
        let limits = self
            .limits
            .iter()
            .map(|file| HashedFile { name: self.name_of(&file.path), sha256: file.sha256.clone() });
        let own_file = self.own_file.iter().map(|(file, _)| file.clone());
        self.scripts.iter().map(script).chain(own_file).chain(limits)
    }

    /// A path below the product's folder, as the record has it.
    fn name_of(&self, path: &Path) -> String {
        let below = path.strip_prefix(&self.folder).unwrap_or(path);
        let parts = below.components().filter(|it| !matches!(it, Component::CurDir));
        let parts = parts.map(|it| it.as_os_str().to_string_lossy());
        parts.collect::<Vec<_>>().join("/")
    }

    fn own(folder: &Path, overlay: &Overlay) -> Result<Option<Own>, Diagnostic> {
        let path = folder.join(FILE);
        let text = match overlay.read(&path) {
            Ok(text) => text,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(unreadable(&path, &cause)),
        };
        let section = toml_file::read(&path.display().to_string(), &text)?;
        let mut section = section;
        let Some(product) = section.take_section("product")? else {
            return Err(Diagnostic::new("there is no `[product]` table")
                .coded(Code::MissingKey)
                .at(section.place())
                .with_hint("begin it with `[product]` and `name = \"TH-100\"`"));
        };
        section.deny_rest(&["product"])?;
        let place = product.place_of("scripts");
        let pattern_place = product.place_of("serial");
        let mut product: Table = product.read()?;
        if product.scripts.is_empty() {
            return Err(Diagnostic::new("the product lists no script")
                .coded(Code::BadValue)
                .at(place.clone())
                .with_hint("write `scripts = [\"power.rhai\"]`"));
        }
        let serial = product.serial.take().map(|it| Pattern::new(&it)).transpose();
        let identity = Identity {
            revision: product.revision.take(),
            serial: serial.map_err(|it| {
                Diagnostic::new(it.to_string()).coded(Code::BadValue).at(pattern_place)
            })?,
            device_identifier: product.udi.take(),
            requires: std::mem::take(&mut product.requires),
        };
        let sha256 = hex(&Sha256::digest(text.as_bytes()));
        Ok(Some(Own { table: product, identity, sha256, scripts: place }))
    }
}

impl Table {
    /// The limits file that it names, in `folder`.
    fn limits(&self, folder: &Path, overlay: &Overlay) -> Result<Option<LimitFile>, Diagnostic> {
        let read = |it: &PathBuf| LimitFile::read(&folder.join(it), &self.variants, overlay);
        let file = self.limits.as_ref().map(read);
        file.transpose()
    }
}

fn own_file(sha256: String, folder: &Path) -> (HashedFile, PathBuf) {
    (HashedFile { name: FILE.into(), sha256 }, folder.join(FILE))
}

impl Script {
    fn read(path: &Path, overlay: &Overlay) -> Result<Self, Diagnostic> {
        let text = overlay.read(path).map_err(|cause| unreadable(path, &cause))?;
        Ok(Self { path: path.to_owned(), text })
    }
}

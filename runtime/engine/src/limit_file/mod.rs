//! Limits in a file of their own: by measurement, and by variant of the product.
//!
//! A measurement has its limit here or in its script, never in both and never in neither. Each limit
//! here says by which rule it judges and which revision of which document it is taken from.

mod find;
mod limit;
mod read;
mod taken;

use std::path::PathBuf;

use pogo_hal::Place;
use pogo_record::{Limit, LimitSource};

pub(crate) use find::{mistake, nowhere, twice};
pub use taken::Taken;
pub(crate) use taken::{limits_of, taken, unclaimed};

/// A limits file, understood.
#[derive(Clone, Debug)]
pub struct LimitFile {
    /// The file, as the user named its product.
    pub path: PathBuf,
    /// SHA-256 of the file's bytes, in hex.
    pub sha256: String,
    /// What it says, in the order of the file.
    pub measurements: Vec<Measurement>,
}

/// What a limits file says of one measurement or check.
#[derive(Clone, Debug)]
pub struct Measurement {
    /// What scripts and statistics call it.
    pub name: String,
    /// Where that stands.
    pub place: Place,
    /// What holds for every variant that has no limit of its own; `None` if each has one.
    pub common: Option<FiledLimit>,
    /// What holds for single variants, by name, in the order of the file.
    pub of_variants: Vec<(String, FiledLimit)>,
}

/// A limit of a limits file.
#[derive(Clone, Debug)]
pub struct FiledLimit {
    /// What a value has to be.
    pub limit: Limit,
    /// By which rule it is judged; `simple` is the only one so far.
    pub rule: &'static str,
    /// Where the limit comes from.
    pub source: LimitSource,
    /// Where it stands.
    pub place: Place,
}

impl LimitFile {
    /// The limit of the measurement `name` for `variant`, or for a product without variants.
    pub fn find(&self, name: &str, variant: Option<&str>) -> Option<&FiledLimit> {
        self.measurements.iter().find(|it| it.name == name)?.of(variant)
    }
}

impl Measurement {
    /// Its limit for `variant`, or for a product without variants.
    pub fn of(&self, variant: Option<&str>) -> Option<&FiledLimit> {
        let own = self.of_variants.iter().find(|(name, _)| Some(name.as_str()) == variant);
        own.map(|(_, limit)| limit).or(self.common.as_ref())
    }
}

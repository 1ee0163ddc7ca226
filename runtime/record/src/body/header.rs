//! What is known when a run starts.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::not_recorded;
use crate::author::Author;

/// What a run counts for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// At least one role was simulated: says nothing about a real unit.
    Simulate,
    /// Real instruments, free choice of files: says nothing about a released unit.
    #[default]
    Engineering,
    /// Released files on a controlled station.
    Production,
}

impl Mode {
    /// As a record spells it: `simulate`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Simulate => "simulate",
            Self::Engineering => "engineering",
            Self::Production => "production",
        }
    }

    /// What its records must not be taken for; `None` for production.
    pub fn caveat(self) -> Option<&'static str> {
        match self {
            Self::Simulate => Some("no evidence about any real unit"),
            Self::Engineering => Some("no evidence for the release of a unit"),
            Self::Production => None,
        }
    }

    /// The folder of this mode's log below the folder that the user calls the store. Simulated
    /// evidence has a log of its own.
    pub fn folder(self, store: &Path) -> PathBuf {
        match self {
            Self::Simulate => store.join("simulated"),
            Self::Engineering | Self::Production => store.to_owned(),
        }
    }
}

/// The body of `run.started`, as the runtime knows it. What is `None` is recorded as
/// `NOT RECORDED`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunHeader {
    /// What the run counts for.
    pub mode: Mode,
    /// `production`, `service`, `incoming` or `study`.
    #[serde(with = "not_recorded")]
    pub purpose: Option<String>,
    /// The station's id.
    pub station: String,
    /// The DUT position.
    #[serde(with = "not_recorded")]
    pub site: Option<String>,
    /// The unit under test.
    pub device: Device,
    /// The lot.
    #[serde(with = "not_recorded")]
    pub lot: Option<String>,
    /// The work order.
    #[serde(with = "not_recorded")]
    pub work_order: Option<String>,
    /// What is run.
    pub plan: Plan,
    /// Serial and SHA-256 of the release manifest.
    #[serde(with = "not_recorded")]
    pub manifest: Option<String>,
    /// The program that runs it.
    pub pogo: Program,
    /// The fixture.
    pub fixture: Fixture,
    /// Who started it.
    pub operator: Operator,
    /// The instruments, as they answered when they were opened, in the order of their roles.
    pub assets: Vec<Asset>,
    /// What was measured of the surroundings.
    pub environment: Environment,
    /// What the run's time is worth.
    pub clock: Clock,
}

impl RunHeader {
    /// What every entry of the run says about its writer.
    pub fn author(&self) -> Author {
        Author { station: self.station.clone(), mode: self.mode }
    }
}

/// The unit under test.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Device {
    /// Part number or product name.
    #[serde(with = "not_recorded")]
    pub part: Option<String>,
    /// Hardware revision.
    #[serde(with = "not_recorded")]
    pub revision: Option<String>,
    /// Serial number, its case kept.
    #[serde(with = "not_recorded")]
    pub serial: Option<String>,
    /// Unique device identifier.
    #[serde(with = "not_recorded")]
    pub udi: Option<Udi>,
    /// What the unit itself says it is.
    #[serde(with = "not_recorded")]
    pub device_id: Option<String>,
}

/// A unique device identifier, as its label was scanned and as it was understood.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Udi {
    /// What the scanner gave, with its separators.
    pub scanned: String,
    /// What of it was held against the unit and agreed: some of `device identifier`, `lot` and
    /// `serial`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub agrees: Vec<String>,
    /// Whose rules it follows: `GS1`, `HIBC` or `ICCBBA`.
    pub agency: String,
    /// Which product it is.
    #[serde(with = "not_recorded")]
    pub device_identifier: Option<String>,
    /// The lot.
    #[serde(with = "not_recorded")]
    pub lot: Option<String>,
    /// Serial number, its case kept.
    #[serde(with = "not_recorded")]
    pub serial: Option<String>,
    /// When it was made: `2026-11-22`, `2026-11` where the day is left open, `2026-11-22T16Z` where
    /// the hour is said, too.
    #[serde(with = "not_recorded")]
    pub produced: Option<String>,
    /// When it expires, likewise.
    #[serde(with = "not_recorded")]
    pub expires: Option<String>,
}

/// What is run. Attempts are counted per `id` and the unit's serial number.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The product's or the script's name; it must not change with the folder it lies in.
    pub id: String,
    /// Its revision.
    #[serde(with = "not_recorded")]
    pub revision: Option<String>,
    /// SHA-256 of the scripts, in hex.
    #[serde(with = "not_recorded")]
    pub script_sha256: Option<String>,
    /// SHA-256 of the limits file, in hex.
    #[serde(with = "not_recorded")]
    pub limits_sha256: Option<String>,
    /// The product's variant; `None` if it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// Every file that it was read from, in the order of their names.
    pub files: Vec<HashedFile>,
}

/// A file as it was when it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HashedFile {
    /// Its path below the product's folder, `/` between its parts.
    pub name: String,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
}

/// The program that runs it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Program {
    /// Its version.
    pub version: String,
    /// SHA-256 of its file, in hex.
    #[serde(with = "not_recorded")]
    pub sha256: Option<String>,
}

/// The fixture.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Fixture {
    /// Its id.
    #[serde(with = "not_recorded")]
    pub id: Option<String>,
    /// Its file's absolute path, so that whoever comes after a crash finds the bench.
    #[serde(default, with = "not_recorded")]
    pub path: Option<String>,
    /// SHA-256 of its file, in hex.
    #[serde(with = "not_recorded")]
    pub sha256: Option<String>,
    /// The roles that were simulated.
    #[serde(default)]
    pub simulated: Vec<String>,
    /// What was wrong with the simulated bench on purpose, besides what the file says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
    /// How often its contacts have closed.
    #[serde(with = "not_recorded")]
    pub contact_cycles: Option<u64>,
}

/// Who started the run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Operator {
    /// Pseudonymous id.
    #[serde(with = "not_recorded")]
    pub id: Option<String>,
    /// Reference to the operator's qualification.
    #[serde(with = "not_recorded")]
    pub qualification: Option<String>,
}

/// An instrument as it answered when it was opened.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Asset {
    /// The role it plays.
    pub role: String,
    /// Its id in the inventory.
    #[serde(with = "not_recorded")]
    pub id: Option<String>,
    /// Where it answered: a resource string.
    #[serde(with = "not_recorded")]
    pub address: Option<String>,
    /// Its maker, as read from it.
    #[serde(with = "not_recorded")]
    pub manufacturer: Option<String>,
    /// Its model, as read from it.
    #[serde(with = "not_recorded")]
    pub model: Option<String>,
    /// Its serial number, as read from it; a simulated one begins with `SIM`.
    #[serde(with = "not_recorded")]
    pub serial: Option<String>,
    /// Its firmware's version, as read from it.
    #[serde(with = "not_recorded")]
    pub firmware: Option<String>,
    /// The certificate of its last calibration.
    #[serde(with = "not_recorded")]
    pub certificate: Option<String>,
    /// When it is due again.
    #[serde(with = "not_recorded")]
    pub due: Option<String>,
    /// What the register said of it when the run started: `active`, `limited`, `out-of-service`.
    #[serde(with = "not_recorded")]
    pub status: Option<String>,
    /// What the instrument itself says of its calibration, as it answered.
    #[serde(with = "not_recorded")]
    pub calibration: Option<String>,
}

/// What was measured of the surroundings, each a text with its unit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    /// Air temperature.
    #[serde(with = "not_recorded")]
    pub temperature: Option<String>,
    /// Relative humidity.
    #[serde(with = "not_recorded")]
    pub humidity: Option<String>,
    /// Air pressure.
    #[serde(with = "not_recorded")]
    pub pressure: Option<String>,
}

/// What the run's time is worth.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Clock {
    /// What UTC comes from.
    #[serde(with = "not_recorded")]
    pub source: Option<String>,
    /// How far UTC is off, with its unit.
    #[serde(with = "not_recorded")]
    pub offset: Option<String>,
    /// Whether `mono_ns` is simulated time.
    pub simulated: bool,
    /// What all noise of the simulation grows from.
    #[serde(with = "not_recorded")]
    pub seed: Option<u64>,
}

//! What a unit is made of, as a script found it.

use serde::{Deserialize, Serialize};

use super::not_recorded;

/// The body of `firmware`: what one of the unit's processors runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Firmware {
    /// The step's number; `None` outside any step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
    /// Which part of the unit it runs on: `application`.
    pub name: String,
    /// Its version, as the unit says it.
    pub version: String,
    /// SHA-256 of its image, in hex.
    #[serde(with = "not_recorded")]
    pub sha256: Option<String>,
}

impl Firmware {
    /// As people read it: `application 1.2.3 sha256 ab12…`, the hash in full.
    pub fn shown(&self) -> String {
        let sha256 = self.sha256.as_ref().map_or_else(String::new, |it| format!(" sha256 {it}"));
        format!("{} {}{sha256}", self.name, self.version)
    }
}

/// The body of `component`: a part that is built into the unit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// The step's number; `None` outside any step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
    /// What it is to the unit: `sensor`.
    pub name: String,
    /// Its part number.
    #[serde(with = "not_recorded")]
    pub part: Option<String>,
    /// Its revision.
    #[serde(with = "not_recorded")]
    pub revision: Option<String>,
    /// The lot it is from.
    #[serde(with = "not_recorded")]
    pub lot: Option<String>,
    /// Its own serial number, its case kept.
    #[serde(with = "not_recorded")]
    pub serial: Option<String>,
    /// Where it sits: `U7`.
    #[serde(with = "not_recorded")]
    pub designator: Option<String>,
    /// How this came to be known.
    pub source: Source,
}

impl Component {
    /// What it is traced by, as people read it: `T-117 serial A7 lot L42 at U7`.
    pub fn shown(&self) -> String {
        let named = [
            ("", &self.part),
            ("revision ", &self.revision),
            ("serial ", &self.serial),
            ("lot ", &self.lot),
            ("at ", &self.designator),
        ];
        let said =
            named.into_iter().filter_map(|(what, it)| Some(format!("{what}{}", it.as_ref()?)));
        said.collect::<Vec<_>>().join(" ")
    }
}

/// How something about a unit came to be known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The script says so.
    #[default]
    Script,
    /// A person scanned a label.
    Scanned,
    /// The part itself said so.
    Read,
    /// It follows from the lot.
    Inherited,
}

impl Source {
    /// Every one, in the order of their names here.
    pub const ALL: [Self; 4] = [Self::Script, Self::Scanned, Self::Read, Self::Inherited];

    /// As a record spells it: `scanned`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Script => "script",
            Self::Scanned => "scanned",
            Self::Read => "read",
            Self::Inherited => "inherited",
        }
    }
}

//! What somebody looks for.

use serde::Serialize;

use crate::store::mention::Kind;

/// What somebody looks for; letter case counts in all but hashes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "what", content = "value")]
pub enum Sought {
    /// A firmware, by its version or the SHA-256 of its image, of which the first eight digits will
    /// do.
    Firmware(String),
    /// A part, by its own serial number.
    Component(String),
    /// A lot, of units or of parts.
    Lot(String),
}

/// How many digits of a hash are enough.
const HASH: std::ops::RangeInclusive<usize> = 8..=64;

impl Sought {
    /// As people read it: `the lot C-77`.
    pub fn shown(&self) -> String {
        match self {
            Self::Firmware(it) => format!("firmware {it}"),
            Self::Component(it) => format!("component {it}"),
            Self::Lot(it) => format!("lot {it}"),
        }
    }

    /// What to look up: kinds of mention, each with the first value and the one behind the last.
    pub(super) fn ranges(&self) -> Vec<(Kind, String, String)> {
        let exactly = |kind, it: &str| (kind, it.to_owned(), format!("{it}\0"));
        match self {
            Self::Component(it) => vec![exactly(Kind::Component, it)],
            Self::Lot(it) => {
                [Kind::Lot, Kind::UdiLot, Kind::ComponentLot].map(|kind| exactly(kind, it)).into()
            }
            Self::Firmware(it) => {
                let mut ranges = vec![exactly(Kind::Firmware, it)];
                let is_hash = it.chars().all(|letter| letter.is_ascii_hexdigit());
                if is_hash && HASH.contains(&it.len()) {
                    let it = it.to_ascii_lowercase();
                    // The letter behind `f`.
                    ranges.push((Kind::FirmwareSha256, it.clone(), format!("{it}g")));
                }
                ranges
            }
        }
    }
}

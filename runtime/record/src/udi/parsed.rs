//! What a label says.

use std::fmt;

use super::LabelDate;
use crate::Udi;

/// Who lays down how a label is written. Source: 21 CFR 830, the issuing agencies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Agency {
    /// GS1: application identifiers, `01…`.
    Gs1,
    /// The Health Industry Business Communications Council: `+…`.
    Hibc,
    /// ICCBBA, for products of human origin: `=…` and `&…`. Kept whole, not read.
    Iccbba,
}

impl Agency {
    /// As a record spells it: `GS1`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gs1 => "GS1",
            Self::Hibc => "HIBC",
            Self::Iccbba => "ICCBBA",
        }
    }
}

impl fmt::Display for Agency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One more thing that a label says, as the text that stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// A GS1 application identifier such as `240`, or HIBC's `Q` for a quantity.
    pub identifier: String,
    /// What follows it.
    pub text: String,
}

/// A label, read. What is `None` the label does not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// The whole text as it was scanned, without a line end behind it.
    pub scanned: String,
    /// By whose rules it was read.
    pub agency: Agency,
    /// Which kind of device this is: for GS1 the 14 digits of the GTIN, for HIBC labeler, product
    /// code and unit of measure without `+` and check character. `None` for ICCBBA only.
    pub device_identifier: Option<String>,
    /// The lot.
    pub lot: Option<String>,
    /// The serial number.
    pub serial: Option<String>,
    /// When it was made.
    pub produced: Option<LabelDate>,
    /// Until when it may be used.
    pub expires: Option<LabelDate>,
    /// Whatever else it says, in the order of the label.
    pub further: Vec<Element>,
}

impl Parsed {
    /// A label of which nothing is known but its text.
    pub(super) fn of(scanned: &str, agency: Agency) -> Self {
        Self {
            scanned: scanned.to_owned(),
            agency,
            device_identifier: None,
            lot: None,
            serial: None,
            produced: None,
            expires: None,
            further: Vec::new(),
        }
    }
}

/// As a run's header keeps it. Of [`Parsed::further`] it keeps what stands in the whole text.
impl From<&Parsed> for Udi {
    fn from(label: &Parsed) -> Self {
        Self {
            scanned: label.scanned.clone(),
            agrees: Vec::new(),
            agency: label.agency.to_string(),
            device_identifier: label.device_identifier.clone(),
            lot: label.lot.clone(),
            serial: label.serial.clone(),
            produced: label.produced.map(|it| it.to_string()),
            expires: label.expires.map(|it| it.to_string()),
        }
    }
}

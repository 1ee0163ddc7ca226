//! Who writes an entry.

use serde::{Deserialize, Serialize};

use crate::body::Mode;

/// What every entry says about its writer: which station, and what that counts for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// The station's id.
    pub station: String,
    /// What the entry counts for.
    pub mode: Mode,
}

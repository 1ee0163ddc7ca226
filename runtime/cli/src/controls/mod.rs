//! What keeps a record honest here, what does not, and what Pogo leaves to others.
//!
//! Some of it is the same everywhere, and some is read from the station and the store as they are
//! set up now. It says what exists in this version, and what is still to come.

mod detection;
mod html;
mod live;
mod scope;
mod text;

use std::path::Path;

use serde::Serialize;

pub use self::html::html;
pub use self::text::text;
use crate::diagnostics::Failure;

/// Everything there is to say.
#[derive(Debug, Serialize)]
pub struct Controls {
    /// Who may access files, how software is loaded, how configuration is verified, how records
    /// are kept: as it is set up here.
    pub answers: Vec<Answer>,
    /// What shows what somebody did, and what does not.
    pub detection: &'static [Detection],
    /// What Pogo leaves to others, by the id of its requirement.
    pub not_covered: &'static [NotCovered],
}

/// The answer to one question about this station.
#[derive(Debug, Serialize)]
pub struct Answer {
    /// The question.
    pub question: &'static str,
    /// What is known, a sentence each.
    pub here: Vec<String>,
}

/// Something that somebody may do, or that may happen, and what shows it.
#[derive(Debug, Serialize)]
pub struct Detection {
    /// What.
    pub what: &'static str,
    /// Whether `pogo verify` shows it.
    pub verify: &'static str,
    /// Whether `pogo verify --anchor` does, with a checkpoint that is kept elsewhere.
    pub anchor: &'static str,
    /// What else there is, and what is to come.
    pub besides: &'static str,
}

/// Something that Pogo leaves to others.
#[derive(Debug, Serialize)]
pub struct NotCovered {
    /// The id of its requirement.
    pub id: &'static str,
    /// What it is, and what there is to help with it.
    pub what: &'static str,
}

impl Controls {
    /// Those of this station and the store in `folder`.
    ///
    /// # Errors
    ///
    /// The station file or the store cannot be read.
    pub fn here(folder: &Path) -> Result<Self, Failure> {
        let answers = live::answers(folder)?;
        Ok(Self { answers, detection: &detection::TABLE, not_covered: &scope::NOT_COVERED })
    }
}

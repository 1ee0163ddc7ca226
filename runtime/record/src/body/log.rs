//! What a log says about itself.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The body of `key.activated`: from here on the log's checkpoints are signed with this key. The
/// first one names the log; a later one follows a rotation, and the checkpoint behind it is signed
/// with both keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyActivated {
    /// The log's name, which no other log has.
    pub origin: String,
    /// The key by which its signatures are checked, as a C2SP verifier key.
    pub key: String,
    /// The key that it takes over from; none for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
}

/// The body of `checkpoint`: the root over every entry before this one, signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// A C2SP checkpoint with its signatures.
    pub note: String,
}

/// The body of `attachments.pruned`: files that the station no longer keeps, from the moment that
/// this is in the log. What entries say of them stays, and with it every proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pruned {
    /// Only runs that had ended before this name them.
    pub before: Timestamp,
    /// Whether those stay that a run names which did not pass.
    pub passed_only: bool,
    /// Who had them removed, as far as that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// Where copies of them were put, as it was called then; absent if nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archive: Option<String>,
    /// The files, by their hashes.
    pub files: Vec<PrunedFile>,
}

/// A file that is no longer kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrunedFile {
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
}

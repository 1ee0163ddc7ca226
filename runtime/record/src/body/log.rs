//! What a log says about itself.

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

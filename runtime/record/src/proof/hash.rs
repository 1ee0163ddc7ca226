//! The hashes that a tree is made of.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::ProofError;

/// A SHA-256 hash: of a leaf, of a node, or the root of a tree. Shown in hex.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// The root of a tree without leaves: SHA-256 of nothing.
    ///
    /// Source: RFC 6962, 2.1.
    pub fn of_nothing() -> Self {
        Self(Sha256::digest([]).into())
    }

    /// The hash of the node over `left` and `right`: SHA-256 of a byte 1 and the two.
    ///
    /// Source: RFC 6962, 2.1.
    #[must_use]
    pub fn node(left: &Self, right: &Self) -> Self {
        Self(
            Sha256::new()
                .chain_update([1])
                .chain_update(left.0)
                .chain_update(right.0)
                .finalize()
                .into(),
        )
    }

    /// In standard base64 with padding, 44 characters.
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.0)
    }

    /// From standard base64, as [`Self::to_base64`] gives it and no other way.
    ///
    /// # Errors
    ///
    /// It is not the one base64 text of 32 bytes.
    pub fn from_base64(text: &str) -> Result<Self, ProofError> {
        let hash = STANDARD.decode(text).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        hash.map(Self)
            .ok_or_else(|| ProofError::new(format!("`{text}` is no hash of 32 bytes in base64")))
    }
}

impl TryFrom<&[u8]> for Hash {
    type Error = ProofError;

    fn try_from(bytes: &[u8]) -> Result<Self, ProofError> {
        let wrong = |_| ProofError::new(format!("a hash has 32 bytes, this has {}", bytes.len()));
        bytes.try_into().map(Self).map_err(wrong)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

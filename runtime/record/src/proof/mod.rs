//! Proofs that a log was not changed: its tree of hashes, signed checkpoints of it, and keys.
//!
//! Everything here is arithmetic on bytes that somebody else stores; only the key file touches the
//! disk. An entry's exact bytes are a leaf ([`crate::leaf`]), the tree over all leaves has one root,
//! and a checkpoint says under a signature which root the log had at which size.
//!
//! Sources: RFC 6962, section 2.1, and RFC 9162, section 2.1; C2SP `signed-note` and
//! `tlog-checkpoint`, <https://c2sp.org>.

mod checkpoint;
mod consistency;
mod frontier;
mod hash;
mod inclusion;
mod key;
mod key_file;
mod note;
mod signer;
mod tree;

pub use checkpoint::Checkpoint;
pub use consistency::verify_consistency;
pub use frontier::Frontier;
pub use hash::Hash;
pub use inclusion::verify_inclusion;
pub use key::{Algorithm, VerifierKey};
pub use key_file::{create_key, read_key, read_public_key};
pub use note::{Note, NoteSignature};
pub use signer::{Ed25519, SIMULATION, Signer, simulation};
pub use tree::Tree;

/// Why a proof, a checkpoint or a key is not one, as a lowercase fragment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ProofError(String);

impl ProofError {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

#[cfg(test)]
mod tests;

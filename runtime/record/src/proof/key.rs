//! The public half of a key, by which signatures are checked.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest, Sha256};

use super::ProofError;

/// How a key signs. The byte stands in front of the key wherever keys are written.
///
/// Source: C2SP `signed-note`, "Signature types".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Algorithm {
    /// Ed25519 over the text itself, RFC 8032.
    Ed25519,
}

impl Algorithm {
    /// Its byte: 1.
    pub fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 1,
        }
    }

    /// As people write it: `Ed25519`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "Ed25519",
        }
    }

    /// The one with this byte.
    ///
    /// # Errors
    ///
    /// This program cannot check signatures of that kind.
    pub(super) fn of(byte: u8) -> Result<Self, ProofError> {
        match byte {
            1 => Ok(Self::Ed25519),
            // Its key id is made otherwise too: from the DER of the key, without name and byte.
            2 => Err(ProofError::new("ECDSA keys (type 2) are not supported yet")),
            other => Err(ProofError::new(format!("keys of type {other} are not supported"))),
        }
    }
}

/// A key by which signatures are checked, with the name it signs under. As text it is a C2SP
/// verifier key: `NAME+KEYID+BASE64`.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: [u8; 4],
    algorithm: Algorithm,
    key: VerifyingKey,
}

impl VerifierKey {
    pub(super) fn ed25519(name: &str, key: VerifyingKey) -> Result<Self, ProofError> {
        check_name(name)?;
        let algorithm = Algorithm::Ed25519;
        let id = id(name, algorithm, key.as_bytes());
        Ok(Self { name: name.to_owned(), id, algorithm, key })
    }

    /// The name that it signs under.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The four bytes that tell it from others of the same name: the beginning of the SHA-256 of
    /// name, line end, the algorithm's byte and the public key.
    pub fn id(&self) -> [u8; 4] {
        self.id
    }

    /// How it signs.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The public key as its algorithm writes it: 32 bytes for Ed25519.
    pub fn bytes(&self) -> &[u8] {
        self.key.as_bytes()
    }

    /// Holds when `signature` was made with this key over `message`.
    ///
    /// # Errors
    ///
    /// It was not.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), ProofError> {
        let wrong = || ProofError::new(format!("the signature of `{}` is wrong", self.short()));
        let signature = Signature::from_slice(signature).map_err(|_| wrong())?;
        // Strict: a weak key or a signature that can be varied would let two texts pass for one.
        self.key.verify_strict(message, &signature).map_err(|_| wrong())
    }

    /// `NAME+KEYID`: what a person compares.
    pub fn short(&self) -> String {
        format!("{}+{}", self.name, hex(&self.id))
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![self.algorithm.byte()];
        key.extend_from_slice(self.bytes());
        write!(f, "{}+{}", self.short(), STANDARD.encode(key))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for VerifierKey {
    type Err = ProofError;

    fn from_str(text: &str) -> Result<Self, ProofError> {
        let wrong = |what: &str| ProofError::new(format!("no verifier key: {what}"));
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(given), Some(key)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(wrong("it is not `NAME+KEYID+BASE64`"));
        };
        let (algorithm, key) = split(key)?;
        let bytes = <[u8; 32]>::try_from(key.as_slice());
        let bytes = bytes.map_err(|_| wrong("an Ed25519 key has 32 bytes"))?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| wrong("no point of the curve"))?;
        if key.is_weak() {
            return Err(wrong("everybody can sign for this one"));
        }
        let Algorithm::Ed25519 = algorithm;
        let this = Self::ed25519(name, key)?;
        if hex(&this.id) != given {
            return Err(wrong(&format!("its id is {}, not `{given}`", hex(&this.id))));
        }
        Ok(this)
    }
}

/// The algorithm and the key in the last part of a written key.
pub(super) fn split(base64: &str) -> Result<(Algorithm, Vec<u8>), ProofError> {
    let bytes = STANDARD.decode(base64).map_err(|_| ProofError::new("the key is not in base64"))?;
    let (first, key) = bytes.split_first().ok_or_else(|| ProofError::new("the key is empty"))?;
    Ok((Algorithm::of(*first)?, key.to_owned()))
}

/// Source: C2SP `signed-note`, "Signatures".
fn id(name: &str, algorithm: Algorithm, key: &[u8]) -> [u8; 4] {
    let hash = Sha256::new().chain_update(name).chain_update([b'\n', algorithm.byte()]);
    let [a, b, c, d, ..] = <[u8; 32]>::from(hash.chain_update(key).finalize());
    [a, b, c, d]
}

/// A name is not empty and has neither spaces nor a `+`.
pub(super) fn check_name(name: &str) -> Result<(), ProofError> {
    let odd = |letter: char| letter.is_whitespace() || letter.is_control() || letter == '+';
    match name.is_empty() || name.contains(odd) {
        true => Err(ProofError::new(format!("{name:?} cannot be the name of a key"))),
        false => Ok(()),
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

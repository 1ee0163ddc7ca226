//! What signs checkpoints.

use ed25519_dalek::{Signer as _, SigningKey};

use super::key::{Algorithm, hex, split};
use super::{ProofError, VerifierKey};

/// Something that signs: a key in a file now, a chip later. Which algorithm it uses is said by its
/// public key, so that P-256, which is what most chips offer, needs nothing new here.
pub trait Signer: Send + Sync {
    /// The public half, with the name that it signs under.
    fn key(&self) -> &VerifierKey;

    /// Signs `message`, which is signed as it is and not hashed first by the caller.
    ///
    /// # Errors
    ///
    /// It could not: whatever holds the key is gone or declined.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, ProofError>;
}

/// An Ed25519 key in memory. It is wiped when this is dropped, and never shown by `Debug`.
#[derive(Debug)]
pub struct Ed25519 {
    secret: SigningKey,
    public: VerifierKey,
}

/// What a private key in text begins with. No verifier key begins so: names hold no `+`.
const PRIVATE: &str = "PRIVATE+KEY+";

impl Ed25519 {
    /// A new key under `name`, from the operating system's randomness.
    ///
    /// # Errors
    ///
    /// `name` cannot be one, or there is no randomness.
    pub fn generate(name: &str) -> Result<Self, ProofError> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)
            .map_err(|cause| ProofError::new(format!("the system gives no randomness: {cause}")))?;
        Self::from_seed(name, &seed)
    }

    /// The key that grows from `seed`, as RFC 8032 says.
    ///
    /// # Errors
    ///
    /// `name` cannot be one.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, ProofError> {
        let secret = SigningKey::from_bytes(seed);
        let public = VerifierKey::ed25519(name, secret.verifying_key())?;
        Ok(Self { secret, public })
    }

    /// From one line, `PRIVATE+KEY+NAME+KEYID+BASE64`, as Go's `note` package writes it.
    ///
    /// # Errors
    ///
    /// It is none. What is wrong is said without showing any of it.
    pub fn from_text(text: &str) -> Result<Self, ProofError> {
        let wrong = || ProofError::new("no private key: it is not `PRIVATE+KEY+NAME+KEYID+BASE64`");
        let mut parts = text.strip_prefix(PRIVATE).ok_or_else(wrong)?.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(wrong());
        };
        let (Algorithm::Ed25519, seed) = split(key)?;
        let seed = seed.try_into();
        let seed = seed.map_err(|_| ProofError::new("no private key: a seed has 32 bytes"))?;
        let this = Self::from_seed(name, &seed)?;
        match hex(&this.public.id()) == id {
            true => Ok(this),
            false => Err(ProofError::new("no private key: id and key do not belong together")),
        }
    }

    /// The one line that [`Self::from_text`] reads. It is the secret itself.
    pub fn to_text(&self) -> String {
        use base64::Engine as _;
        let mut key = vec![Algorithm::Ed25519.byte()];
        key.extend_from_slice(self.secret.as_bytes());
        let key = base64::engine::general_purpose::STANDARD.encode(key);
        format!("{PRIVATE}{}+{key}", self.public.short())
    }
}

impl Signer for Ed25519 {
    fn key(&self) -> &VerifierKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, ProofError> {
        Ok(self.secret.sign(message).to_bytes().to_vec())
    }
}

/// What the name of every key for simulated runs ends in.
pub const SIMULATION: &str = "NOT-FOR-PRODUCTION";

/// Everybody has it: it tells simulated runs from real ones and proves nothing else.
const PUBLISHED: &[u8; 32] = b"pogo simulation, NOT FOR PRODUCT";

/// The key that simulated runs are signed with, which is published and keeps no secret.
///
/// # Errors
///
/// `name` cannot be one, or does not end in [`SIMULATION`].
pub fn simulation(name: &str) -> Result<Ed25519, ProofError> {
    if name.ends_with(SIMULATION) {
        return Ed25519::from_seed(name, PUBLISHED);
    }
    Err(ProofError::new(format!("the name of a simulation's key ends in {SIMULATION}: `{name}`")))
}

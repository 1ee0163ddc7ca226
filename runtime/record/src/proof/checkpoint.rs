//! Checkpoints: which root a log had at which size.

use std::fmt;
use std::str::FromStr;

use super::{Hash, Note, ProofError, Signer};

/// What a log's tree was at one moment. As text it is what is signed: three lines, as C2SP
/// `tlog-checkpoint` says, without extension lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log: a name that no other log has, on one line.
    pub origin: String,
    /// How many leaves the tree had.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

impl Checkpoint {
    /// The checkpoint, signed.
    ///
    /// # Errors
    ///
    /// The origin is empty or not on one line, or a signer could not sign.
    pub fn sign(&self, signers: &[&dyn Signer]) -> Result<Note, ProofError> {
        let text = self.to_string();
        // Nothing is signed that could not be read back as the same.
        text.parse::<Self>()?;
        Note::sign(text, signers)
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, self.root.to_base64())
    }
}

impl FromStr for Checkpoint {
    type Err = ProofError;

    fn from_str(text: &str) -> Result<Self, ProofError> {
        let wrong = |what: &str| ProofError::new(format!("no checkpoint: {what}"));
        let body = text.strip_suffix('\n').ok_or_else(|| wrong("its last line has no end"))?;
        let lines: Vec<_> = body.split('\n').collect();
        let [origin, size, root] = lines.as_slice() else {
            return Err(wrong(&format!("{} lines instead of origin, size and root", lines.len())));
        };
        if origin.is_empty() || origin.contains(char::is_control) {
            return Err(wrong("it does not say which log it is of"));
        }
        // `parse` takes a sign and leading zeroes too: two texts for one size.
        let number = size.parse::<u64>().ok().filter(|number| number.to_string() == *size);
        let size = number.ok_or_else(|| wrong(&format!("`{size}` is no number of entries")))?;
        let origin = (*origin).to_owned();
        Ok(Self { origin, size, root: Hash::from_base64(root)? })
    }
}

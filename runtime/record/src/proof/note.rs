//! Signed notes: a text and signatures under it, as C2SP lays them down.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::key::{check_name, hex};
use super::{ProofError, Signer, VerifierKey};

/// How many signatures a note may carry; the standard asks for 16 at least.
const MOST_SIGNATURES: usize = 64;

/// A text with signatures under it. As text it is exactly what C2SP `signed-note` says, and one
/// that was read gives the same bytes again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// One line under a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    /// The name of the key.
    pub name: String,
    /// The key's id.
    pub id: [u8; 4],
    /// What the key made of the text.
    pub signature: Vec<u8>,
}

impl Note {
    /// `text`, which ends with a line end, signed by each of `signers`.
    ///
    /// # Errors
    ///
    /// The text cannot be a note's, there is no signer or too many, or one could not sign.
    pub fn sign(text: String, signers: &[&dyn Signer]) -> Result<Self, ProofError> {
        check_text(&text)?;
        if signers.is_empty() || signers.len() > MOST_SIGNATURES {
            return Err(wrong(&format!("{} signatures", signers.len())));
        }
        let sign = |signer: &&dyn Signer| {
            let (name, id) = (signer.key().name().to_owned(), signer.key().id());
            Ok(NoteSignature { name, id, signature: signer.sign(text.as_bytes())? })
        };
        let signatures = signers.iter().map(sign).collect::<Result<_, ProofError>>()?;
        Ok(Self { text, signatures })
    }

    /// What was signed, with its last line end. Means nothing before [`Self::verify`].
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures, known or not, in the order of the lines.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// The keys among `known` that signed the text, at least one. Signatures of others are ignored.
    ///
    /// # Errors
    ///
    /// A known key's signature is wrong, or no known key signed it.
    pub fn verify<'a>(&self, known: &'a [VerifierKey]) -> Result<Vec<&'a VerifierKey>, ProofError> {
        let mut by = Vec::new();
        for line in &self.signatures {
            let is_it = |key: &&VerifierKey| key.name() == line.name && key.id() == line.id;
            for key in known.iter().filter(is_it) {
                key.verify(self.text.as_bytes(), &line.signature)?;
                by.push(key);
            }
        }
        if by.is_empty() {
            let names: Vec<_> = self.signatures.iter().map(NoteSignature::short).collect();
            let names = names.join("`, `");
            return Err(ProofError::new(format!("signed by `{names}`, which is no known key")));
        }
        Ok(by)
    }
}

impl NoteSignature {
    fn short(&self) -> String {
        format!("{}+{}", self.name, hex(&self.id))
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|it| {
            let blob = [it.id.as_slice(), &it.signature].concat();
            writeln!(f, "— {} {}", it.name, STANDARD.encode(blob))
        })
    }
}

impl FromStr for Note {
    type Err = ProofError;

    fn from_str(note: &str) -> Result<Self, ProofError> {
        // The text may have empty lines; the last one of the note ends it.
        let Some(at) = note.rfind("\n\n") else {
            return Err(wrong("no empty line stands between text and signatures"));
        };
        let (text, lines) = (&note[..=at], &note[at + 2..]);
        check_text(text)?;
        let lines = lines.strip_suffix('\n').ok_or_else(|| wrong("its last line has no end"))?;
        let signatures: Vec<_> = lines.split('\n').map(line).collect::<Result<_, _>>()?;
        if signatures.len() > MOST_SIGNATURES {
            return Err(wrong(&format!("{} signatures", signatures.len())));
        }
        Ok(Self { text: text.to_owned(), signatures })
    }
}

fn line(line: &str) -> Result<NoteSignature, ProofError> {
    let parts = line.strip_prefix("— ").and_then(|rest| rest.split_once(' '));
    let (name, blob) = parts.ok_or_else(|| wrong(&format!("{line:?} is no signature line")))?;
    check_name(name)?;
    let blob = STANDARD.decode(blob).map_err(|_| wrong("a signature is not in base64"))?;
    match blob.split_first_chunk::<4>() {
        Some((id, signature)) if !signature.is_empty() => {
            Ok(NoteSignature { name: name.to_owned(), id: *id, signature: signature.to_owned() })
        }
        _ => Err(wrong("a signature is too short")),
    }
}

fn check_text(text: &str) -> Result<(), ProofError> {
    if !text.ends_with('\n') {
        return Err(wrong("its text does not end with a line end"));
    }
    if text.contains(|letter: char| letter < ' ' && letter != '\n') {
        return Err(wrong("its text has a control character"));
    }
    Ok(())
}

fn wrong(what: &str) -> ProofError {
    ProofError::new(format!("no signed note: {what}"))
}

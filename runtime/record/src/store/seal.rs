//! The key that a log is signed with: a station's own, or the published one for simulated runs.

use std::fs;
use std::path::{Path, PathBuf};

use super::database::sync_folder;
use crate::body::Mode;
use crate::error::{RecordError, Result};
use crate::proof::{
    Ed25519, ProofError, SIMULATION, Signer, VerifierKey, create_key, read_key, simulation,
};

/// The key's file below the store's folder.
const FILE: &str = "key";
/// The one that a rotation is about to put in its place.
const NEXT: &str = "key.next";

/// What signs a log, once it is needed.
pub(super) struct Seal {
    dir: PathBuf,
    signer: Option<Ed25519>,
}

impl Seal {
    /// For the log below `dir`. Nothing is opened yet.
    pub(super) fn of(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), signer: None }
    }

    /// The signer of a log whose checkpoints are checked with `key`, a verifier key as text.
    ///
    /// # Errors
    ///
    /// Its file is gone, not the owner's alone, or holds another key.
    pub(super) fn signer(&mut self, key: &str) -> Result<&Ed25519> {
        let signer = match self.signer.take() {
            Some(signer) if signer.key().to_string() == key => signer,
            // Another process may have made a new one since.
            _ => self.find(&key.parse().map_err(|cause| self.unusable(&cause))?)?,
        };
        Ok(self.signer.insert(signer))
    }

    /// The signer of a log that begins with a run in `mode` on `station`. Its key is made if there
    /// is none, and is durable then.
    ///
    /// # Errors
    ///
    /// It cannot be read or written.
    pub(super) fn first(&mut self, mode: Mode, station: &str) -> Result<&Ed25519> {
        let signer = match mode {
            Mode::Simulate => {
                let name = format!("{}/{SIMULATION}", origin(&format!("{station}/simulated"))?);
                simulation(&name).map_err(|cause| self.unusable(&cause))?
            }
            Mode::Engineering | Mode::Production => self.own(station)?,
        };
        Ok(self.signer.insert(signer))
    }

    /// The key in the file, which is made if there is none.
    pub(super) fn own(&self, station: &str) -> Result<Ed25519> {
        let path = self.dir.join(FILE);
        if path.symlink_metadata().is_err() {
            let key = Ed25519::generate(&origin(station)?).map_err(|it| self.unusable(&it))?;
            create_key(&path, &key)?;
        }
        read_key(&path)
    }

    /// Writes a new key for the log that `old` signs, beside the one it is to replace.
    pub(super) fn prepare(&self, old: &VerifierKey) -> Result<Ed25519> {
        let key = Ed25519::generate(old.name()).map_err(|cause| self.unusable(&cause))?;
        // What a rotation left that never reached the log; nothing was signed with it.
        drop(fs::remove_file(self.dir.join(NEXT)));
        create_key(&self.dir.join(NEXT), &key)?;
        Ok(key)
    }

    /// Puts the prepared key where the old one was, which is gone then.
    pub(super) fn replace(&self) -> Result<()> {
        let (next, path) = (self.dir.join(NEXT), self.dir.join(FILE));
        fs::rename(&next, &path).map_err(|cause| RecordError::io(&next, "rename", &cause))?;
        sync_folder(&self.dir)
    }

    /// The private key of a log whose checkpoints are checked with `key`, where it is; a rotation
    /// that was not finished stays so.
    ///
    /// # Errors
    ///
    /// There is none that fits, or it cannot be read.
    pub(super) fn copy(&self, key: &str) -> Result<Ed25519> {
        let key = key.parse().map_err(|cause| self.unusable(&cause))?;
        let next = read_key(&self.dir.join(NEXT)).and_then(|next| self.fits(next, &key));
        next.or_else(|_| self.there(&key))
    }

    fn find(&self, key: &VerifierKey) -> Result<Ed25519> {
        if key.name().ends_with(SIMULATION) {
            let published = simulation(key.name()).map_err(|cause| self.unusable(&cause))?;
            return self.fits(published, key);
        }
        let next = self.dir.join(NEXT);
        if let Ok(next) = read_key(&next).and_then(|next| self.fits(next, key)) {
            // The rotation reached the log and died before it was done. Whoever else finds that at
            // the same moment may have been faster.
            return self.replace().map(|()| next).or_else(|_| read_key(&self.dir.join(FILE)));
        }
        self.there(key)
    }

    /// The key in the file, which has to be this one.
    fn there(&self, key: &VerifierKey) -> Result<Ed25519> {
        let path = self.dir.join(FILE);
        if path.symlink_metadata().is_err() {
            return Err(RecordError::new(format!(
                "the log is signed with `{}`, and `{}` is gone",
                key.short(),
                path.display()
            ))
            .with_hint(LOST));
        }
        self.fits(read_key(&path)?, key)
    }

    fn fits(&self, signer: Ed25519, key: &VerifierKey) -> Result<Ed25519> {
        if signer.key() == key {
            return Ok(signer);
        }
        Err(RecordError::new(format!(
            "the log is signed with `{}`, and `{}` holds `{}`",
            key.short(),
            self.dir.join(FILE).display(),
            signer.key().short()
        ))
        .with_hint(LOST))
    }

    fn unusable(&self, cause: &ProofError) -> RecordError {
        RecordError::new(format!("the key of `{}`: {cause}", self.dir.display()))
    }
}

const LOST: &str = "put the log's key back, or begin another store; this one can still be verified";

/// A name for a new log, which no other log has, not even one of the same station.
fn origin(station: &str) -> Result<String> {
    let odd = |letter: char| letter.is_whitespace() || letter.is_control() || letter == '+';
    let station: String =
        station.chars().map(|letter| if odd(letter) { '_' } else { letter }).collect();
    let mut random = [0; 4];
    getrandom::fill(&mut random)
        .map_err(|cause| RecordError::new(format!("the system gives no randomness: {cause}")))?;
    Ok(format!("pogo/{station}/{:08x}", u32::from_be_bytes(random)))
}

//! Attachments: files whose name is their hash.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::finding::{About, Findings};
use crate::body::{Attachment, Pruned, PrunedFile};

/// The attachments that entries have named so far.
#[derive(Default)]
pub(super) struct Files {
    /// By name: the first entry, and the size that it says.
    named: BTreeMap<String, (u64, u64)>,
    /// Those that the station has said it no longer keeps, and that nothing has named since.
    pruned: BTreeSet<String>,
    pub(super) count: u64,
}

impl Files {
    pub(super) fn take(&mut self, seq: u64, attachment: Attachment, found: &mut Findings) {
        self.count += 1;
        self.pruned.remove(&attachment.sha256);
        let (_, size) = *self.named.entry(attachment.sha256).or_insert((seq, attachment.size));
        if size != attachment.size {
            let what = format!("`{}` has two sizes in the record", attachment.name);
            found.add(About::Attachment, Some(seq), what);
        }
    }

    /// From here on the station does not keep these.
    pub(super) fn prune(&mut self, seq: u64, pruned: Pruned, found: &mut Findings) {
        for PrunedFile { sha256, size } in pruned.files {
            if self.named.get(&sha256).is_none_or(|(_, named)| *named != size) {
                let what = format!("`{sha256}` was pruned, and nothing like it attached before");
                found.add(About::Attachment, Some(seq), what);
            }
            self.pruned.insert(sha256);
        }
    }

    /// How many files the station no longer keeps.
    pub(super) fn pruned(&self) -> u64 {
        self.pruned.len() as u64
    }

    /// Holds the files below `folder` against what was said about them.
    pub(super) fn look(&self, folder: &Path, found: &mut Findings) {
        for (name, (seq, size)) in &self.named {
            // Removed after it was said so: until then it is still there.
            if self.pruned.contains(name) && !folder.join("attachments").join(name).exists() {
                continue;
            }
            let wrong = attachment(folder, name, *size);
            if let Some(wrong) = wrong {
                let what = format!("the attachment `attachments/{name}`: {wrong}");
                found.add(About::Attachment, Some(*seq), what);
            }
        }
    }
}

/// What is wrong with the attachment `name`, a hash in hex, of the log in `folder`, if anything is.
pub(crate) fn attachment(folder: &Path, name: &str, size: u64) -> Option<String> {
    let is_hash = |it: u8| it.is_ascii_digit() || (b'a'..=b'f').contains(&it);
    if name.len() != 64 || !name.bytes().all(is_hash) {
        return Some("its name is no hash".to_owned());
    }
    wrong_with(&folder.join("attachments").join(name), name, size)
}

/// What is wrong with the file `path`, which ought to have the hash `name` and `size` bytes.
pub(crate) fn wrong_with(path: &Path, name: &str, size: u64) -> Option<String> {
    match hash(path) {
        Err(cause) => Some(cause.to_string()),
        Ok((length, _)) if length != size => {
            Some(format!("it has {length} bytes instead of {size}"))
        }
        Ok((_, hash)) if hash != name => Some("its bytes are others".to_owned()),
        Ok(_) => None,
    }
}

fn hash(path: &Path) -> io::Result<(u64, String)> {
    let mut hash = Sha256::new();
    let length = io::copy(&mut File::open(path)?, &mut Hashing(&mut hash))?;
    Ok((length, hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()))
}

struct Hashing<'a>(&'a mut Sha256);

impl io::Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

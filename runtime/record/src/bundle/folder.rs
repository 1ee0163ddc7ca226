//! Writing a bundle to a folder.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::Bundle;
use crate::error::{RecordError, Result};

/// A file of this repository, under the name that it has in a bundle.
macro_rules! ours {
    ($name:literal, $path:literal) => {
        ($name, include_str!(concat!("../../../../", $path)))
    };
}

/// What is the same in every bundle: the specification, and what checks the rest.
const SAME: &[(&str, &str)] = &[
    ours!("formats.md", "docs/formats.md"),
    ours!("schema/attachment.schema.json", "docs/schema/attachment.schema.json"),
    ours!("schema/bundle.schema.json", "docs/schema/bundle.schema.json"),
    ours!("schema/checkpoint.schema.json", "docs/schema/checkpoint.schema.json"),
    ours!("schema/entry.schema.json", "docs/schema/entry.schema.json"),
    ours!("schema/limits.schema.json", "docs/schema/limits.schema.json"),
    ours!("schema/measurement.schema.json", "docs/schema/measurement.schema.json"),
    ours!("schema/run-header.schema.json", "docs/schema/run-header.schema.json"),
    ours!("schema/value.schema.json", "docs/schema/value.schema.json"),
    ours!("verifier/ed25519.py", "tests/verifier/ed25519.py"),
    ours!("verifier/judge.py", "tests/verifier/judge.py"),
    ours!("verifier/log.py", "tests/verifier/log.py"),
    ours!("verifier/pattern.py", "tests/verifier/pattern.py"),
    ours!("verifier/runs.py", "tests/verifier/runs.py"),
    ours!("verifier/verify.py", "tests/verifier/verify.py"),
    ("verify.sh", include_str!("verify.sh")),
];

/// The file that lists all others.
const SUMS: &str = "SHA256SUMS";

impl Bundle {
    /// Writes the bundle to the new folder `to`, which is there as a whole or not at all.
    ///
    /// # Errors
    ///
    /// There is something under that name, or it cannot be written. `Damaged`: an attachment is no
    /// longer what it was.
    pub fn write(&self, to: &Path) -> Result<()> {
        if to.symlink_metadata().is_ok() {
            let what = format!("`{}` is there already; a bundle overwrites nothing", to.display());
            return Err(RecordError::new(what).with_hint("name another folder"));
        }
        let mut partial = to.as_os_str().to_owned();
        partial.push(format!(".{}.part", std::process::id()));
        let partial = PathBuf::from(partial);
        // Left by a process of this number that died over it.
        drop(fs::remove_dir_all(&partial));
        let done = self.fill(&partial).and_then(|()| {
            let renamed = fs::rename(&partial, to);
            renamed.map_err(|cause| RecordError::io(to, "write the bundle", &cause))
        });
        if done.is_err() {
            drop(fs::remove_dir_all(&partial));
        }
        done
    }

    fn fill(&self, folder: &Path) -> Result<()> {
        let mut filling = Filling { folder, sums: BTreeMap::new() };
        for (name, text) in SAME {
            filling.write(name, text.as_bytes())?;
        }
        filling.write("VERIFY.md", self.instructions().as_bytes())?;
        filling.write("bundle.json", self.document().as_bytes())?;
        filling.write("checkpoint", self.note.as_bytes())?;
        filling.write("entries.jsonl", &self.lines())?;
        filling.write("key", format!("{}\n", self.key).as_bytes())?;
        filling.write("key.pem", self.pem().as_bytes())?;
        filling.write("proofs.txt", self.proofs().as_bytes())?;
        for (hash, _) in &self.attachments {
            filling.attach(&self.log, hash)?;
        }
        let sums: String =
            filling.sums.iter().map(|(name, hash)| format!("{hash}  {name}\n")).collect();
        filling.write(SUMS, sums.as_bytes())
    }
}

/// A folder that is being filled.
struct Filling<'a> {
    folder: &'a Path,
    /// In the order of `sort`: by bytes.
    sums: BTreeMap<String, String>,
}

impl Filling<'_> {
    fn write(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        self.copy(name, &mut io::Cursor::new(bytes)).map(drop)
    }

    fn attach(&mut self, log: &Path, hash: &str) -> Result<()> {
        let from = log.join("attachments").join(hash);
        let mut file = File::open(&from).map_err(|cause| RecordError::io(&from, "read", &cause))?;
        let copied = self.copy(&format!("attachments/{hash}"), &mut file)?;
        match copied == hash {
            true => Ok(()),
            false => Err(RecordError::damaged(format!(
                "the attachment `{}`: its bytes are others",
                from.display()
            ))),
        }
    }

    /// Copies to the file `name`; gives its hash.
    fn copy(&mut self, name: &str, from: &mut dyn io::Read) -> Result<String> {
        let path = self.folder.join(name);
        let mut copy = || {
            fs::create_dir_all(path.parent().unwrap_or(self.folder))?;
            let mut out = Hashing { file: File::create(&path)?, hash: Sha256::new() };
            io::copy(from, &mut out)?;
            out.file.sync_all()?;
            Ok(out.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect::<String>())
        };
        let hash = copy().map_err(|cause: io::Error| RecordError::io(&path, "write", &cause))?;
        self.sums.insert(name.to_owned(), hash.clone());
        Ok(hash)
    }
}

/// A file that is hashed while it is written.
struct Hashing {
    file: File,
    hash: Sha256,
}

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.hash.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

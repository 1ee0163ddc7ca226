//! A station's key in a file that only its owner can read.
//!
//! One line, as Go's `note` package writes it. Whoever is root can copy it: the real control are
//! checkpoints that are kept elsewhere.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::{CWD, OFlags, RenameFlags, renameat_with};
use rustix::io::Errno;

use super::{Ed25519, Signer, VerifierKey};
use crate::error::{RecordError, Result};

/// No key is longer.
const LONGEST: u64 = 4096;

/// Writes `key` to the new file `path`, mode 0600. The file is whole and durable when it appears
/// under its name; what is there already is never touched.
///
/// # Errors
///
/// There is something under that name, or it cannot be written.
pub fn create_key(path: &Path, key: &Ed25519) -> Result<()> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(format!(".{}.part", std::process::id()));
    let partial = Path::new(&partial);
    // Left by a process of this number that died over it.
    drop(fs::remove_file(partial));
    let done = write(partial, key).and_then(|()| publish(partial, path));
    drop(fs::remove_file(partial));
    match done.and_then(|()| sync_folder_of(path)) {
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => Err(RecordError::new(
            format!("`{}` is there already; a key is never overwritten", path.display()),
        )),
        done => done.map_err(|cause| RecordError::io(path, "write the key", &cause)),
    }
}

fn write(path: &Path, key: &Ed25519) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(format!("{}\n", key.to_text()).as_bytes())?;
    file.sync_all()
}

/// Gives `partial` the name `path`, which nothing has yet.
fn publish(partial: &Path, path: &Path) -> io::Result<()> {
    match renameat_with(CWD, partial, CWD, path, RenameFlags::NOREPLACE) {
        // Not every file system can rename so; a link cannot replace anything either.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => fs::hard_link(partial, path),
        done => Ok(done?),
    }
}

fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Reads the key in the file `path`.
///
/// # Errors
///
/// It cannot be read; it is a link, has a second name, or is no file; others than its owner may
/// read or write it; or it holds no key. What it holds is never shown.
pub fn read_key(path: &Path) -> Result<Ed25519> {
    let shown = path.display();
    let wrong = |what: &str| RecordError::new(format!("the key `{shown}` {what}"));
    let mut options = OpenOptions::new();
    options.read(true).custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed());
    let file = options.open(path).map_err(|cause| match Errno::from_io_error(&cause) {
        Some(Errno::LOOP) => wrong("is a link").with_hint("put the file itself there"),
        _ => RecordError::io(path, "read the key", &cause),
    })?;
    let about = file.metadata().map_err(|cause| RecordError::io(path, "read the key", &cause))?;
    if !about.is_file() {
        return Err(wrong("is no file"));
    }
    if about.nlink() != 1 {
        let links = format!("has {} names on this disk", about.nlink());
        return Err(wrong(&links).with_hint("leave one; a copy of a key can sign as well"));
    }
    let mode = about.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(wrong(&format!("has mode {mode:04o}: others than its owner may use it"))
            .with_hint(format!(
                "`chmod 600 {shown}`, and make a new key if it was read meanwhile"
            )));
    }
    let mut text = String::new();
    let read = file.take(LONGEST).read_to_string(&mut text);
    read.map_err(|_| wrong("holds no text"))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ed25519::from_text(line).map_err(|cause| wrong(&format!("cannot be used: {cause}")))
}

/// The public half of the key in the file `path`.
///
/// # Errors
///
/// Those of [`read_key`].
pub fn read_public_key(path: &Path) -> Result<VerifierKey> {
    Ok(read_key(path)?.key().clone())
}

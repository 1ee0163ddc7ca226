//! The folder of the locks: the same for all users of the machine, whoever came first.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use pogo_hal::{Error, Result};
use rustix::fs::{Access, OFlags, access};

/// Names another folder; every user of the machine needs the same.
const VARIABLE: &str = "POGO_LOCKS";

/// Where locks of devices live. Source: Filesystem Hierarchy Standard 3.0, 5.9 and 3.15.
const USUAL: &str = "/run/lock/pogo";

/// Everybody may make files in it, and nobody may remove another's.
const OF_ALL: u32 = 0o1777;

/// The longest name of a file that is kept whole. Two addresses that differ only beyond it share a
/// lock, which keeps one of them waiting and harms nobody.
const LONGEST_NAME: usize = 200;

/// The folder of the locks.
#[derive(Clone, Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    /// The machine's: `$POGO_LOCKS`, or else `/run/lock/pogo`, or where that cannot be had
    /// `pogo-locks` in the folder for temporary files. Users who do not end up in the same folder
    /// do not see each other's locks; POGO_LOCKS is for machines where that could happen.
    ///
    /// # Errors
    ///
    /// None of them can be made or written.
    pub(super) fn shared() -> Result<Self> {
        if let Some(named) = std::env::var_os(VARIABLE).filter(|it| !it.is_empty()) {
            return Self::at(Path::new(&named))
                .map_err(|cause| no_folder(Path::new(&named), &cause));
        }
        if let Ok(folder) = Self::at(Path::new(USUAL)) {
            return Ok(folder);
        }
        let other = std::env::temp_dir().join("pogo-locks");
        Self::at(&other).map_err(|cause| no_folder(&other, &cause))
    }

    pub(super) fn at(path: &Path) -> io::Result<Self> {
        match DirBuilder::new().mode(OF_ALL).create(path) {
            // Said again, because the process's own mask was taken off the first time.
            Ok(()) => fs::set_permissions(path, Permissions::from_mode(OF_ALL))?,
            Err(cause) if cause.kind() == ErrorKind::AlreadyExists => {}
            Err(cause) => return Err(cause),
        }
        // Not `metadata`: a link there would lead who knows where.
        if !fs::symlink_metadata(path)?.is_dir() {
            return Err(io::Error::from(ErrorKind::NotADirectory));
        }
        access(path, Access::WRITE_OK | Access::EXEC_OK)?;
        Ok(Self(path.to_owned()))
    }

    /// The file called `name`, made if there is none.
    ///
    /// # Errors
    ///
    /// It is none of ours: a link, a folder, or not for everybody.
    pub(super) fn file(&self, name: &str) -> Result<File> {
        let path = self.0.join(escaped(name));
        self.open(&path).map_err(|cause| {
            Error::unreachable(format!("the lock `{}` cannot be opened: {cause}", path.display()))
                .with_hint("remove that file, or name another folder for all users in POGO_LOCKS")
                .caused_by(cause)
        })
    }

    fn open(&self, path: &Path) -> io::Result<File> {
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
        let mut there = OpenOptions::new();
        there.read(true).write(true).custom_flags(flags);
        let mut new = there.clone();
        new.create_new(true).mode(0o666);
        // Never with O_CREAT where it is there already: in a folder like this the kernel refuses
        // that for another user's file (fs.protected_regular in proc_sys_fs(5)).
        let file = match there.open(path) {
            Err(cause) if cause.kind() == ErrorKind::NotFound => match new.open(path) {
                Ok(file) => {
                    file.set_permissions(Permissions::from_mode(0o666))?;
                    file
                }
                Err(cause) if cause.kind() == ErrorKind::AlreadyExists => there.open(path)?,
                Err(cause) => return Err(cause),
            },
            other => other?,
        };
        if file.metadata()?.is_file() { Ok(file) } else { Err(ErrorKind::InvalidInput.into()) }
    }
}

fn no_folder(path: &Path, cause: &io::Error) -> Error {
    Error::unsupported(format!("no folder for locks in `{}`: {cause}", path.display()))
        .with_hint("name one that all users of the machine may write in POGO_LOCKS")
}

/// `name` as a file's name: what a reader needs stays as it is.
fn escaped(name: &str) -> String {
    let mut escaped = String::new();
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b':' | b',' | b'_' | b'-' => {
                escaped.push(char::from(byte));
            }
            // Neither `.` nor `..`, and no hidden file.
            b'.' if !escaped.is_empty() => escaped.push('.'),
            other => escaped += &format!("%{other:02X}"),
        }
        if escaped.len() >= LONGEST_NAME {
            break;
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use tempfile::tempdir;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn another_user_may_take_the_lock_later() {
        let dir = tempdir().unwrap();
        let path = dir.path().join("locks");
        let folder = Folder::at(&path).unwrap();
        assert_eq!(mode(&path), 0o1777);
        folder.file("TCPIP0::h::5025::SOCKET").unwrap();
        assert_eq!(mode(&path.join("TCPIP0::h::5025::SOCKET")), 0o666);
        Folder::at(&path).unwrap().file("TCPIP0::h::5025::SOCKET").unwrap();
    }

    #[test]
    fn a_link_is_followed_neither_to_a_folder_nor_to_a_file() {
        let dir = tempdir().unwrap();
        let precious = dir.path().join("precious");
        fs::write(&precious, "kept").unwrap();
        let folder = Folder::at(dir.path()).unwrap();
        symlink(&precious, dir.path().join("ASRL1")).unwrap();
        symlink(dir.path().join("nowhere"), dir.path().join("ASRL2")).unwrap();
        fs::create_dir(dir.path().join("ASRL3")).unwrap();
        for name in ["ASRL1", "ASRL2", "ASRL3"] {
            let error = folder.file(name).unwrap_err();
            assert!(error.message().contains(name) && error.hint().is_some(), "{error}");
        }
        let link = dir.path().join("link");
        symlink(dir.path(), &link).unwrap();
        assert!(Folder::at(&link).is_err());
        assert!(Folder::at(&dir.path().join("not/there")).is_err());
    }

    #[test]
    fn every_name_is_a_file_of_this_folder() {
        assert_eq!(escaped("TCPIP0::192.0.2.21::5025::SOCKET"), "TCPIP0::192.0.2.21::5025::SOCKET");
        assert_eq!(escaped("ASRL/dev/ttyUSB0::INSTR"), "ASRL%2Fdev%2FttyUSB0::INSTR");
        assert_eq!((escaped(".."), escaped("ä\0%")), ("%2E.".into(), "%C3%A4%00%25".into()));
        assert!(escaped(&"/".repeat(1000)).len() < 255);
    }
}

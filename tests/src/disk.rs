//! A disk that is soon full, or that can only be read. Mounting one takes root.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, unshare};
use nix::sys::statvfs::statvfs;
use tempfile::TempDir;

/// A file system of its own in memory; gone when dropped.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts one of 48 MiB at `path`, which is made: more than a run asks for before it begins.
    ///
    /// # Errors
    ///
    /// This user may not mount anything.
    ///
    /// # Panics
    ///
    /// There can be no such folder.
    pub fn mount(path: &Path) -> nix::Result<Self> {
        fs::create_dir_all(path).expect("a folder");
        mount(Some("none"), path, Some("tmpfs"), MsFlags::empty(), Some("size=48m"))?;
        Ok(Self(path.to_owned()))
    }

    /// Writes until not another byte fits.
    pub fn fill(&self) {
        self.fill_but(0);
    }

    /// Writes until less than `left` bytes fit, and not much less.
    pub fn fill_but(&self, left: u64) {
        let file = OpenOptions::new().append(true).create(true).open(self.filler());
        // Not even a file fits.
        let Ok(mut file) = file else { return };
        let mut bytes = vec![0; 1 << 20];
        while !bytes.is_empty() {
            while self.free() >= left + bytes.len() as u64 && file.write_all(&bytes).is_ok() {}
            bytes.truncate(bytes.len() / 2);
        }
    }

    /// Makes room again.
    pub fn clear(&self) {
        drop(File::create(self.filler()));
    }

    /// Lets nobody write to it any more.
    ///
    /// # Panics
    ///
    /// Somebody is writing to it.
    pub fn only_read(&self) {
        let flags = MsFlags::MS_REMOUNT | MsFlags::MS_RDONLY;
        mount(None::<&str>, &self.0, None::<&str>, flags, None::<&str>).expect("a read-only disk");
    }

    fn free(&self) -> u64 {
        statvfs(&self.0).map_or(0, |it| it.blocks_available() * it.fragment_size())
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        _ = umount2(&self.0, MntFlags::MNT_DETACH);
    }
}

/// Keeps what is mounted from now on to this thread and its children, so that nothing stays however
/// they end. Where that may not be done, nothing can be mounted either.
pub fn keep_to_ourselves() {
    if unshare(CloneFlags::CLONE_NEWNS).is_ok() {
        let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
        _ = mount(None::<&str>, "/", None::<&str>, private, None::<&str>);
    }
}

/// Why no such disk can be had, if none can.
///
/// # Panics
///
/// The system gives no folder.
pub fn missing() -> Option<String> {
    let folder = TempDir::with_prefix("pogo-kill-").expect("a temporary folder");
    let cause = SmallDisk::mount(folder.path()).err()?;
    Some(format!("a small disk cannot be mounted: {cause}; it takes root"))
}

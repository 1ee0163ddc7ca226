//! The lock of one instrument.

use std::fs::{File, TryLockError};
use std::io::Read;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::FileExt;
use std::time::Duration;

use jiff::tz::TimeZone;
use pogo_hal::{Deadline, Error, Identity, Resource, Result};
use tokio::time::sleep;

use super::folder::Folder;
use super::owner::{LONGEST, Owner};

/// How often a lock that is waited for is tried.
const POLL: Duration = Duration::from_millis(20);

/// A lock on one instrument; dropping it gives it back, unless somebody else has a duplicate of
/// its descriptor.
#[derive(Debug)]
pub struct InstrumentLock {
    file: File,
    note: Option<String>,
}

impl InstrumentLock {
    /// Takes the lock of the instrument at `resource` for `owner`.
    ///
    /// # Errors
    ///
    /// `Unreachable` if somebody holds it: who, and since when. `Unsupported` if the machine gives
    /// no folder for locks.
    pub fn take(resource: &Resource, owner: &Owner) -> Result<Self> {
        Self::take_in(&Folder::shared()?, &Name::of(resource), owner)
    }

    /// As [`InstrumentLock::take`], waiting up to `patience` for the guard of a run that has died,
    /// which holds it until it has made the instrument safe. Waits on tokio's clock.
    ///
    /// # Errors
    ///
    /// Those of [`InstrumentLock::take`], once the time is over.
    pub async fn take_within(
        resource: &Resource,
        owner: &Owner,
        patience: Duration,
    ) -> Result<Self> {
        Self::wait_in(&Folder::shared()?, &Name::of(resource), owner, patience).await
    }

    /// Takes the lock of the instrument that says it is `identity`: two addresses may lead to one
    /// instrument, and only it can tell. `None` if it cannot: its serial number is empty, `0`, or
    /// that of a simulated one, which any number of benches may have.
    ///
    /// # Errors
    ///
    /// Those of [`InstrumentLock::take`].
    pub fn take_identity(identity: &Identity, owner: &Owner) -> Result<Option<Self>> {
        match Name::of_identity(identity) {
            Some(name) => Self::take_in(&Folder::shared()?, &name, owner).map(Some),
            None => Ok(None),
        }
    }

    /// What the record should say about how it was taken: that its last holder died over it.
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// The descriptor. The lock is held until every duplicate of it is closed, in any process.
    pub fn descriptor(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }

    fn take_in(folder: &Folder, name: &Name, owner: &Owner) -> Result<Self> {
        match Self::try_in(folder, name, owner)? {
            Ok(lock) => Ok(lock),
            Err(holder) => Err(in_use(name, holder.as_ref())),
        }
    }

    async fn wait_in(
        folder: &Folder,
        name: &Name,
        owner: &Owner,
        patience: Duration,
    ) -> Result<Self> {
        let until = Deadline::after(patience);
        loop {
            match Self::try_in(folder, name, owner)? {
                Ok(lock) => return Ok(lock),
                // One who lives may keep it for hours; a guard is done soon.
                Err(Some(holder)) if holder.is_alive() => return Err(in_use(name, Some(&holder))),
                Err(holder) if until.remaining().is_zero() => {
                    return Err(in_use(name, holder.as_ref()));
                }
                Err(_) => sleep(POLL.min(until.remaining())).await,
            }
        }
    }

    /// The lock, or who holds it, if the file says so.
    fn try_in(folder: &Folder, name: &Name, owner: &Owner) -> Result<Result<Self, Option<Owner>>> {
        let file = folder.file(&name.0)?;
        let not_kept = |cause: std::io::Error| {
            Error::unreachable(format!("the lock of `{}` cannot be kept: {cause}", name.0))
                .with_hint("name a folder on a local disk for all users in POGO_LOCKS")
                .caused_by(cause)
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Err(said(&file))),
            Err(TryLockError::Error(cause)) => return Err(not_kept(cause)),
        }
        let note = said(&file)
            .map(|it| format!("the lock of process {}, which is gone, was taken over", it.pid()));
        file.set_len(0).and_then(|()| file.write_all_at(&owner.to_bytes(), 0)).map_err(not_kept)?;
        Ok(Ok(Self { file, note }))
    }
}

impl Drop for InstrumentLock {
    fn drop(&mut self) {
        // Whoever dies does not come here: what the file then still says tells the next one so.
        // The file itself stays: removing it would let two hold one lock.
        drop(self.file.set_len(0));
    }
}

/// What the file says about its holder.
fn said(mut file: &File) -> Option<Owner> {
    let mut bytes = Vec::new();
    (&mut file).take(LONGEST as u64).read_to_end(&mut bytes).ok()?;
    Owner::read(&bytes)
}

fn in_use(name: &Name, holder: Option<&Owner>) -> Error {
    let who = holder.map_or_else(
        || "another process, which has not said what for".to_owned(),
        |it| it.shown(TimeZone::system()),
    );
    Error::unreachable(format!("`{}` is in use by {who}", name.0))
        .with_hint("wait until that is over; `pogo stop` ends a run")
}

/// What is locked, as people know it.
#[derive(Debug)]
struct Name(String);

impl Name {
    fn of(resource: &Resource) -> Self {
        Self(match resource {
            // Source: RFC 4343, 2: names of hosts are compared without regard to case.
            Resource::Socket { board, host, port } => {
                let host = host.to_ascii_lowercase();
                Resource::Socket { board: *board, host, port: *port }.to_string()
            }
            Resource::Lan { board, host, device } => {
                let (host, device) = (host.to_ascii_lowercase(), device.to_ascii_lowercase());
                Resource::Lan { board: *board, host, device }.to_string()
            }
            Resource::Prologix { board, host, port, primary, secondary } => Resource::Prologix {
                board: *board,
                host: host.to_ascii_lowercase(),
                port: *port,
                primary: *primary,
                secondary: *secondary,
            }
            .to_string(),
            other => other.to_string(),
        })
    }

    fn of_identity(identity: &Identity) -> Option<Self> {
        let Identity { manufacturer, model, serial, .. } = identity;
        // Source: IEEE 488.2-1992, 10.14: `0` where an instrument has no serial number.
        let known = !serial.is_empty() && serial != "0" && !serial.starts_with("SIM");
        known.then(|| Self(format!("{manufacturer},{model},{serial}").to_lowercase()))
    }
}

#[cfg(test)]
mod tests {
    use pogo_hal::ErrorKind;
    use tempfile::{TempDir, tempdir};

    use super::*;

    const PSU: &str = "TCPIP::192.0.2.21::5025::SOCKET";

    fn folder() -> (TempDir, Folder) {
        let dir = tempdir().unwrap();
        let folder = Folder::at(dir.path()).unwrap();
        (dir, folder)
    }

    fn take(folder: &Folder, resource: &str) -> Result<InstrumentLock> {
        let name = Name::of(&resource.parse().unwrap());
        InstrumentLock::take_in(folder, &name, &Owner::new("run 0197…c2 of SN0001"))
    }

    #[test]
    fn an_instrument_has_one_holder_and_the_next_is_told_who_it_is() {
        let (_dir, folder) = folder();
        let held = take(&folder, PSU).unwrap();
        let error = take(&folder, PSU).unwrap_err();
        let said = format!(
            "`TCPIP0::192.0.2.21::5025::SOCKET` is in use by run 0197…c2 of SN0001 (process {}",
            std::process::id()
        );
        assert!(error.message().starts_with(&said), "{error}");
        assert_eq!(error.kind(), ErrorKind::Unreachable);
        assert!(error.hint().unwrap().contains("pogo stop"));
        take(&folder, "TCPIP::192.0.2.22::5025::SOCKET").unwrap();
        drop(held);
        assert_eq!(take(&folder, PSU).unwrap().note(), None, "it was given back");
    }

    #[test]
    fn a_lock_whose_holder_died_is_taken_over_and_said() {
        let (dir, folder) = folder();
        drop(take(&folder, PSU).unwrap());
        let left = r#"{"pid":8388608,"start_ticks":7,"what":"x","since":"2026-11-22T10:03:11Z"}"#;
        let path = dir.path().join("TCPIP0::192.0.2.21::5025::SOCKET");
        std::fs::write(&path, left).unwrap();
        let lock = take(&folder, PSU).unwrap();
        let note = "the lock of process 8388608, which is gone, was taken over";
        assert_eq!(lock.note(), Some(note));
        drop(lock);
        std::fs::write(&path, [0xFF; 100_000]).unwrap();
        assert_eq!(take(&folder, PSU).unwrap().note(), None, "that was no holder");
    }

    #[test]
    fn a_duplicate_of_its_descriptor_keeps_a_lock_held() {
        let (_dir, folder) = folder();
        let lock = take(&folder, PSU).unwrap();
        let guards = lock.descriptor().try_clone_to_owned().unwrap();
        drop(lock);
        let error = take(&folder, PSU).unwrap_err();
        assert!(error.message().contains("is in use by another process"), "{error}");
        drop(guards);
        take(&folder, PSU).unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn the_guard_of_a_dead_run_is_waited_for_and_no_longer_than_asked() {
        let (_dir, folder) = folder();
        let (name, owner) = (Name::of(&PSU.parse().unwrap()), Owner::new("pogo safe"));
        // Above the largest number that Linux gives to a process.
        let dead =
            r#"{"pid":8388608,"start_ticks":1,"what":"a run","since":"2026-01-01T00:00:00Z"}"#;
        let dead = Owner::read(dead.as_bytes()).unwrap();
        let guards = InstrumentLock::take_in(&folder, &name, &dead).unwrap();
        let start = tokio::time::Instant::now();
        let patience = Duration::from_secs(1);
        InstrumentLock::wait_in(&folder, &name, &owner, patience).await.unwrap_err();
        assert_eq!(start.elapsed(), patience);
        let (waited, ()) =
            tokio::join!(InstrumentLock::wait_in(&folder, &name, &owner, patience), async {
                sleep(Duration::from_millis(500)).await;
                drop(guards);
            });
        waited.unwrap();
        assert!(start.elapsed() < patience + Duration::from_millis(550));
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_that_goes_on_is_not_waited_for() {
        let (_dir, folder) = folder();
        let (name, owner) = (Name::of(&PSU.parse().unwrap()), Owner::new("pogo safe"));
        let _held = take(&folder, PSU).unwrap();
        let start = tokio::time::Instant::now();
        let patience = Duration::from_secs(1);
        InstrumentLock::wait_in(&folder, &name, &owner, patience).await.unwrap_err();
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[test]
    fn two_ways_to_write_an_address_are_one_lock() {
        let (_dir, folder) = folder();
        for (one, other) in [
            ("TCPIP::PSU.local::5025::SOCKET", "tcpip0::psu.LOCAL::5025::socket"),
            ("TCPIP0::192.0.2.22::INST0::INSTR", "TCPIP::192.0.2.22"),
            ("ASRL/dev/ttyUSB0", "ASRL/dev/ttyUSB0::INSTR"),
            ("PRLGX-TCPIP::BUS::9", "prlgx-tcpip0::bus,1234::9::INSTR"),
        ] {
            let _held = take(&folder, one).unwrap();
            take(&folder, other).unwrap_err();
        }
        let _held = take(&folder, "ASRL/dev/ttyusb0").unwrap();
        take(&folder, "ASRL/dev/ttyUSB0").unwrap();
    }

    #[test]
    fn an_instrument_is_known_by_its_serial_number_if_it_has_one() {
        let name = |answer: &str| Name::of_identity(&Identity::parse(answer).unwrap());
        let psu = name("Keysight Technologies,E36312A,MY1234,2.1.3").unwrap();
        assert_eq!(psu.0, name("KEYSIGHT TECHNOLOGIES,E36312A,my1234,9").unwrap().0);
        assert_ne!(psu.0, name("Keysight Technologies,E36312A,MY1235,2.1.3").unwrap().0);
        for serial in ["", "0", "SIM0001"] {
            assert!(name(&format!("Keysight,E36312A,{serial},1")).is_none(), "{serial}");
        }
    }
}

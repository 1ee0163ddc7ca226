//! Serial lines that are not there, somebody else's, or unplugged in the middle: three errors.

use nix::fcntl::OFlag;
use nix::pty::{PtyMaster, grantpt, posix_openpt, ptsname_r, unlockpt};
use pogo_hal::{Error, ErrorKind};

use super::rig::{LINE, Rig};

async fn unopened(port: &str) -> Error {
    let rig = Rig::build(LINE, "", &[], 1000).at(&format!("ASRL{port}::INSTR"));
    let Err(error) = rig.open("it").await else { panic!("{port} was opened") };
    assert_eq!(error.kind(), ErrorKind::Unreachable, "{error}");
    error
}

/// One end of a pseudoterminal, and the device file of the other.
fn pty() -> (PtyMaster, String) {
    // What other tests start must not keep it open.
    let flags = OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
    let master = posix_openpt(flags).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let path = ptsname_r(&master).unwrap();
    (master, path)
}

#[tokio::test]
async fn a_line_that_is_not_there_one_that_is_in_use_and_no_line_at_all_are_told_apart() {
    let missing = unopened("/dev/no-such-adapter").await;
    assert_eq!(missing.message(), "there is no `/dev/no-such-adapter`");
    assert!(missing.hint().unwrap().contains("plugged in"));

    let (_pty, path) = pty();
    let first = Rig::build(LINE, "faces = 'unit'", &[], 1000).at(&format!("ASRL{path}::INSTR"));
    let _held = first.open("it").await.unwrap();
    let busy = unopened(&path).await;
    assert!(busy.message().starts_with(&format!("`{path}` is in use or gone")), "{busy}");
    assert!(busy.hint().unwrap().contains("end the program that has it"), "{busy:?}");

    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    let no_line = unopened(path).await;
    assert!(no_line.message().starts_with(&format!("`{path}` cannot be set up")), "{no_line}");
}

#[tokio::test]
async fn an_adapter_that_is_unplugged_is_never_the_units_silence() {
    let (pty, path) = pty();
    let rig = Rig::build(LINE, "faces = 'unit'", &[], 300).at(&format!("ASRL{path}::INSTR"));
    let it = rig.open("it").await.unwrap();
    // The adapter is there and nobody answers.
    let silent = it.get("setpoint").await.unwrap_err();
    assert_eq!(silent.kind(), ErrorKind::NoAnswer, "{silent}");
    drop(pty);
    let gone = it.get("setpoint").await.unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::Unreachable, "{gone}");
    assert!(gone.message().contains("is gone"), "{gone}");
    assert!(gone.hint().unwrap().contains("unplugged"), "{gone:?}");
}

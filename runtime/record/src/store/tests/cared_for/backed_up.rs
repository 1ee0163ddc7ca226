//! Copies of a store.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;
use crate::error::RecordErrorKind;
use crate::store::care::{Copied, Files, Key, KeyIs, Progress, backup};
use crate::verify::{Against, verify};

fn copied(dir: &Path, to: &Path, key: Key) -> Copied {
    backup(dir, to, key, &mut |_| {}).unwrap().remove(0)
}

/// The exact bytes of every entry.
fn bytes(dir: &Path) -> Vec<Vec<Value>> {
    rows(dir, "entry")
}

fn holds(dir: &Path) -> bool {
    let report = verify(dir, &Against { rejudge: true, ..Against::default() });
    assert_eq!(report.logs.len(), 1);
    report.holds()
}

#[test]
fn a_backup_that_is_made_while_a_run_writes_holds_the_beginning_of_its_log() {
    let dir = tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let run = store.start_run(header("SN1")).unwrap();
    // So many pages that copying them takes several steps.
    (0..4000).for_each(|number| run.append(number, &note("x".repeat(400))).unwrap());
    run.barrier().unwrap();
    let (to, mut told) = (dir.path().join("copy"), Vec::new());
    let mut progress = |it| {
        told.push(it);
        assert!(told.len() < 50, "it begins anew with every entry");
        run.append(5000, &note("meanwhile")).unwrap();
        run.barrier().unwrap();
    };
    let copy = backup(dir.path(), &to, Key::Left, &mut progress).unwrap().remove(0);
    let steps = told.iter().filter(|it| matches!(it, Progress::Pages(..))).count();
    assert!(steps > 2, "{told:?}");
    assert_eq!(told.last(), Some(&Progress::Checking));
    run.end(5001, &Reason::Passed.into()).unwrap();
    assert!(!to.join("open").exists() && !to.join("record.db-wal").exists());

    let (all, some) = (bytes(dir.path()), bytes(&to));
    assert_eq!(some.len() as u64, copy.covered.entries);
    assert_eq!(some[..], all[..some.len()]);
    assert_eq!(all.len() - some.len(), told.len() + 2, "what came meanwhile, and the end");
    assert!(copy.wrong.is_empty() && copy.covered.signed > 0, "{copy:?}");
    assert!(holds(&to) && holds(dir.path()));
}

#[test]
fn a_backup_overwrites_nothing() {
    let dir = tempdir().unwrap();
    passing_run(dir.path(), "SN1");
    let there = tempdir().unwrap();
    let [folder, file, link] = ["folder", "file", "link"].map(|name| there.path().join(name));
    fs::create_dir(&folder).unwrap();
    fs::write(&file, "mine").unwrap();
    std::os::unix::fs::symlink("nowhere", &link).unwrap();
    for taken in [&folder, &file, &link] {
        let error = backup(dir.path(), taken, Key::Left, &mut |_| {}).unwrap_err();
        assert_eq!(error.kind(), RecordErrorKind::Refused, "{error}");
        assert!(error.message().ends_with("is there already"), "{error}");
    }
    let nowhere = there.path().join("not/there");
    let error = backup(dir.path(), &nowhere, Key::Left, &mut |_| {}).unwrap_err();
    assert_eq!(error.kind(), RecordErrorKind::Refused, "{error}");
    assert_eq!(fs::read(&file).unwrap(), b"mine");
    assert_eq!(fs::read_dir(there.path()).unwrap().count(), 3, "and leaves nothing");
}

#[test]
fn a_backup_that_is_broken_off_leaves_nothing() {
    let dir = tempdir().unwrap();
    passing_run(dir.path(), "SN1");
    let there = tempdir().unwrap();
    for stop in [Progress::Pages(13, 13), Progress::Checking] {
        let kind = std::mem::discriminant(&stop);
        let mut progress = |it| assert!(std::mem::discriminant(&it) != kind, "stopped");
        let to = there.path().join("copy");
        let done =
            catch_unwind(AssertUnwindSafe(|| backup(dir.path(), &to, Key::Left, &mut progress)));
        assert!(done.is_err());
        assert_eq!(fs::read_dir(there.path()).unwrap().count(), 0, "{stop:?}");
    }
}

#[test]
fn a_private_key_stays_where_it_is_unless_somebody_asks_for_it() {
    let dir = tempdir().unwrap();
    passing_run(dir.path(), "SN1");
    let [without, with] = ["without", "with"].map(|name| dir.path().join(name));
    assert_eq!(copied(dir.path(), &without, Key::Left).key, KeyIs::Left);
    assert!(!without.join("key").exists());
    let store = Store::open(&without).unwrap();
    let error = store.start_run(header("SN2")).err().unwrap();
    assert!(error.message().contains("is gone"), "{error}");
    drop(store);

    assert_eq!(copied(dir.path(), &with, Key::Copied).key, KeyIs::Copied);
    let about = fs::metadata(with.join("key")).unwrap();
    assert_eq!(about.permissions().mode() & 0o7777, 0o600);
    passing_run(&with, "SN2");
    assert!(holds(&with));
    // A copy of the copy without its key has none to give.
    let error = backup(&without, &dir.path().join("again"), Key::Copied, &mut |_| {}).unwrap_err();
    assert!(error.message().contains("is gone"), "{error}");
}

#[test]
fn the_key_of_a_rotation_that_was_not_finished_is_the_one_that_is_copied() {
    let dir = tempdir().unwrap();
    passing_run(dir.path(), "SN1");
    fs::copy(dir.path().join("key"), dir.path().join("old")).unwrap();
    Store::new_key(dir.path(), "ST1").unwrap();
    fs::rename(dir.path().join("key"), dir.path().join("key.next")).unwrap();
    fs::rename(dir.path().join("old"), dir.path().join("key")).unwrap();
    let to = dir.path().join("copy");
    assert_eq!(copied(dir.path(), &to, Key::Copied).key, KeyIs::Copied);
    assert!(dir.path().join("key.next").exists(), "that is for the next run to finish");
    passing_run(&to, "SN2");
    assert!(holds(&to));
}

#[test]
fn attachments_are_linked_on_one_disk_and_copied_to_another() {
    let dir = tempdir().unwrap();
    attached(dir.path());
    let beside = dir.path().join("copy");
    let copy = copied(dir.path(), &beside, Key::Left);
    assert_eq!(copy.attachments, Files { linked: 2, copied: 0, bytes: 6 });
    for (one, other) in attachments(dir.path()).iter().zip(attachments(&beside)) {
        assert_eq!(fs::metadata(one).unwrap().ino(), fs::metadata(other).unwrap().ino());
    }
    let elsewhere = tempfile::tempdir_in("/dev/shm").unwrap();
    let device = |path: &Path| fs::metadata(path).unwrap().dev();
    assert_ne!(device(elsewhere.path()), device(dir.path()), "two disks");
    let away = elsewhere.path().join("copy");
    let copy = copied(dir.path(), &away, Key::Left);
    assert_eq!(copy.attachments, Files { linked: 0, copied: 2, bytes: 6 });
    assert!(copy.wrong.is_empty() && holds(&away) && holds(&beside));
}

#[test]
fn what_is_wrong_with_a_store_is_copied_and_said() {
    let dir = tempdir().unwrap();
    attached(dir.path());
    let files = attachments(dir.path());
    fs::write(&files[0], "other").unwrap();
    fs::remove_file(&files[1]).unwrap();
    let tamper = "DROP TRIGGER entry_stays; UPDATE entry SET bytes = x'7b7d' WHERE seq = 3";
    change(dir.path(), tamper);
    let copy = copied(dir.path(), &dir.path().join("copy"), Key::Left);
    let said = [
        "entry 3: its bytes are not those that were hashed",
        "it has 5 bytes instead of 3",
        "No such file or directory (os error 2)",
    ];
    assert_eq!(copy.wrong.len(), 3, "{copy:?}");
    copy.wrong.iter().zip(said).for_each(|(it, said)| assert!(it.ends_with(said), "{it}"));
    assert_eq!(bytes(&dir.path().join("copy")), bytes(dir.path()));
}

#[test]
fn a_name_that_leads_elsewhere_is_no_attachment() {
    let dir = tempdir().unwrap();
    attached(dir.path());
    let name = attachments(dir.path())[0].file_name().unwrap().to_str().unwrap().to_owned();
    let tamper = format!(
        "DROP TRIGGER entry_stays; UPDATE entry SET \
         bytes = CAST(replace(CAST(bytes AS TEXT), '{name}', '../key') AS BLOB)"
    );
    change(dir.path(), &tamper);
    let to = dir.path().join("copy");
    let error = backup(dir.path(), &to, Key::Left, &mut |_| {}).unwrap_err();
    assert_eq!(error.kind(), RecordErrorKind::Damaged, "{error}");
    assert!(error.message().ends_with("names an attachment by what is no hash"), "{error}");
}

#[test]
fn a_store_with_a_page_that_cannot_be_read_is_not_copied() {
    let dir = tempdir().unwrap();
    passing_run(dir.path(), "SN1");
    let file = dir.path().join(database::FILE);
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2 + 100;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).unwrap();
    let there = tempdir().unwrap();
    let to = there.path().join("copy");
    let error = backup(dir.path(), &to, Key::Left, &mut |_| {}).unwrap_err();
    assert_eq!(error.kind(), RecordErrorKind::Damaged, "{error}");
    assert!(error.message().ends_with("is not as Pogo wrote it"), "{error}");
    assert_eq!(fs::read_dir(there.path()).unwrap().count(), 0);
}

//! Attachments that are no longer kept.

use jiff::Timestamp;

use super::*;
use crate::error::RecordErrorKind;
use crate::store::care::Retention;
use crate::verify::{Against, verify};

/// A run that attaches `texts` and ends for `reason`.
fn run(dir: &Path, texts: &[&str], reason: Reason) {
    let store = Store::open(dir).unwrap();
    let run = store.start_run(header("SN1")).unwrap();
    for text in texts {
        run.attach(1, None, "it.txt", "text/plain", text.as_bytes()).unwrap();
    }
    run.end(9, &reason.into()).unwrap();
}

fn retention(before: Timestamp) -> Retention {
    Retention { before, passed_only: false, operator: Some("ab".into()), archive: None }
}

fn prune(dir: &Path, retention: &Retention) -> care::Outdated {
    care::prune(dir, retention, &mut |_, _| ()).unwrap().remove(0)
}

/// What is in the attachments that are there.
fn texts(dir: &Path) -> Vec<String> {
    let mut texts: Vec<_> =
        attachments(dir).iter().map(|it| fs::read_to_string(it).unwrap()).collect();
    texts.sort();
    texts
}

/// How many files are no longer kept, of a log that holds.
fn holds(dir: &Path) -> u64 {
    let report = verify(dir, &Against::default());
    assert!(report.holds(), "{report:?}");
    report.logs[0].pruned
}

#[test]
fn attachments_of_old_runs_go_and_the_log_still_holds() {
    let dir = tempdir().unwrap();
    run(dir.path(), &["one", "two", "both"], Reason::Passed);
    let then = Timestamp::now();
    run(dir.path(), &["both", "three"], Reason::Passed);
    let would = care::outdated(dir.path(), &retention(then)).unwrap().remove(0);
    assert_eq!((would.files, would.bytes, would.runs, would.kept), (2, 6, 1, 2));
    assert_eq!((texts(dir.path()).len(), holds(dir.path())), (4, 0), "only said");
    assert_eq!(prune(dir.path(), &retention(then)), would);
    assert_eq!(texts(dir.path()), ["both", "three"]);
    assert_eq!(holds(dir.path()), 2);
    let kinds = kinds(dir.path());
    assert_eq!(kinds.iter().filter(|it| *it == "attachments.pruned").count(), 1, "{kinds:?}");
    let again = prune(dir.path(), &retention(then));
    assert_eq!((again.files, again.kept), (0, 2), "nothing is said twice");
    let facts = care::check(dir.path()).unwrap();
    assert!(facts.facts().all(|it| it.state != care::State::Damaged), "{facts:?}");
}

#[test]
fn what_a_failed_run_attached_stays_if_that_is_asked_for() {
    let dir = tempdir().unwrap();
    run(dir.path(), &["passed"], Reason::Passed);
    run(dir.path(), &["failed"], Reason::Limit);
    let retention = Retention { passed_only: true, ..retention(Timestamp::now()) };
    assert_eq!(prune(dir.path(), &retention).files, 1);
    assert_eq!(texts(dir.path()), ["failed"]);
}

#[test]
fn a_run_without_an_end_keeps_what_it_attached() {
    let dir = tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let open = store.start_run(header("SN1")).unwrap();
    open.attach(1, None, "it.txt", "text/plain", b"open").unwrap();
    open.barrier().unwrap();
    let refused = care::prune(dir.path(), &retention(Timestamp::now()), &mut |_, _| ());
    assert_eq!(refused.unwrap_err().kind(), RecordErrorKind::Refused);
    let would = care::outdated(dir.path(), &retention(Timestamp::now())).unwrap().remove(0);
    assert_eq!((would.files, would.kept), (0, 1));
}

#[test]
fn a_file_that_goes_without_a_word_is_still_found() {
    let dir = tempdir().unwrap();
    run(dir.path(), &["one"], Reason::Passed);
    prune(dir.path(), &retention(Timestamp::now()));
    run(dir.path(), &["one", "two"], Reason::Passed);
    assert_eq!((texts(dir.path()).len(), holds(dir.path())), (2, 0), "it was attached again");
    for file in attachments(dir.path()) {
        fs::remove_file(file).unwrap();
    }
    let report = verify(dir.path(), &Against::default());
    assert_eq!(report.logs[0].findings.len(), 2, "{report:?}");
}

#[test]
fn a_process_that_dies_over_it_leaves_a_log_that_holds_and_the_next_one_goes_on() {
    let dir = tempdir().unwrap();
    run(dir.path(), &["one", "two"], Reason::Passed);
    let files = attachments(dir.path());
    let then = Timestamp::now();
    prune(dir.path(), &retention(then));
    // As if it had been killed after it had said so.
    for (file, text) in files.iter().zip(["two", "one"]) {
        fs::write(file, text).unwrap();
    }
    assert_eq!(holds(dir.path()), 2);
    let again = prune(dir.path(), &retention(then));
    assert_eq!((again.files, again.left_over), (2, 2));
    assert_eq!((texts(dir.path()).len(), holds(dir.path())), (0, 2));
    assert_eq!(kinds(dir.path()).iter().filter(|it| *it == "attachments.pruned").count(), 1);
}

#[test]
fn the_archive_has_every_file_before_it_goes() {
    let (dir, kept) = (tempdir().unwrap(), tempdir().unwrap());
    run(dir.path(), &["one", "two"], Reason::Passed);
    let archive = kept.path().join("archive");
    let names: Vec<_> =
        attachments(dir.path()).iter().map(|it| it.file_name().unwrap().to_owned()).collect();
    let kept = Retention { archive: Some(archive.clone()), ..retention(Timestamp::now()) };
    prune(dir.path(), &kept);
    for name in names {
        assert!(["one", "two"].contains(&&*fs::read_to_string(archive.join(name)).unwrap()));
    }
    assert_eq!((fs::read_dir(&archive).unwrap().count(), holds(dir.path())), (2, 2));
}

#[test]
fn a_file_that_is_no_longer_what_it_was_stays_for_whoever_asks_why() {
    for archive in [false, true] {
        let (dir, elsewhere) = (tempdir().unwrap(), tempdir().unwrap());
        run(dir.path(), &["one"], Reason::Passed);
        fs::write(&attachments(dir.path())[0], "two").unwrap();
        let archive = archive.then(|| elsewhere.path().join("archive"));
        let kept = Retention { archive, ..retention(Timestamp::now()) };
        let damaged = care::prune(dir.path(), &kept, &mut |_, _| ()).unwrap_err();
        assert_eq!(damaged.kind(), RecordErrorKind::Damaged, "{damaged}");
        assert_eq!(texts(dir.path()), ["two"]);
        assert!(kinds(dir.path()).iter().all(|it| it != "attachments.pruned"));
    }
}

#[test]
fn a_log_whose_entries_were_changed_loses_nothing_more() {
    let dir = tempdir().unwrap();
    run(dir.path(), &["one"], Reason::Passed);
    change(
        dir.path(),
        "DROP TRIGGER entry_stays; UPDATE entry SET bytes = x'7b7d' WHERE type = 'run.ended'",
    );
    let damaged = care::prune(dir.path(), &retention(Timestamp::now()), &mut |_, _| ());
    assert_eq!(damaged.unwrap_err().kind(), RecordErrorKind::Damaged);
    assert_eq!(texts(dir.path()), ["one"]);
}

#[test]
fn a_backup_leaves_out_what_is_no_longer_kept() {
    let dir = tempdir().unwrap();
    run(dir.path(), &["one"], Reason::Passed);
    let then = Timestamp::now();
    run(dir.path(), &["two"], Reason::Passed);
    prune(dir.path(), &retention(then));
    let to = dir.path().join("copy");
    let copied = care::backup(dir.path(), &to, care::Key::Left, &mut |_| ()).unwrap();
    assert_eq!(copied[0].wrong, [""; 0]);
    assert_eq!((texts(&to), holds(&to)), (vec!["two".to_owned()], 1));
}

#[test]
fn nothing_goes_that_could_not_be_said_first() {
    let dir = tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let real = RunHeader { mode: Mode::Engineering, ..header("SN1") };
    let run = store.start_run(real).unwrap();
    run.attach(1, None, "it.txt", "text/plain", b"one").unwrap();
    run.end(9, &Reason::Passed.into()).unwrap();
    drop((run, store));
    fs::remove_file(dir.path().join("key")).unwrap();
    care::prune(dir.path(), &retention(Timestamp::now()), &mut |_, _| ()).unwrap_err();
    assert_eq!((texts(dir.path()), holds(dir.path())), (vec!["one".to_owned()], 0));
}

#[test]
fn an_archive_inside_the_store_is_none() {
    let dir = tempdir().unwrap();
    run(dir.path(), &["one"], Reason::Passed);
    for inside in ["attachments", "archive", "simulated/attachments/../new"] {
        let archive = Some(dir.path().join(inside));
        let kept = Retention { archive, ..retention(Timestamp::now()) };
        let refused = care::prune(dir.path(), &kept, &mut |_, _| ()).unwrap_err();
        assert_eq!(refused.kind(), RecordErrorKind::Refused, "{refused}");
        assert_eq!(texts(dir.path()), ["one"]);
    }
    assert!(kinds(dir.path()).iter().all(|it| it != "attachments.pruned"));
}

#[test]
fn what_an_archive_has_under_the_name_is_held_against_it_before_the_file_goes() {
    let (dir, archive) = (tempdir().unwrap(), tempdir().unwrap());
    run(dir.path(), &["one"], Reason::Passed);
    let name = attachments(dir.path())[0].file_name().unwrap().to_owned();
    fs::write(archive.path().join(&name), "rot").unwrap();
    let there = Some(archive.path().to_owned());
    let kept = Retention { archive: there, ..retention(Timestamp::now()) };
    prune(dir.path(), &kept);
    assert_eq!(fs::read_to_string(archive.path().join(&name)).unwrap(), "one");
}

#[test]
fn a_database_with_much_room_that_nothing_is_kept_in_gets_smaller_and_holds() {
    let dir = tempdir().unwrap();
    run(dir.path(), &["one"], Reason::Passed);
    let (connection, ..) = database::open(dir.path()).unwrap();
    let used = "CREATE TABLE used(a); INSERT INTO used VALUES (zeroblob(1000000)); DROP TABLE used";
    connection.execute_batch(used).unwrap();
    drop(connection);
    let size = || fs::metadata(dir.path().join(database::FILE)).unwrap().len();
    let before = size();
    let would = care::outdated(dir.path(), &retention(Timestamp::now())).unwrap().remove(0);
    assert!(would.unused.bytes > 1_000_000 && would.unused.freed == 0, "{would:?}");
    let done = prune(dir.path(), &retention(Timestamp::now()));
    assert_eq!((done.unused.freed, &done.unused.kept_because), (before - size(), &None));
    assert!(done.unused.freed > 900_000, "{done:?}");
    // Every page of the new file has its checksum, and the log goes on in it.
    assert_eq!(holds(dir.path()), 1);
    run(dir.path(), &["two"], Reason::Passed);
    assert_eq!(holds(dir.path()), 1);
    let again = prune(dir.path(), &retention(Timestamp::UNIX_EPOCH));
    assert_eq!(again.unused.freed, 0, "a file that is full is not written anew: {again:?}");
}

#[test]
fn a_run_says_which_of_its_attachments_retention_has_removed_and_when() {
    let dir = tempdir().unwrap();
    run(dir.path(), &["one", "two"], Reason::Passed);
    let began = Timestamp::now();
    prune(dir.path(), &retention(began));
    let read = || {
        let reader = Store::reader(dir.path()).unwrap();
        let id = reader.list().unwrap().last().unwrap().id;
        reader.run(&id.to_string()).unwrap().removed
    };
    let removed = read();
    assert_eq!(removed.len(), 2);
    assert!(removed.values().all(|at| (began..=Timestamp::now()).contains(at)), "{removed:?}");
    // It is found by name, also after the tables were made again.
    change(dir.path(), "DELETE FROM mention");
    assert!(!verify(dir.path(), &Against::default()).holds(), "the table is verified");
    let mended = care::reindex(dir.path()).unwrap().remove(0);
    let mention = mended.tables.iter().find(|it| it.name == "mention").unwrap();
    assert_eq!((mention.mended, holds(dir.path())), (2, 2));
    assert_eq!(read(), removed);
    // Somebody attaches one of them again: it is there.
    run(dir.path(), &["one"], Reason::Passed);
    assert_eq!(read().len(), 1);
}

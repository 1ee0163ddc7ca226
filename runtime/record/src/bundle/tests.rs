//! What a bundle promises, each with a store of its own.

use std::collections::BTreeMap;
use std::fs;

use pogo_hal::Origins;
use rusqlite::{OpenFlags, params};
use tempfile::{TempDir, tempdir};

use super::*;
use crate::body::{Body, Device, Judged, Note, Plan, RunHeader};
use crate::entry::{Entry, leaf};
use crate::error::RecordErrorKind::{self, Damaged, Refused};
use crate::limit::Limit;
use crate::proof::verify_inclusion;
use crate::store::{RunLog, Store};
use crate::verdict::Reason;

fn header(serial: &str) -> RunHeader {
    RunHeader {
        station: "ST1".into(),
        device: Device { serial: Some(serial.into()), ..Device::default() },
        plan: Plan { id: "thermometer".into(), ..Plan::default() },
        ..RunHeader::default()
    }
}

fn say(run: &RunLog, value: i64) {
    let limit = Limit::between(1, 2).unwrap();
    let judged = Judged::new(None, "count", value.into(), &Origins::none(), limit).0;
    run.append(1, &Body::Measurement(judged)).unwrap();
}

/// A run of `serial` that measures `value`, which passes.
fn run(dir: &Path, serial: &str, value: i64) -> Uuid {
    let store = Store::open(dir).unwrap();
    let run = store.start_run(header(serial)).unwrap();
    say(&run, value);
    run.end(2, &Reason::Passed.into()).unwrap();
    run.id()
}

fn of(serial: &str) -> Of {
    Of::Serial(serial.into())
}

/// The types of the entries in it, each with the run that it belongs to.
fn kinds(bundle: &Bundle) -> Vec<(String, Option<Uuid>)> {
    let entry = |it: &Proven| serde_json::from_slice::<Entry>(&it.bytes).unwrap();
    bundle.entries.iter().map(entry).map(|entry| (entry.kind, entry.run)).collect()
}

fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => all.extend(files(&path)),
            false => _ = all.insert(path.clone(), fs::read(path).unwrap()),
        }
    }
    all
}

fn refused(dir: &Path, of: Of) -> (RecordErrorKind, String) {
    let error = Bundle::new(dir, of).unwrap_err();
    (error.kind(), error.message().to_owned())
}

#[test]
fn a_bundle_has_every_entry_of_its_runs_and_none_of_other_runs() {
    let dir = tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let (mine, other) =
        (store.start_run(header("SN1")).unwrap(), store.start_run(header("SN2")).unwrap());
    say(&mine, 1);
    say(&other, 2);
    other.end(2, &Reason::Passed.into()).unwrap();
    say(&mine, 2);
    mine.end(3, &Reason::Passed.into()).unwrap();
    let bundle = Bundle::new(dir.path(), of("SN1")).unwrap();
    let of_mine = |kind: &str| (kind.to_owned(), Some(mine.id()));
    let expected = [
        ("key.activated".to_owned(), None),
        of_mine("run.started"),
        of_mine("measurement"),
        // The log was signed when the other run ended.
        ("checkpoint".to_owned(), None),
        of_mine("measurement"),
        of_mine("run.ended"),
    ];
    assert_eq!(kinds(&bundle), expected);
    assert_eq!(kinds(&Bundle::new(dir.path(), Of::Run(mine.id())).unwrap()), expected);
    let root = bundle.note.parse::<crate::proof::Note>().unwrap();
    let signed: crate::proof::Checkpoint = root.text().parse().unwrap();
    for it in &bundle.entries {
        let hash = Hash(leaf(&it.bytes));
        verify_inclusion(it.seq, bundle.size, &hash, &it.proof, &signed.root).unwrap();
    }
    let [found] = bundle.runs() else { panic!("{bundle:?}") };
    assert_eq!((found.id, found.verdict, found.attempt), (mine.id(), Some(Verdict::Pass), Some(1)));
}

#[test]
fn the_same_log_gives_the_same_bytes() {
    let dir = tempdir().unwrap();
    run(dir.path(), "SN1", 1);
    let write = |to: &str| {
        let to = dir.path().join(to);
        Bundle::new(dir.path(), of("SN1")).unwrap().write(&to).unwrap();
        let files = files(&to).into_iter();
        files.map(|(path, bytes)| (path.strip_prefix(&to).unwrap().to_owned(), bytes)).collect()
    };
    let first: Vec<_> = write("one");
    assert_eq!(first, write("two"));
    assert!(first.len() > 10, "{first:?}");
}

#[test]
fn a_new_key_comes_with_what_the_old_one_said_about_it() {
    let dir = tempdir().unwrap();
    run(dir.path(), "SN1", 1);
    let new = Store::new_key(dir.path(), "ST1").unwrap().key;
    run(dir.path(), "SN2", 1);
    let bundle = Bundle::new(dir.path(), of("SN2")).unwrap();
    let kinds: Vec<_> = kinds(&bundle).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds[..3], ["key.activated", "key.activated", "checkpoint"]);
    assert_eq!(kinds[3], "run.started");
    assert_eq!(*bundle.key(), new);
}

#[test]
fn a_run_without_an_end_is_there_as_far_as_it_was_signed() {
    let dir = tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let open = store.start_run(header("SN1")).unwrap();
    let nothing = "there is nothing of a unit with the serial number `SN1` in ";
    assert!(refused(dir.path(), of("SN2")).1.starts_with(&nothing.replace("SN1", "SN2")));
    say(&open, 1);
    open.barrier().unwrap();
    let other = store.start_run(header("SN2")).unwrap();
    other.end(1, &Reason::Passed.into()).unwrap();
    say(&open, 2);
    open.barrier().unwrap();
    let bundle = Bundle::new(dir.path(), of("SN1")).unwrap();
    let kinds: Vec<_> = kinds(&bundle).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["key.activated", "run.started", "measurement"]);
    assert_eq!(bundle.runs()[0].verdict, None);
    assert_eq!(bundle.unseen(), [format!("the run {} has no end that was signed", open.id())]);
}

#[test]
fn a_run_of_which_nothing_is_signed_is_not_bundled() {
    let dir = tempdir().unwrap();
    run(dir.path(), "SN1", 1);
    let store = Store::open(dir.path()).unwrap();
    let open = store.start_run(header("SN1")).unwrap();
    let (why, what) = refused(dir.path(), Of::Run(open.id()));
    let said = format!("nothing is signed yet of the run `{}`, which goes on", open.id());
    assert_eq!((why, what), (Refused, said));
    let bundle = Bundle::new(dir.path(), of("SN1")).unwrap();
    assert_eq!(bundle.runs().len(), 1);
    let said = format!("the run {}, of which nothing was signed yet", open.id());
    assert_eq!(bundle.unseen(), [said]);
}

/// A store with a run and an attachment of it.
fn attached() -> (TempDir, PathBuf) {
    let dir = tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let run = store.start_run(header("SN1")).unwrap();
    let file = run.attach(1, None, "psu.wire.txt", "text/plain", b"VOLT 3\n").unwrap();
    run.append(1, &Body::Note(Note { step: None, text: "fine".into() })).unwrap();
    run.end(2, &Reason::JudgedNothing.into()).unwrap();
    let file = dir.path().join("attachments").join(file.sha256);
    (dir, file)
}

#[test]
fn an_entry_that_is_not_what_was_signed_is_not_bundled() {
    for mend in [false, true] {
        let (dir, _) = attached();
        let path = dir.path().join(database::FILE);
        let connection = database::connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
        let query = "SELECT seq, bytes FROM entry WHERE type = 'note'";
        let (seq, bytes): (u64, Vec<u8>) =
            connection.query_row(query, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        let bytes = String::from_utf8(bytes).unwrap().replace("fine", "evil").into_bytes();
        connection.execute_batch("DROP TRIGGER entry_stays").unwrap();
        let update = "UPDATE entry SET bytes = ?1, leaf = iif(?2, ?3, leaf) WHERE seq = ?4";
        connection.execute(update, params![bytes, mend, leaf(&bytes), seq]).unwrap();
        let (why, what) = refused(dir.path(), of("SN1"));
        assert_eq!(why, Damaged, "{what}");
        let expected = match mend {
            false => format!("entry {seq}: its bytes are not those that were signed"),
            true => format!("entry {}: what was signed is not what is there", seq + 2),
        };
        assert_eq!(what, expected);
    }
}

#[test]
fn an_attachment_that_was_changed_or_is_gone_is_not_bundled_and_nothing_is_left() {
    let (dir, file) = attached();
    let to = dir.path().join("to");
    let bundle = Bundle::new(dir.path(), of("SN1")).unwrap();
    fs::write(&file, "VOLT 9\n").unwrap();
    let (why, what) = refused(dir.path(), of("SN1"));
    assert_eq!(why, Damaged);
    assert!(what.ends_with(": its bytes are others"), "{what}");
    // Between looking and copying, too.
    assert_eq!(bundle.write(&to).unwrap_err().kind(), Damaged);
    fs::remove_file(&file).unwrap();
    assert_eq!(refused(dir.path(), of("SN1")).0, Damaged);
    assert!(bundle.write(&to).is_err());
    let left = fs::read_dir(dir.path()).unwrap().map(|it| it.unwrap().file_name());
    let left: Vec<_> = left.filter(|it| it.to_string_lossy().starts_with("to")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn nothing_is_overwritten() {
    let (dir, _) = attached();
    let bundle = Bundle::new(dir.path(), of("SN1")).unwrap();
    let to = dir.path().join("to");
    fs::create_dir(&to).unwrap();
    let error = bundle.write(&to).unwrap_err().to_string();
    assert!(error.contains("is there already"), "{error}");
    assert_eq!(files(&to), BTreeMap::new());
    std::os::unix::fs::symlink("nowhere", dir.path().join("link")).unwrap();
    assert!(bundle.write(&dir.path().join("link")).is_err());
}

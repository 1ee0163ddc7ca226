//! Records that somebody changed who knows what they are doing.

use std::fs;

use super::*;
use crate::body::{KeyActivated, Signed};
use crate::proof::{Checkpoint, Ed25519, Frontier, Signer};

/// The place of the failing run's measurement in [`store`].
const FAILED: usize = 12;

fn pass(bytes: &mut Vec<u8>) {
    let text = String::from_utf8(bytes.clone()).unwrap();
    assert!(text.contains("\"verdict\":\"fail\""), "{text}");
    *bytes =
        text.replace("\"verdict\":\"fail\"", "\"verdict\":\"pass\"").replace("1.9", "1.8").into();
}

#[test]
fn a_result_that_was_edited_is_named() {
    let dir = store();
    let edit =
        "UPDATE entry SET bytes = CAST(replace(bytes, 'fail', 'pass') AS BLOB) WHERE seq = ?";
    let changed = without_rails(dir.path(), |it| it.execute(edit, [FAILED]).unwrap());
    assert_eq!(changed, 1);
    let (about, seq, what) = first(dir.path());
    assert_eq!((about, seq), (About::Entry, Some(FAILED as u64)));
    assert_eq!(what, "its bytes are not those that were hashed");
}

#[test]
fn a_verdict_that_was_forged_with_every_hash_but_no_key_is_found() {
    let dir = store();
    rewrite(dir.path(), |all| pass(&mut all[FAILED].2));
    let what = "what was signed is not what is there: one of the entries 9 to 14";
    assert_eq!(first(dir.path()), (About::Checkpoint, Some(15), what.into()));
}

#[test]
fn an_entry_in_another_mode_than_its_run_is_found() {
    for (at, kind) in [(3, "run.started"), (FAILED, "measurement")] {
        let dir = store();
        rewrite(dir.path(), |all| {
            assert_eq!(all[at].1, kind);
            let text = String::from_utf8(all[at].2.clone()).unwrap();
            // The entry's own, which stands before its body.
            all[at].2 = text.replacen("\"engineering\"", "\"production\"", 1).into();
        });
        let said = format!("`{kind}` in the mode `production`, of a run in the mode `engineering`");
        let found = found(dir.path());
        assert!(found.iter().any(|it| it.what == said && it.seq == Some(at as u64)), "{found:?}");
    }
}

#[test]
fn entries_that_changed_places_are_found() {
    let dir = store();
    rewrite(dir.path(), |all| all.swap(4, 5));
    assert!(found(dir.path()).iter().any(|it| it.about == About::Checkpoint && it.seq == Some(9)));
}

#[test]
fn an_entry_that_was_put_in_is_found() {
    let dir = store();
    rewrite(dir.path(), |all| {
        let mut copy = all[5].clone();
        copy.0.replace_range(0..4, "ffff");
        copy.2.splice(18..22, *b"ffff");
        all.insert(6, copy);
    });
    let found = found(dir.path());
    assert!(
        found.iter().any(|it| it.what.starts_with("a checkpoint of 9 entries stands")),
        "{found:?}"
    );
}

#[test]
fn an_entry_that_was_taken_out_is_found() {
    let dir = store();
    without_rails(dir.path(), |it| it.execute("DELETE FROM entry WHERE seq = 12", []).unwrap());
    assert_eq!(first(dir.path()), (About::Sequence, Some(12), "missing, up to 12".into()));
    let dir = store();
    rewrite(dir.path(), |all| drop(all.remove(12)));
    assert!(found(dir.path()).iter().any(|it| it.about == About::Checkpoint));
}

#[test]
fn a_cut_tail_is_found_by_an_anchor_and_by_nothing_else() {
    let dir = store();
    let anchor = anchor(dir.path());
    rewrite(dir.path(), |all| all.truncate(10));
    let report = strictly(dir.path());
    assert!(report.holds(), "the last run is gone, and nothing here says so: {report:#?}");
    assert!(report.logs[0].unseen[0].contains("`--anchor`"), "but it is said that it could be");
    let report = against(dir.path(), &anchor);
    let [finding] = report.logs[0].findings.as_slice() else { panic!("{report:#?}") };
    let said = format!("the anchor has seen {} entries, the log has 10: cut off", ENTRIES - 1);
    assert_eq!((finding.seq, &finding.what), (Some(10), &said));
}

/// Writes the log anew with `change`, and signs it with `key` as if that had always been its key.
fn resign(dir: &Path, key: &Ed25519, change: impl FnOnce(&mut Vec<(String, String, Vec<u8>)>)) {
    rewrite(dir, |all| {
        change(all);
        let mut tree = Frontier::default();
        for (_, kind, bytes) in all.iter_mut() {
            let mut entry: serde_json::Value = serde_json::from_slice(bytes).unwrap();
            let (origin, size) = (key.key().name().to_owned(), tree.size());
            let body = match kind.as_str() {
                "key.activated" => {
                    let key = key.key().to_string();
                    serde_json::to_value(KeyActivated { origin, key, previous: None }).unwrap()
                }
                "checkpoint" => {
                    let checkpoint = Checkpoint { origin, size, root: tree.root() };
                    let note = checkpoint.sign(&[key]).unwrap().to_string();
                    serde_json::to_value(Signed { note }).unwrap()
                }
                _ => {
                    tree.append(Hash(leaf(bytes)));
                    continue;
                }
            };
            entry["body"] = body;
            let text = serde_json::to_string(&entry).unwrap();
            // The order that `rewrite` looks for the place in.
            let seq = format!("\"seq\":{}", entry["seq"]);
            let rest = text.replacen(&format!(",{seq}"), "", 1);
            *bytes = rest.replacen('{', &format!("{{\"schema_\":0,{seq},"), 1).into_bytes();
            tree.append(Hash(leaf(bytes)));
        }
    });
}

#[test]
fn a_record_that_was_written_anew_under_another_key_is_found_by_an_anchor() {
    let dir = store();
    let anchor = anchor(dir.path());
    let key = Ed25519::generate(&anchor.checkpoint().origin).unwrap();
    resign(dir.path(), &key, |all| pass(&mut all[FAILED].2));
    let report = against(dir.path(), &anchor);
    let found = &report.logs[0].findings;
    assert!(found.iter().any(|it| it.what.contains("are not those that the anchor has seen")));
    assert!(found.iter().any(|it| it.what.starts_with("an anchor was not signed by the log")));
    assert!(!strictly(dir.path()).logs[0].findings.iter().any(|it| it.about == About::Checkpoint));
}

#[test]
fn a_log_that_was_replaced_by_another_is_found_by_an_anchor() {
    let (dir, other) = (store(), store());
    let report = against(dir.path(), &anchor(other.path()));
    assert!(!report.holds());
    assert!(report.findings[0].what.ends_with(", the anchor's"), "{report:?}");
    let nothing = tempdir().unwrap();
    assert!(!against(nothing.path(), &anchor(other.path())).holds());
}

#[test]
fn a_log_without_its_signatures_is_found() {
    let dir = store();
    rewrite(dir.path(), |all| all.retain(|it| it.1 != "checkpoint" && it.1 != "key.activated"));
    let found = found(dir.path());
    assert!(
        found.iter().any(|it| it.what == "a run ends here, and no checkpoint that holds covers it")
    );
}

/// What is said first of another key at the end of the log, which says that it takes over from
/// `previous`.
fn usurped(dir: &Path, previous: Option<String>) -> (Option<u64>, String) {
    let id = "01999999-0000-7000-8000-000000000000".to_owned();
    let origin = anchor(dir).checkpoint().origin.clone();
    let key = Ed25519::generate(&origin).unwrap().key().to_string();
    let body = serde_json::to_string(&KeyActivated { origin, key, previous }).unwrap();
    let entry = format!(
        "{{\"schema\":1,\"id\":\"{id}\",\"seq\":0,\"type\":\"key.activated\",\"station\":\"ST1\",\
         \"mode\":\"engineering\",\"utc\":\"2026-11-22T10:00:00Z\",\"mono_ns\":0,\"body\":{body}}}"
    );
    rewrite(dir, |all| {
        let mut last = all[21].clone();
        last.0.replace_range(0..4, "ffff");
        last.2.splice(18..22, *b"ffff");
        all.push((id, "key.activated".into(), entry.into_bytes()));
        all.push(last);
    });
    let (_, seq, what) = first(dir);
    (seq, what)
}

#[test]
fn a_key_that_nobody_vouched_for_is_found() {
    let dir = store();
    let (seq, what) = usurped(dir.path(), tree_of(dir.path()).key);
    assert_eq!(seq, Some(23));
    assert_eq!(what, "a key took over that the one before it did not vouch for");
    let dir = store();
    let (seq, what) = usurped(dir.path(), None);
    assert_eq!(seq, Some(22));
    assert_eq!(what, "a key takes over from another one than the log was signed with");
}

#[test]
fn an_attachment_that_was_changed_cut_or_removed_is_found() {
    let dir = store();
    let folder = dir.path().join("attachments");
    let file = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    for (bytes, why) in [
        (Some(&b"VOLT 9\n"[..]), "its bytes are others"),
        (Some(b"VOLT 3"), "it has 6 bytes instead of 7"),
        (None, "No such file"),
    ] {
        match bytes {
            Some(bytes) => fs::write(&file, bytes).unwrap(),
            None => fs::remove_file(&file).unwrap(),
        }
        let (about, seq, what) = first(dir.path());
        assert_eq!((about, seq), (About::Attachment, Some(7)));
        assert!(what.contains(why), "{what}");
    }
}

#[test]
fn a_table_that_was_changed_beside_the_entries_is_found() {
    for (change, about, seq) in [
        ("UPDATE run SET serial = 'SN9' WHERE serial = 'SN1'", About::Index, Some(3)),
        ("DELETE FROM run WHERE started = 10", About::Index, Some(10)),
        ("UPDATE boot SET pogo = 'x'", About::Index, Some(1)),
        ("UPDATE mention SET value = 'L2' WHERE seq = 10", About::Index, Some(10)),
        ("DELETE FROM mention WHERE seq = 3", About::Index, Some(3)),
        ("INSERT INTO mention VALUES ('lot', 'L1', 12, 'x')", About::Index, Some(12)),
        ("INSERT INTO mention VALUES ('lot', 'L1', 20, 'x')", About::Index, Some(20)),
        ("UPDATE tree SET signed = 4", About::Index, None),
        ("DELETE FROM outbox WHERE seq = 12", About::Index, Some(12)),
        ("UPDATE outbox SET state = 'sent' WHERE seq = 12", About::Index, Some(12)),
        ("DELETE FROM outbox WHERE seq = 21", About::Index, Some(21)),
        (
            "INSERT INTO outbox(seq, sink, state) VALUES (22, 'server', 'waiting')",
            About::Index,
            Some(22),
        ),
        (
            "INSERT INTO outbox(seq, sink, state) VALUES (3, 'other', 'waiting')",
            About::Index,
            Some(3),
        ),
        ("DROP TRIGGER entry_stays", About::Database, None),
        ("DROP INDEX run_open", About::Database, None),
        ("CREATE TABLE entry2(a)", About::Database, None),
    ] {
        let dir = store();
        open(dir.path()).execute_batch(change).unwrap();
        let found = first(dir.path());
        assert_eq!((found.0, found.1), (about, seq), "{change}: {}", found.2);
    }
}

#[test]
fn a_database_that_does_not_open_or_is_gone_is_found() {
    let dir = store();
    let file = dir.path().join(FILE);
    let bytes = fs::read(&file).unwrap();
    for (what, bytes) in [
        ("nothing", Vec::new()),
        ("noise", vec![0x55; bytes.len()]),
        ("half", bytes[..bytes.len() / 2].to_vec()),
        ("a page of zeroes", [&bytes[..4096], &[0; 4096], &bytes[8192..]].concat()),
        ("no application", [&bytes[..68], &[0; 4], &bytes[72..]].concat()),
    ] {
        fs::write(&file, bytes).unwrap();
        let (about, ..) = first(dir.path());
        assert_eq!(about, About::Database, "{what}");
    }
    fs::remove_file(&file).unwrap();
    assert_eq!(first(dir.path()).2, "the database is gone, attachments are not");
}

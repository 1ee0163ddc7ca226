//! Signed notes and checkpoints, against the standards' own examples and Go's `note` package.

use crate::leaf;
use crate::proof::*;

const TEXT: &str = "If you think cryptography is the answer to your problem,\n\
                    then you don't know what your problem is.\n";
const PETER: &str = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const ENOCH: &str = "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";
const PETERS_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const ENOCHS_KEY: &str = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
const PETERS_SECRET: &str =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";

fn keys(texts: &[&str]) -> Vec<VerifierKey> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn note(text: &str) -> Result<Note, ProofError> {
    text.parse()
}

#[test]
fn a_note_is_signed_to_the_byte_as_others_sign_it() {
    let peter = Ed25519::from_text(PETERS_SECRET).unwrap();
    let note = Note::sign(TEXT.to_owned(), &[&peter]).unwrap();
    assert_eq!(note.to_string(), format!("{TEXT}\n{PETER}"));
    assert_eq!(peter.key().to_string(), PETERS_KEY);
    assert_eq!(peter.to_text(), PETERS_SECRET);
}

#[test]
fn a_note_of_others_is_read_and_names_who_signed_it() {
    let both = note(&format!("{TEXT}\n{PETER}{ENOCH}")).unwrap();
    assert_eq!((both.text(), both.signatures().len()), (TEXT, 2));
    assert_eq!(both.to_string(), format!("{TEXT}\n{PETER}{ENOCH}"));
    let known = keys(&[PETERS_KEY, ENOCHS_KEY]);
    let names: Vec<_> = both.verify(&known).unwrap().iter().map(|key| key.name()).collect();
    assert_eq!(names, ["PeterNeumann", "EnochRoot"]);
    assert_eq!(both.verify(&known[1..]).unwrap().len(), 1, "who is not known is ignored");
    let nobody = both.verify(&[]).unwrap_err().to_string();
    assert_eq!(
        nobody,
        "signed by `PeterNeumann+c74f20a3`, `EnochRoot+af0cfe78`, which is no known key"
    );
}

#[test]
fn one_wrong_signature_of_a_known_key_spoils_the_note() {
    let known = keys(&[PETERS_KEY, ENOCHS_KEY]);
    let other = TEXT.replace("cryptography", "cryptographY");
    let error = note(&format!("{other}\n{PETER}")).unwrap().verify(&known).unwrap_err();
    assert_eq!(error.to_string(), "the signature of `PeterNeumann+c74f20a3` is wrong");
    let spoilt = ENOCH.replace("n2ti", "n3ti");
    assert!(note(&format!("{TEXT}\n{PETER}{spoilt}")).unwrap().verify(&known).is_err());
    let longer = format!("{}ABCD{}", &PETER[..60], &PETER[60..]);
    assert!(note(&format!("{TEXT}\n{longer}")).unwrap().verify(&known).is_err());
}

#[test]
fn what_is_no_note_is_refused() {
    for (text, why) in [
        (TEXT.to_owned(), "no empty line"),
        (format!("{TEXT}\n"), "its last line has no end"),
        (format!("{TEXT}\n{}", &PETER[..PETER.len() - 1]), "its last line has no end"),
        (format!("\u{1}{TEXT}\n{PETER}"), "control character"),
        (format!("{TEXT}\r\n\n{PETER}"), "control character"),
        (format!("{TEXT}\n{}", PETER.replace("PeterN", "Peter N")), "not in base64"),
        (format!("{TEXT}\n{}", PETER.replace("PeterN", "Peter+N")), "cannot be the name of a key"),
        (format!("{TEXT}\n{PETER}Unexpected line.\n"), "is no signature line"),
        (format!("{TEXT}\n— Peter AAAA\n"), "too short"),
        (format!("{TEXT}\n— Peter AAAAAA==\n"), "too short"),
        (format!("{TEXT}\n— Peter AAAAAAB=\n"), "not in base64"),
        (format!("{TEXT}\n{}", PETER.replace('—', "-")), "is no signature line"),
        (format!("{TEXT}\n{}", PETER.repeat(65)), "65 signatures"),
        (format!("\n{PETER}"), "no empty line"),
    ] {
        let error = note(&text).unwrap_err().to_string();
        assert!(error.contains(why), "{text:?}: {error}");
    }
}

#[test]
fn a_text_may_have_empty_lines_and_the_last_one_ends_it() {
    // C2SP `signed-note`, its first example.
    let example = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\n\
        ed è subito sera.\n\n— quasimodo.example/salvatore \
        NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";
    let note = note(example).unwrap();
    assert!(note.text().ends_with(":\n\ned è subito sera.\n"));
    assert_eq!(note.signatures()[0].name, "quasimodo.example/salvatore");
    assert_eq!(
        (note.signatures()[0].id, note.to_string()),
        ([0x36, 0x7b, 0xa0, 0x4b], example.into())
    );
}

#[test]
fn the_standards_checkpoint_is_read_and_written_the_same() {
    // C2SP `tlog-checkpoint`, its example.
    let example = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
        — example.com/behind-the-sofa \
        Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";
    let note = note(example).unwrap();
    let checkpoint: Checkpoint = note.text().parse().unwrap();
    assert_eq!(
        (checkpoint.origin.as_str(), checkpoint.size),
        ("example.com/behind-the-sofa", 20_852_163)
    );
    assert_eq!(checkpoint.root.to_base64(), "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=");
    assert_eq!(checkpoint.to_string(), note.text());
}

#[test]
fn a_checkpoint_that_could_be_written_in_two_ways_is_refused() {
    let root = Hash(leaf(b"")).to_base64();
    assert!(format!("log\n0\n{root}\n").parse::<Checkpoint>().is_ok());
    for text in [
        format!("log\n07\n{root}\n"),
        format!("log\n+7\n{root}\n"),
        format!("log\n-7\n{root}\n"),
        format!("log\n\n{root}\n"),
        format!("log\n18446744073709551616\n{root}\n"),
        format!("\n7\n{root}\n"),
        format!("log\n7\n{root}"),
        format!("log\n7\n{root}\nextension\n"),
        format!("log\n7\n{}\n", &root[..43]),
        format!("log\n7\n{}\n", root.replace('=', "")),
        // The last letter carries two bits that mean nothing.
        format!("log\n7\n{}\n", root.replace("0=", "1=")),
        "log\n7\n".to_owned(),
        "log\n7\nAAAA\n".to_owned(),
    ] {
        assert!(text.parse::<Checkpoint>().is_err(), "{text:?}");
    }
}

#[test]
fn a_checkpoint_is_signed_by_several_keys_at_once() {
    let (old, new) =
        (Ed25519::generate("pogo/ST1").unwrap(), Ed25519::generate("pogo/ST1").unwrap());
    let checkpoint = Checkpoint { origin: "pogo/ST1".into(), size: 7, root: Hash::of_nothing() };
    let signed = checkpoint.sign(&[&old, &new]).unwrap();
    let again = note(&signed.to_string()).unwrap();
    assert_eq!(again.verify(&[old.key().clone()]).unwrap(), [old.key()]);
    assert_eq!(again.verify(&[new.key().clone()]).unwrap(), [new.key()]);
    assert!(checkpoint.sign(&[]).is_err());
    let two_lines = Checkpoint { origin: "pogo\nST1".into(), ..checkpoint };
    assert!(two_lines.sign(&[&old]).is_err());
}

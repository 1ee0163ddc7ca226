//! Keys as text and in files.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use tempfile::tempdir;

use crate::proof::*;

const VERIFIER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const SECRET: &str =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";

/// Every part of `text`, and `text` with each byte one higher.
fn manglings(text: &str) -> impl Iterator<Item = String> {
    let parts = (0..text.len()).flat_map(move |from| {
        (from + 1..=text.len())
            .filter(move |to| (from, *to) != (0, text.len()))
            .map(move |to| text[from..to].to_owned())
    });
    let changed = (0..text.len()).filter_map(move |at| {
        let mut bytes = text.as_bytes().to_owned();
        bytes[at] += 1;
        String::from_utf8(bytes).ok()
    });
    parts.chain(changed)
}

#[test]
fn a_key_in_text_is_right_to_the_last_letter_or_refused() {
    assert_eq!(VERIFIER.parse::<VerifierKey>().unwrap().to_string(), VERIFIER);
    for mangled in manglings(VERIFIER) {
        assert!(mangled.parse::<VerifierKey>().is_err(), "{mangled}");
    }
    for mangled in manglings(SECRET) {
        assert!(Ed25519::from_text(&mangled).is_err(), "{mangled}");
    }
}

#[test]
fn a_key_of_another_length_kind_or_strength_is_refused() {
    let refused = |text: &str| text.parse::<VerifierKey>().unwrap_err().to_string();
    // Both with the id that belongs to them, from Go's `note` package.
    let longer = "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==";
    assert!(longer.parse::<VerifierKey>().is_err());
    let unknown = "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    assert_eq!(refused(unknown), "keys of type 101 are not supported");
    // Sigstore's key, which is a P-256 key.
    let p256 = "rekor.sigstore.dev+c0d23d6a+AjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNhtmPtrWm3U1eQXBogSMdGvXwBcK5AW5i0hrZLOC96l+smGNM7nwZ4QvFK/4sueRoVj//QP22Ni4Qt9DPfkWLc=";
    assert_eq!(refused(p256), "ECDSA keys (type 2) are not supported yet");
    // The neutral element: a signature by it is a signature by everybody.
    let weak = "weak+00000000+AQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    assert_eq!(refused(weak), "no verifier key: everybody can sign for this one");
}

#[test]
fn a_name_with_spaces_or_a_plus_is_none() {
    for name in ["", "a b", "a+b", "a\u{a0}b", "a\nb", "a\u{2003}b", "a\u{7f}"] {
        assert!(Ed25519::generate(name).is_err(), "{name:?}");
    }
}

#[test]
fn a_secret_is_not_shown_by_accident() {
    let key = Ed25519::from_text(SECRET).unwrap();
    let secret = SECRET.rsplit_once("+A").unwrap().1;
    assert!(!format!("{key:?}").contains(secret));
    let seed = [129, 10, 20, 2, 213, 20];
    assert!(!format!("{key:?}").contains(&format!("{:?}", seed).replace(['[', ']'], "")));
}

#[test]
fn the_key_of_simulated_runs_says_that_it_is_for_nothing_else() {
    let key = simulation("pogo/ST1/simulated/NOT-FOR-PRODUCTION").unwrap();
    assert!(key.key().name().ends_with(SIMULATION));
    let again = simulation("pogo/ST1/simulated/NOT-FOR-PRODUCTION").unwrap();
    assert_eq!(key.to_text(), again.to_text(), "everybody has it");
    assert!(simulation("pogo/ST1").is_err());
}

#[test]
fn a_key_file_is_the_owners_alone_and_is_read_back() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("key");
    let key = Ed25519::generate("pogo/ST1").unwrap();
    create_key(&path, &key).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
    assert_eq!(fs::read_to_string(&path).unwrap(), key.to_text() + "\n");
    assert_eq!(read_key(&path).unwrap().to_text(), key.to_text());
    assert_eq!(&read_public_key(&path).unwrap(), key.key());
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn a_key_file_is_never_overwritten() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("key");
    let (first, second) = (Ed25519::generate("a").unwrap(), Ed25519::generate("b").unwrap());
    create_key(&path, &first).unwrap();
    let error = create_key(&path, &second).unwrap_err();
    assert!(error.message().ends_with("is there already; a key is never overwritten"), "{error}");
    assert_eq!(read_key(&path).unwrap().to_text(), first.to_text());
    // Nor is what a link points to, be it there or not.
    let link = dir.path().join("link");
    symlink(dir.path().join("nowhere"), &link).unwrap();
    create_key(&link, &second).unwrap_err();
    assert!(!dir.path().join("nowhere").exists());
}

#[test]
fn a_key_that_others_could_have_read_or_put_there_is_refused() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("key");
    create_key(&path, &Ed25519::generate("pogo/ST1").unwrap()).unwrap();
    let refused = |path: &std::path::Path| read_key(path).unwrap_err();
    for mode in [0o640, 0o604, 0o620, 0o666, 0o611] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let error = refused(&path);
        assert!(error.message().contains(&format!("has mode {mode:04o}")), "{error}");
        assert!(error.hint().unwrap().starts_with("`chmod 600 "));
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    read_key(&path).unwrap();
    let link = dir.path().join("link");
    symlink(&path, &link).unwrap();
    assert!(refused(&link).message().ends_with("is a link"));
    fs::remove_file(&link).unwrap();
    fs::hard_link(&path, &link).unwrap();
    assert!(refused(&path).message().ends_with("has 2 names on this disk"));
    assert!(refused(dir.path()).message().ends_with("is no file"));
}

#[test]
fn what_a_broken_key_file_holds_is_not_shown() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("key");
    fs::write(&path, format!("{}\n", SECRET.replace("c74f20a3", "c74f20a4"))).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let error = read_key(&path).unwrap_err();
    assert!(error.message().ends_with("id and key do not belong together"), "{error}");
    assert!(!error.message().contains("AYEKFA"));
}

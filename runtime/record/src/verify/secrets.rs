//! Whether a secret stands where it must not: in the entries of a store, in any byte of its files,
//! and in whatever else somebody names.
//!
//! Entries are read as the database gives them, because it may have cut one in pieces; the files
//! are read as they are, because a database keeps what was removed from it.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use pogo_hal::Secrets;
use serde::Serialize;

use super::finding::{About, Finding, Findings};
use crate::body::Mode;
use crate::error::RecordError;
use crate::store::database;

/// Where secrets were looked for, and where they stand. No content of any is in here.
#[derive(Debug, Default, Serialize)]
pub struct Searched {
    /// The names of the secrets that were looked for.
    pub secrets: Vec<String>,
    /// How many entries were read.
    pub entries: u64,
    /// How many files were read.
    pub files: u64,
    /// Where one stands.
    pub findings: Vec<Finding>,
    /// What could not be looked at, a sentence each.
    pub unseen: Vec<String>,
}

/// Looks for `secrets` in the store in the folder `store`, and in each of `also`: a file, or a
/// folder with everything below it. Links inside are not followed.
pub fn search(store: &Path, also: &[PathBuf], secrets: &Secrets) -> Searched {
    let searched =
        Searched { secrets: secrets.names().map(str::to_owned).collect(), ..Searched::default() };
    let mut looking = Looking { secrets, searched };
    for mode in [Mode::Engineering, Mode::Simulate] {
        looking.log(&mode.folder(store));
    }
    for root in std::iter::once(store).chain(also.iter().map(PathBuf::as_path)) {
        let mut found = Findings::default();
        looking.below(root, &mut found);
        looking.searched.findings.extend(found.sorted());
    }
    looking.searched
}

struct Looking<'a> {
    secrets: &'a Secrets,
    searched: Searched,
}

impl Looking<'_> {
    /// The entries of the log in `folder`.
    fn log(&mut self, folder: &Path) {
        let (mut found, shown) = (Findings::default(), self.shown(folder));
        let read = match folder.is_dir() {
            true => database::open_to_read(folder),
            false => Ok(None),
        };
        let read = read.and_then(|opened| {
            let Some((connection, path)) = opened else { return Ok(()) };
            let said = |cause: rusqlite::Error| RecordError::sqlite(&path, &cause);
            let query = "SELECT seq, type, bytes FROM entry ORDER BY seq";
            let mut statement = connection.prepare(query).map_err(said)?;
            let mut rows = statement.query([]).map_err(said)?;
            while let Some(row) = rows.next().map_err(said)? {
                self.searched.entries += 1;
                let bytes = row.get_ref(2).and_then(|it| Ok(it.as_bytes()?)).map_err(said)?;
                let Some(one) = self.secrets.find(bytes) else { continue };
                let kind: String = row.get(1).map_err(said)?;
                let kind = self.secrets.hide(&kind);
                let what = format!("{one} stands in this `{kind}` of `{shown}`");
                found.add(About::Secret, Some(row.get(0).map_err(said)?), what);
            }
            Ok(())
        });
        if let Err(cause) = read {
            let cause = self.secrets.hide(cause.message()).into_owned();
            self.searched.unseen.push(format!("the entries of `{shown}`: {cause}"));
        }
        self.searched.findings.extend(found.sorted());
    }

    /// Every file below `path`, in the order of their names.
    fn below(&mut self, path: &Path, found: &mut Findings) {
        let shown = self.shown(path);
        if let Some(one) = path.file_name().and_then(|it| self.secrets.find(it.as_encoded_bytes()))
        {
            found.add(About::Secret, None, format!("{one} is in the name of `{shown}`"));
        }
        let looked = fs::metadata(path).and_then(|about| match about.is_dir() {
            true => {
                let mut paths =
                    fs::read_dir(path)?.map(|it| Ok(it?.path())).collect::<io::Result<Vec<_>>>()?;
                paths.sort();
                for path in paths {
                    match path.is_symlink() {
                        true => self.unseen(&path, "is a link, and where it leads was not looked"),
                        false => self.below(&path, found),
                    }
                }
                Ok(())
            }
            false if about.is_file() => self.file(&mut File::open(path)?, path, found),
            false => Ok(()),
        });
        if let Err(cause) = looked {
            self.unseen(path, &format!("cannot be read: {cause}"));
        }
    }

    fn file(&mut self, file: &mut impl Read, path: &Path, found: &mut Findings) -> io::Result<()> {
        let overlap = self.secrets.longest().saturating_sub(1);
        let (mut bytes, mut passed, mut first) = (Vec::new(), 0, true);
        self.searched.files += 1;
        loop {
            let read = file.by_ref().take(PIECE).read_to_end(&mut bytes)?;
            let ended = read < PIECE as usize;
            if std::mem::take(&mut first) && PACKED.iter().any(|it| bytes.starts_with(it)) {
                self.unseen(path, "is packed, and what is inside was not looked at");
            }
            // What begins later may go on in the next piece.
            let limit = if ended { bytes.len() } else { bytes.len().saturating_sub(overlap) };
            let mut end = limit;
            for one in self.secrets.find_all(&bytes).take_while(|it| it.range.start < limit) {
                let (at, shown) = (passed + one.range.start as u64, self.shown(path));
                found.add(About::Secret, None, format!("{one} stands in `{shown}` at byte {at}"));
                end = end.max(one.range.end);
            }
            if ended {
                return Ok(());
            }
            bytes.drain(..end);
            passed += end as u64;
        }
    }

    fn unseen(&mut self, path: &Path, what: &str) {
        let unseen = format!("`{}` {what}", self.shown(path));
        self.searched.unseen.push(unseen);
    }

    /// A path as it may be shown: a secret may stand in it.
    fn shown(&self, path: &Path) -> String {
        self.secrets.hide(&path.display().to_string()).into_owned()
    }
}

/// How many bytes of a file are looked at together.
const PIECE: u64 = 1 << 20;

/// How packed files begin: gzip, zip, zstd, xz, bzip2, 7z.
const PACKED: [&[u8]; 6] =
    [b"\x1f\x8b", b"PK\x03\x04", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ", b"BZh", b"7z\xbc\xaf\x27\x1c"];

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use pogo_hal::Secret;
    use tempfile::tempdir;

    use super::*;
    use crate::store::Store;
    use crate::{Body, Note, Reason, RunHeader};

    const CONTENT: &str = "correct horse";

    fn secrets() -> Secrets {
        let secret = |name, content: &str| Secret::new(name, content.as_bytes().to_vec()).unwrap();
        Secrets::new(vec![secret("key", CONTENT), secret("code", "open sesame")]).unwrap()
    }

    fn told(searched: &Searched, root: &Path) -> Vec<String> {
        let root = root.display().to_string();
        let told = searched.findings.iter().map(|it| it.to_string().replace(&root, "ROOT"));
        told.collect()
    }

    /// A store with one note in its log, which was not looked at when it was recorded.
    fn noted(root: &Path, text: &str) {
        let store = Store::open(root).unwrap();
        let run = store.start_run(RunHeader::default()).unwrap();
        run.append(1, &Body::Note(Note { step: None, text: text.into() })).unwrap();
        run.end(2, &Reason::Passed.into()).unwrap();
    }

    #[test]
    fn a_secret_in_an_entry_is_found_wherever_the_database_cuts_it() {
        let dir = tempdir().unwrap();
        // Longer than a page of the database, which cuts it in pieces somewhere.
        noted(dir.path(), &[&"x".repeat(30_000), CONTENT, &"y".repeat(30_000)].concat());
        let searched = search(dir.path(), &[], &secrets());
        let told = told(&searched, dir.path());
        assert_eq!(told[0], "entry 4: the secret `key` stands in this `note` of `ROOT`");
        assert!(told.len() == 1 || told[1].starts_with("the secret `key` stands in `ROOT/record"));
        assert_eq!((searched.secrets.len(), searched.entries), (2, 7));
        assert!(searched.unseen.is_empty(), "{searched:?}");
        assert!(!format!("{searched:?}").contains(CONTENT));
        let without = search(dir.path(), &[], &Secrets::default());
        assert!(without.findings.is_empty());
    }

    #[test]
    fn what_was_removed_from_the_database_is_still_found_in_its_file() {
        let dir = tempdir().unwrap();
        noted(dir.path(), "nothing");
        let connection = rusqlite::Connection::open(dir.path().join(database::FILE)).unwrap();
        let batch = format!("CREATE TABLE t(x); INSERT INTO t VALUES('{CONTENT}'); DROP TABLE t;");
        connection.execute_batch(&batch).unwrap();
        drop(connection);
        let told = told(&search(dir.path(), &[], &secrets()), dir.path());
        assert!(!told.is_empty());
        assert!(told.iter().all(|it| it.starts_with("the secret `key` stands in `ROOT/record.db")));
    }

    #[test]
    fn every_file_beside_the_log_is_looked_at_and_whatever_is_named() {
        let (dir, other) = (tempdir().unwrap(), tempdir().unwrap());
        noted(dir.path(), "nothing");
        let write = |dir: &Path, name: &str, bytes: &[u8]| {
            let path = dir.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        };
        write(dir.path(), "attachments/ab", b"> AUTH b3BlbiBzZXNhbWU=\n");
        write(dir.path(), "open/run.jsonl", b"{\"text\":\"correct horse\"}");
        write(other.path(), "bundle/tile/0", b"...636f727265637420686f727365...");
        write(other.path(), "one.txt", b"Correct%20Horse");
        write(other.path(), "open sesame.txt", b"");
        write(other.path(), "a.zip", b"PK\x03\x04");
        symlink("one.txt", other.path().join("link")).unwrap();
        let also = ["bundle", "one.txt", "open sesame.txt", "a.zip", "nothing", "."];
        let also = also.map(|it| other.path().join(it));
        let searched = search(dir.path(), &also[..5], &secrets());
        assert_eq!(
            told(&searched, dir.path())[..2],
            [
                "the secret `code` in base64 stands in `ROOT/attachments/ab` at byte 7",
                "the secret `key` stands in `ROOT/open/run.jsonl` at byte 9",
            ]
        );
        assert_eq!(
            told(&searched, other.path())[2..],
            [
                "the secret `key` in hex stands in `ROOT/bundle/tile/0` at byte 3",
                "the secret `key` in percent encoding stands in `ROOT/one.txt` at byte 0",
                "the secret `code` is in the name of `ROOT/[secret code].txt`",
            ]
        );
        assert_eq!(searched.unseen.len(), 2, "{searched:?}");
        assert!(
            searched.unseen[0].ends_with("a.zip` is packed, and what is inside was not looked at")
        );
        assert!(searched.unseen[1].contains("nothing` cannot be read"));
        let searched = search(dir.path(), &also[5..], &secrets());
        assert!(searched.unseen.iter().any(|it| it.contains("link` is a link")), "{searched:?}");
        assert_eq!(searched.findings.len(), 2 + 3);
    }

    #[test]
    fn a_secret_that_lies_across_two_pieces_is_found_once() {
        let secrets = secrets();
        for offset in 0..40 {
            let before = PIECE as usize - offset;
            let bytes = [vec![b'.'; before], CONTENT.into(), vec![b'.'; 3 << 20]].concat();
            let mut looking = Looking { secrets: &secrets, searched: Searched::default() };
            let mut found = Findings::default();
            looking.file(&mut bytes.as_slice(), Path::new("f"), &mut found).unwrap();
            let told: Vec<_> = found.sorted().iter().map(ToString::to_string).collect();
            assert_eq!(told, [format!("the secret `key` stands in `f` at byte {before}")]);
        }
    }
}

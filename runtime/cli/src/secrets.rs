//! The file that says what a run's secrets are: `pogo run --secrets FILE`.
//!
//! A TOML file whose keys are the names. A value stands there itself, in a file of its own, or in a
//! variable of the environment. Nothing that is said about the file quotes a value, and its lines
//! are not shown.

use std::fs::{self, File};
use std::io::Read;
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::panic;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pogo_hal::{Diagnostic, Place, Secret, Secrets, nearest};
use rustix::process::{Resource, Rlimit, geteuid, getrlimit, setrlimit};
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use zeroize::Zeroizing;

use crate::diagnostics::Failure;
use crate::exit;
use crate::terminal::{self, err};

/// The variable that names the file where no option does.
pub const VARIABLE: &str = "POGO_SECRETS";

/// No file of secrets is longer.
const LONGEST: u64 = 1 << 20;

/// The secrets in the file at `path`, if there is one. From here on this process says none of them:
/// neither on stdout or stderr, nor when it panics, nor in a core file.
///
/// # Errors
///
/// The file, or what stands in it, cannot be used: all that is wrong, with exit code 2.
pub fn read(path: Option<&Path>) -> Result<Arc<Secrets>, Failure> {
    let Some(path) = path else { return Ok(Arc::default()) };
    let refused = |diagnostics| Failure { code: exit::REFUSED, diagnostics };
    let secrets = Arc::new(of_file(path).map_err(refused)?);
    keep(&secrets);
    Ok(secrets)
}

/// Sees to it that this process says none of `secrets`.
fn keep(secrets: &Arc<Secrets>) {
    if secrets.is_empty() {
        return;
    }
    terminal::hide(secrets);
    let (usual, secrets) = (panic::take_hook(), secrets.clone());
    panic::set_hook(Box::new(move |panic| match secrets.find(panic.to_string().as_bytes()) {
        None => usual(panic),
        // Without a backtrace, and through what hides it.
        Some(_) => err(&format!("\n{panic}\n")),
    }));
    let none = Rlimit { current: Some(0), ..getrlimit(Resource::Core) };
    let _ = setrlimit(Resource::Core, none);
}

fn of_file(path: &Path) -> Result<Secrets, Vec<Diagnostic>> {
    let bytes = private(path).map_err(|it| vec![it])?;
    let text = std::str::from_utf8(&bytes).map_err(|_| vec![no_toml(path)])?;
    let reader = Reader { path, file: path.display().to_string().into(), text };
    let mut names: Vec<_> = reader.table().map_err(|it| vec![it])?.into_iter().collect();
    names.sort_by_key(|(name, _)| name.span().start);
    let (mut all, mut wrong) = (Vec::new(), Vec::new());
    for (name, value) in names {
        match reader.secret(&name, &value) {
            Ok(secret) => all.push(secret),
            Err(diagnostic) => wrong.push(diagnostic),
        }
    }
    if wrong.is_empty() { Secrets::new(all).map_err(|it| vec![it]) } else { Err(wrong) }
}

/// The bytes of a file that only its owner can read.
fn private(path: &Path) -> Result<Zeroizing<Vec<u8>>, Diagnostic> {
    let shown = path.display();
    let wrong = |what: String| Diagnostic::new(format!("`{shown}` {what}"));
    let unreadable = |cause| wrong(format!("cannot be read: {cause}"));
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        // Opening another thing could wait for ever.
        return Err(wrong("is no file".into()));
    }
    let file = File::open(path).map_err(unreadable)?;
    let about = file.metadata().map_err(unreadable)?;
    if !about.is_file() {
        return Err(wrong("is no file".into()));
    }
    let owner = about.uid();
    if owner != geteuid().as_raw() && owner != 0 {
        return Err(wrong(
            "belongs to somebody else, who can read and change what is in it".into(),
        )
        .with_hint("make a copy that is yours"));
    }
    let mode = about.mode() & 0o7777;
    if mode & 0o077 != 0 {
        let what = format!("has mode {mode:04o}: others than its owner may use it");
        return Err(wrong(what).with_hint(format!(
            "`chmod 600 {shown}`, and change what is in it if it was read meanwhile"
        )));
    }
    if about.len() > LONGEST {
        return Err(wrong(format!("has {} bytes, more than {LONGEST}", about.len())));
    }
    // Room for all of it at once: a buffer that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(about.len() as usize + 1));
    file.take(LONGEST).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

fn no_toml(path: &Path) -> Diagnostic {
    Diagnostic::new(format!("`{}` is no TOML", path.display())).with_hint(WRITTEN)
}

const WRITTEN: &str = "a secret is written `name = \"value\"`, `name = { file = \"path\" }` or \
                       `name = { env = \"VARIABLE\" }`";

/// Where a value is kept.
const KEYS: [&str; 2] = ["file", "env"];

struct Reader<'a> {
    path: &'a Path,
    file: Arc<str>,
    text: &'a str,
}

impl<'a> Reader<'a> {
    fn table(&self) -> Result<DeTable<'a>, Diagnostic> {
        let parsed = DeTable::parse(self.text);
        // The parser's own words may quote what it has read.
        parsed.map(Spanned::into_inner).map_err(|error| {
            self.at(no_toml(self.path), error.span().unwrap_or(0..self.text.len()))
        })
    }

    fn secret(
        &self,
        name: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Secret, Diagnostic> {
        let content = match value.get_ref() {
            DeValue::String(text) => Zeroizing::new(text.as_bytes().to_vec()),
            DeValue::Table(table) => self.kept_elsewhere(name.get_ref(), table, value.span())?,
            other => {
                let what = format!("`{}` is a {}", name.get_ref(), other.type_str());
                return Err(self.at(Diagnostic::new(what).with_hint(WRITTEN), value.span()));
            }
        };
        Secret::new(name.get_ref(), content).map_err(|it| self.at(it, name.span()))
    }

    fn kept_elsewhere(
        &self,
        name: &str,
        table: &DeTable<'_>,
        span: Range<usize>,
    ) -> Result<Zeroizing<Vec<u8>>, Diagnostic> {
        let mut given = None;
        let mut keys: Vec<_> = table.iter().collect();
        keys.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in keys {
            let key_name = key.get_ref().as_ref();
            if !KEYS.contains(&key_name) {
                let it = Diagnostic::new(format!("`{name}.{key_name}` is not a key of this file"));
                let hint = nearest(key_name, KEYS).map(|it| format!("did you mean `{it}`?"));
                return Err(self.at(it.with_hint(hint.as_deref().unwrap_or(WRITTEN)), key.span()));
            }
            let DeValue::String(text) = value.get_ref() else {
                let what = format!("`{name}.{key_name}` is a {}", value.get_ref().type_str());
                return Err(self.at(Diagnostic::new(what).with_hint(WRITTEN), value.span()));
            };
            if given.replace((key_name, text.as_ref(), value.span())).is_some() {
                let what = format!("`{name}` is kept in two places");
                return Err(self.at(Diagnostic::new(what).with_hint(WRITTEN), key.span()));
            }
        }
        match given {
            Some(("file", file, span)) => {
                let folder = self.path.parent().unwrap_or(Path::new(""));
                let file: PathBuf = folder.join(file);
                let mut bytes = private(&file).map_err(|it| self.at(it, span))?;
                // The line end that an editor adds is not meant.
                let end = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
                let length = end.strip_suffix(b"\r").unwrap_or(end).len();
                bytes.truncate(length);
                Ok(bytes)
            }
            Some((_, variable, span)) => match std::env::var_os(variable) {
                Some(content) => Ok(Zeroizing::new(content.as_bytes().to_vec())),
                None => {
                    let what = format!("the environment has no variable `{variable}`");
                    Err(self.at(Diagnostic::new(what), span))
                }
            },
            None => {
                let what = format!("`{name}` has no value");
                Err(self.at(Diagnostic::new(what).with_hint(WRITTEN), span))
            }
        }
    }

    fn at(&self, diagnostic: Diagnostic, span: Range<usize>) -> Diagnostic {
        diagnostic.at(Place::of(&self.file, self.text, span)).confidential()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::process::Command;

    use tempfile::TempDir;

    use super::*;

    /// A folder with these files, each for its owner alone.
    fn folder(files: &[(&str, &str)]) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
        folder
    }

    /// What is said of a file of secrets with this text.
    fn said(text: &str) -> Vec<String> {
        let folder = folder(&[("secrets.toml", text), ("short", "12345\n")]);
        let wrong = of_file(&folder.path().join("secrets.toml")).unwrap_err();
        let here = format!("{}/", folder.path().display());
        let shown = |it: &Diagnostic| {
            assert!(it.place.is_none() || it.confidential, "{it:?}");
            let place = it.place.as_ref().map(ToString::to_string).unwrap_or_default();
            let hint = it.hint.clone().unwrap_or_default();
            format!("{place}: {it} ({hint})").replace(&here, "")
        };
        wrong.iter().map(shown).collect()
    }

    #[test]
    fn a_value_stands_in_the_file_in_another_or_in_the_environment() {
        let text = "wifi_key = \"correct horse\"\n\
            device_key = { file = \"keys/device\" }\n\
            path = { env = \"PATH\" }\n";
        let folder = folder(&[("secrets.toml", text)]);
        fs::create_dir(folder.path().join("keys")).unwrap();
        let key = folder.path().join("keys/device");
        fs::write(&key, b"\xff\x00 a key\n in lines\r\n").unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o400)).unwrap();
        let secrets = of_file(&folder.path().join("secrets.toml")).unwrap();
        let content = |name| secrets.named(name).unwrap().exposed().to_vec();
        assert_eq!(content("wifi_key"), b"correct horse");
        assert_eq!(content("device_key"), b"\xff\x00 a key\n in lines");
        assert_eq!(content("path"), std::env::var_os("PATH").unwrap().as_bytes());
        assert_eq!(secrets.names().collect::<Vec<_>>(), ["wifi_key", "device_key", "path"]);
    }

    #[test]
    fn what_is_wrong_with_the_file_has_a_place_and_quotes_no_value() {
        let written = format!("({WRITTEN})");
        for (text, expected) in [
            ("a = \"horse\"", "secrets.toml:1:1: the secret `a` has 5 bytes, fewer than 8 "),
            (
                "# one\nA = \"correct horse\"",
                "secrets.toml:2:1: `A` cannot be the name of a secret ",
            ),
            ("a = 902104711902", "secrets.toml:1:5: `a` is a integer (a secret is written"),
            ("a = [\"correct horse\"]", "secrets.toml:1:5: `a` is a array (a secret is written"),
            (
                "a = { fil = \"correct horse\" }",
                "secrets.toml:1:7: `a.fil` is not a key of this file (did you mean `file`?)",
            ),
            ("a = { file = 902104711902 }", "secrets.toml:1:14: `a.file` is a integer (a secret"),
            (
                "a = { file = \"short\", env = \"PATH\" }",
                "secrets.toml:1:23: `a` is kept in two places",
            ),
            ("a = {}", "secrets.toml:1:5: `a` has no value (a secret is written"),
            ("a = { file = \"none\" }", "secrets.toml:1:14: `none` cannot be read: No such file"),
            ("a = { file = \"short\" }", "secrets.toml:1:1: the secret `a` has 5 bytes, fewer"),
            ("a = { file = \".\" }", "secrets.toml:1:14: `.` is no file ()"),
            (
                "a = { env = \"POGO_NO_SUCH\" }",
                "secrets.toml:1:13: the environment has no variable `POGO_NO_SUCH` ()",
            ),
            (
                "a = correct horse",
                &*format!("secrets.toml:1:5: `secrets.toml` is no TOML {written}"),
            ),
            ("a = \"correct horse", "secrets.toml:1:19: `secrets.toml` is no TOML"),
            ("a = \"correct horse\"\nb = \"correct horse\"", ": `a` and `b` are the same secret"),
        ] {
            let said = said(text);
            assert_eq!(said.len(), 1, "{text}: {said:?}");
            assert!(said[0].starts_with(expected), "{text}: {said:?}");
            let quoted = ["correct", "horse", "12345", "902104711902"];
            let quoted = quoted.iter().any(|it| said[0].contains(it));
            assert!(!quoted, "{text}: {said:?}");
        }
        assert_eq!(said("a = \"1\"\nb = \"2\"").len(), 2, "all that is wrong");
    }

    #[test]
    fn a_file_that_others_may_use_is_refused_with_what_to_do() {
        let folder = folder(&[("secrets.toml", "a = \"correct horse\"")]);
        let path = folder.path().join("secrets.toml");
        for mode in [0o640, 0o604, 0o620, 0o601, 0o660] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let wrong = of_file(&path).unwrap_err();
            let what = format!("has mode {mode:04o}: others than its owner may use it");
            assert!(wrong[0].message.ends_with(&what), "{wrong:?}");
            assert!(wrong[0].hint.as_ref().unwrap().starts_with("`chmod 600 "), "{wrong:?}");
        }
        for mode in [0o600, 0o400] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert!(of_file(&path).is_ok());
        }
        let wrong = of_file(folder.path()).unwrap_err();
        assert!(wrong[0].message.ends_with("is no file"), "{wrong:?}");
    }

    /// Set for the process that [`a_panic_says_no_secret_and_no_core_is_written`] starts.
    const PANICS: &str = "POGO_TEST_PANICS";

    #[test]
    fn a_panic_says_no_secret_and_no_core_is_written() {
        if std::env::var_os(PANICS).is_some() {
            let secret = Secret::new("key", b"correct horse".to_vec()).unwrap();
            keep(&Arc::new(Secrets::new(vec![secret]).unwrap()));
            let limits = fs::read_to_string("/proc/self/limits").unwrap();
            let core = limits.lines().find(|it| it.starts_with("Max core file size")).unwrap();
            terminal::out(&format!("{core}\ncorrect horse\n"));
            let panics = |text: &'static str| std::thread::spawn(move || panic!("{text}")).join();
            assert!(panics("over the correct horse").is_err() && panics("over a cow").is_err());
            return;
        }
        let test = "secrets::tests::a_panic_says_no_secret_and_no_core_is_written";
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([test, "--exact", "--nocapture"]).env(PANICS, "1");
        let output = command.output().unwrap();
        let [stdout, stderr] =
            [output.stdout, output.stderr].map(|it| String::from_utf8(it).unwrap());
        assert!(output.status.success(), "{stdout}{stderr}");
        assert!(!stdout.contains("horse") && !stderr.contains("horse"), "{stdout}{stderr}");
        assert!(stdout.contains("[secret key]\n"), "{stdout}");
        let core: Vec<_> = stdout
            .lines()
            .find(|it| it.contains("core file"))
            .unwrap()
            .split_whitespace()
            .collect();
        assert_eq!(core[4], "0", "{stdout}");
        assert!(stderr.contains(":\nover the [secret key]\n"), "{stderr}");
        assert!(stderr.contains("over a cow"), "what says none is shown as ever: {stderr}");
    }
}

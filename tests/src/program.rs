//! The built `pogo`, run as people run it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

/// The workspace's folder.
pub fn workspace() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the workspace around this package").to_owned()
}

/// What a finished process left.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code; -1 if a signal ended it.
    pub code: i32,
    /// What it wrote to stdout.
    pub stdout: String,
    /// What it wrote to stderr.
    pub stderr: String,
}

/// The program's file, built when first asked for.
pub struct Program;

impl Program {
    /// Where the program is, built with the profile and in the target folder of this test or
    /// bench, so that `cargo test -p pogo-tests` never runs yesterday's.
    ///
    /// # Panics
    ///
    /// It cannot be built.
    pub fn path() -> &'static Path {
        static PATH: OnceLock<PathBuf> = OnceLock::new();
        PATH.get_or_init(|| {
            let here = std::env::current_exe().expect("this executable");
            // <target>/<profile>/deps/<this>, or without `deps` if this is a program.
            let folder = here.parent().expect("its folder");
            let is_deps = folder.file_name().is_some_and(|name| name == "deps");
            let profile = folder.ancestors().nth(usize::from(is_deps)).expect("a profile's folder");
            let mut cargo = Command::new(env!("CARGO"));
            // The whole workspace's programs, so that features are what `cargo test --workspace`
            // has built the libraries with already.
            cargo.args(["build", "--quiet", "--workspace", "--bins", "--target-dir"]);
            cargo.arg(profile.parent().expect("a target folder")).current_dir(workspace());
            match profile.file_name().and_then(|name| name.to_str()).expect("its name") {
                "debug" => {}
                name => _ = cargo.args(["--profile", name]),
            }
            assert!(cargo.status().expect("cargo").success(), "`pogo` builds");
            profile.join("pogo")
        })
    }

    /// The program in `folder`, told `line`: words separated by blanks, all of them arguments.
    /// The environment holds nothing that changes what it prints.
    pub fn command(folder: &Path, line: &str) -> Command {
        let mut command = Command::new(Self::path());
        command.current_dir(folder).args(line.split_whitespace()).stdin(Stdio::null());
        for name in [
            "POGO_STORE",
            "POGO_SECRETS",
            "POGO_STATION",
            "NOTIFY_SOCKET",
            "CLICOLOR",
            "CLICOLOR_FORCE",
            "COLUMNS",
            "GITHUB_ACTIONS",
        ] {
            command.env_remove(name);
        }
        // The ports of these benches are nobody else's, and their locks nobody else's business.
        command.env("POGO_LOCKS", std::env::temp_dir().join("pogo-tests-locks"));
        command
    }

    /// Runs the program in `folder` with `line` to its end.
    ///
    /// # Panics
    ///
    /// It cannot be started, or writes what is no text.
    pub fn run(folder: &Path, line: &str) -> Ended {
        Ended::of(&mut Self::command(folder, line))
    }
}

impl Ended {
    /// Runs `command` to its end.
    ///
    /// # Panics
    ///
    /// It cannot be started, or writes what is no text.
    pub fn of(command: &mut Command) -> Self {
        Self::from(command.output().expect("the program starts"))
    }

    /// The document that it printed as JSON.
    ///
    /// # Panics
    ///
    /// It is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl From<Output> for Ended {
    /// # Panics
    ///
    /// It wrote what is no text.
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("text");
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

//! A store where nothing may be written, or not another byte fits: it is read as ever, and a run
//! says before it opens anything that it cannot be recorded there.
//!
//! A read-only mount and a full disk take root. Permissions mean nothing to root; what they forbid
//! is then tried as `nobody`.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use crate::bench::{Ear, folder};
use crate::disk::{self, SmallDisk};
use crate::{Ended, Folder, Program, golden};

const MEASURES: &str = "psu.set_voltage(3.V);\npsu.on();\n\
                        step(\"rail\", || { measure(\"rail\", dmm.dc_voltage(), within(3.V, 10.mV)); });";

const RUN: &str = "run script.rhai --fixture bench.fixture.toml --dut SN0001 --store disk/store";

/// What reads a store.
const READS: [&str; 5] = [
    "list --store disk/store",
    "show latest --store disk/store",
    "show latest --store disk/store --json",
    "verify --store disk/store --rejudge",
    "history SN0001 --store disk/store",
];

/// How a store comes to be one that cannot be written to.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    /// Its folders and files are somebody else's.
    Permissions,
    /// Its file system is mounted read-only.
    Mount,
    /// Not another byte fits there.
    Full,
}

/// What the last process to write there left of it.
#[derive(Clone, Copy, Debug)]
enum Left {
    /// The database, and nothing beside it.
    Closed,
    /// Entries that wait in the write-ahead log: it was killed.
    Killed,
}

/// A folder with a store on a disk of its own, below `disk`.
struct Shut {
    // Unmounted before its folder is removed.
    _disk: Option<SmallDisk>,
    folder: Folder,
    program: Option<PathBuf>,
    /// What was read while it could still be written to.
    before: Vec<Ended>,
    ear: Ear,
}

impl Shut {
    fn new(way: Way, left: Left) -> Self {
        let folder = folder(MEASURES);
        let there = folder.path("disk");
        let disk = (way != Way::Permissions).then(|| SmallDisk::mount(&there).unwrap());
        assert_eq!(Program::run(folder.root(), &format!("{RUN} --sim")).code, 0);
        let folder = match left {
            Left::Closed => folder,
            Left::Killed => killed(folder),
        };
        let ear = Ear::new();
        let folder = ear.instead_of_all_in(folder);
        let before = READS.iter().map(|line| Program::run(folder.root(), line)).collect();
        if let Left::Closed = left {
            // A reader leaves them where it was the last.
            let beside = |end| folder.path(format!("disk/store/simulated/record.db-{end}"));
            assert_eq!(fs::metadata(beside("wal")).map_or(0, |it| it.len()), 0);
            ["wal", "shm"].iter().for_each(|end| drop(fs::remove_file(beside(end))));
        }
        let mut program = None;
        match (way, &disk) {
            (Way::Mount, Some(disk)) => disk.only_read(),
            (Way::Full, Some(disk)) => disk.fill(),
            _ => {
                // Where the program was built, others may have no access. Not copied by this
                // process: what another thread starts meanwhile would hold it open for writing.
                let copy = folder.path("pogo");
                let copied = Command::new("cp").arg(Program::path()).arg(&copy).status();
                assert!(copied.unwrap().success());
                program = Some(copy);
                fs::set_permissions(folder.root(), Permissions::from_mode(0o755)).unwrap();
                chmod(&there, 0o555, 0o444);
            }
        }
        Self { _disk: disk, folder, program, before, ear }
    }

    fn run(&self, line: &str) -> Ended {
        let mut command = Program::command(self.folder.root(), line);
        if let Some(program) = &self.program {
            command = Command::new(program);
            command.current_dir(self.folder.root()).args(line.split_whitespace());
            command.stdin(Stdio::null()).env_remove("POGO_STORE");
            if is_root() {
                command.uid(65534).gid(65534);
            }
        }
        Ended::of(&mut command)
    }
}

impl Drop for Shut {
    fn drop(&mut self) {
        if self.program.is_some() {
            chmod(&self.folder.path("disk"), 0o755, 0o644);
        }
    }
}

/// Gives everything below `folder`, and itself, these permissions.
fn chmod(folder: &Path, folders: u32, files: u32) {
    fs::set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
    for path in fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()) {
        match path.is_dir() {
            true => chmod(&path, folders, files),
            false => fs::set_permissions(&path, Permissions::from_mode(files)).unwrap(),
        }
    }
    fs::set_permissions(folder, Permissions::from_mode(folders)).unwrap();
}

fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}

/// Adds a run that is killed once its first step is over.
fn killed(folder: Folder) -> Folder {
    let folder = folder.with("waits.rhai", "//! Waits.\n\nstep(\"rail\", || {});\nwait(600.s);\n");
    let line = RUN.replace("script.rhai", "waits.rhai") + " --sim psu,dmm,other";
    let mut command = Program::command(folder.root(), &line);
    let mut run = command.stdout(Stdio::null()).spawn().unwrap();
    let step = || Program::run(folder.root(), READS[2]).json()["steps"][0]["verdict"].clone();
    while step() != "pass" {}
    run.kill().unwrap();
    run.wait().unwrap();
    folder
}

/// Does `what` with a store that every way has made one that cannot be written to.
fn every_way(what: impl Fn(&Shut, Way) + Sync) {
    for way in [Way::Permissions, Way::Mount, Way::Full] {
        for left in [Left::Closed, Left::Killed] {
            let one = || {
                // For this thread, and what it starts.
                disk::keep_to_ourselves();
                if way == Way::Permissions || disk::missing().is_none() {
                    what(&Shut::new(way, left), way);
                }
            };
            let done = thread::scope(|scope| scope.spawn(one).join());
            assert!(done.is_ok(), "{way:?}, {left:?}");
        }
    }
}

#[test]
fn a_store_that_cannot_be_written_is_read_as_before() {
    every_way(|shut, _| {
        for (line, before) in READS.iter().zip(&shut.before) {
            let now = shut.run(line);
            assert_eq!((now.code, &now.stderr), (0, &before.stderr), "{line}: {now:?}");
            assert_eq!(now.stdout, before.stdout, "{line}");
        }
    });
}

#[test]
fn a_run_that_cannot_be_recorded_is_refused_before_it_opens_anything() {
    every_way(|shut, way| {
        let ended = shut.run(RUN);
        assert_eq!(ended.code, 2, "{ended:?}");
        assert!(!shut.ear.heard_somebody(), "an instrument was dialled");
        let name = match way {
            Way::Permissions => "permissions",
            Way::Mount => "mount",
            Way::Full => "full",
        };
        golden::compare(&format!("store/run_{name}.txt"), &golden::transcript(RUN, &ended));
    });
}

#[test]
fn nothing_is_removed_from_a_store_that_cannot_be_written() {
    every_way(|shut, way| {
        let line = "store prune --older-than 0.001s --no-archive --yes --store disk/store";
        // A disk that is full may still be opened; what it cannot take is found out by writing.
        if way != Way::Full {
            let ended = shut.run(line);
            assert_eq!(ended.code, 2, "{ended:?}");
            assert!(ended.stderr.contains("can only be read"), "{ended:?}");
        }
    });
}

#[test]
fn a_store_that_cannot_be_written_is_backed_up() {
    every_way(|shut, _| {
        let elsewhere = Folder::new();
        fs::set_permissions(elsewhere.root(), Permissions::from_mode(0o777)).unwrap();
        let copy = elsewhere.path("copy");
        let copied = shut.run(&format!("store backup {} --store disk/store", copy.display()));
        assert_eq!((copied.code, &*copied.stderr), (0, ""), "{copied:?}");
        let line = format!("verify --rejudge --store {}", copy.display());
        let verified = Program::run(elsewhere.root(), &line);
        let facts = |text: &str| {
            text.lines().filter(|it| it.starts_with("  ")).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(facts(&verified.stdout), facts(&shut.before[3].stdout));
    });
}

#[test]
fn a_backup_that_does_not_fit_says_how_much_is_missing_and_leaves_nothing() {
    every_way(|shut, way| {
        if way == Way::Full {
            let full =
                Program::run(shut.folder.root(), "store backup disk/copy --store disk/store");
            assert_eq!(full.code, 2, "{full:?}");
            assert!(full.stderr.contains("has 0 B free, 32."), "{full:?}");
            assert!(full.stderr.contains("MiB stay free for runs"), "{full:?}");
            let left = fs::read_dir(shut.folder.path("disk")).unwrap().count();
            assert_eq!(left, 2, "the store, and what fills the disk");
        }
    });
}

#[test]
fn a_quick_look_says_that_a_store_cannot_be_written() {
    every_way(|shut, way| {
        let checked = shut.run("store check --store disk/store --json");
        assert_eq!(checked.code, 0, "{checked:?}");
        let json = checked.json();
        let facts = json["disk"].as_array().unwrap().iter();
        let facts = facts.chain(json["logs"][0]["facts"].as_array().unwrap());
        let names = facts.filter(|it| it["state"] != "fine").map(|it| it["name"].as_str().unwrap());
        let wrong = if way == Way::Full { "room" } else { "access" };
        assert!(names.clone().any(|it| it == wrong), "{json:#}");
        // A small disk is memory; a killed run is to be seen to.
        let others = ["flush", "runs", "signed", wrong];
        assert!(names.clone().all(|it| others.contains(&it)), "{json:#}");
    });
}

//! A wall clock that is set in the middle of a run.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use pogo_record::Entry;
use rusqlite::{Connection, OpenFlags};

use crate::bench::{Bench, DISK};
use crate::ended::Ended;
use crate::job::{CLOCK_IS_SET, Job};

/// How far the clock is set.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// As libfaketime reads it.
    pub by: &'static str,
    seconds: i64,
}

pub const BACK: Step = Step { by: "-1h", seconds: -3600 };
pub const FORWARD: Step = Step { by: "+1d", seconds: 86_400 };

const CLOCK: &str = "clock";

/// Why it cannot be done here, if it cannot.
pub fn missing() -> Option<String> {
    library().is_none().then(|| "libfaketime is not there; it is in the package `faketime`".into())
}

fn library() -> Option<PathBuf> {
    let near = fs::read_dir("/usr/lib").into_iter().flatten().flatten().map(|it| it.path());
    let folders = near.chain(["/usr/lib", "/usr/local/lib", "/usr/lib64"].map(PathBuf::from));
    let libraries = folders.map(|it| it.join("faketime/libfaketimeMT.so.1"));
    libraries.into_iter().find(|it| it.exists())
}

/// Runs `job` and sets the clock in the middle of it; what is wrong.
pub fn take(bench: &Bench, job: Job, step: Step) -> Vec<String> {
    bench.empty_disk();
    let clock = bench.folder.path(CLOCK);
    let set = |by: &str| {
        // In one piece: the run reads it all the time.
        let next = bench.folder.path("clock.next");
        fs::write(&next, by).and_then(|()| fs::rename(&next, &clock)).expect("a file");
    };
    set("+0");
    let mut is_set = false;
    let ended = bench.run(
        job,
        |command| {
            let library = library().map_or_else(OsString::new, OsString::from);
            command
                .env("LD_PRELOAD", library)
                .env("FAKETIME_TIMESTAMP_FILE", &clock)
                .env("FAKETIME_NO_CACHE", "1")
                .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
                .env("DONT_FAKE_MONOTONIC", "1");
        },
        |sent| {
            if !is_set && sent.contains(CLOCK_IS_SET) {
                set(step.by);
                is_set = true;
            }
        },
    );
    let mut complaints = Vec::new();
    if ended.code() != Some(job.exit()) {
        complaints.push(format!("exit {:?}: {}", ended.code(), ended.last_words()));
    }
    complaints.extend(took(bench, job, &ended));
    match entries(bench) {
        Ok(entries) => complaints.extend(out_of_order(&entries, step)),
        Err(error) => complaints.push(format!("the record cannot be read: {error}")),
    }
    complaints
}

/// What is wrong with how long the supply was on, by the clock of its own process.
fn took(bench: &Bench, job: Job, ended: &Ended) -> Option<String> {
    let outputs = bench.outputs();
    if !outputs.is_off() {
        return Some("the supply is ON".into());
    }
    let on = outputs.last_on()?.as_millis();
    let expected = match job {
        // The step's deadline.
        Job::Outlives => 900..2000,
        _ => 300..2000,
    };
    if job == Job::Outlives && !ended.said.contains("took longer than its 1 s") {
        return Some(format!("it said nothing of its deadline: {}", ended.last_words()));
    }
    let wrong = || format!("the supply was on for {on} ms, expected {expected:?}");
    (!expected.contains(&on)).then(wrong)
}

/// Every entry of the store, in the order of the log.
fn entries(bench: &Bench) -> rusqlite::Result<Vec<Entry>> {
    let path = bench.folder.path(DISK).join("store/record.db");
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut statement = connection.prepare("SELECT bytes FROM entry ORDER BY seq")?;
    let bytes = statement.query_map([], |row| row.get::<_, Vec<u8>>(0))?;
    bytes.map(|it| it.map(|it| serde_json::from_slice(&it).expect("an entry"))).collect()
}

fn out_of_order(entries: &[Entry], step: Step) -> Option<String> {
    let of_run: Vec<_> = entries.iter().filter(|it| it.run.is_some()).collect();
    for (before, after) in of_run.iter().zip(of_run.iter().skip(1)) {
        if after.mono_ns < before.mono_ns || after.seq != before.seq + 1 {
            return Some(format!("`{}` stands behind `{}`", after.kind, before.kind));
        }
    }
    // Otherwise nothing was proven.
    let [first, .., last] = of_run[..] else { return Some("the record is empty".into()) };
    let shown = last.utc.as_second() - first.utc.as_second();
    let was_set = (shown - step.seconds).abs() < 60;
    (!was_set).then(|| format!("the clock was not set by {}: it went by {shown} s", step.by))
}

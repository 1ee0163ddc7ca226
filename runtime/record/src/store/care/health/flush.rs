//! Whether the disk keeps what it says that it has kept. Nobody can know without cutting the power;
//! a disk that is quicker than any can be is a sign that it does not.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use super::fact::{Fact, State};

/// How often it is tried; the middle one counts.
const TIMES: usize = 9;
/// A disk with a write cache of its own that outlasts a power failure takes longer than this.
const QUICKEST: Duration = Duration::from_micros(15);
/// Every step's end waits for one of these.
const SLOWEST: Duration = Duration::from_millis(100);

pub(super) fn look(store: &Path) -> Fact {
    let path = store.join(format!("flush.{}.part", std::process::id()));
    let took = try_it(&path);
    drop(fs::remove_file(&path));
    match took {
        Ok(took) => judge(took, in_memory(store)),
        Err(cause) => Fact::fine("flush", format!("not tried: {cause}")),
    }
}

fn judge(took: Duration, in_memory: bool) -> Fact {
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    let is = match micros {
        0..10_000 => format!("{micros} µs until the disk says that it has kept 4 KiB"),
        _ => format!("{} ms until the disk says that it has kept 4 KiB", micros / 1000),
    };
    let fact = Fact::fine("flush", is).number("flush_us", micros);
    if in_memory {
        return fact
            .but(State::Attention, "this is no disk but memory: a power failure loses all of it");
    }
    if took < QUICKEST {
        let advice = "no disk is that quick: it may acknowledge what a power failure then takes; \
                      see `docs/store.md`, Media";
        return fact.but(State::Attention, advice);
    }
    match took > SLOWEST {
        true => fact.but(State::Attention, "every step's end waits that long: use a quicker disk"),
        false => fact,
    }
}

/// The middle of several flushes of 4 KiB to the new file `path`.
fn try_it(path: &Path) -> std::io::Result<Duration> {
    let mut file = File::create(path)?;
    let mut took = Vec::new();
    for _ in 0..TIMES {
        file.write_all(&[0x55; 4096])?;
        let began = now();
        file.sync_data()?;
        took.push(began.elapsed());
    }
    took.sort_unstable();
    Ok(took[TIMES / 2])
}

#[expect(clippy::disallowed_methods, reason = "what a disk takes is wall time")]
fn now() -> Instant {
    Instant::now()
}

/// Source: Linux, `include/uapi/linux/magic.h`, `TMPFS_MAGIC` and `RAMFS_MAGIC`.
fn in_memory(path: &Path) -> bool {
    let kind = rustix::fs::statfs(path).map(|it| it.f_type);
    kind.is_ok_and(|kind| [0x0102_1994, 0x8584_58f6].contains(&kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_is_too_quick_or_too_slow_is_said_to_be_so() {
        let state = |took| judge(took, false).state;
        assert_eq!(state(QUICKEST), State::Fine);
        assert_eq!(state(SLOWEST), State::Fine);
        assert_eq!(state(QUICKEST - Duration::from_micros(1)), State::Attention);
        assert_eq!(state(SLOWEST + Duration::from_micros(1)), State::Attention);
        assert_eq!(judge(SLOWEST, true).state, State::Attention, "memory is no disk");
        assert_eq!(judge(SLOWEST, true).numbers["flush_us"], 100_000);
    }

    #[test]
    fn memory_is_told_from_a_disk() {
        assert!(in_memory(Path::new("/dev/shm")));
        assert!(!in_memory(Path::new("/proc")));
    }
}

//! How much a run adds to a log, and how much a day does.

use jiff::Timestamp;
use serde::Serialize;

/// How many of the last runs say how much a run adds nowadays.
const LAST: usize = 100;
/// Less than this says nothing about how often there are runs, in seconds.
const SHORTEST: u64 = 86_400;

/// What was added from the start of a run to the start of the next one, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    /// When it started.
    pub(super) started: Timestamp,
    /// The size of its entries.
    pub(super) entries: u64,
    /// The size of the attachments that it named first.
    pub(super) files: u64,
}

impl Taken {
    /// On the disk, where a database of `database` bytes holds entries of `all` bytes.
    fn on_disk(&self, database: u64, all: u64) -> u64 {
        let entries = u128::from(self.entries) * u128::from(database) / u128::from(all.max(1));
        u64::try_from(entries).unwrap_or(u64::MAX).saturating_add(self.files)
    }
}

/// How much a run adds to a log, in bytes on the disk, with its attachments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Growth {
    /// The middle one of all runs.
    pub median: u64,
    /// The mean of the last runs.
    pub last_mean: u64,
    /// How many last runs that are: 100, or all.
    pub last: u64,
}

impl Growth {
    /// Of runs in the order of starting; `None` of none.
    pub(super) fn of(taken: &[Taken], database: u64, all: u64) -> Option<Self> {
        let on_disk: Vec<u64> = taken.iter().map(|it| it.on_disk(database, all)).collect();
        let last = &on_disk[on_disk.len().saturating_sub(LAST)..];
        let count = last.len() as u64;
        let last_mean = last.iter().sum::<u64>().checked_div(count)?;
        let mut sorted = on_disk.clone();
        sorted.sort_unstable();
        let median = sorted[sorted.len() / 2];
        Some(Self { median, last_mean, last: count })
    }
}

/// What the last runs added, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pace {
    bytes: u64,
    seconds: u64,
}

impl Pace {
    /// Of the last runs up to `now`; `None` if the first of them began less than a day ago.
    pub(super) fn of(taken: &[Taken], database: u64, all: u64, now: Timestamp) -> Option<Self> {
        let last = &taken[taken.len().saturating_sub(LAST)..];
        let seconds = now.duration_since(last.first()?.started).as_secs();
        let seconds = u64::try_from(seconds).ok().filter(|it| *it >= SHORTEST)?;
        let bytes = last.iter().map(|it| it.on_disk(database, all)).sum();
        Some(Self { bytes, seconds })
    }

    /// How many bytes a day.
    pub(super) fn per_day(self) -> u64 {
        let day = u128::from(self.bytes) * 86_400 / u128::from(self.seconds);
        u64::try_from(day).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600;

    /// Runs that began so many hours after the epoch, of so many bytes of entries each.
    fn runs(hours: impl Iterator<Item = i64>, entries: u64, files: u64) -> Vec<Taken> {
        let run = |hour| {
            let started = Timestamp::from_second(hour * HOUR).unwrap();
            Taken { started, entries, files }
        };
        hours.map(run).collect()
    }

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(hour * HOUR).unwrap()
    }

    #[test]
    fn a_run_takes_its_share_of_the_database_and_its_files() {
        let mut taken = runs(0..2, 1_000, 0);
        taken.extend(runs(2..3, 4_000, 500));
        // The database is twice as large as its entries.
        let growth = Growth::of(&taken, 12_000, 6_000).unwrap();
        assert_eq!((growth.median, growth.last), (2_000, 3));
        assert_eq!(growth.last_mean, (2_000 + 2_000 + 8_500) / 3);
        assert_eq!(Growth::of(&[], 12_000, 0), None);
    }

    #[test]
    fn only_the_last_hundred_runs_say_what_a_run_takes_nowadays() {
        let mut taken = runs(0..300, 1_000, 0);
        taken.extend(runs(300..400, 3_000, 0));
        let growth = Growth::of(&taken, 1, 1).unwrap();
        assert_eq!(growth, Growth { median: 1_000, last_mean: 3_000, last: 100 });
        // A hundred runs of 3,000 bytes in 200 hours, half of which nothing was run.
        let pace = Pace::of(&taken, 1, 1, at(500)).unwrap();
        assert_eq!(pace.per_day(), 300_000 * 24 / 200);
    }

    #[test]
    fn what_began_less_than_a_day_ago_has_no_pace_yet() {
        let taken = runs(0..3, 1_000, 0);
        assert_eq!(Pace::of(&taken, 1, 1, at(23)), None);
        assert_eq!(Pace::of(&taken, 1, 1, at(24)).unwrap().per_day(), 3_000);
        assert_eq!(Pace::of(&taken, 1, 1, at(-24)), None, "the clock was set back");
        assert_eq!(Pace::of(&[], 1, 1, at(24)), None);
    }
}

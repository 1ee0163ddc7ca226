//! Questions to the record.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use pogo_record::Mode;

use super::Store;
use crate::examples;

/// What can be asked of the record.
#[derive(Debug, Subcommand)]
pub enum Question {
    /// Shows everything that was recorded of a unit, attempt by attempt, or of a lot
    ///
    /// What was built, when, how it was configured, with what, and which tests passed; then every
    /// attempt with its verdict, also those that were interrupted. Only production runs count; the
    /// others are shown and said not to. What nobody recorded is `NOT RECORDED`.
    #[command(after_help = examples::HISTORY)]
    History(History),
    /// Says which units a part, a lot or a firmware is in, and what a unit is made of
    ///
    /// Letter case counts. Each mode by itself: only production runs count.
    #[command(after_help = examples::TRACE)]
    Trace(Trace),
    /// Says how many units pass, at which attempt, what fails, and what the process can do
    ///
    /// Every plan by itself, and every mode: only production runs count. First-pass and final
    /// yield, retests, rolled throughput over the plans of a product, what fails most often, and
    /// for each measurement n, mean, s, Cp, Cpk, Pp and Ppk, with how they are worked out.
    #[command(name = "yield", after_help = examples::YIELD)]
    Yield(Yield),
    /// Says what two runs do not have in common: what went into them, and what came of them
    ///
    /// Files by their hash, seed, versions, fixture, firmware, instruments; then every value with
    /// how far it moved, in its unit and as a part of its limit's width. Ids, wall time, station and
    /// operator are left out. Exits with 0 if nothing differs and with 1 otherwise.
    #[command(after_help = examples::RUN_DIFF)]
    RunDiff(RunDiff),
    /// Says whether the evidence about a unit is complete, and what is missing
    ///
    /// Complete is: each step that an approved release manifest requires has a production PASS under
    /// it. Exits with 0 if it is and with 2 otherwise. The decision stays with named people.
    #[command(after_help = examples::RELEASE_CHECK)]
    ReleaseCheck(ReleaseCheck),
    /// Says what keeps the record honest on this station, what does not, and what is left to others
    ///
    /// Who may access files, how software is loaded, how configuration is verified and how records
    /// are kept, as it is set up here; what shows which kind of tampering and what no record can
    /// show; and the requirements that Pogo does not cover.
    #[command(after_help = examples::EXPLAIN_CONTROLS)]
    ExplainControls(ExplainControls),
}

impl Question {
    /// How the answer is wanted.
    pub fn form(&self) -> &Form {
        match self {
            Self::History(it) => &it.form,
            Self::Trace(it) => &it.form,
            Self::Yield(it) => &it.form,
            Self::RunDiff(it) => &it.form,
            Self::ReleaseCheck(it) => &it.form,
            Self::ExplainControls(it) => &it.form,
        }
    }
}

/// `pogo history`.
#[derive(Args, Debug)]
#[command(group = clap::ArgGroup::new("of").required(true).args(["serial", "lot"]))]
pub struct History {
    /// The unit's serial number; letter case counts
    #[arg(value_name = "SERIAL")]
    pub serial: Option<String>,
    /// A lot instead of a unit: how many of its units were tested, and how many passed
    #[arg(long, value_name = "LOT")]
    pub lot: Option<String>,
    #[command(flatten)]
    pub store: Store,
    #[command(flatten)]
    pub form: Form,
}

/// `pogo trace`.
#[derive(Args, Debug)]
#[command(group = clap::ArgGroup::new("of").required(true)
    .args(["serial", "component", "lot", "firmware"]))]
pub struct Trace {
    /// A unit: its lots, firmware, components and files
    #[arg(long, value_name = "SERIAL")]
    pub serial: Option<String>,
    /// A part, by its own serial number: the units that it was found in
    #[arg(long, value_name = "SERIAL")]
    pub component: Option<String>,
    /// A lot, of units or of parts: the units, and as what it was found in each
    #[arg(long, value_name = "LOT")]
    pub lot: Option<String>,
    /// A firmware, by its version or by SHA-256 (eight digits will do): the units that it was found in
    #[arg(long, value_name = "VERSION|HASH")]
    pub firmware: Option<String>,
    /// As it was at the end of this day: `2026-11-22`, or a moment as RFC 3339 writes it
    #[arg(long, value_name = "DATE", value_parser = moment)]
    pub at: Option<Moment>,
    #[command(flatten)]
    pub store: Store,
    #[command(flatten)]
    pub form: Form,
}

/// `pogo yield`.
#[derive(Args, Debug)]
pub struct Yield {
    /// Counts runs that began on this day or later: `2026-11-22`, or a moment as RFC 3339 writes it
    #[arg(long, value_name = "DATE", value_parser = moment)]
    pub since: Option<Moment>,
    /// Counts runs that began on this day or earlier
    #[arg(long, value_name = "DATE", value_parser = moment)]
    pub until: Option<Moment>,
    /// Counts runs of this plan; can be given several times
    #[arg(long, value_name = "PLAN")]
    pub plan: Vec<String>,
    /// Counts runs in this mode: `production`, `engineering` or `simulate`
    #[arg(long, value_name = "MODE", value_parser = mode)]
    pub mode: Option<Mode>,
    #[command(flatten)]
    pub store: Store,
    #[command(flatten)]
    pub form: Form,
}

/// `pogo run-diff`.
#[derive(Args, Debug)]
pub struct RunDiff {
    /// The beginning of a run's id, its short form `0197…c2`, or `latest`
    #[arg(value_name = "A")]
    pub a: String,
    /// The other run
    #[arg(value_name = "B")]
    pub b: String,
    /// The folder of the store that B is in, if it is another one
    #[arg(long, value_name = "DIR")]
    pub other_store: Option<PathBuf>,
    #[command(flatten)]
    pub store: Store,
    #[command(flatten)]
    pub form: Form,
}

/// `pogo release-check`.
#[derive(Args, Debug)]
pub struct ReleaseCheck {
    /// The unit's serial number; letter case counts
    #[arg(value_name = "SERIAL")]
    pub serial: String,
    #[command(flatten)]
    pub store: Store,
    #[command(flatten)]
    pub form: Form,
}

/// `pogo explain-controls`.
#[derive(Args, Debug)]
pub struct ExplainControls {
    #[command(flatten)]
    pub store: Store,
    #[command(flatten)]
    pub form: Form,
}

/// How an answer is given: as text if neither is asked for.
#[derive(Args, Debug)]
pub struct Form {
    /// Prints one JSON document
    #[arg(long)]
    pub json: bool,
    /// Prints one HTML document that needs nothing else, to be kept, sent or printed
    #[arg(long, conflicts_with = "json")]
    pub html: bool,
}

/// A day in UTC, or a moment of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When it begins.
    pub from: Timestamp,
    /// When it is over; not part of it.
    pub to: Timestamp,
}

fn moment(text: &str) -> Result<Moment, String> {
    let wrong =
        || "neither a day such as `2026-11-22` nor a moment as RFC 3339 writes it".to_owned();
    if let Ok(from) = text.parse::<Timestamp>() {
        let to = from.checked_add(SignedDuration::from_nanos(1)).map_err(|_| wrong())?;
        return Ok(Moment { from, to });
    }
    // A date with more behind it would be taken for the date alone.
    let day: Date = match text.len() {
        10 => text.parse().map_err(|_| wrong())?,
        _ => return Err(wrong()),
    };
    let begin = |day: Date| day.to_zoned(TimeZone::UTC).map(|it| it.timestamp());
    let next = day.checked_add(1.day()).map_err(|_| wrong())?;
    let (from, to) = (begin(day).map_err(|_| wrong())?, begin(next).map_err(|_| wrong())?);
    Ok(Moment { from, to })
}

fn mode(text: &str) -> Result<Mode, String> {
    [Mode::Production, Mode::Engineering, Mode::Simulate]
        .into_iter()
        .find(|mode| mode.name() == text)
        .ok_or_else(|| "the modes are `production`, `engineering` and `simulate`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_lasts_from_midnight_to_midnight_in_utc() {
        let day = moment("2026-11-22").unwrap();
        assert_eq!(day.from, "2026-11-22T00:00:00Z".parse().unwrap());
        assert_eq!(day.to, "2026-11-23T00:00:00Z".parse().unwrap());
        let noon = moment("2026-11-22T12:00:00+01:00").unwrap();
        assert_eq!(noon.from, "2026-11-22T11:00:00Z".parse().unwrap());
        assert_eq!(noon.to, "2026-11-22T11:00:00.000000001Z".parse().unwrap());
        for text in ["yesterday", "2026-02-30", "22.11.2026", "", "2026-11-22T12:00:00"] {
            assert!(moment(text).is_err(), "{text}");
        }
    }
}

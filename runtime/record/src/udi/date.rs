//! Dates as labels write them: years of two digits, days left open.

use std::fmt;

use jiff::civil::Date;

use super::error::{SCAN_AGAIN, UdiError};

/// A date on a label. Without a day it means the month: an expiry its last day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelDate {
    first: Date,
    last: Date,
    hour: Option<i8>,
}

impl LabelDate {
    /// The first day that it can mean.
    pub fn first_day(&self) -> Date {
        self.first
    }

    /// The last day that it can mean; the first one too, unless the day is left open.
    pub fn last_day(&self) -> Date {
        self.last
    }

    /// The hour in UTC, which only some HIBC labels say.
    pub fn hour(&self) -> Option<i8> {
        self.hour
    }
}

/// As ISO 8601 has it: `2028-12`, `2028-12-31`, `2028-12-31T16Z`.
impl fmt::Display for LabelDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first != self.last {
            return write!(f, "{:04}-{:02}", self.first.year(), self.first.month());
        }
        write!(f, "{}", self.first)?;
        self.hour.map_or(Ok(()), |hour| write!(f, "T{hour:02}Z"))
    }
}

/// Whether `00` in place of a day leaves the day open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DayZero {
    LeavesOpen,
    Refused,
}

/// How a date field is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    /// What its digits mean, by their letters: `YYMMDD`, `YYJJJ` (day of the year), `MMYY`, with
    /// `HH` for hours and four `Y` for a whole year.
    pub(super) layout: &'static str,
    pub(super) day_zero: DayZero,
    pub(super) today: Date,
}

impl Reading {
    /// Reads as many characters of `text` as the layout has, from character `at` on.
    pub(super) fn read(self, text: &str, at: usize) -> Result<LabelDate, UdiError> {
        let end = at + self.layout.len();
        let digits = text.get(at..end).or_else(|| text.get(at..)).unwrap_or_default();
        if let Some(wrong) = digits.find(|letter: char| !letter.is_ascii_digit()) {
            let letter = digits[wrong..].chars().next().unwrap_or_default();
            let what = format!(
                "`{}` where a date of {} digits stands",
                letter.escape_debug(),
                self.layout.len()
            );
            return Err(UdiError::new(at + wrong..at + wrong + 1, what, SCAN_AGAIN));
        }
        if digits.len() < self.layout.len() {
            let what =
                format!("the date ends after {} of {} digits", digits.len(), self.layout.len());
            return Err(UdiError::new(at + digits.len()..at + digits.len(), what, SCAN_AGAIN));
        }
        self.date(digits, at)
    }

    fn date(self, digits: &str, at: usize) -> Result<LabelDate, UdiError> {
        let part = |letter| self.part(digits, letter);
        let wrong = |letter, what: String| {
            let begin = self.layout.find(letter).unwrap_or_default();
            let end = self.layout.rfind(letter).map_or(begin, |last| last + 1);
            UdiError::new(at + begin..at + end, what, SCAN_AGAIN)
        };
        let year = match part('Y') {
            Some(year) if self.layout.contains("YYYY") => year,
            year => in_full(year.unwrap_or_default(), self.today),
        };
        let hour = part('H');
        if let Some(hour) = hour.filter(|hour| *hour > 23) {
            return Err(wrong('H', format!("hour {hour} is none, hours are 00 to 23")));
        }
        let hour = hour.and_then(|hour| i8::try_from(hour).ok());
        if let Some(day) = part('J') {
            let first = Date::new(year, 1, 1).ok();
            let days = first.map_or(365, |it| it.days_in_year());
            let date = first
                .filter(|_| (1..=days).contains(&day))
                .and_then(|it| it.with().day_of_year(day).build().ok());
            let date = date.ok_or_else(|| {
                wrong('J', format!("day {day:03} is none of the {days} of {year}"))
            })?;
            return Ok(LabelDate { first: date, last: date, hour });
        }
        let month = part('M').unwrap_or_default();
        let first = i8::try_from(month).ok().and_then(|month| Date::new(year, month, 1).ok());
        let first = first
            .ok_or_else(|| wrong('M', format!("month {month:02} is none, months are 01 to 12")))?;
        let open = self.day_zero == DayZero::LeavesOpen;
        let day = match part('D') {
            None => return Ok(LabelDate { first, last: first.last_of_month(), hour }),
            Some(0) if open => return Ok(LabelDate { first, last: first.last_of_month(), hour }),
            Some(day) => day,
        };
        let date = i8::try_from(day).ok().and_then(|day| first.with().day(day).build().ok());
        let date = date.ok_or_else(|| {
            let days = first.days_in_month();
            wrong('D', format!("day {day:02} is none of the {days} of {year:04}-{month:02}"))
        })?;
        Ok(LabelDate { first: date, last: date, hour })
    }

    /// The number that the digits under `letter` make.
    fn part(self, digits: &str, letter: char) -> Option<i16> {
        let (begin, end) = (self.layout.find(letter)?, self.layout.rfind(letter)?);
        digits.get(begin..=end)?.parse().ok()
    }
}

/// The year that two digits mean: the one nearest to today, 50 years ahead and 49 back at most.
///
/// Source: GS1 General Specifications, "Determination of century in dates". HIBC says nothing of
/// centuries; its dates are read the same way.
fn in_full(year: i16, today: Date) -> i16 {
    let this = today.year();
    let century = this - this.rem_euclid(100);
    match year - this.rem_euclid(100) {
        51.. => century.saturating_sub(100) + year,
        ..=-50 => century.saturating_add(100) + year,
        _ => century + year,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn read(layout: &'static str, digits: &str) -> Result<String, UdiError> {
        let reading = Reading { layout, day_zero: DayZero::LeavesOpen, today: date(2026, 11, 22) };
        reading.read(digits, 0).map(|it| it.to_string())
    }

    #[test]
    fn every_layout_reads_the_same_day() {
        for (layout, digits, is) in [
            ("YYMMDD", "281231", "2028-12-31"),
            ("MMDDYY", "123128", "2028-12-31"),
            ("YYYYMMDD", "20281231", "2028-12-31"),
            ("YYJJJ", "28366", "2028-12-31"),
            ("YYJJJHH", "2836616", "2028-12-31T16Z"),
            ("YYMMDDHH", "28123100", "2028-12-31T00Z"),
            ("MMYY", "1228", "2028-12"),
            ("YYMMDD", "281200", "2028-12"),
        ] {
            assert_eq!(read(layout, digits).as_deref(), Ok(is), "{layout}");
        }
    }

    #[test]
    fn what_no_calendar_has_is_refused_under_its_digits() {
        for (layout, digits, column, width, says) in [
            ("YYMMDD", "281300", 3, 2, "month 13 is none"),
            ("YYMMDD", "280015", 3, 2, "month 00 is none"),
            ("YYMMDD", "260230", 5, 2, "day 30 is none of the 28 of 2026-02"),
            ("MMDDYY", "022926", 3, 2, "day 29 is none of the 28 of 2026-02"),
            ("YYJJJ", "27366", 3, 3, "day 366 is none of the 365 of 2027"),
            ("YYJJJ", "27000", 3, 3, "day 000 is none of the 365 of 2027"),
            ("YYMMDDHH", "28123124", 7, 2, "hour 24 is none"),
            ("YYMMDD", "28123", 6, 1, "ends after 5 of 6 digits"),
            ("YYMMDD", "28L231", 3, 1, "`L` where a date of 6 digits stands"),
        ] {
            let error = read(layout, digits).unwrap_err();
            assert_eq!((error.column(), error.width()), (column, width), "{digits}: {error}");
            assert!(error.message().contains(says), "{digits}: {error}");
        }
    }

    #[test]
    fn a_leap_year_has_its_29_february() {
        assert_eq!(read("YYMMDD", "280229").as_deref(), Ok("2028-02-29"));
    }

    #[test]
    fn a_day_left_open_means_any_day_of_its_month() {
        let reading =
            Reading { layout: "YYMMDD", day_zero: DayZero::LeavesOpen, today: date(2026, 11, 22) };
        let it = reading.read("280200", 0).unwrap();
        assert_eq!((it.first_day(), it.last_day()), (date(2028, 2, 1), date(2028, 2, 29)));
    }

    #[test]
    fn day_zero_is_refused_where_it_means_nothing() {
        let reading =
            Reading { layout: "YYMMDD", day_zero: DayZero::Refused, today: date(2026, 11, 22) };
        let error = reading.read("281200", 0).unwrap_err();
        assert_eq!(error.column(), 5, "{error}");
    }

    #[test]
    fn two_digits_mean_the_year_that_is_nearest_to_today() {
        for (today, year, is) in [
            (2026, 26, 2026),
            (2026, 76, 2076),
            (2026, 77, 1977),
            (2026, 99, 1999),
            (2026, 0, 2000),
            (2049, 99, 2099),
            (2049, 0, 2000),
            (2050, 0, 2100),
            (2050, 1, 2001),
            (2099, 49, 2149),
            (2099, 50, 2050),
            (2000, 50, 2050),
            (2000, 51, 1951),
        ] {
            assert_eq!(in_full(year, date(today, 6, 1)), is, "{year} in {today}");
        }
    }
}

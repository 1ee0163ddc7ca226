//! Secondary data structures: lot, serial number, dates and quantity.

use std::ops::Range;

use jiff::civil::Date;

use super::symbols::Symbols;
use crate::udi::date::{DayZero, Reading};
use crate::udi::error::{SCAN_AGAIN, named};
use crate::udi::{Agency, Element, LabelDate, Parsed, UdiError};

/// As supplemental data name a quantity; the one in front of a date has no name.
const QUANTITY: &str = "Q";

/// The longest lot or serial number; behind a five-digit date, an older form, it is shorter.
const LONGEST: usize = 18;
const LONGEST_BEHIND_DAY_OF_YEAR: usize = 13;

/// The label that the parts make.
pub(super) fn read(text: &str, symbols: &Symbols, today: Date) -> Result<Parsed, UdiError> {
    let mut parsed = Parsed::of(text, Agency::Hibc);
    parsed.device_identifier = Some(text[symbols.primary.clone()].to_owned());
    let mut label = Label { text, today, parsed, quantity: None };
    for part in &symbols.secondary {
        label.part(part.clone())?;
    }
    label.parsed.further.extend(label.quantity);
    Ok(label.parsed)
}

/// Which number follows.
#[derive(Clone, Copy)]
enum Numbers {
    Lot,
    Serial,
}

struct Label<'a> {
    text: &'a str,
    today: Date,
    parsed: Parsed,
    quantity: Option<Element>,
}

impl Label<'_> {
    /// One secondary data structure, or one piece of supplemental data.
    ///
    /// Source: ANSI/HIBC 2.6, 2.2 and 2.3.2, appendix E.
    fn part(&mut self, part: Range<usize>) -> Result<(), UdiError> {
        let Range { start, end } = part;
        let content = &self.text[start..end];
        let behind = |mark: &str| content.starts_with(mark).then_some(start + mark.len());
        if let Some(at) = behind("$$+") {
            self.dated(at..end, Numbers::Serial)
        } else if let Some(at) = behind("$$") {
            self.dated(at..end, Numbers::Lot)
        } else if let Some(at) = behind("$+") {
            self.number(at..end, Numbers::Serial, LONGEST)
        } else if let Some(at) = behind("$") {
            self.number(at..end, Numbers::Lot, LONGEST)
        } else if let Some(at) = behind("14D") {
            self.expires(at..end, "YYYYMMDD").and_then(|at| self.nothing(at..end))
        } else if let Some(at) = behind("16D") {
            self.produced(at..end).and_then(|at| self.nothing(at..end))
        } else if let Some(at) = behind("S") {
            self.number(at..end, Numbers::Serial, LONGEST)
        } else if let Some(at) = behind(QUANTITY) {
            self.quantity(at..end, 1, 5).and_then(|at| self.nothing(at..end))
        } else if content.len() >= 5 && content.bytes().take(5).all(|it| it.is_ascii_digit()) {
            let at = self.expires(start..end, "YYJJJ")?;
            self.number(at..end, Numbers::Lot, LONGEST_BEHIND_DAY_OF_YEAR)
        } else {
            let what = match content {
                "" => "nothing stands between the separators".to_owned(),
                _ => format!("`{content}` begins like no secondary data of HIBC"),
            };
            let hint = "they begin with `$`, a date of five digits, `S`, `14D`, `16D` or `Q`; \
                        scan the label again";
            Err(UdiError::new(start..end, what, hint))
        }
    }

    /// What stands behind `$$`: perhaps a quantity, perhaps a date, perhaps a number.
    fn dated(&mut self, part: Range<usize>, numbers: Numbers) -> Result<(), UdiError> {
        let Range { start: mut at, end } = part;
        let quantity = match self.text[at..end].chars().next() {
            Some('8') => Some(2),
            Some('9') => Some(5),
            _ => None,
        };
        if let Some(digits) = quantity {
            at = self.quantity(at + 1..end, digits, digits)?;
            if at == end {
                return Ok(());
            }
        }
        at = match self.text[at..end].chars().next() {
            // The first digit of the month says the format, too.
            Some('0' | '1') => self.expires(at..end, "MMYY")?,
            Some('2') => self.expires(at + 1..end, "MMDDYY")?,
            Some('3') => self.expires(at + 1..end, "YYMMDD")?,
            Some('4') => self.expires(at + 1..end, "YYMMDDHH")?,
            Some('5') => self.expires(at + 1..end, "YYJJJ")?,
            Some('6') => self.expires(at + 1..end, "YYJJJHH")?,
            Some('7') => at + 1,
            Some(other) => {
                let what = format!("{} where a digit says how the date is written", named(other));
                return Err(UdiError::new(at..at + 1, what, SCAN_AGAIN));
            }
            None => {
                let what = "no digit says how the date is written";
                return Err(UdiError::new(at..at, what, SCAN_AGAIN));
            }
        };
        self.number(at..end, numbers, LONGEST)
    }

    fn expires(&mut self, part: Range<usize>, layout: &'static str) -> Result<usize, UdiError> {
        let (date, at) = self.date(part, layout)?;
        let end = at.end;
        once(&mut self.parsed.expires, date, at, "expiry date")?;
        Ok(end)
    }

    fn produced(&mut self, part: Range<usize>) -> Result<usize, UdiError> {
        let (date, at) = self.date(part, "YYYYMMDD")?;
        let end = at.end;
        once(&mut self.parsed.produced, date, at, "production date")?;
        Ok(end)
    }

    /// The date that `part` begins with, and where it stands.
    fn date(
        &self,
        part: Range<usize>,
        layout: &'static str,
    ) -> Result<(LabelDate, Range<usize>), UdiError> {
        let reading = Reading { layout, day_zero: DayZero::Refused, today: self.today };
        let date = reading.read(&self.text[..part.end], part.start)?;
        Ok((date, part.start..part.start + layout.len()))
    }

    fn number(
        &mut self,
        part: Range<usize>,
        numbers: Numbers,
        longest: usize,
    ) -> Result<(), UdiError> {
        let number = &self.text[part.clone()];
        if number.is_empty() {
            return Ok(());
        }
        let (slot, name) = match numbers {
            Numbers::Lot => (&mut self.parsed.lot, "lot"),
            Numbers::Serial => (&mut self.parsed.serial, "serial number"),
        };
        // The standard has letters and digits. Hyphens and dots are printed all the same.
        let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.');
        if let Some((at, letter)) = number.char_indices().find(|(_, letter)| !fits(*letter)) {
            let at = part.start + at;
            let what = format!("the {name} holds {}", named(letter));
            return Err(UdiError::new(at..at + 1, what, SCAN_AGAIN));
        }
        if number.len() > longest {
            let what = format!("the {name} has {} characters, at most {longest}", number.len());
            return Err(UdiError::new(part.start + longest..part.end, what, SCAN_AGAIN));
        }
        once(slot, number.to_owned(), part, name)
    }

    /// A quantity of `least` to `most` digits; gives what is behind it.
    fn quantity(
        &mut self,
        part: Range<usize>,
        least: usize,
        most: usize,
    ) -> Result<usize, UdiError> {
        let Range { start, end } = part;
        let content = &self.text[start..end.min(start + most)];
        let digits = content.find(|it: char| !it.is_ascii_digit()).unwrap_or(content.len());
        if digits < least {
            let at = start + digits;
            let what = format!("the quantity ends after {digits} of {least} digits");
            return Err(UdiError::new(at..end.min(at + 1), what, SCAN_AGAIN));
        }
        let text = content[..digits].to_owned();
        let element = Element { identifier: QUANTITY.to_owned(), text };
        once(&mut self.quantity, element, start..start + digits, "quantity")?;
        Ok(start + digits)
    }

    /// Refuses what stands behind something complete.
    fn nothing(&self, part: Range<usize>) -> Result<(), UdiError> {
        let rest = &self.text[part.clone()];
        if rest.is_empty() {
            return Ok(());
        }
        let what = format!("`{rest}` stands behind what is complete without it");
        Err(UdiError::new(part, what, SCAN_AGAIN))
    }
}

/// Refuses to say anything twice.
fn once<T>(slot: &mut Option<T>, it: T, at: Range<usize>, name: &str) -> Result<(), UdiError> {
    if slot.is_some() {
        let what = format!("the {name} stands here for the second time");
        return Err(UdiError::new(at, what, "scan one label once, into an empty field"));
    }
    *slot = Some(it);
    Ok(())
}

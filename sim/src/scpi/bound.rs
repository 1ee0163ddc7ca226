//! Arguments brought together with what a command takes.

use pogo_models::{Argument, Kind};

use super::argument::{Written, channels, is_form_of, scaled};
use super::error::Code;
use super::message::Unit;

/// The end of a range, or the value after a reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extreme {
    /// `MINimum`
    Least,
    /// `MAXimum`
    Most,
    /// `DEFault`
    Reset,
}

impl Extreme {
    fn of(word: &[u8]) -> Option<Self> {
        let spelled = [("MINimum", Self::Least), ("MAXimum", Self::Most), ("DEFault", Self::Reset)];
        spelled.into_iter().find(|(it, _)| is_form_of(word, it)).map(|(_, extreme)| extreme)
    }
}

impl Level {
    /// The words that stand for a number. What is infinite or not a number is so everywhere, and
    /// beyond every bound. Source: SCPI-99, volume 1, 7.2.1.
    fn of(word: &[u8]) -> Option<Self> {
        if let Some(extreme) = Extreme::of(word) {
            return Some(Self::Extreme(extreme));
        }
        let spelled = [
            ("UP", Self::Up),
            ("DOWN", Self::Down),
            ("INFinity", Self::Number(f64::INFINITY)),
            ("NINFinity", Self::Number(f64::NEG_INFINITY)),
            ("NAN", Self::Number(f64::NAN)),
        ];
        spelled.into_iter().find(|(it, _)| is_form_of(word, it)).map(|(_, level)| level)
    }
}

/// A numeric argument.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Level {
    /// A number in the plain unit of its kind.
    Number(f64),
    /// `MIN`, `MAX` or `DEF`.
    Extreme(Extreme),
    /// `UP` and `DOWN`: from where it is, by the step that is set.
    Up,
    /// See [`Level::Up`].
    Down,
    /// `AUTO`, for a range.
    Auto,
}

/// What an instrument lends so that arguments can be understood.
pub(crate) trait Limits {
    /// The index of the channel that is called `word`.
    fn channel_named(&self, word: &[u8]) -> Option<usize>;

    /// The index of the channel with this number.
    fn channel_numbered(&self, number: u8) -> Option<usize>;
}

/// The most channels that one list may name.
pub(crate) const MOST_CHANNELS: usize = 16;

/// The arguments of one message unit, by kind: no command takes two of a kind.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bound<'a> {
    /// A voltage, resistance, time, number, range or integer: the value to be set.
    pub(crate) level: Option<Level>,
    /// A current.
    pub(crate) current: Option<Level>,
    /// `ON` or `OFF`.
    pub(crate) boolean: Option<bool>,
    /// A word, one of the setting's choices if it is any.
    pub(crate) choice: Option<&'a [u8]>,
    /// What stood in a string.
    pub(crate) text: Option<&'a [u8]>,
    /// Which bound a query asks for.
    pub(crate) extreme: Option<Extreme>,
    /// The channels it names, by index, and how many they are.
    channels: [u8; MOST_CHANNELS],
    count: usize,
}

impl<'a> Bound<'a> {
    /// Holds the arguments of `unit` against what the command `takes`.
    ///
    /// # Errors
    ///
    /// -109 for a missing one, -108 for one too many, and what the standard has for each that
    /// does not fit.
    pub(crate) fn new(
        unit: &Unit<'a>,
        takes: &[Argument],
        limits: &dyn Limits,
    ) -> Result<Self, Code> {
        let mut bound = Self::default();
        let mut written = unit.arguments();
        let mut next = written.next().transpose()?;
        for argument in takes {
            match next {
                Some(it) if !argument.optional || fits(it, argument.kind, limits) => {
                    bound.take(it, argument.kind, limits)?;
                    next = written.next().transpose()?;
                }
                None if !argument.optional => return Err(Code::MISSING_PARAMETER),
                _ => {}
            }
        }
        if next.is_some() { Err(Code::PARAMETER_NOT_ALLOWED) } else { Ok(bound) }
    }

    /// The indices of the channels that the message names; empty if it names none.
    pub(crate) fn channels(&self) -> &[u8] {
        &self.channels[..self.count]
    }

    fn take(&mut self, it: Written<'a>, kind: Kind, limits: &dyn Limits) -> Result<(), Code> {
        match kind {
            Kind::Voltage => self.level = Some(level(it, b"V")?),
            Kind::Current => {
                let level = level(it, b"A")?;
                self.current = Some(level);
            }
            Kind::Resistance => self.level = Some(level(it, b"OHM")?),
            Kind::Time => self.level = Some(level(it, b"S")?),
            Kind::Number => self.level = Some(level(it, b"")?),
            Kind::Integer => match it {
                Written::Number(value, b"") => self.level = Some(Level::Number(rounded(value))),
                other => return Err(misfit(other)),
            },
            Kind::Boolean => self.boolean = Some(boolean(it)?),
            Kind::Extreme => match it {
                Written::Word(word) => {
                    self.extreme = Some(Extreme::of(word).ok_or(Code::ILLEGAL_VALUE)?);
                }
                other => return Err(misfit(other)),
            },
            Kind::Function => match it {
                Written::Text(text) => self.text = Some(text),
                other => return Err(misfit(other)),
            },
            Kind::Choice => match it {
                Written::Word(word) => self.choice = Some(word),
                other => return Err(misfit(other)),
            },
            Kind::Range => self.level = Some(range(it)?),
            // Understood, and of no consequence: the integration time says how fine a reading is.
            Kind::Resolution => drop(range(it)?),
            Kind::Channel => match it {
                Written::Word(word) => {
                    let index = limits.channel_named(word).ok_or(Code::ILLEGAL_VALUE)?;
                    self.name(index)?;
                }
                other => return Err(misfit(other)),
            },
            Kind::Channels => match it {
                Written::Channels(list) => channels(list, |number| {
                    let index = limits.channel_numbered(number).ok_or(Code::OUT_OF_RANGE)?;
                    self.name(index)
                })?,
                other => return Err(misfit(other)),
            },
        }
        Ok(())
    }

    fn name(&mut self, index: usize) -> Result<(), Code> {
        let slot = self.channels.get_mut(self.count).ok_or(Code::OUT_OF_RANGE)?;
        *slot = u8::try_from(index).map_err(|_| Code::OUT_OF_RANGE)?;
        self.count += 1;
        Ok(())
    }
}

/// Whether an optional argument can be meant by what was written.
fn fits(it: Written, kind: Kind, limits: &dyn Limits) -> bool {
    let extreme = |it| matches!(it, Written::Word(word) if Extreme::of(word).is_some());
    let level = |it| matches!(it, Written::Word(word) if Level::of(word).is_some());
    let auto = |it| matches!(it, Written::Word(word) if is_form_of(word, "AUTO"));
    match kind {
        Kind::Voltage | Kind::Current | Kind::Resistance | Kind::Time | Kind::Number => {
            matches!(it, Written::Number(..)) || level(it)
        }
        Kind::Integer => matches!(it, Written::Number(..)),
        Kind::Boolean => boolean(it).is_ok(),
        Kind::Channels => matches!(it, Written::Channels(_)),
        Kind::Channel => {
            matches!(it, Written::Word(word) if limits.channel_named(word).is_some())
        }
        Kind::Extreme => extreme(it),
        Kind::Function => matches!(it, Written::Text(_)),
        Kind::Choice => matches!(it, Written::Word(_)),
        Kind::Range | Kind::Resolution => {
            matches!(it, Written::Number(..)) || extreme(it) || auto(it)
        }
    }
}

/// A number with a unit, or one of the words that stand for a number.
fn level(it: Written, unit: &[u8]) -> Result<Level, Code> {
    match it {
        Written::Number(_, suffix) if unit.is_empty() && !suffix.is_empty() => {
            Err(Code::SUFFIX_NOT_ALLOWED)
        }
        Written::Number(value, suffix) => Ok(Level::Number(scaled(value, suffix, unit)?)),
        Written::Word(word) => Level::of(word).ok_or(Code::INVALID_WORD),
        other => Err(misfit(other)),
    }
}

fn range(it: Written) -> Result<Level, Code> {
    match it {
        Written::Word(word) if is_form_of(word, "AUTO") => Ok(Level::Auto),
        // The unit is the function's, which the header says; any of them is as good.
        Written::Number(value, suffix) => {
            let unit: &[u8] = match suffix.to_ascii_uppercase().as_slice() {
                [.., b'V'] => b"V",
                [.., b'A'] => b"A",
                [.., b'M'] => b"OHM",
                _ => b"",
            };
            level(Written::Number(value, suffix), unit)
        }
        other => level(other, b""),
    }
}

/// Source: SCPI-99, volume 1, 7.3: a number is rounded, and anything but 0 is on.
fn boolean(it: Written) -> Result<bool, Code> {
    match it {
        Written::Number(_, [_, ..]) => Err(Code::SUFFIX_NOT_ALLOWED),
        Written::Number(value, _) => Ok(rounded(value) != 0.0),
        Written::Word(word) if word.eq_ignore_ascii_case(b"ON") => Ok(true),
        Written::Word(word) if word.eq_ignore_ascii_case(b"OFF") => Ok(false),
        Written::Word(_) => Err(Code::ILLEGAL_VALUE),
        other => Err(misfit(other)),
    }
}

/// Source: IEEE 488.2-1992, 7.7.2.4.2: halves are rounded away from zero.
pub(super) fn rounded(value: f64) -> f64 {
    value.round()
}

/// What is wrong with an argument of the wrong type.
fn misfit(it: Written) -> Code {
    match it {
        Written::Number(_, [_, ..]) => Code::SUFFIX_NOT_ALLOWED,
        _ => Code::DATA_TYPE,
    }
}

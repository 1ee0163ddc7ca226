//! What SCPI asks of every instrument besides the common commands: `SYSTem` and `STATus`.
//!
//! Source: SCPI-99, volume 1, 4.2.1 (what is mandatory); volume 2, 20 and 21.

use pogo_models::{Header, StatusBits};

use super::common::{none, whole};
use super::error::Code;
use super::face::{Face, Outcome, Thing};
use super::message::Unit;
use super::register::{Part, Register};
use super::status::Which;
use super::tree::{At, Tree};

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BuiltIn {
    /// `SYSTem:ERRor[:NEXT]?`
    NextError,
    /// `SYSTem:VERSion?`
    Version,
    /// `STATus:PRESet`
    Preset,
    /// `[:EVENt]?`
    Events(Family),
    /// `:CONDition?`
    Condition(Family),
    /// `:ENABle`, `:PTRansition`, `:NTRansition`
    Set(Family, Part),
    /// The same as a query.
    Give(Family, Part),
}

/// Registers of one kind; a channel's number is in the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// `STATus:OPERation`
    Operation,
    /// `STATus:QUEStionable`
    Questionable,
    /// `STATus:QUEStionable:INSTrument`
    Instrument,
    /// `STATus:QUEStionable:INSTrument:ISUMmary<n>`
    Channels,
}

/// Where they are; those of an instrument whose channels have registers of their own come last.
const FAMILIES: [(&str, Family); 4] = [
    ("STATus:OPERation", Family::Operation),
    ("STATus:QUEStionable", Family::Questionable),
    ("STATus:QUEStionable:INSTrument", Family::Instrument),
    ("STATus:QUEStionable:INSTrument:ISUMmary<n>", Family::Channels),
];

impl BuiltIn {
    /// Makes their headers lead to what an instrument with these registers has, numbered from
    /// `first` on.
    pub(super) fn insert(bits: &StatusBits, tree: &mut Tree, first: usize) -> Vec<Self> {
        let families: &[_] = match bits.channels {
            Some(_) => &FAMILIES,
            None => &FAMILIES[..2],
        };
        let parts: &[Part] = match bits.filters {
            true => &[Part::Enable, Part::Positive, Part::Negative],
            false => &[Part::Enable],
        };
        let mut all = vec![
            (At::ROOT, "SYSTem:ERRor[:NEXT]?", Self::NextError),
            (At::ROOT, "SYSTem:VERSion?", Self::Version),
            (At::ROOT, "STATus:PRESet", Self::Preset),
        ];
        for (path, family) in families {
            // What stands here is read as it is written there: a test has all of them answer.
            let Ok(path) = Header::parse(path).map(|path| tree.path(&path)) else { continue };
            all.push((path, "EVENt?", Self::Events(*family)));
            all.push((path, "CONDition?", Self::Condition(*family)));
            for part in parts {
                let (command, query) = part.headers();
                all.push((path, command, Self::Set(*family, *part)));
                all.push((path, query, Self::Give(*family, *part)));
            }
        }
        for (entry, (path, header, does)) in (first..).zip(&all) {
            let Ok(header) = Header::parse(header) else { continue };
            tree.insert_at(*path, &header, entry);
            if let Self::Events(_) = does {
                // `EVENt` may be left out.
                tree.insert_query(*path, entry);
            }
        }
        all.into_iter().map(|(.., does)| does).collect()
    }
}

impl Face {
    /// Carries out one of them. `channel` is the number in the header.
    pub(super) fn carry_out(
        &mut self,
        does: BuiltIn,
        unit: &Unit,
        channel: Option<u8>,
        thing: &mut dyn Thing,
        answer: &mut String,
    ) -> Result<Outcome, Code> {
        let which = |family| match family {
            Family::Operation => Ok(Which::Operation),
            Family::Questionable => Ok(Which::Questionable),
            Family::Instrument => Ok(Which::Instrument),
            // A suffix that is left out is a 1. Source: SCPI-99, volume 1, 6.2.5.2.
            Family::Channels => thing
                .channel_numbered(channel.unwrap_or(1))
                .map(Which::Channel)
                .ok_or(Code::SUFFIX_OUT_OF_RANGE),
        };
        let number = match does {
            BuiltIn::Set(family, part) => {
                let which = which(family)?;
                // A register is as wide as the number, though its highest bit is never there.
                let mask = whole(unit, f64::from(u16::MAX))? as u16;
                self.status.change(which, |it| it.parts.set(part, mask));
                return Ok(Outcome::Done);
            }
            BuiltIn::NextError => {
                none(unit)?;
                let error = self.status.next_error();
                self.answer_error(error, answer);
                return Ok(Outcome::Done);
            }
            BuiltIn::Version => {
                none(unit)?;
                answer.push_str(&self.model.obeys().version);
                return Ok(Outcome::Done);
            }
            BuiltIn::Preset => {
                none(unit)?;
                self.status.preset();
                return Ok(Outcome::Done);
            }
            BuiltIn::Events(family) => {
                let which = which(family)?;
                none(unit)?;
                self.status.change(which, Register::take_events)
            }
            BuiltIn::Condition(family) => {
                let which = which(family)?;
                none(unit)?;
                self.status.register(which).map(Register::condition)
            }
            BuiltIn::Give(family, part) => {
                let which = which(family)?;
                none(unit)?;
                self.status.register(which).map(|it| it.parts.get(part))
            }
        };
        self.model.obeys().integers.write(f64::from(number.unwrap_or(0)), answer);
        Ok(Outcome::Done)
    }

    /// `SYSTem:ERRor:ALL?`: every error, joined by commas. Source: SCPI-99, volume 2, 21.8.5.
    pub(super) fn answer_errors(&mut self, answer: &mut String) {
        let mut error = self.status.next_error();
        loop {
            self.answer_error(error, answer);
            if self.status.error_count() == 0 {
                return;
            }
            answer.push(',');
            error = self.status.next_error();
        }
    }

    fn answer_error(&self, error: Option<Code>, answer: &mut String) {
        let errors = &self.model.obeys().errors;
        match error {
            None => answer.push_str(&errors.empty),
            Some(code) => {
                let number = code.0.to_string();
                let filled = errors.form.replace("{number}", &number);
                answer.push_str(&filled.replace("{text}", code.text()));
            }
        }
    }
}

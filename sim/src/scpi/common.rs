//! The common commands. Source: IEEE 488.2-1992, chapter 10.

use std::ops::RangeInclusive;

use super::argument::{Written, scaled};
use super::bound::rounded;
use super::error::Code;
use super::face::{Face, Outcome, Thing};
use super::message::{Arguments, Unit};
use crate::circuit::Circuit;

impl Face {
    /// Carries out the common command called `name`, which comes without its asterisk.
    pub(super) fn common(
        &mut self,
        name: &[u8],
        unit: &Unit,
        thing: &mut dyn Thing,
        circuit: &mut Circuit,
        waiting: bool,
        answer: &mut String,
    ) -> Result<Outcome, Code> {
        let mut upper = [0; 4];
        let name = match upper.get_mut(..name.len()) {
            Some(upper) => {
                upper.copy_from_slice(name);
                upper.make_ascii_uppercase();
                &*upper
            }
            None => return Err(Code::UNDEFINED_HEADER),
        };
        let common = &self.model.obeys().common;
        match name {
            b"ESE" => self.status.enable_events(mask(unit)?),
            b"SRE" => self.status.enable_requests(mask(unit)?),
            b"CLS" | b"RST" => {
                none(unit)?;
                // Nobody is told any more that something is done. Source: 10.3 and 10.32.
                self.completes = false;
                match name {
                    b"CLS" => self.status.clear(),
                    _ => thing.reset(circuit),
                }
            }
            b"OPC" => {
                none(unit)?;
                self.completes = true;
            }
            b"TRG" => {
                none(unit)?;
                return thing.trigger();
            }
            b"OPC?" | b"WAI" => {
                none(unit)?;
                if thing.pending() {
                    return Ok(Outcome::Blocked);
                }
                if name == b"OPC?" {
                    answer.push('1');
                }
            }
            b"SAV" | b"RCL" if common.memories.is_some() => {
                let (least, most) = common.memories.unwrap_or_default();
                let memory = whole(unit, f64::from(most))? as u8;
                if memory < least {
                    return Err(Code::OUT_OF_RANGE);
                }
                match name {
                    b"SAV" => thing.save(memory),
                    _ => thing.recall(memory, circuit),
                }
            }
            // Source: 10.25: rounded, and anything but 0 is true.
            b"PSC" if common.power_on_clear => {
                self.clears_enables = integer(unit, -32767.0..=32767.0)? != 0.0;
            }
            b"IDN?" => {
                none(unit)?;
                answer.push_str(&self.identity);
            }
            b"ESE?" | b"ESR?" | b"SRE?" | b"STB?" | b"TST?" | b"PSC?" => {
                none(unit)?;
                let number = match name {
                    b"ESE?" => self.status.event_enable(),
                    b"ESR?" => self.status.take_events(),
                    b"SRE?" => self.status.request_enable(),
                    b"STB?" => self.status.byte(waiting),
                    b"PSC?" if common.power_on_clear => u8::from(self.clears_enables),
                    b"PSC?" => return Err(Code::UNDEFINED_HEADER),
                    // A simulated instrument is well. Source: 10.38.
                    _ => 0,
                };
                self.model.obeys().integers.write(f64::from(number), answer);
            }
            _ => return Err(Code::UNDEFINED_HEADER),
        }
        Ok(Outcome::Done)
    }
}

/// A command that takes nothing.
pub(super) fn none(unit: &Unit) -> Result<(), Code> {
    no_more(&mut unit.arguments())
}

/// Refuses whatever else stands there: what is no argument at all before what is one too many.
fn no_more(arguments: &mut Arguments) -> Result<(), Code> {
    arguments.next().map_or(Ok(()), |it| it.and(Err(Code::PARAMETER_NOT_ALLOWED)))
}

/// The one number of `*ESE` and `*SRE`.
fn mask(unit: &Unit) -> Result<u8, Code> {
    Ok(whole(unit, 255.0)? as u8)
}

/// The one number that a command takes, a whole one from 0 to `most`.
pub(super) fn whole(unit: &Unit, most: f64) -> Result<f64, Code> {
    integer(unit, 0.0..=most)
}

/// The one number that a command takes, which is rounded.
fn integer(unit: &Unit, bounds: RangeInclusive<f64>) -> Result<f64, Code> {
    let mut arguments = unit.arguments();
    let value = match arguments.next().ok_or(Code::MISSING_PARAMETER)?? {
        Written::Number(value, b"") => scaled(value, b"", b"")?,
        Written::Number(..) => return Err(Code::SUFFIX_NOT_ALLOWED),
        _ => return Err(Code::DATA_TYPE),
    };
    no_more(&mut arguments)?;
    let value = rounded(value);
    if bounds.contains(&value) { Ok(value) } else { Err(Code::OUT_OF_RANGE) }
}

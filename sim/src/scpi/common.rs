//! The common commands. Source: IEEE 488.2-1992, chapter 10.

use super::argument::{Written, scaled};
use super::bound::rounded;
use super::error::Code;
use super::face::{Face, Outcome, Thing};
use super::message::Unit;
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
        match name {
            b"ESE" => self.status.enable_events(mask(unit)?),
            b"SRE" => self.status.enable_requests(mask(unit)?),
            b"CLS" | b"OPC" | b"RST" | b"TRG" | b"WAI" => {
                none(unit)?;
                match name {
                    b"TRG" => return thing.trigger(),
                    b"CLS" => self.status.clear(),
                    b"OPC" => self.status.operation_complete(),
                    b"RST" => thing.reset(circuit),
                    // Everything here is done in order anyway.
                    _ => {}
                }
            }
            b"IDN?" | b"OPC?" | b"ESE?" | b"ESR?" | b"SRE?" | b"STB?" | b"TST?" => {
                none(unit)?;
                let number = match name {
                    b"IDN?" => {
                        answer.push_str(&self.identity);
                        return Ok(Outcome::Done);
                    }
                    b"OPC?" => {
                        answer.push('1');
                        return Ok(Outcome::Done);
                    }
                    b"ESE?" => self.status.event_enable(),
                    b"ESR?" => self.status.take_events(),
                    b"SRE?" => self.status.request_enable(),
                    b"STB?" => self.status.byte(waiting),
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
    unit.arguments().next().map_or(Ok(()), |_| Err(Code::PARAMETER_NOT_ALLOWED))
}

/// The one number of `*ESE` and `*SRE`.
fn mask(unit: &Unit) -> Result<u8, Code> {
    Ok(whole(unit, 255.0)? as u8)
}

/// The one number that a command takes, a whole one from 0 to `most`.
pub(super) fn whole(unit: &Unit, most: f64) -> Result<f64, Code> {
    let mut arguments = unit.arguments();
    let value = match arguments.next().ok_or(Code::MISSING_PARAMETER)?? {
        Written::Number(value, b"") => scaled(value, b"", b"")?,
        Written::Number(..) => return Err(Code::SUFFIX_NOT_ALLOWED),
        _ => return Err(Code::DATA_TYPE),
    };
    if arguments.next().is_some() {
        return Err(Code::PARAMETER_NOT_ALLOWED);
    }
    let value = rounded(value);
    if (0.0..=most).contains(&value) { Ok(value) } else { Err(Code::OUT_OF_RANGE) }
}

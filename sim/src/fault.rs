//! Faults as data: what is wrong with a wire or with the circuit.
//!
//! A fault says where it is (`at`: a role or a net) and what it does. Faults of a wire belong to
//! the instrument: every role with its address has them.

use pogo_hal::toml_file::Section;
use pogo_hal::{Diagnostic, Ohms, Place, Quantity, Seconds, Typed, Volts, nearest};
use serde::de::DeserializeOwned;

/// One entry of `[[sim.faults]]`.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The role or net that it is at.
    pub at: String,
    /// What it does.
    pub does: Does,
    /// Where it was written.
    pub place: Place,
}

/// What a fault does. The first four are at a role, the others at a net.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Does {
    /// `answer late`: answers arrive `by` later, once `after` answers have been in time, and
    /// `times` times at most.
    AnswerLate {
        /// How much later.
        by: Seconds,
        /// How many answers come in time before.
        after: u64,
        /// How many come late; all that follow if it is not said.
        times: Option<u64>,
    },
    /// `hold back`: the connection that brings the first message after `after` others is slow from
    /// then on: what it brings is carried out `by` later. Other connections are served at once.
    HoldBack {
        /// How much later.
        by: Seconds,
        /// How many messages are carried out at once before.
        after: u64,
    },
    /// `fall silent`: after `after` messages nothing is heard or answered any more.
    FallSilent {
        /// How many messages are heard before.
        after: u64,
    },
    /// `refuse`: nobody accepts connections at its address.
    Refuse,
    /// `short`: a resistance `through` which the net is joined to ground.
    Short {
        /// The resistance.
        through: Ohms,
    },
    /// `offset`: what the device gives to the net is `by` higher.
    Offset {
        /// How much higher; lower if negative.
        by: Volts,
    },
}

const DOES: [&str; 6] = ["answer late", "fall silent", "hold back", "offset", "refuse", "short"];

impl Fault {
    /// Reads one fault, such as `{ at = "psu", does = "answer late", by = "2 s" }`.
    ///
    /// # Errors
    ///
    /// A key is missing, unknown or of the wrong unit, or nothing is known to do this; each with
    /// its place and the nearest known name.
    pub fn read(mut section: Section) -> Result<Self, Diagnostic> {
        let place = section.place();
        let at: String = must(&mut section, "at")?;
        let does_place = section.place_of("does");
        let does: String = must(&mut section, "does")?;
        let (does, known): (Does, &[&str]) = match does.as_str() {
            "answer late" => {
                let (by, after) = (delay(&mut section)?, count(&mut section, "after")?);
                let times = section.take("times")?;
                (Does::AnswerLate { by, after, times }, &["at", "does", "by", "after", "times"])
            }
            "hold back" => {
                let (by, after) = (delay(&mut section)?, count(&mut section, "after")?);
                (Does::HoldBack { by, after }, &["at", "does", "by", "after"])
            }
            "fall silent" => {
                let after = count(&mut section, "after")?;
                (Does::FallSilent { after }, &["at", "does", "after"])
            }
            "refuse" => (Does::Refuse, &["at", "does"]),
            "short" => {
                let through_place = section.place_of("through");
                let through = section.take("through")?.unwrap_or(Ohms(0.01));
                if through.0.is_nan() || through.0 < 0.0 {
                    let message = format!("a short through {through} is none");
                    return Err(Diagnostic::new(message).at(through_place));
                }
                (Does::Short { through }, &["at", "does", "through"])
            }
            "offset" => (Does::Offset { by: must(&mut section, "by")? }, &["at", "does", "by"]),
            other => {
                let hint = nearest(other, DOES).map_or_else(
                    || format!("known are {}", DOES.map(|it| format!("`{it}`")).join(", ")),
                    |it| format!("did you mean `{it}`?"),
                );
                return Err(Diagnostic::new(format!("no fault does `{other}`"))
                    .at(does_place)
                    .with_hint(hint));
            }
        };
        section.deny_rest(known)?;
        Ok(Self { at, does, place })
    }

    /// Whether it is at a role rather than at a net.
    pub fn is_at_a_role(&self) -> bool {
        !matches!(self.does, Does::Short { .. } | Does::Offset { .. })
    }
}

fn must<T: DeserializeOwned>(section: &mut Section, key: &str) -> Result<T, Diagnostic> {
    let place = section.place();
    section.take(key)?.ok_or_else(|| {
        Diagnostic::new(format!("this fault has no `{key}`")).at(place).with_hint(
            "write faults such as `{ at = \"psu\", does = \"answer late\", by = \"2 s\" }`",
        )
    })
}

fn delay(section: &mut Section) -> Result<Seconds, Diagnostic> {
    let place = section.place_of("by");
    let by: Seconds = must(section, "by")?;
    if by.0 >= 0.0 {
        return Ok(by);
    }
    Err(Diagnostic::new(format!("`{}` would be in the past", Quantity::from(by))).at(place))
}

fn count(section: &mut Section, key: &str) -> Result<u64, Diagnostic> {
    Ok(section.take(key)?.unwrap_or(0))
}

/// Seconds as whole nanoseconds; as long as there is for more than the clock holds.
pub(crate) fn nanoseconds(time: Seconds) -> u64 {
    (time.value() * 1e9).round() as u64
}

/// What becomes of a message that reaches an instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is carried out in its turn.
    Heard,
    /// It arrives so many nanoseconds later.
    Delayed(u64),
    /// Nobody hears it.
    Lost,
}

/// What is wrong with the wire of one instrument, and how far it has come.
#[derive(Debug, Default)]
pub(crate) struct Ailments {
    faults: Vec<Does>,
    heard: u64,
    answered: u64,
    slow: Option<u64>,
}

impl Ailments {
    /// Adds one.
    pub(crate) fn add(&mut self, does: Does) {
        self.faults.push(does);
    }

    /// Whether connections are refused.
    pub(crate) fn refuses(&self) -> bool {
        self.faults.contains(&Does::Refuse)
    }

    /// A message has come by `connection`.
    pub(crate) fn hears(&mut self, connection: u64) -> Fate {
        let before = self.heard;
        self.heard += 1;
        let mut fate = Fate::Heard;
        for does in &self.faults {
            match does {
                Does::FallSilent { after } if before >= *after => return Fate::Lost,
                Does::HoldBack { by, after }
                    if before >= *after && *self.slow.get_or_insert(connection) == connection =>
                {
                    fate = Fate::Delayed(nanoseconds(*by));
                }
                _ => {}
            }
        }
        fate
    }

    /// An answer is ready; how many nanoseconds late it goes out, if it does.
    pub(crate) fn answers(&mut self) -> Option<u64> {
        let before = self.answered;
        self.answered += 1;
        self.faults.iter().find_map(|does| match does {
            Does::AnswerLate { by, after, times } => {
                let late = before.checked_sub(*after)?;
                times.is_none_or(|times| late < times).then(|| nanoseconds(*by))
            }
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use pogo_hal::toml_file;

    use super::*;

    fn read(text: &str) -> Result<Fault, Diagnostic> {
        Fault::read(toml_file::read("bench.toml", text).unwrap())
    }

    #[test]
    fn faults_are_read_with_their_units() {
        let fault = read("at = 'psu'\ndoes = 'answer late'\nby = '2 s'\ntimes = 1").unwrap();
        assert_eq!(fault.does, Does::AnswerLate { by: Seconds(2.0), after: 0, times: Some(1) });
        assert!(fault.is_at_a_role());
        let fault = read("at = 'TP_1V8'\ndoes = 'offset'\nby = '-100 mV'").unwrap();
        assert_eq!(fault.does, Does::Offset { by: Volts(-0.1) });
        assert!(!fault.is_at_a_role());
    }

    #[test]
    fn a_fault_that_cannot_be_understood_says_where_and_what_was_meant() {
        for (text, line, message, hint) in [
            ("does = 'short'", 1, "this fault has no `at`", "answer late"),
            (
                "at = 'psu'\ndoes = 'answer lately'",
                2,
                "no fault does",
                "did you mean `answer late`?",
            ),
            ("at = 'psu'\ndoes = 'answer late'\nbuy = '2 s'", 1, "no `by`", "by = "),
            ("at = 'psu'\ndoes = 'hold back'\nby = '2 s'\naftr = 1", 4, "`aftr`", "`after`"),
            ("at = 'psu'\ndoes = 'hold back'\nby = '2 V'", 3, "expected a duration", ""),
            ("at = 'psu'\ndoes = 'hold back'\nby = '-2 s'", 3, "past", ""),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.message.contains(message), "{text}: {error:?}");
            assert_eq!(error.place.as_ref().unwrap().line, line, "{text}: {error:?}");
            assert!(error.hint.unwrap_or_default().contains(hint), "{text}");
        }
    }
}

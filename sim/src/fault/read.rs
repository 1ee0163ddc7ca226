//! Reading faults.

use pogo_hal::toml_file::Section;
use pogo_hal::{Diagnostic, Dimension, Ohms, Quantity, Seconds, nearest};
use serde::de::DeserializeOwned;

use super::{DEVICE, Does, Fault};

/// What faults do, in the order of the alphabet.
const DOES: [&str; 21] = [
    "answer exception",
    "answer late",
    "connect",
    "contact",
    "fall silent",
    "flood",
    "garble",
    "hang up",
    "hold back",
    "identify as",
    "load",
    "offset",
    "open",
    "read high",
    "refuse",
    "short",
    "stuck off",
    "suffer",
    "swap",
    "truncate",
    "unplug",
];

impl Fault {
    /// Reads one fault, such as `{ at = "psu", does = "answer late", by = "2 s" }`.
    ///
    /// # Errors
    ///
    /// A key is missing, unknown or of the wrong unit, or nothing is known to do this; each with
    /// its place and the nearest known name.
    pub fn read(mut section: Section) -> Result<Self, Diagnostic> {
        let section = &mut section;
        let place = section.place();
        let at: String = must(section, "at")?;
        let does_place = section.place_of("does");
        let does: String = must(section, "does")?;
        let (does, keys): (Does, &[&str]) = match does.as_str() {
            "answer late" => {
                let (by, after) = (delay(section)?, count(section, "after")?);
                let times = section.take("times")?;
                (Does::AnswerLate { by, after, times }, &["by", "after", "times"])
            }
            "hold back" => {
                let (by, after) = (delay(section)?, count(section, "after")?);
                (Does::HoldBack { by, after }, &["by", "after"])
            }
            "fall silent" => (Does::FallSilent { after: count(section, "after")? }, &["after"]),
            "garble" => (Does::Garble { after: count(section, "after")? }, &["after"]),
            "truncate" => (Does::Truncate { after: count(section, "after")? }, &["after"]),
            "identify as" => {
                (Does::IdentifyAs { identity: must(section, "identity")? }, &["identity"])
            }
            "answer exception" => {
                let (code, after) = (exception(section)?, count(section, "after")?);
                (Does::AnswerException { code, after }, &["code", "after"])
            }
            "hang up" => (Does::HangUp { after: count(section, "after")? }, &["after"]),
            "refuse" => (Does::Refuse, &[]),
            "unplug" => (Does::Unplug { after: count(section, "after")? }, &["after"]),
            "flood" => {
                let (from, until) = (moment(section, "from")?, moment(section, "until")?);
                let from = from.unwrap_or(Seconds(0.0));
                (Does::Flood { from, until }, &["from", "until"])
            }
            "open" => (Does::Open, &[]),
            "stuck off" => (Does::StuckOff, &[]),
            "connect" => (Does::Connect { to: must(section, "to")? }, &["to"]),
            "read high" => (Does::ReadHigh { by: skew(section)? }, &["by"]),
            "short" => {
                let through = resistance(section)?.unwrap_or(Ohms(0.01));
                (Does::Short { through }, &["through"])
            }
            "contact" => {
                let through = resistance(section)?.unwrap_or(Ohms(1.0));
                (Does::Contact { through }, &["through"])
            }
            "swap" => (Does::Swap { with: must(section, "with")? }, &["with"]),
            "suffer" if at == DEVICE => (Does::Suffer { from: must(section, "from")? }, &["from"]),
            "suffer" => {
                let message = format!("nothing is known that `{at}` could suffer from");
                return Err(Diagnostic::new(message)
                    .at(does_place)
                    .with_hint("what the device file declares is at = \"device\""));
            }
            "offset" => (Does::Offset { by: must(section, "by")? }, &["by"]),
            "load" => {
                let (from, until) = (moment(section, "from")?, moment(section, "until")?);
                let (by, from) = (must(section, "by")?, from.unwrap_or(Seconds(0.0)));
                (Does::Load { by, from, until }, &["by", "from", "until"])
            }
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
        let known: Vec<&str> = ["at", "does"].iter().chain(keys).copied().collect();
        section.deny_rest(&known)?;
        Ok(Self { at, does, place })
    }
}

/// An amount that a meter or a supply reads, or a percentage of it.
fn skew(section: &mut Section) -> Result<Quantity, Diagnostic> {
    use Dimension::{Current, Percent, Resistance, TemperatureDifference, Voltage};
    let place = section.place_of("by");
    let by: Quantity = must(section, "by")?;
    let known = [Voltage, Current, Resistance, TemperatureDifference, Percent];
    if known.contains(&by.dimension()) && by.value().is_finite() {
        return Ok(by);
    }
    Err(Diagnostic::new(format!("nothing reads {by} too much")).at(place).with_hint(
        "write a voltage, a current, a resistance, a temperature difference or a percentage",
    ))
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

/// The code of a Modbus exception.
fn exception(section: &mut Section) -> Result<u8, Diagnostic> {
    let place = section.place_of("code");
    let code: u8 = must(section, "code")?;
    if code > 0 {
        return Ok(code);
    }
    Err(Diagnostic::new("no exception has the code 0")
        .at(place)
        .with_hint("2 is an illegal data address, 4 a failure of the device, 6 a busy device"))
}

/// A resistance that may be left out.
fn resistance(section: &mut Section) -> Result<Option<Ohms>, Diagnostic> {
    let place = section.place_of("through");
    match section.take::<Ohms>("through")? {
        Some(it) if it.0.is_nan() || it.0 < 0.0 => {
            Err(Diagnostic::new(format!("nothing goes through {it}")).at(place))
        }
        it => Ok(it),
    }
}

/// A moment of simulated time, which begins with the bench.
fn moment(section: &mut Section, key: &str) -> Result<Option<Seconds>, Diagnostic> {
    let place = section.place_of(key);
    let moment: Option<Seconds> = section.take(key)?;
    match moment {
        Some(it) if it.0.is_nan() || it.0 < 0.0 => {
            Err(Diagnostic::new(format!("`{it}` is before the bench begins")).at(place))
        }
        moment => Ok(moment),
    }
}

fn count(section: &mut Section, key: &str) -> Result<u64, Diagnostic> {
    Ok(section.take(key)?.unwrap_or(0))
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
        assert_eq!(fault.does.to_string(), "answer late by 2 s");
        assert!(fault.is_at_a_role());
        let fault = read("at = 'TP_1V8'\ndoes = 'offset'\nby = '-100 mV'").unwrap();
        assert_eq!(fault.does.to_string(), "offset by -100 mV");
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

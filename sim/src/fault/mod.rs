//! Faults as data: what is wrong with a wire, with an instrument or with the circuit.
//!
//! A fault says where it is (`at`: a role, a net, or the device) and what it does. Faults of a wire belong to
//! the instrument: every role with its address has them. A role that a fault puts somewhere else or
//! leaves open is so from the beginning.

mod ailments;
mod catalogue;
mod read;

use pogo_hal::{Amperes, Diagnostic, Dimension, Ohms, Place, Quantity, Seconds, Typed, Volts};

pub(crate) use ailments::{Ailments, Answered, Fate};
pub use catalogue::{Catalogue, Known};

/// Where the faults are that a device file declares itself.
pub const DEVICE: &str = "device";

/// One entry of `[[sim.faults]]`, or of a catalogue.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The role or net that it is at, or [`DEVICE`].
    pub at: String,
    /// What it does.
    pub does: Does,
    /// Where it was written.
    pub place: Place,
}

/// What a fault does.
#[derive(Clone, Debug)]
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
    /// `answer exception`: a device on Modbus declines every request after `after` others.
    AnswerException {
        /// The exception's code.
        code: u8,
        /// How many requests are carried out before.
        after: u64,
    },
    /// `hang up`: a device on Modbus ends every connection once `after` requests have come.
    HangUp {
        /// How many requests are answered before.
        after: u64,
    },
    /// `refuse`: nobody accepts connections at its address.
    Refuse,
    /// `unplug`: after `after` lines were sent, the adapter of a console is gone.
    Unplug {
        /// How many lines are sent before.
        after: u64,
    },
    /// `flood`: noise arrives at a console as fast as its line carries it, between two moments, and
    /// nothing else.
    Flood {
        /// From when on.
        from: Seconds,
        /// Until when; for ever if it is not said.
        until: Option<Seconds>,
    },
    /// `garble`: after `after` answers, the first character of every answer is another.
    Garble {
        /// How many answers are right before.
        after: u64,
    },
    /// `truncate`: after `after` answers, only the first half of each comes.
    Truncate {
        /// How many answers are whole before.
        after: u64,
    },
    /// `identify as`: it says that it is somebody else.
    IdentifyAs {
        /// What it answers to `*IDN?`.
        identity: String,
    },
    /// `open`: its leads are on nothing.
    Open,
    /// `connect`: its leads are on another net.
    Connect {
        /// The net.
        to: String,
    },
    /// `read high`: what it reads is `by` higher, as far as it reads such an amount; a percentage
    /// is one of whatever it reads.
    ReadHigh {
        /// How much higher; lower if negative.
        by: Quantity,
    },
    /// `stuck off`: the output of a supply never comes on, whatever it says.
    StuckOff,
    /// `short`: a resistance `through` which the net is joined to ground.
    Short {
        /// The resistance.
        through: Ohms,
    },
    /// `contact`: so much resistance is in the way of every supply that feeds the net.
    Contact {
        /// The resistance.
        through: Ohms,
    },
    /// `swap`: what is connected to the net is on another, and the other way round.
    Swap {
        /// The other net.
        with: String,
    },
    /// `suffer`: the device has a fault that its own file declares.
    Suffer {
        /// What the file calls it.
        from: String,
    },
    /// `offset`: what the device gives to the net is `by` higher.
    Offset {
        /// How much higher; lower if negative.
        by: Volts,
    },
    /// `load`: something draws `by` from the net besides, between two moments.
    Load {
        /// How much.
        by: Amperes,
        /// From when on.
        from: Seconds,
        /// Until when; for ever if it is not said.
        until: Option<Seconds>,
    },
}

impl Fault {
    /// Whether it is at a role rather than at a net.
    pub fn is_at_a_role(&self) -> bool {
        !matches!(
            self.does,
            Does::Short { .. }
                | Does::Offset { .. }
                | Does::Load { .. }
                | Does::Contact { .. }
                | Does::Swap { .. }
                | Does::Suffer { .. }
        )
    }
}

impl Fault {
    /// The same with another amount, such as `-50 mV`: that of `by` or `through`.
    ///
    /// # Errors
    ///
    /// It has none, or it is one of something else.
    pub fn amounting(&self, amount: &str) -> Result<Self, Diagnostic> {
        fn typed<T: Typed>(amount: &Quantity) -> Result<T, Diagnostic> {
            T::from_quantity(amount).map_err(|it| Diagnostic::new(it.to_string()))
        }
        let wrong =
            |what: String| Diagnostic::new(format!("{what}, in a fault that does `{}`", self.does));
        let to = Quantity::parse(amount).map_err(|it| wrong(it.to_string()))?;
        let mut does = self.does.clone();
        match &mut does {
            Does::AnswerLate { by, .. } | Does::HoldBack { by, .. } => *by = typed(&to)?,
            Does::ReadHigh { by } => *by = to,
            Does::Short { through } | Does::Contact { through } => *through = typed(&to)?,
            Does::Offset { by } => *by = typed(&to)?,
            Does::Load { by, .. } => *by = typed(&to)?,
            _ => return Err(wrong(format!("`{amount}` is an amount of nothing"))),
        }
        Ok(Self { does, ..self.clone() })
    }
}

impl std::fmt::Display for Does {
    /// As a fixture says it: `offset -100 mV`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let after = |f: &mut std::fmt::Formatter<'_>, what: &str, after: u64| match after {
            0 => f.write_str(what),
            after => write!(f, "{what} after {after}"),
        };
        match self {
            Self::AnswerLate { by, after: count, .. } => {
                after(f, &format!("answer late by {by}"), *count)
            }
            Self::HoldBack { by, after: count } => after(f, &format!("hold back by {by}"), *count),
            Self::FallSilent { after: count } => after(f, "fall silent", *count),
            Self::AnswerException { code, after: count } => {
                after(f, &format!("answer exception {code}"), *count)
            }
            Self::HangUp { after: count } => after(f, "hang up", *count),
            Self::Refuse => f.write_str("refuse"),
            Self::Unplug { after: count } => after(f, "unplug", *count),
            Self::Flood { from, until } => {
                f.write_str("flood")?;
                span(f, *from, *until)
            }
            Self::Garble { after: count } => after(f, "garble", *count),
            Self::Truncate { after: count } => after(f, "truncate", *count),
            Self::IdentifyAs { identity } => write!(f, "identify as {identity}"),
            Self::Open => f.write_str("open"),
            Self::Connect { to } => write!(f, "connect to {to}"),
            Self::ReadHigh { by } => write!(f, "read high by {by}"),
            Self::StuckOff => f.write_str("stuck off"),
            Self::Short { through } => write!(f, "short through {through}"),
            Self::Contact { through } => write!(f, "contact through {through}"),
            Self::Swap { with } => write!(f, "swap with {with}"),
            Self::Suffer { from } => write!(f, "suffer from {from}"),
            Self::Offset { by } => write!(f, "offset by {by}"),
            Self::Load { by, from, until } => {
                write!(f, "load by {by}")?;
                span(f, *from, *until)
            }
        }
    }
}

/// ` from 1 s until 2 s`, as far as there is something to say.
fn span(
    f: &mut std::fmt::Formatter<'_>,
    from: Seconds,
    until: Option<Seconds>,
) -> std::fmt::Result {
    if from.0 > 0.0 {
        write!(f, " from {from}")?;
    }
    until.map_or(Ok(()), |until| write!(f, " until {until}"))
}

/// Seconds as whole nanoseconds; as long as there is for more than the clock holds.
pub(crate) fn nanoseconds(time: Seconds) -> u64 {
    (time.value() * 1e9).round() as u64
}

/// `truth`, an amount of `dimension` in its own unit, as it is read where readings are too high by
/// `skews`.
pub(crate) fn skewed(truth: f64, dimension: Dimension, skews: &[Quantity]) -> f64 {
    let dimension = match dimension {
        Dimension::Temperature => Dimension::TemperatureDifference,
        other => other,
    };
    skews.iter().fold(truth, |read, by| match by.dimension() {
        Dimension::Percent => read * (1.0 + by.value() / 100.0),
        it if it == dimension => read + by.value(),
        _ => read,
    })
}

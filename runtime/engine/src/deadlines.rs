//! How long things may take on the bench: always bounded, generously unless the fixture says.

use std::time::Duration;

use pogo_hal::toml_file::Section;
use pogo_hal::{Diagnostic, Quantity, Seconds};

/// The most time that a call, a step and a run may take, on the bench's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// One call of a verb. It is longer than any exchange, so that the driver's own message comes
    /// first where there is one.
    pub call: Duration,
    /// One step, the steps inside it included.
    pub step: Duration,
    /// All scripts together; clean-up and safe state have time of their own.
    pub run: Duration,
    /// One question to a person, in real time: people live in no other. A question may say
    /// otherwise.
    pub prompt: Duration,
    /// What is left to a script and its clean-ups once somebody has asked for a stop. Then the
    /// bench is taken from them.
    pub stop: Duration,
}

const HOUR: Duration = Duration::from_secs(3600);

impl Default for Deadlines {
    fn default() -> Self {
        let (call, stop) = (Duration::from_secs(60), Duration::from_millis(100));
        let prompt = Duration::from_secs(600);
        Self { call, step: 4 * HOUR, run: 48 * HOUR, prompt, stop }
    }
}

impl Deadlines {
    /// Reads a `[deadlines]` table; what it does not name stays as it is by default.
    ///
    /// # Errors
    ///
    /// A key is unknown, or a value is no duration from 1 ms to a year.
    pub(crate) fn read(mut section: Section) -> Result<Self, Diagnostic> {
        let mut deadlines = Self::default();
        let known = [
            ("call", &mut deadlines.call),
            ("step", &mut deadlines.step),
            ("run", &mut deadlines.run),
            ("prompt", &mut deadlines.prompt),
            ("stop", &mut deadlines.stop),
        ];
        for (key, deadline) in known {
            let place = section.place_of(key);
            match section.take::<Seconds>(key)? {
                None => {}
                Some(Seconds(seconds)) if (0.001..=366.0 * 86_400.0).contains(&seconds) => {
                    *deadline = Duration::from_secs_f64(seconds);
                }
                Some(other) => {
                    return Err(Diagnostic::new(format!("a deadline of {other} is no deadline"))
                        .at(place)
                        .with_hint("give a duration from `1 ms` to a year"));
                }
            }
        }
        section.deny_rest(&["call", "step", "run", "prompt", "stop"])?;
        Ok(deadlines)
    }
}

/// A duration as people read it.
pub(crate) fn shown(duration: Duration) -> String {
    Quantity::from(Seconds(duration.as_secs_f64())).to_string()
}

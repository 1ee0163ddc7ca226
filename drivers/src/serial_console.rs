//! A console of the unit on a serial line.
//!
//! Safe state: none. A console drives nothing, and what a unit was told cannot be taken back; what
//! moves energy is a supply's to switch off.
//!
//! Source: POSIX.1-2017, 11 (general terminal interface), as far as the line is concerned. What is
//! said on it is the unit's business.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use pogo_hal::toml_file::Section;
use pogo_hal::{
    Code, Console, Deadline, Diagnostic, Direction, Error, Flow, Handle, Heard, Identity,
    Instrument, Line, LineSettings, Manners, Parity, Resource, Result, SafeState, WireLog, nearest,
};

use crate::{Opened, Recipe};

/// What the fixture says about a role that is a console.
#[derive(Clone, Debug, PartialEq)]
pub struct ConsoleSetup {
    /// The name that scripts use: `uart`.
    pub role: String,
    /// Where it is.
    pub resource: Resource,
    /// How the line is set up.
    pub line: LineSettings,
    /// What ends a line that the unit is told.
    pub terminator: String,
    /// How the unit behaves.
    pub manners: Manners,
}

/// The options of a console.
const KEYS: [&str; 7] = ["baud", "data_bits", "echo", "flow", "parity", "stop_bits", "terminator"];

/// The fastest that any adapter is.
const FASTEST: u32 = 20_000_000;

impl ConsoleSetup {
    /// What a fixture calls the driver: `driver = "serial-console"`.
    pub const DRIVER: &str = "serial-console";

    /// Reads the options of a role's table. One answer may take `timeout`.
    ///
    /// # Errors
    ///
    /// An option is unknown or says what no line can be, or `resource` is no serial line; with its
    /// place.
    pub fn read(
        role: &str,
        resource: &Resource,
        mut options: Section,
        timeout: Duration,
    ) -> Result<Self, Diagnostic> {
        let whole = options.place();
        if !matches!(resource, Resource::Serial { .. }) {
            return Err(Diagnostic::new(format!("`{resource}` is no serial line"))
                .coded(Code::BadValue)
                .at(whole)
                .with_hint("write `ASRL/dev/ttyUSB0::INSTR`, or `ASRLusb:SERIAL::INSTR`"));
        }
        let options = &mut options;
        let (parity, flow) = ("parity", "flow");
        let line = LineSettings {
            baud: number(options, "baud", 115_200, 1..=FASTEST)?,
            data_bits: number(options, "data_bits", 8, 5..=8)?,
            parity: one_of(
                options,
                parity,
                &[("none", Parity::None), ("odd", Parity::Odd), ("even", Parity::Even)],
            )?,
            stop_bits: number(options, "stop_bits", 1, 1..=2)?,
            flow: one_of(
                options,
                flow,
                &[("none", Flow::None), ("software", Flow::Software), ("hardware", Flow::Hardware)],
            )?,
        };
        let place = options.place_of("terminator");
        let terminator: String = options.take("terminator")?.unwrap_or_else(|| "\n".into());
        if !["\n", "\r", "\r\n"].contains(&terminator.as_str()) {
            let message = format!("`{}` ends no line", terminator.escape_default());
            return Err(Diagnostic::new(message)
                .coded(Code::BadValue)
                .at(place)
                .with_hint("write `\"\\n\"`, `\"\\r\"` or `\"\\r\\n\"`"));
        }
        let echo = options.take("echo")?.unwrap_or(false);
        options.deny_rest(&KEYS)?;
        let manners = Manners { echo, patience: timeout };
        Ok(Self { role: role.into(), resource: resource.clone(), line, terminator, manners })
    }
}

fn number<T>(
    options: &mut Section,
    key: &str,
    otherwise: T,
    range: std::ops::RangeInclusive<T>,
) -> Result<T, Diagnostic>
where
    T: serde::de::DeserializeOwned + PartialOrd + std::fmt::Display,
{
    let place = options.place_of(key);
    match options.take::<T>(key)? {
        None => Ok(otherwise),
        Some(it) if range.contains(&it) => Ok(it),
        Some(it) => Err(Diagnostic::new(format!("no line has `{key} = {it}`"))
            .coded(Code::BadValue)
            .at(place)
            .with_hint(format!("give a number from {} to {}", range.start(), range.end()))),
    }
}

fn one_of<T: Copy>(
    options: &mut Section,
    key: &str,
    known: &[(&'static str, T)],
) -> Result<T, Diagnostic> {
    let place = options.place_of(key);
    let said: Option<String> = options.take(key)?;
    let said = said.as_deref().unwrap_or("none");
    if let Some((_, it)) = known.iter().find(|(name, _)| *name == said) {
        return Ok(*it);
    }
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    let hint = nearest(said, names.iter().copied()).map_or_else(
        || format!("known are {}", names.join(", ")),
        |it| format!("did you mean `{it}`?"),
    );
    Err(Diagnostic::new(format!("there is no `{key} = \"{said}\"`"))
        .coded(Code::BadValue)
        .at(place)
        .with_hint(hint))
}

/// See the module's own words.
struct SerialConsole {
    line: Box<dyn Line>,
    terminator: String,
    manners: Manners,
    log: Arc<WireLog>,
    /// The line that the unit is in the middle of: the log keeps whole ones.
    begun: Mutex<Vec<u8>>,
}

/// A console over a line that is open.
pub(crate) fn over(line: Box<dyn Line>, setup: &ConsoleSetup) -> Opened {
    let log = Arc::new(WireLog::default());
    let console = SerialConsole {
        line,
        terminator: setup.terminator.clone(),
        manners: setup.manners,
        log: log.clone(),
        begun: Mutex::default(),
    };
    let recipe = Recipe { role: setup.role.clone(), say: None, put: None };
    Opened { handle: Handle::Console(Arc::new(console)), log, recipe }
}

impl SerialConsole {
    fn begun(&self) -> MutexGuard<'_, Vec<u8>> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what was heard line by line, so that a secret in it is found wherever the wire cut it.
    fn log(&self, heard: &Heard) {
        let mut begun = self.begun();
        for (_, piece) in &heard.pieces {
            for part in piece.split_inclusive(|byte| *byte == b'\n') {
                begun.extend_from_slice(part);
                if part.ends_with(b"\n") || begun.len() >= LONGEST {
                    self.log.push(Direction::Received, &begun);
                    begun.clear();
                }
            }
        }
    }

    /// What the unit has begun to say stands before whatever happens next.
    fn end_line(&self) {
        let mut begun = self.begun();
        if !begun.is_empty() {
            self.log.push(Direction::Received, &begun);
            begun.clear();
        }
    }
}

/// A line is logged in pieces of so many bytes.
const LONGEST: usize = 16 * 1024;

impl Drop for SerialConsole {
    fn drop(&mut self) {
        self.end_line();
    }
}

#[async_trait]
impl Instrument for SerialConsole {
    fn identity(&self) -> &Identity {
        self.line.identity()
    }

    async fn make_safe(&self) -> Result<SafeState> {
        Ok(SafeState::Passive)
    }
}

#[async_trait]
impl Console for SerialConsole {
    fn manners(&self) -> Manners {
        self.manners
    }

    async fn send_line(&self, text: &[u8], deadline: Deadline) -> Result<()> {
        // What has come by now was said before this.
        self.end_line();
        let bytes = [text, self.terminator.as_bytes()].concat();
        self.log.push(Direction::Sent, &bytes);
        self.line.write(&bytes, deadline).await
    }

    async fn hear(&self, deadline: Deadline) -> Result<Heard> {
        loop {
            let heard = self.heard()?;
            if !heard.is_empty() {
                return Ok(heard);
            }
            if deadline.bound(self.line.stirs()).await.is_none() {
                // Whose silence it is depends on whether this side could have heard anything.
                self.line.check()?;
                let last = self.heard()?;
                if last.is_empty() {
                    // It has paused: what it has begun to say stands alone.
                    self.end_line();
                }
                return match last.is_empty() {
                    false => Ok(last),
                    true => Err(Error::new(pogo_hal::ErrorKind::NoAnswer, "the unit says nothing")),
                };
            }
        }
    }

    fn heard(&self) -> Result<Heard> {
        let heard = self.line.take()?;
        self.log(&heard);
        Ok(heard)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(address: &str, options: &str) -> Result<ConsoleSetup, Diagnostic> {
        let options = pogo_hal::toml_file::read("bench.toml", options).unwrap();
        ConsoleSetup::read("uart", &address.parse().unwrap(), options, Duration::from_secs(1))
    }

    #[test]
    fn a_console_is_set_up_as_most_are_unless_the_fixture_says() {
        let setup = read("ASRL/dev/ttyUSB0", "").unwrap();
        let LineSettings { baud, data_bits, parity, stop_bits, flow } = setup.line;
        assert_eq!((baud, data_bits, stop_bits), (115_200, 8, 1));
        assert_eq!((parity, flow, setup.manners.echo), (Parity::None, Flow::None, false));
        let text = "baud = 9600\nparity = 'even'\ndata_bits = 7\nflow = 'hardware'\n\
                    terminator = \"\\r\\n\"\necho = true\nstop_bits = 2";
        let setup = read("ASRLusb:A1::INSTR", text).unwrap();
        assert_eq!((setup.line.baud, setup.line.parity), (9600, Parity::Even));
        assert_eq!((setup.terminator.as_str(), setup.manners.echo), ("\r\n", true));
        assert_eq!((setup.line.flow, setup.line.stop_bits), (Flow::Hardware, 2));
    }

    #[test]
    fn what_no_line_can_be_is_refused_with_its_place_and_what_was_meant() {
        for (text, line, said, hint) in [
            ("baud = 0", 1, "no line has `baud = 0`", "from 1 to"),
            ("\ndata_bits = 9", 2, "no line has `data_bits = 9`", "from 5 to 8"),
            ("parity = 'evn'", 1, "there is no `parity = \"evn\"`", "`even`"),
            ("flow = 'rts/cts'", 1, "there is no `flow = \"rts/cts\"`", ""),
            ("terminator = ';'", 1, "`;` ends no line", "\\r\\n"),
            ("boud = 9600", 1, "boud", "`baud`"),
            ("baud = '9600'", 1, "", ""),
        ] {
            let wrong = read("ASRL/dev/ttyUSB0", text).unwrap_err();
            assert!(wrong.message.contains(said), "{text}: {wrong:?}");
            assert_eq!(wrong.place.as_ref().map(|it| it.line), Some(line), "{text}: {wrong:?}");
            assert!(wrong.hint.unwrap_or_default().contains(hint), "{text}");
        }
        let wrong = read("TCPIP::h::23::SOCKET", "").unwrap_err();
        assert!(wrong.message.contains("is no serial line"), "{wrong:?}");
    }
}

//! What a fixture says of a device on Modbus, besides its registers.

use pogo_hal::{Code, Diagnostic, Flow, LineSettings, Parity, Resource, nearest};

use crate::{Protection, Setup};

/// What the standard asks every device on a serial line to have. Source: MODBUS over Serial Line
/// V1.02, 2.5.
pub(super) const STANDARD: LineSettings = LineSettings {
    baud: 19_200,
    data_bits: 8,
    parity: Parity::Even,
    stop_bits: 1,
    flow: Flow::None,
};

/// Whom a device belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Faces {
    /// The bench: if it is silent, the bench is broken.
    Bench,
    /// It is the unit under test: if it is silent and the bench is sound, the unit fails.
    Unit,
}

/// See the module's own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Its unit id.
    pub unit: u8,
    /// Whom it belongs to.
    pub faces: Faces,
    /// How its line is set up, if it is on a serial one.
    pub line: LineSettings,
}

const KEYS: [&str; 6] = ["unit", "faces", "baud", "parity", "stop_bits", "registers"];

impl Options {
    /// Reads them, and holds the rest of the role against them.
    pub fn read(setup: &Setup) -> Result<Self, Diagnostic> {
        let mut rest = setup.options.clone();
        let whole = &setup.options;
        let wrong = |key: &str, message: String| {
            Diagnostic::new(message).coded(Code::BadValue).at(whole.place_of(key))
        };
        let is_serial = match &setup.resource {
            Resource::Serial { .. } => true,
            Resource::Socket { .. } => false,
            other => {
                return Err(Diagnostic::new(format!("nobody speaks Modbus at `{other}`"))
                    .coded(Code::BadValue)
                    .at(whole.place())
                    .with_hint(
                        "write `TCPIP::host::502::SOCKET` for Modbus TCP, or \
                         `ASRL/dev/ttyUSB0::INSTR` for a serial line",
                    ));
            }
        };
        let unit: u8 = rest.take("unit")?.unwrap_or(1);
        if is_serial && !(1..=247).contains(&unit) {
            let message = format!("no device on a serial line is unit {unit}");
            return Err(wrong("unit", message).with_hint("units are 1 to 247"));
        }
        let faces = rest.take::<String>("faces")?;
        let faces = match faces.as_deref() {
            None | Some("bench") => Faces::Bench,
            Some("unit") => Faces::Unit,
            Some(other) => {
                let hint = nearest(other, ["bench", "unit"])
                    .map_or("write `bench` or `unit`".into(), |it| format!("did you mean `{it}`?"));
                return Err(wrong("faces", format!("nothing faces `{other}`")).with_hint(hint));
            }
        };
        let mut line = STANDARD;
        for key in ["baud", "parity", "stop_bits"] {
            if !is_serial && whole.keys().contains(&key) {
                return Err(Diagnostic::new(format!("a TCP port has no `{key}`"))
                    .coded(Code::BadValue)
                    .at(whole.place_of_key(key)));
            }
        }
        line.baud = rest.take("baud")?.unwrap_or(line.baud);
        if !(50..=4_000_000).contains(&line.baud) {
            return Err(wrong("baud", format!("no line has {} bit/s", line.baud)));
        }
        line.parity = match rest.take::<String>("parity")?.as_deref() {
            None => line.parity,
            Some("none") => Parity::None,
            Some("even") => Parity::Even,
            Some("odd") => Parity::Odd,
            Some(other) => {
                let message = format!("`{other}` is no parity");
                return Err(wrong("parity", message).with_hint("write `even`, `odd` or `none`"));
            }
        };
        line.stop_bits = rest.take("stop_bits")?.unwrap_or(line.stop_bits);
        if !(1..=2).contains(&line.stop_bits) {
            return Err(wrong("stop_bits", "a character has 1 or 2 stop bits".to_owned()));
        }
        rest.deny_rest(&KEYS)?;
        if setup.limits != Protection::default() {
            return Err(Diagnostic::new("a device on Modbus has its limits in its register map")
                .with_hint("remove `limits` from this role; registers have `min` and `max`"));
        }
        let map = setup.model.registers();
        if map.is_empty() {
            return Err(Diagnostic::new(format!("`{}` has no registers", setup.role))
                .coded(Code::MissingKey)
                .at(whole.place())
                .with_hint(
                    "describe them in `[instruments.*.registers.*]`, or name the model of a file \
                     that does",
                ));
        }
        if faces == Faces::Unit
            && let Some((register, _)) = map.safe().next()
        {
            return Err(Diagnostic::new("the unit under test has no safe state of its own")
                .coded(Code::BadValue)
                .at(register.place.clone())
                .with_hint("remove `safe`: the unit is made safe by switching its supply off"));
        }
        Ok(Self { unit, faces, line })
    }
}

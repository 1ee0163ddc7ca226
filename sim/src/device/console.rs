//! The consoles of a device file, and the firmware that they can tell of.

use std::collections::BTreeMap;
use std::sync::Arc;

use pogo_hal::{Diagnostic, nearest};
use pogo_sandbox::rhai::{Blob, Dynamic, Engine, FnPtr, Map, NativeCallContext};
use pogo_sandbox::{Kept, script_error};

use super::Device;
use super::declarations::{Outcome, place_of};
use super::options::Options;
use super::script::{Shared, Stage, lock};
use crate::circuit::Circuit;
use crate::console::Uart;

/// The most bytes that an image has.
const LARGEST: usize = 64 << 10;

/// What one slot of the unit holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Firmware {
    version: String,
    image: Blob,
}

/// The slots by name.
pub(super) type Slots = BTreeMap<String, Firmware>;

pub(super) fn register(engine: &mut Engine, stage: &Shared) {
    let it = stage.clone();
    engine.register_fn("console", move |name: &str, map: Map| lock(&it).console(name, map));
    let it = stage.clone();
    engine.register_fn("on_line", move |context: NativeCallContext, name: &str, body: FnPtr| {
        let place = place_of(&context, "on_line");
        let kept = Kept::new(&context, body);
        let mut stage = lock(&it);
        stage.uart("on_line", name)?.handler = Some(Arc::new((kept, place)));
        Outcome::Ok(())
    });
    let it = stage.clone();
    engine.register_fn("say", move |name: &str, said: Dynamic| {
        let lines =
            lines(said).map_err(|kind| script_error(no_text("say", kind), HINT.to_owned()))?;
        let mut stage = lock(&it);
        let up = stage.device.is_up();
        let uart = stage.uart("say", name)?;
        // Without a supply nothing drives the line.
        if up {
            lines.iter().for_each(|line| uart.says_line(line));
        }
        Outcome::Ok(())
    });
    let it = stage.clone();
    engine.register_fn("firmware", move |slot: &str, map: Map| lock(&it).flash(slot, map));
    let it = stage.clone();
    engine.register_fn("firmware", move |slot: &str| lock(&it).firmware(slot));
}

/// What is said, line by line: a text, a list of texts, or nothing.
///
/// # Errors
///
/// What there is instead of a text.
fn lines(said: Dynamic) -> Result<Vec<String>, &'static str> {
    if said.is_unit() {
        return Ok(Vec::new());
    }
    let all = match said.is_string() {
        true => vec![said],
        false => said.into_array()?,
    };
    all.into_iter().map(Dynamic::into_string).collect()
}

fn no_text(verb: &str, kind: &str) -> String {
    format!("{verb}: a {kind} is no text")
}

const HINT: &str = "a unit says a text, or a list of texts, one for each line";

impl Stage {
    fn console(&mut self, name: &str, map: Map) -> Outcome {
        self.declares("console")?;
        let mut options = Options::new("console", map, &["baud", "echo", "ending", "prompt"])?;
        if name.is_empty() || name.chars().any(char::is_control) {
            let message = format!("console: `{}` is no name", name.escape_debug());
            return Err(script_error(message, None));
        }
        if self.device.consoles.iter().any(|it| it.name == name) {
            return Err(script_error(format!("console: `{name}` is declared already"), None));
        }
        let baud = options.number("baud")?.unwrap_or(115_200.0);
        if !(1.0..=20e6).contains(&baud) || baud.fract() != 0.0 {
            let hint = "give a whole number, such as 115200".to_owned();
            return Err(script_error(format!("console: no line has {baud} baud"), hint));
        }
        let mut uart = Uart::new(name, baud as u32);
        uart.echo = options.yes("echo")?.unwrap_or(false);
        uart.ending = options.text("ending")?.unwrap_or(uart.ending);
        uart.prompt = options.text("prompt")?.unwrap_or_default();
        self.device.consoles.push(uart);
        Ok(())
    }

    fn uart(&mut self, verb: &str, name: &str) -> Outcome<&mut Uart> {
        let known: Vec<String> = self.device.consoles.iter().map(|it| it.name.clone()).collect();
        let found = self.device.consoles.iter_mut().find(|it| it.name == name);
        found.ok_or_else(|| {
            let hint = match nearest(name, known.iter().map(String::as_str)) {
                Some(it) => format!("did you mean `{it}`?"),
                None if known.is_empty() => "declare one: `console(\"UART\", #{})`".to_owned(),
                None => format!("its consoles are {}", known.join(", ")),
            };
            script_error(format!("{verb}: there is no console `{name}`"), hint)
        })
    }

    /// Puts something into a slot, or changes what is in it.
    fn flash(&mut self, slot: &str, map: Map) -> Outcome {
        let mut map = map;
        let image = map.remove("image");
        let mut options = Options::new("firmware", map, &["version", "image"])?;
        let version = options.text("version")?;
        let firmware = self.device.firmware.entry(slot.to_owned()).or_default();
        firmware.version = version.unwrap_or_else(|| std::mem::take(&mut firmware.version));
        let Some(image) = image else { return Ok(()) };
        let kind = image.type_name();
        let bytes = match image.is_string() {
            true => image.into_string().map(String::into_bytes),
            false => image.into_blob(),
        };
        firmware.image = bytes.map_err(|_| {
            let hint = "write a blob, or a text of which the bytes are taken".to_owned();
            script_error(format!("firmware: `image` is a {kind}"), hint)
        })?;
        if firmware.image.len() > LARGEST {
            let message = format!("firmware: an image of {} bytes", firmware.image.len());
            return Err(script_error(message, format!("it has {LARGEST} at most")));
        }
        Ok(())
    }

    /// What is in a slot.
    fn firmware(&self, slot: &str) -> Outcome<Map> {
        let Some(Firmware { version, image }) = self.device.firmware.get(slot) else {
            let known: Vec<&str> = self.device.firmware.keys().map(String::as_str).collect();
            let hint = match nearest(slot, known.iter().copied()) {
                Some(it) => format!("did you mean `{it}`?"),
                None => {
                    "put something into it: `firmware(\"…\", #{ version: \"1.0\" })`".to_owned()
                }
            };
            return Err(script_error(format!("firmware: there is no slot `{slot}`"), hint));
        };
        Ok(Map::from_iter([
            ("version".into(), Dynamic::from(version.clone())),
            ("image".into(), Dynamic::from_blob(image.clone())),
        ]))
    }
}

impl Device {
    /// The unit has been told a line on one of its consoles: what it does then.
    pub(super) fn answer(&mut self, console: usize, circuit: &mut Circuit, now_ns: u64) {
        let up = self.is_up();
        let Some(uart) = self.consoles.get_mut(console) else { return };
        let Some(line) = uart.next_line() else { return };
        if !up {
            return;
        }
        if uart.echo {
            uart.says_line(&line);
        }
        let handler = uart.handler.clone().filter(|_| !line.trim().is_empty());
        if let Some(handler) = handler {
            let (closure, place) = &*handler;
            let said = self.call_kept(closure, vec![line.into()], circuit, now_ns);
            match said.map(lines) {
                Some(Ok(said)) => {
                    let uart = &mut self.consoles[console];
                    said.iter().for_each(|it| uart.says_line(it));
                }
                Some(Err(kind)) => {
                    let wrong = Diagnostic::new(no_text("on_line", kind)).with_hint(HINT);
                    self.script = None;
                    self.broken = Some(wrong.at(place.clone()));
                }
                None => {}
            }
        }
        let uart = &mut self.consoles[console];
        let prompt = std::mem::take(&mut uart.prompt);
        uart.says(&prompt);
        uart.prompt = prompt;
    }
}

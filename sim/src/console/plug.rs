//! What a fixture says of a console, and what a fault does to it.

use pogo_hal::toml_file::Section;
use pogo_hal::{Diagnostic, LineSettings, Resource, nearest};

use super::port::Port;
use crate::fault::{Does, Fault, nanoseconds};
use crate::floor::{Event, Floor};
use crate::noise::Noise;

/// One simulated console.
#[derive(Clone, Debug)]
pub struct ConsoleRole {
    /// Its name in the fixture.
    pub role: String,
    /// Where it is.
    pub resource: Resource,
    /// How the bench's end is set up.
    pub line: LineSettings,
    /// Its `sim` table: `connect = "NAME"`, which is one of the device's consoles.
    pub sim: Section,
}

/// The adapter at one of the device's consoles.
pub(crate) fn plug_in(role: &ConsoleRole, seed: u64, floor: &Floor) -> Result<Port, Diagnostic> {
    let mut sim = role.sim.clone();
    let place = sim.place_of("connect");
    let name: String = sim.take("connect")?.ok_or_else(|| {
        Diagnostic::new(format!("`{}` is plugged in nowhere", sim.name()))
            .at(role.sim.place())
            .with_hint("say where: `sim = { connect = \"UART\" }`, a console of the device file")
    })?;
    sim.deny_rest(&["connect"])?;
    let consoles = &floor.device.consoles;
    let Some(uart) = consoles.iter().position(|it| it.name == name) else {
        let known: Vec<&str> = consoles.iter().map(|it| it.name.as_str()).collect();
        let hint = match (nearest(&name, known.iter().copied()), known.is_empty()) {
            (Some(it), _) => format!("did you mean `{it}`?"),
            (None, true) => format!("declare it in the device file: `console(\"{name}\", #{{}})`"),
            (None, false) => format!("its consoles are {}", known.join(", ")),
        };
        return Err(Diagnostic::new(format!("the simulated device has no console `{name}`"))
            .at(place)
            .with_hint(hint));
    };
    if let Some(other) = floor.ports.iter().find(|it| it.uart == uart) {
        let message = format!("`{}` and `{}` are plugged into one console", other.role, role.role);
        return Err(Diagnostic::new(message).at(place));
    }
    let noise = Noise::of(seed, &format!("console {name}"));
    Ok(Port::new(&role.role, role.resource.clone(), uart, role.line, noise))
}

/// Lets something be wrong with the console at `port`.
pub(crate) fn break_console(
    fault: &Fault,
    port: usize,
    floor: &mut Floor,
) -> Result<(), Diagnostic> {
    if let Does::Flood { from, until } = fault.does {
        let until_ns = until.map_or(u64::MAX, nanoseconds);
        floor.timeline.schedule(nanoseconds(from), Event::Noise { port, until_ns });
        return Ok(());
    }
    if floor.ports[port].suffer(&fault.does) {
        return Ok(());
    }
    let message = format!("`{}` is a console, which does not `{}`", fault.at, fault.does);
    Err(Diagnostic::new(message).at(fault.place.clone()).with_hint(
        "a console can `answer late`, `fall silent`, `flood`, `garble`, `hold back`, be `open`, \
         `refuse`, `truncate` and `unplug`",
    ))
}

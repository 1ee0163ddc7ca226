//! Which roles are simulated, and what the simulated bench is made of.

use std::path::PathBuf;
use std::sync::Arc;

use pogo_drivers::{ConsoleSetup, Setup};
use pogo_hal::{Diagnostic, nearest};
use pogo_runtime::{Fixture, Role};
use pogo_sim::{Catalogue, Fault, Plan};

use crate::args::Roles;
use crate::replaying::Replaying;

/// Which roles are simulated.
#[derive(Clone, Debug)]
pub enum Simulated {
    /// None: every role is a real instrument.
    None,
    /// All of them, in simulated time.
    All,
    /// All of them, in real time.
    InRealTime,
    /// These, in real time.
    Only(Vec<String>),
    /// All of them answer as they did in another run, in its time.
    Replayed(Arc<Replaying>),
}

impl Simulated {
    /// What `--sim` and `--realtime` say.
    pub fn said(sim: Option<Option<Roles>>, in_real_time: bool) -> Self {
        match sim {
            None => Self::None,
            Some(None) if in_real_time => Self::InRealTime,
            Some(None) => Self::All,
            Some(Some(Roles(roles))) => Self::Only(roles),
        }
    }

    /// Whether time is simulated, and nothing of the bench outlives this process.
    pub fn has_virtual_time(&self) -> bool {
        matches!(self, Self::All | Self::Replayed(_))
    }

    /// Whether `role` is one of them.
    pub fn has(&self, role: &str) -> bool {
        match self {
            Self::None => false,
            Self::All | Self::InRealTime | Self::Replayed(_) => true,
            Self::Only(roles) => roles.iter().any(|it| it == role),
        }
    }

    /// What speaks against simulating just these roles of `fixture`.
    pub fn complaints(&self, fixture: &Fixture) -> Vec<Diagnostic> {
        if let Self::Replayed(_) = self {
            return Vec::new();
        }
        let (twins, real): (Vec<_>, Vec<_>) =
            fixture.instruments().partition(|role| self.has(&role.name));
        let mut complaints = self.unknown_roles(fixture);
        // One instrument cannot be simulated for one of its roles and real for another.
        complaints.extend(real.iter().filter_map(|role| {
            let twin = twins.iter().find(|twin| twin.address == role.address)?;
            Some(half_simulated(role, twin))
        }));
        complaints.extend(twins.iter().filter(|it| it.sim.is_none()).map(|it| no_table(it)));
        complaints
    }

    fn unknown_roles(&self, fixture: &Fixture) -> Vec<Diagnostic> {
        let Self::Only(named) = self else { return Vec::new() };
        let known: Vec<&str> = fixture.instruments().map(|it| it.name.as_str()).collect();
        let complaint = |name: &String| {
            let path = fixture.path.display();
            let diagnostic = Diagnostic::new(format!("--sim: `{name}` is not a role of `{path}`"));
            match nearest(name, known.iter().copied()) {
                Some(it) => diagnostic.with_hint(format!("did you mean `{it}`?")),
                None => diagnostic.with_hint(format!("its roles: {}", known.join(", "))),
            }
        };
        named.iter().filter(|it| !known.contains(&it.as_str())).map(complaint).collect()
    }
}

/// What the simulated bench is built from; `None` if no role is simulated. The `[sim]` table is
/// read all the same, so that a mistake in it does not wait for the next simulated run.
///
/// # Errors
///
/// The `[sim]` table says something that it cannot say.
pub fn plan(
    fixture: &Fixture,
    setups: &[Setup],
    consoles: &[ConsoleSetup],
    simulated: &Simulated,
    seed: u64,
    named: &[String],
) -> Result<Option<Plan>, Diagnostic> {
    let mut plan = Plan { seed, ..Plan::default() };
    if let Some(mut sim) = fixture.sim.clone() {
        plan.device = sim.take::<PathBuf>("device")?.map(|it| fixture.folder().join(it));
        let place = sim.place_of("room");
        plan.room = sim.take("room")?;
        if plan.room.is_some_and(|it| !(-273.15..=1000.0).contains(&it.0)) {
            return Err(Diagnostic::new("no room has this temperature").at(place));
        }
        let faults = sim.take_list("faults")?.into_iter().map(Fault::read);
        plan.faults = faults.collect::<Result<_, _>>()?;
        sim.take::<PathBuf>("catalogue")?;
        sim.deny_rest(&["catalogue", "device", "faults", "room"])?;
    }
    // Read all the same if none is named, as everything else is.
    let catalogue = catalogue(fixture)?;
    for named in named {
        let (name, amount) = match named.split_once('=') {
            Some((name, amount)) => (name, Some(amount)),
            None => (named.as_str(), None),
        };
        // The device file is run once more only for who names a fault of its own.
        let declared = match &catalogue {
            Some(it) if it.named(name).is_ok() => None,
            _ => known_faults(fixture)?,
        };
        let all = declared.as_ref().or(catalogue.as_ref());
        let known = all.ok_or_else(|| no_catalogue(fixture))?.named(name)?;
        match (amount, known.faults.as_slice()) {
            (None, all) => plan.faults.extend_from_slice(all),
            (Some(amount), [one]) => plan.faults.push(one.amounting(amount)?),
            (Some(_), _) => {
                let text = format!("the fault `{name}` is several, which one amount does not fit");
                return Err(Diagnostic::new(text));
            }
        }
    }
    // What is wrong with a simulated instrument is not wrong with the real one.
    let is_real =
        |it: &str| fixture.instruments().any(|role| role.name == it && !simulated.has(it));
    plan.faults.retain(|fault| !is_real(&fault.at));
    let table = |role: &Role| role.sim.clone().filter(|_| simulated.has(&role.name));
    let twins = fixture.instruments().filter_map(|role| {
        let setup = setups.iter().find(|it| it.role == role.name)?;
        let sim = table(role)?;
        Some(pogo_sim::Role {
            role: role.name.clone(),
            model: setup.model.clone(),
            resource: role.address.clone(),
            // Checked with the driver's other options; a meter has neither.
            channel: ["channel", "unit"]
                .into_iter()
                .find_map(|key| role.options.clone().take(key).ok().flatten()),
            sim,
        })
    });
    plan.roles = twins.collect();
    let twins = fixture.roles.iter().filter_map(|role| {
        let setup = consoles.iter().find(|it| it.role == role.name)?;
        Some(pogo_sim::ConsoleRole {
            role: role.name.clone(),
            resource: role.address.clone(),
            line: setup.line,
            sim: table(role)?,
        })
    });
    plan.consoles = twins.collect();
    let is_made = !matches!(simulated, Simulated::None | Simulated::Replayed(_));
    Ok(is_made.then_some(plan))
}

/// The faults that the fixture knows by name; `None` if it names no file with any.
///
/// # Errors
///
/// The file cannot be read, or says something that it cannot say.
pub fn catalogue(fixture: &Fixture) -> Result<Option<Catalogue>, Diagnostic> {
    let Some(mut sim) = fixture.sim.clone() else { return Ok(None) };
    let place = sim.place_of("catalogue");
    let Some(file) = sim.take::<PathBuf>("catalogue")? else { return Ok(None) };
    let path = fixture.folder().join(file);
    let text = std::fs::read_to_string(&path).map_err(|cause| {
        let text = format!("the catalogue `{}` cannot be read: {cause}", path.display());
        Diagnostic::new(text).at(place)
    })?;
    Catalogue::read(&path.display().to_string(), &text).map(Some)
}

/// The faults that the fixture knows by name, and those that its device file declares; `None` if
/// there are none.
///
/// # Errors
///
/// As [`catalogue`], and what is wrong with the device file.
pub fn known_faults(fixture: &Fixture) -> Result<Option<Catalogue>, Diagnostic> {
    let catalogue = catalogue(fixture)?;
    let Some(mut sim) = fixture.sim.clone() else { return Ok(catalogue) };
    let Some(device) = sim.take::<PathBuf>("device")? else { return Ok(catalogue) };
    let named = catalogue.is_some();
    let all = catalogue.unwrap_or_default().with_device(&fixture.folder().join(device))?;
    Ok((named || !all.faults.is_empty()).then_some(all))
}

/// What is said where a fault is named and the fixture knows none by name.
pub fn no_catalogue(fixture: &Fixture) -> Diagnostic {
    let text = format!("`{}` names no catalogue of faults", fixture.path.display());
    Diagnostic::new(text)
        .with_hint("write `catalogue = \"FILE.toml\"` below `[sim]`; docs/simulation.md says what stands in it")
}

fn half_simulated(role: &Role, twin: &Role) -> Diagnostic {
    let (name, twin) = (&role.name, &twin.name);
    Diagnostic::new(format!("`{twin}` is simulated, and `{name}` at the same address is not"))
        .at(role.section.place_of("address"))
        .with_hint(format!("simulate both with `--sim {twin},{name}`, or neither"))
}

fn no_table(role: &Role) -> Diagnostic {
    Diagnostic::new(format!("`{}` has no `sim` table, so it cannot be simulated", role.name))
        .at(role.section.place())
        .with_hint("add `sim = { connect = \"NET\" }` to it")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
[fixture]
id = \"FX\"
[instruments.psu]
model = \"keysight-e36312a\"
address = \"TCPIP::192.0.2.21::5025::SOCKET\"
sim = { connect = \"VBAT\" }
[instruments.probe]
model = \"keysight-e36312a\"
address = \"TCPIP::192.0.2.21::5025::SOCKET\"
sim = { connect = \"PROBE\" }
[instruments.dmm]
model = \"keysight-34461a\"
address = \"TCPIP::192.0.2.22::5025::SOCKET\"
";

    fn complaints(name: &str, simulated: &Simulated) -> Vec<String> {
        let file = format!("pogo-simulated-{name}-{}.toml", std::process::id());
        let path = std::env::temp_dir().join(file);
        std::fs::write(&path, FILE).unwrap();
        let fixture = Fixture::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let shown = |it: &Diagnostic| {
            let line = it.place.as_ref().map_or(0, |place| place.line);
            format!("{line}: {it} ({})", it.hint.as_deref().unwrap_or_default())
        };
        simulated.complaints(&fixture).iter().map(shown).collect()
    }

    #[test]
    fn a_role_without_a_sim_table_cannot_be_simulated() {
        let said = complaints("all", &Simulated::All);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].starts_with("11: `dmm` has no `sim` table"), "{said:?}");
        assert!(complaints("none", &Simulated::None).is_empty());
    }

    #[test]
    fn an_instrument_is_simulated_as_a_whole_and_a_typo_finds_its_role() {
        let said = complaints("half", &Simulated::Only(vec!["psu".into(), "prboe".into()]));
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].contains("`prboe` is not a role of") && said[0].ends_with("`probe`?)"));
        assert!(said[1].starts_with("9: `psu` is simulated, and `probe` at the same address"));
    }
}

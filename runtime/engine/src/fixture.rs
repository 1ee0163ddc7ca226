//! The fixture file: which role is which instrument, where it is, and what it may do.
//!
//! One table per role. What only a driver understands (`channel`) and what only the simulator
//! understands (`sim`) stays a [`Section`], so that whoever reads it can still point at the line.

use std::path::{Path, PathBuf};
use std::time::Duration;

use pogo_hal::toml_file::{self, Section};
use pogo_hal::{Amperes, Code, Diagnostic, Overlay, Resource, Seconds, Volts, nearest};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::bind::device;
use crate::deadlines::Deadlines;
use crate::interlock::{self, Interlock};

/// How long one exchange may take where the fixture does not say.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A fixture file, read and understood as far as that needs no driver.
#[derive(Clone, Debug)]
pub struct Fixture {
    /// The fixture's name for the record: `FX-031`.
    pub id: String,
    /// The file, as the user named it.
    pub path: PathBuf,
    /// SHA-256 of the file's bytes, in hex.
    pub sha256: String,
    /// The roles, in the order of the file, which is also the order of safe state.
    pub roles: Vec<Role>,
    /// What has to stay closed while a run goes on.
    pub interlocks: Vec<Interlock>,
    /// How long things may take on it.
    pub deadlines: Deadlines,
    /// What the simulated bench is told beside the roles: the `[sim]` table, if there is one.
    pub sim: Option<Section>,
}

/// One role of a fixture.
#[derive(Clone, Debug)]
pub struct Role {
    /// What scripts call it: `psu`.
    pub name: String,
    /// The model's name: `keysight-e36312a`; empty if the role names a driver.
    pub model: String,
    /// The driver of what has no model: `serial-console`.
    pub driver: Option<String>,
    /// Where it is.
    pub address: Resource,
    /// What no script can exceed.
    pub limits: Limits,
    /// How long one exchange with it may take.
    pub timeout: Duration,
    /// What is left of the table: the driver's own options.
    pub options: Section,
    /// What the simulated twin is told; `None` if the role cannot be simulated.
    pub sim: Option<Section>,
    /// The whole table, for messages that are about the role itself.
    pub section: Section,
}

/// The most that a fixture allows at one role's terminals.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// The largest magnitude of voltage.
    pub voltage: Option<Volts>,
    /// The largest magnitude of current.
    pub current: Option<Amperes>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    id: String,
}

impl Fixture {
    /// Reads the file at `path`.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is not TOML, or says something that a fixture file cannot say;
    /// with line and column, and the nearest known key where a key is unknown.
    pub fn read(path: &Path) -> Result<Self, Diagnostic> {
        Self::read_through(path, &Overlay::default())
    }

    /// Reads the file at `path` as it stands in `overlay`.
    ///
    /// # Errors
    ///
    /// As those of [`read`](Self::read).
    pub fn read_through(path: &Path, overlay: &Overlay) -> Result<Self, Diagnostic> {
        let text = overlay.read(path).map_err(|cause| unreadable(path, &cause))?;
        let mut file = toml_file::read(&path.display().to_string(), &text)?;
        let Some(head) = file.take_section("fixture")? else {
            return Err(Diagnostic::new("the fixture file has no `[fixture]` table")
                .coded(Code::MissingKey)
                .at(file.place())
                .with_hint("begin it with `[fixture]` and `id = \"FX-001\"`"));
        };
        let Head { id } = head.read()?;
        let Some(mut instruments) = file.take_section("instruments")? else {
            return Err(Diagnostic::new("the fixture file has no `[instruments.…]` table")
                .coded(Code::MissingKey)
                .at(file.place())
                .with_hint("give every role a table, such as `[instruments.psu]`"));
        };
        let deadlines =
            file.take_section("deadlines")?.map_or(Ok(Deadlines::default()), Deadlines::read)?;
        let sim = file.take_section("sim")?;
        let interlocks = file.take_section("interlocks")?;
        file.deny_rest(&["fixture", "instruments", "interlocks", "deadlines", "sim"])?;
        let roles = (instruments.take_sections().into_iter())
            .map(|(name, section)| Role::read(name, section))
            .collect::<Result<Vec<_>, _>>()?;
        instruments.deny_rest(&[])?;
        let interlocks = interlock::read_all(interlocks, &roles)?;
        let sha256 = hex(&Sha256::digest(text.as_bytes()));
        Ok(Self { id, path: path.to_owned(), sha256, roles, interlocks, deadlines, sim })
    }

    /// Every instrument: those of the roles, and those that read interlocks.
    pub fn instruments(&self) -> impl Iterator<Item = &Role> {
        self.roles.iter().chain(self.interlocks.iter().map(|it| &it.role))
    }

    /// The file's path from the root on; `None` if it is no text.
    pub fn absolute_path(&self) -> Option<String> {
        std::path::absolute(&self.path).ok()?.to_str().map(str::to_owned)
    }

    /// The folder that the fixture's own relative paths start from.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }
}

impl Role {
    pub(crate) fn read(name: String, mut section: Section) -> Result<Self, Diagnostic> {
        let whole = section.clone();
        if !is_identifier(&name) {
            return Err(Diagnostic::new(format!("`{name}` cannot be the name of a role"))
                .coded(Code::BadValue)
                .at(whole.place())
                .with_hint("use lower-case letters, digits and `_`, beginning with a letter"));
        }
        if name == device::NAME {
            return Err(Diagnostic::new(format!("`{name}` cannot be the name of a role"))
                .coded(Code::BadValue)
                .at(whole.place())
                .with_hint("scripts call the unit under test so; choose another name"));
        }
        let (model, driver) = (section.take("model")?, section.take::<String>("driver")?);
        let (model, address) = match (model, &driver, section.take("address")?) {
            (Some(_), Some(_), _) => {
                return Err(Diagnostic::new(format!(
                    "`{}` has both a `model` and a `driver`",
                    whole.name()
                ))
                .coded(Code::BadValue)
                .at(whole.place_of("driver"))
                .with_hint("a model names its driver itself: leave `driver` out"));
            }
            (Some(model), None, Some(address)) => (model, address),
            (None, Some(_), Some(address)) => (String::new(), address),
            _ => return Err(incomplete(&whole, driver.is_some())),
        };
        let limits = match section.take_section("limits")? {
            Some(limits) => limits.read()?,
            None => Limits::default(),
        };
        let timeout = match section.take::<Seconds>("timeout")? {
            None => TIMEOUT,
            Some(Seconds(seconds)) if (0.001..=3600.0).contains(&seconds) => {
                Duration::from_secs_f64(seconds)
            }
            Some(other) => {
                return Err(Diagnostic::new(format!("a timeout of {other} is no timeout"))
                    .coded(Code::BadValue)
                    .at(whole.place_of("timeout"))
                    .with_hint("give a duration from `1 ms` to `1 hour`"));
            }
        };
        let sim = section.take_section("sim")?;
        let options = section;
        Ok(Self { name, model, driver, address, limits, timeout, options, sim, section: whole })
    }
}

/// What a role's table must have, each with an example.
const NEEDED: [(&str, &str); 2] =
    [("model", "keysight-e36312a"), ("address", "TCPIP::192.0.2.21::5025::SOCKET")];

/// Which needed key a role's table lacks, or which of its keys was meant to be it.
fn incomplete(section: &Section, has_driver: bool) -> Diagnostic {
    let keys = section.keys();
    let has = |key: &str| keys.contains(&key) || (has_driver && key == "model");
    let lacks = |it: &(&str, &str)| !has(it.0);
    let Some((needed, example)) = NEEDED.into_iter().find(lacks) else {
        return Diagnostic::new(format!("`{}` is incomplete", section.name())).at(section.place());
    };
    match nearest(needed, keys.iter().copied()) {
        Some(key) => {
            Diagnostic::new(format!("`{}.{key}` is not a key of this file", section.name()))
                .coded(Code::UnknownKey)
                .at(section.place_of_key(key))
                .with_hint(format!("did you mean `{needed}`?"))
        }
        None => Diagnostic::new(format!("`{}` has no `{needed}`", section.name()))
            .coded(Code::MissingKey)
            .at(section.place())
            .with_hint(format!("add `{needed} = \"{example}\"`")),
    }
}

/// A file that cannot be read, as a diagnostic.
pub(crate) fn unreadable(path: &Path, cause: &std::io::Error) -> Diagnostic {
    let hint = match cause.kind() {
        std::io::ErrorKind::NotFound => "check the path; it is relative to the current folder",
        std::io::ErrorKind::PermissionDenied => "check the file's permissions",
        _ => "check the file and the disk it is on",
    };
    Diagnostic::new(format!("`{}` cannot be read: {cause}", path.display()))
        .coded(Code::Unreadable)
        .with_hint(hint)
}

/// Bytes as lower-case hexadecimal text.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn is_identifier(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixture(text: &str) -> Result<Fixture, Diagnostic> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bench.toml");
        std::fs::write(&path, text).unwrap();
        Fixture::read(&path)
    }

    const HEAD: &str = "[fixture]\nid = \"FX\"\n[instruments.psu]\n";
    const ROLE: &str = "model = \"m\"\naddress = \"TCPIP::h::5025::SOCKET\"\n";

    #[test]
    fn roles_keep_the_order_of_the_file_and_what_only_drivers_understand() {
        let more = "[instruments.dmm]\nmodel = \"d\"\naddress = \"ASRL1\"\n";
        let text = [HEAD, ROLE, "channel = 2\nlimits = { voltage = \"5 V\" }\n", more].concat();
        let fixture = fixture(&text).unwrap();
        let names: Vec<_> = fixture.roles.iter().map(|role| role.name.as_str()).collect();
        assert_eq!(names, ["psu", "dmm"]);
        let psu = &fixture.roles[0];
        assert_eq!((psu.options.keys(), psu.limits.voltage), (vec!["channel"], Some(Volts(5.0))));
        assert!(psu.sim.is_none());
    }

    #[test]
    fn mistakes_name_their_line_and_what_was_meant() {
        let misspelt = ROLE.replace("address", "adress");
        for (text, said) in [
            ([HEAD, &misspelt].concat(), "5:1: `instruments.psu.adress` is not a key of this file"),
            ([HEAD, "model = \"m\"\n"].concat(), "3:1: `instruments.psu` has no `address`"),
            ([HEAD, ROLE, "limits = { volt = \"5 V\" }"].concat(), "6:12: "),
            ([HEAD, ROLE, "timeout = \"0 s\""].concat(), "6:11: a timeout of 0 s is no timeout"),
            ([HEAD, ROLE, "limits = { voltage = \"5 A\" }"].concat(), "6:22: "),
            (HEAD.replace("psu", "Psu"), "3:1: `Psu` cannot be the name of a role"),
            (HEAD.replace("psu", "device"), "3:1: `device` cannot be the name of a role"),
            ([HEAD, ROLE, "[deadlines]\nstep = \"0 s\""].concat(), "7:8: a deadline of 0 s is no"),
            (
                [HEAD, ROLE, "[deadlines]\nsteps = \"1 s\""].concat(),
                "7:1: `deadlines.steps` is not",
            ),
            ([HEAD, ROLE, "[simulation]\n"].concat(), "6:2: `simulation` is not a key"),
            ("[instruments.psu]\n".into(), "1:1: the fixture file has no `[fixture]` table"),
        ] {
            let error = fixture(&text).unwrap_err();
            let place = error.place.as_ref().unwrap();
            let found = format!("{}:{}: {error}", place.line, place.column);
            assert!(found.starts_with(said), "{text}\n{found}");
        }
    }
}

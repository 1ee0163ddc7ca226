//! Which station this is: what its station file says, or what can be known without one.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use jiff::Span;
use pogo_hal::{Diagnostic, toml_file};
use serde::Deserialize;

use crate::args::care::age;

/// Where the station file is looked for if `POGO_STATION` names none.
const FILE: &str = "/etc/pogo/station.toml";

/// A station as it is set up.
#[derive(Clone, Debug, Default)]
pub struct Station {
    /// Its id.
    pub name: String,
    /// The device position; `None` if it has only one.
    pub site: Option<String>,
    /// Where it keeps its records.
    pub store: Option<PathBuf>,
    /// For how long attachments are kept at least.
    pub keep_attachments: Option<Age>,
    /// Whether its runs are production.
    pub production: bool,
    /// Whether nothing runs without an operator.
    pub needs_operator: bool,
}

/// How long ago something has to be.
#[derive(Clone, Debug)]
pub struct Age {
    /// As a calendar counts it.
    pub span: Span,
    /// As somebody wrote it.
    pub text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    name: String,
    site: Option<String>,
    store: Option<PathBuf>,
    keep_attachments: Option<String>,
    #[serde(default)]
    mode: Mode,
    #[serde(default)]
    operator: Policy,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    #[default]
    Engineering,
    Production,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Policy {
    Required,
    #[default]
    Optional,
}

impl Station {
    /// The station of this process, read once.
    ///
    /// # Errors
    ///
    /// Its file cannot be read, or says something that a station file cannot say.
    pub fn here() -> Result<&'static Self, Diagnostic> {
        static HERE: OnceLock<Result<Station, Diagnostic>> = OnceLock::new();
        HERE.get_or_init(Self::look).as_ref().map_err(Clone::clone)
    }

    fn look() -> Result<Self, Diagnostic> {
        let (named, path) = (named(), file());
        let path = path.as_path();
        match std::fs::read_to_string(path) {
            Ok(text) => Self::read(path, &text),
            Err(cause) if named.is_none() && cause.kind() == std::io::ErrorKind::NotFound => {
                Ok(Self { name: host(), ..Self::default() })
            }
            Err(cause) => {
                let text = format!("the station file `{}` cannot be read: {cause}", path.display());
                Err(Diagnostic::new(text).with_hint(match named {
                    Some(_) => "POGO_STATION names it; name another, or none",
                    None => "make it readable, or take it away",
                }))
            }
        }
    }

    fn read(path: &Path, text: &str) -> Result<Self, Diagnostic> {
        let mut file = toml_file::read(&path.display().to_string(), text)?;
        let Some(section) = file.take_section("station")? else {
            return Err(Diagnostic::new("the station file has no `[station]` table")
                .at(file.place())
                .with_hint("begin it with `[station]` and `name = \"ST-01\"`"));
        };
        file.deny_rest(&["station"])?;
        let (named, kept) = (section.place_of("name"), section.place_of("store"));
        let aged = section.place_of("keep_attachments");
        let Table { name, site, store, keep_attachments, mode, operator } = section.read()?;
        if name.trim().is_empty() {
            return Err(Diagnostic::new("the station's name is empty").at(named));
        }
        if store.as_ref().is_some_and(|it| it.is_relative()) {
            return Err(Diagnostic::new("the station's store is no absolute path")
                .at(kept)
                .with_hint("write it from the root on, as in `store = \"/var/lib/pogo\"`"));
        }
        let age = |text: String| match age(&text) {
            Ok(span) => Ok(Age { span, text }),
            Err(wrong) => Err(Diagnostic::new(format!("`{text}` is no time to keep attachments"))
                .at(aged.clone())
                .with_hint(wrong)),
        };
        let keep_attachments = keep_attachments.map(age).transpose()?;
        let (production, needs_operator) =
            (matches!(mode, Mode::Production), matches!(operator, Policy::Required));
        Ok(Self { name, site, store, keep_attachments, production, needs_operator })
    }
}

/// The station file, whether it is there or not.
pub fn file() -> PathBuf {
    named().map_or_else(|| FILE.into(), Into::into)
}

fn named() -> Option<std::ffi::OsString> {
    std::env::var_os("POGO_STATION").filter(|it| !it.is_empty())
}

/// Where records are kept if nobody says otherwise. A station file that cannot be read is
/// complained of elsewhere.
pub fn store() -> PathBuf {
    let station = Station::here().ok().and_then(|it| it.store.clone());
    station.unwrap_or_else(|| "pogo-store".into())
}

/// Until a station file says otherwise, a station is its machine.
fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "unnamed".into() } else { name.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Station, String> {
        Station::read(Path::new("station.toml"), text).map_err(|it| {
            let place = it.place.as_ref().unwrap();
            format!("{}:{}: {it}", place.line, place.column)
        })
    }

    #[test]
    fn a_station_says_who_it_is_where_it_records_and_what_it_asks_for() {
        let station = read(
            "[station]\nname = \"ST-04\"\nsite = \"A\"\nstore = \"/var/lib/pogo\"\n\
             keep_attachments = \"24 months\"\nmode = \"production\"\noperator = \"required\"\n",
        );
        let station = station.unwrap();
        assert_eq!((&*station.name, station.site.as_deref()), ("ST-04", Some("A")));
        assert_eq!(station.store.as_deref(), Some(Path::new("/var/lib/pogo")));
        assert!(station.production && station.needs_operator);
        assert_eq!(station.keep_attachments.unwrap().span.get_months(), 24);
        let least = read("[station]\nname = \"ST-04\"\n").unwrap();
        assert!(!least.production && !least.needs_operator && least.store.is_none());
    }

    #[test]
    fn mistakes_in_a_station_file_have_a_place() {
        for (text, said) in [
            ("name = \"A\"\n", "1:1: the station file has no `[station]` table"),
            ("[station]\nnam = \"A\"\n", "2:1: `station.nam` is not a key"),
            ("[station]\nname = \" \"\n", "2:8: the station's name is empty"),
            ("[station]\nname = \"A\"\nstore = \"x\"\n", "3:9: the station's store is no"),
            ("[station]\nname = \"A\"\nkeep_attachments = \"-1 d\"\n", "3:20: `-1 d` is no time"),
            ("[station]\nname = \"A\"\nmode = \"prod\"\n", "3:8: "),
        ] {
            let found = read(text).unwrap_err();
            assert!(found.starts_with(said), "{found}");
        }
    }
}

//! A fixture file with the addresses under which its simulated instruments are served.
//!
//! The text is changed in place, value by value: comments and everything else stay as they were.

use std::path::Path;

use pogo_hal::{Diagnostic, Place, Resource};
use pogo_runtime::Fixture;

/// The text of `fixture` with the served addresses in it, to be written to `out`.
///
/// # Errors
///
/// A value cannot be found where it was read, or a model's file stands beside the fixture and
/// would not be found from `out`.
pub fn rewritten(
    fixture: &Fixture,
    served: &[(String, Resource)],
    out: &Path,
) -> Result<String, Diagnostic> {
    let Some(first) = fixture.roles.first() else {
        return Err(Diagnostic::new("the fixture has no roles"));
    };
    let mut edits = Vec::new();
    for (role, resource) in served {
        let Some(role) = fixture.instruments().find(|it| it.name == *role) else { continue };
        edits.push((role.section.place_of("address"), quoted(&resource.to_string())));
    }
    if let Some(mut sim) = fixture.sim.clone() {
        for key in ["device", "catalogue"] {
            let place = sim.place_of(key);
            if let Some(file) = sim.take::<String>(key)? {
                // Seen from the new file's folder the relative path would be another one.
                let path = fixture.folder().join(file);
                let absolute = std::path::absolute(&path).unwrap_or(path);
                edits.push((place, quoted(&absolute.display().to_string())));
            }
        }
    }
    models_are_found_from(fixture, out)?;
    replace(first.section.source().text(), edits)
}

/// A model beside the fixture has to be beside the new file too.
fn models_are_found_from(fixture: &Fixture, out: &Path) -> Result<(), Diagnostic> {
    let folder = |path: &Path| {
        let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
        folder.unwrap_or(Path::new(".")).canonicalize().ok()
    };
    if folder(&fixture.path) == folder(out) {
        return Ok(());
    }
    let beside = |name: &str| fixture.folder().join(format!("{name}.toml")).exists();
    match fixture.instruments().find(|role| beside(&role.model)) {
        None => Ok(()),
        Some(role) => Err(Diagnostic::new(format!(
            "the model `{}` stands beside the fixture and would not be found from `{}`",
            role.model,
            out.display()
        ))
        .at(role.section.place_of("model"))
        .with_hint("write the new fixture into the same folder")),
    }
}

fn replace(text: &str, edits: Vec<(Place, String)>) -> Result<String, Diagnostic> {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let mut edits = edits;
    // From behind, so that a change does not move the places that are still to come.
    edits.sort_by_key(|(place, _)| std::cmp::Reverse((place.line, place.column)));
    for (place, value) in edits {
        let lost = || Diagnostic::new("this value cannot be replaced").at(place.clone());
        let line = lines.get_mut(place.line.wrapping_sub(1)).ok_or_else(lost)?;
        let offset =
            |column: usize| line.char_indices().map(|(at, _)| at).chain([line.len()]).nth(column);
        let start = offset(place.column - 1).ok_or_else(lost)?;
        let end = offset(place.column - 1 + place.width).ok_or_else(lost)?;
        if !line[start..end].starts_with(['"', '\'']) {
            return Err(lost());
        }
        line.replace_range(start..end, &value);
    }
    Ok(lines.concat())
}

/// A basic string. The escapes of JSON are among those of TOML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
# The bench — with an aside.
[fixture]
id = \"FX\"

[instruments.psu]
model = \"keysight-e36312a\"
address = 'TCPIP::192.0.2.21::5025::SOCKET' # on the left
sim = { connect = \"VBAT\" }

[instruments.dmm]
model = \"keysight-34461a\"
address = \"TCPIP::192.0.2.22::5025::SOCKET\"
sim = {}

[sim]
device = \"thermo.dut.rhai\"
catalogue = \"a.faults.toml\"
";

    fn fixture(folder: &Path) -> Fixture {
        let path = folder.join("bench.fixture.toml");
        std::fs::write(&path, FILE).unwrap();
        Fixture::read(&path).unwrap()
    }

    fn folder(name: &str) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("pogo-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn addresses_and_the_device_are_replaced_and_everything_else_stays() {
        let folder = folder("served");
        let fixture = fixture(&folder);
        let at = |port: u16| format!("TCPIP::127.0.0.1::{port}::SOCKET").parse().unwrap();
        let served = [("psu".to_owned(), at(7001)), ("dmm".to_owned(), at(7002))];
        let text = rewritten(&fixture, &served, Path::new("elsewhere/out.toml")).unwrap();
        let device = folder.join("thermo.dut.rhai").display().to_string();
        let expected = FILE
            .replace("'TCPIP::192.0.2.21::5025::SOCKET'", "\"TCPIP0::127.0.0.1::7001::SOCKET\"")
            .replace("TCPIP::192.0.2.22::5025::SOCKET", "TCPIP0::127.0.0.1::7002::SOCKET")
            .replace("thermo.dut.rhai", &device)
            .replace("a.faults.toml", &folder.join("a.faults.toml").display().to_string());
        assert_eq!(text, expected);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_model_that_the_new_file_would_not_find_is_refused() {
        let folder = folder("beside");
        let fixture = fixture(&folder);
        std::fs::write(folder.join("keysight-34461a.toml"), "").unwrap();
        let error = rewritten(&fixture, &[], Path::new("/out.toml")).unwrap_err();
        assert_eq!(error.place.map(|it| it.line), Some(11));
        assert!(rewritten(&fixture, &[], &folder.join("out.toml")).is_ok());
        std::fs::remove_dir_all(folder).unwrap();
    }
}

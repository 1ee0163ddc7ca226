//! Every mistake of `tests/mistakes` is found by the check, in its line, with a useful hint; and
//! nothing else is.
//!
//! A file there is a script, a fixture or a product with something wrong in it. It begins with what
//! is expected, a line each: code, line, and a part of the hint.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::{Folder, Program, workspace};

const FIXTURE: &str = r#"
[fixture]
id = "FX-T"

[instruments.psu]
model   = "keysight-e36312a"
address = "TCPIP::192.0.2.21::5025::SOCKET"
channel = 1
limits  = { voltage = "5 V", current = "500 mA" }
sim     = {}

[instruments.dmm]
model   = "keysight-34461a"
address = "TCPIP::192.0.2.22::5025::SOCKET"
sim     = {}
"#;

/// A role that only some scripts use, which is no mistake of one script.
const CONSOLE: &str = r#"
[instruments.uart]
driver  = "serial-console"
address = "ASRL/dev/ttyUSB0::INSTR"
sim     = {}
"#;

const PRODUCT: &str = r#"
[product]
name    = "TH-T"
scripts = ["script.rhai"]
fixture = "bench.fixture.toml"
limits  = "limits.toml"
"#;

const LIMITS: &str = r#"
[limits]
rule     = "simple"
source   = "TH-SPEC"
revision = "C"

[measurements.filed]
unit = "V"
low  = 1.7
high = 1.9
"#;

const SCRIPT: &str = r#"
step("rail", || {
    psu.set_voltage(3.V);
    measure("rail", dmm.dc_voltage(), 1.7.V..=1.9.V);
    measure("filed", dmm.dc_voltage());
});
"#;

/// A script for products that have no limits file.
const PLAIN: &str = "psu.set_voltage(3.V);\nrecord(\"rail\", dmm.dc_voltage());\n";

const MODULE: &str = "fn read(meter) { meter.dc_voltage() }\n";

/// A product in which nothing is wrong.
fn folder() -> Folder {
    Folder::new()
        .with("bench.fixture.toml", FIXTURE.trim_start())
        .with("product.toml", PRODUCT.trim_start())
        .with("limits.toml", LIMITS.trim_start())
        .with("script.rhai", SCRIPT.trim_start())
        .with("rails.rhai", MODULE)
        .with("secrets.toml", "wifi_key = \"correct horse battery\"\n")
}

/// What `pogo check` finds in `folder`.
fn found(folder: &Folder, what: &str) -> Vec<Value> {
    fs::set_permissions(
        folder.path("secrets.toml"),
        std::os::unix::fs::PermissionsExt::from_mode(0o600),
    )
    .unwrap();
    let line = format!("check {what} --secrets secrets.toml --json");
    let checked = Program::run(folder.root(), &line);
    checked.json()["diagnostics"].as_array().unwrap_or_else(|| panic!("{checked:?}")).clone()
}

/// A mistake of the corpus.
struct Mistake {
    name: String,
    text: String,
    /// Code, line, and a part of the hint.
    expected: Vec<(String, u64, String)>,
}

impl Mistake {
    fn read(path: PathBuf) -> Self {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        let expected = text.lines().filter_map(|line| {
            let said = line.strip_prefix("//~ ").or(line.strip_prefix("#~ "))?;
            let mut words = said.splitn(3, ' ');
            let (code, line) = (words.next()?.to_owned(), words.next()?.parse().ok()?);
            Some((code, line, words.next().unwrap_or_default().to_owned()))
        });
        let expected: Vec<_> = expected.collect();
        assert!(!expected.is_empty(), "{name} says what is expected");
        Self { name, text, expected }
    }

    fn all() -> Vec<Self> {
        let files = fs::read_dir(workspace().join("tests/mistakes")).unwrap();
        let mut all: Vec<_> = files.map(|it| Self::read(it.unwrap().path())).collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    /// What is found in it, and whether that is what is expected.
    fn found(&self) -> (Vec<Value>, bool) {
        // What is wrong with a script is wrong for whoever runs only that one.
        let (file, what) = match self.name.rsplit('.').nth(1) {
            Some("fixture") => ("bench.fixture.toml", "."),
            Some("product") => ("product.toml", "."),
            Some("limits") => ("limits.toml", "."),
            _ => ("script.rhai", "script.rhai"),
        };
        let folder = match file {
            "product.toml" => folder().with("script.rhai", PLAIN),
            "script.rhai" => folder().appended("bench.fixture.toml", CONSOLE),
            _ => folder(),
        };
        let found = found(&folder.with(file, &self.text), what);
        let fits = |(it, (code, line, hint)): (&Value, &(String, u64, String))| {
            let text = |key: &str| it[key].as_str().unwrap_or_default();
            text("code") == code
                && it["line"] == *line
                && text("hint").contains(hint.as_str())
                && text("file").ends_with(file)
        };
        let all = found.len() == self.expected.len() && found.iter().zip(&self.expected).all(fits);
        (found, all)
    }
}

#[test]
fn every_seeded_mistake_is_found_in_its_line_with_a_useful_hint_and_nothing_else_is() {
    let (mut table, mut right, all) = (String::new(), 0, Mistake::all());
    for it in &all {
        let (found, is_right) = it.found();
        right += usize::from(is_right);
        for (code, line, _) in &it.expected {
            let sign = if is_right { "found" } else { "NOT FOUND" };
            let _ = writeln!(table, "  {:46} {code} line {line:2}  {sign}", it.name);
        }
        if !is_right {
            let _ = writeln!(table, "    expected {:?}\n    found {found:#?}", it.expected);
        }
    }
    println!("{table}{right}/{} seeded mistakes found", all.len());
    assert!(all.len() >= 40, "{}", all.len());
    assert_eq!(right, all.len(), "\n{table}");
}

#[test]
fn nothing_is_wrong_with_what_the_mistakes_are_seeded_into() {
    assert_eq!(found(&folder(), "."), [Value::Null; 0]);
    assert_eq!(found(&folder(), "script.rhai"), [Value::Null; 0]);
}

#[test]
fn there_is_no_false_alarm_on_any_script_that_is_shipped() {
    for entry in fs::read_dir(workspace().join("scripts")).unwrap() {
        let product = entry.unwrap().path();
        let mut checked = vec![product.clone()];
        let files = fs::read_dir(&product).unwrap().map(|it| it.unwrap().path());
        let is_script = |it: &PathBuf| {
            let name = it.file_name().unwrap().to_str().unwrap();
            name.ends_with(".rhai") && !name.ends_with(".dut.rhai")
        };
        checked.extend(files.filter(is_script));
        for path in checked {
            let line = format!("check {} --sim --strict --json", path.display());
            let ended = Program::run(&workspace(), &line);
            assert_eq!(
                (ended.code, &ended.json()["diagnostics"]),
                (0, &Value::Array(Vec::new())),
                "{path:?}"
            );
        }
    }
}

#[test]
fn every_code_is_explained_with_an_example_that_has_it_and_one_that_has_nothing() {
    let here = folder();
    let all = Program::run(here.root(), "explain --json").json();
    let codes = all["codes"].as_array().unwrap();
    assert!(codes.len() > 30);
    for it in codes {
        let (code, of) = (it["code"].as_str().unwrap(), it["of"].as_str().unwrap());
        let in_folder = |example: &Value| {
            let text = format!("{}\n", example.as_str().unwrap());
            let (file, what) = match of {
                "fixture" => ("bench.fixture.toml", "."),
                "product" => ("product.toml", "."),
                "limits" => ("limits.toml", "."),
                _ => ("script.rhai", "script.rhai"),
            };
            let folder = folder().with(file, &text);
            // The fixtures of the examples have a meter alone.
            let folder = match of {
                "fixture" => folder.with("script.rhai", "measure(\"filed\", dmm.dc_voltage());\n"),
                "product" => folder.with("script.rhai", PLAIN),
                _ => folder,
            };
            found(&folder, what)
        };
        let wrong = in_folder(&it["wrong"]);
        assert!(wrong.iter().any(|found| found["code"] == *code), "{code}: {wrong:#?}");
        assert_eq!(in_folder(&it["right"]), [Value::Null; 0], "{code}");
        let page = Program::run(here.root(), &format!("explain {}", code.to_lowercase()));
        assert!(page.stdout.starts_with(code) && page.code == 0, "{page:?}");
    }
}

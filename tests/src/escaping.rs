//! Which faults a test would notice: `pogo faults`, and `--fault` of a run.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::bench::{SIMULATED, folder};
use crate::{Folder, Program, golden, workspace};

const PRODUCT: &str = "scripts/thermometer";

/// A script that measures a rail, on a bench that knows two faults.
fn product(limits: &str) -> Folder {
    let script = format!(
        "psu.set_voltage(3.V);\npsu.set_current_limit(100.mA);\npsu.on();\n\
         measure(\"rail\", dmm.dc_voltage(), {limits});"
    );
    let folder = folder(&script).with(
        "bench.faults.toml",
        "[leak]\nat = 'RAIL'\ndoes = 'load'\nby = '1 mA'\nwhy_not = 'it may draw that'\n\
         [drift]\nat = 'dmm'\ndoes = 'read high'\nby = '1 %'\n\
         [silence]\nat = 'dmm'\ndoes = 'fall silent'\n",
    );
    let fixture = fs::read_to_string(folder.path("bench.fixture.toml")).unwrap();
    assert!(!fixture.contains("[sim]"), "{fixture}");
    folder.with(
        "bench.fixture.toml",
        &format!("{fixture}\n[sim]\ncatalogue = \"bench.faults.toml\"\n"),
    )
}

const FAULTS: &str = "faults script.rhai --fixture bench.fixture.toml";

/// Without what depends on the machine.
fn untimed(text: &str) -> String {
    let line = |line: &str| line.rsplit_once(" in ").map_or(line, |(rest, _)| rest).to_owned();
    let last = text.lines().map(|it| if it.contains(" faults: ") { line(it) } else { it.into() });
    last.collect::<Vec<_>>().join("\n") + "\n"
}

#[test]
fn the_thermometers_test_notices_every_fault_that_it_has_to() {
    let matrix = Program::run(&workspace(), &format!("faults {PRODUCT}"));
    assert_eq!(matrix.code, 0, "{matrix:?}");
    golden::compare("faults/thermometer.txt", &untimed(&matrix.stdout));
    let json = Program::run(&workspace(), &format!("faults {PRODUCT} --json")).json();
    let rows = json["rows"].as_array().unwrap();
    let due = rows.iter().filter(|it| it.get("why_not").is_none()).count();
    assert!(rows.len() >= 25 && due >= 20, "{} faults, {due} of them due", rows.len());
}

#[test]
fn without_any_one_of_its_measurements_a_fault_escapes() {
    let json = Program::run(&workspace(), &format!("faults {PRODUCT} --json")).json();
    // Whatever one measurement alone notices escapes without it.
    let alone = |name: &str| {
        let mut rows = json["rows"].as_array().unwrap().iter();
        let row = rows.find(|it| it["by"] == serde_json::json!([name]));
        let row = row.unwrap_or_else(|| panic!("nothing is noticed by `{name}` alone"));
        row["fault"].as_str().unwrap().to_owned()
    };
    let product = workspace().join(PRODUCT);
    let measurements: Vec<(String, String)> = fs::read_dir(&product)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|file| file.ends_with(".rhai"))
        .flat_map(|file| {
            let text = fs::read_to_string(product.join(&file)).unwrap();
            let lines = text.lines().filter(|it| it.trim_start().starts_with("measure("));
            lines.map(|line| (file.clone(), line.to_owned())).collect::<Vec<_>>()
        })
        .collect();
    assert!(measurements.len() >= 30, "{} measurements", measurements.len());
    let next = AtomicUsize::new(0);
    let tried = || {
        while let Some((script, line)) = measurements.get(next.fetch_add(1, Ordering::Relaxed)) {
            let name = line.split('"').nth(1).unwrap();
            let matrix = Program::run(
                without(&product, script, line, name).root(),
                &format!("faults . --only {}", alone(name)),
            );
            assert_eq!(matrix.code, 1, "without `{line}`: {matrix:?}");
            assert!(matrix.stdout.contains("\n> ") && matrix.stdout.contains("NOTHING"));
        }
    };
    std::thread::scope(|threads| (0..4).for_each(|_| drop(threads.spawn(tried))));
}

/// The product without the line of a measurement, and without its limit.
fn without(product: &Path, script: &str, line: &str, name: &str) -> Folder {
    let folder = copy(product);
    let text = fs::read_to_string(folder.path(script)).unwrap();
    fs::write(folder.path(script), text.replace(line, "")).unwrap();
    // A limit that nobody takes any more is refused by itself.
    let limits = fs::read_to_string(folder.path("limits.toml")).unwrap();
    let of_another = |it: &&str| !it.contains(&format!("[measurements.{name}]"));
    let limits: Vec<_> = limits.split("\n\n").filter(of_another).collect();
    fs::write(folder.path("limits.toml"), limits.join("\n\n")).unwrap();
    folder
}

fn copy(from: &Path) -> Folder {
    let folder = Folder::new();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), folder.root().join(file.file_name())).unwrap();
    }
    folder
}

#[test]
fn a_fault_escapes_limits_that_are_too_wide() {
    let wide = Program::run(product("2.V..=4.V").root(), FAULTS);
    golden::compare("faults/escapes.txt", &untimed(&wide.stdout));
    assert_eq!(wide.code, 1, "{wide:?}");
    let tight = Program::run(product("within(3.V, 10.mV)").root(), FAULTS);
    assert_eq!(tight.code, 0, "{tight:?}");
    let narrow = Program::run(product("within(2.V, 10.mV)").root(), FAULTS);
    assert_eq!(narrow.code, 3, "{narrow:?}");
    assert!(narrow.stderr.contains("does not pass without a fault: rail"), "{narrow:?}");
}

#[test]
fn a_run_with_a_fault_says_so_and_records_it() {
    let folder = product("within(3.V, 10.mV)");
    let drift = Program::run(folder.root(), &format!("{SIMULATED} --fault drift"));
    assert_eq!(drift.code, 1, "{drift:?}");
    assert!(
        drift.stdout.starts_with("script SN0001 · bench.fixture.toml · simulate, with drift\n")
    );
    let less = Program::run(folder.root(), &format!("{SIMULATED} --fault drift=0.1% --json"));
    assert_eq!(less.code, 0, "{less:?}");
    assert_eq!(less.json()["header"]["fixture"]["faults"], serde_json::json!(["drift=0.1%"]));
    let both =
        Program::run(folder.root(), &format!("{SIMULATED} --fault drift --fault leak --json"));
    assert_eq!(both.json()["header"]["fixture"]["faults"].as_array().unwrap().len(), 2);
}

#[test]
fn a_fault_that_nobody_knows_is_refused_before_anything_is_opened() {
    let folder = product("within(3.V, 10.mV)");
    for (line, said) in [
        (format!("{SIMULATED} --fault drfit"), "did you mean `drift`?"),
        (format!("{SIMULATED} --fault drift=5ohm=1"), "in a fault that does `read high by 1%`"),
        (format!("{SIMULATED} --fault silence=5V"), "an amount of nothing"),
        (format!("{FAULTS} --only drfit"), "did you mean `drift`?"),
    ] {
        let refused = Program::run(folder.root(), &line);
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.stderr.contains(said), "{refused:?}");
    }
    assert!(!folder.path("store").exists());
    let unknown = Program::run(crate::bench::folder("").root(), FAULTS);
    assert_eq!(unknown.code, 2, "{unknown:?}");
    assert!(unknown.stderr.contains("names no catalogue of faults"), "{unknown:?}");
    let real = Program::run(folder.root(), "run script.rhai --dut SN1 --fault drift");
    assert_eq!(real.code, 64, "{real:?}");
}

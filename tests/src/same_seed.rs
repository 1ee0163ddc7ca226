//! One seed gives one list of measurements, whatever else differs.

use std::time::Duration;

use crate::bench::{SIMULATED, folder};
use crate::real_time::now;
use crate::{Ended, Folder, Program, workspace};

/// The measurements of a simulated run with `seed` in a folder, zone and language of its own, as
/// the bytes in which `pogo show --json` prints them.
fn measured(seed: u32, zone: &str, language: &str) -> String {
    let folder = Folder::new();
    let product = workspace().join("scripts/thermometer");
    let mut run =
        Program::command(folder.root(), "run --sim --dut SN0001 --store here/or/there --seed");
    run.arg(seed.to_string()).arg("--").arg(&product);
    run.env("TZ", zone).env("LANG", language).env("LC_ALL", language);
    let ended = Ended::of(&mut run);
    assert_eq!(ended.code, 0, "{ended:?}");
    let mut show = Program::command(folder.root(), "show latest --json --store here/or/there");
    let shown = Ended::of(show.env("TZ", zone).env("LC_ALL", language));
    let measurements = &shown.json()["measurements"];
    assert!(measurements.as_array().is_some_and(|list| list.len() >= 7), "{shown:?}");
    measurements.to_string()
}

#[test]
fn two_processes_with_one_seed_measure_the_same_to_the_last_byte() {
    let here = measured(7, "UTC", "C");
    let there = measured(7, "Pacific/Kiritimati", "de_DE.UTF-8");
    assert_eq!(here, there);
}

#[test]
fn another_seed_measures_something_else() {
    assert_ne!(measured(7, "UTC", "C"), measured(8, "UTC", "C"));
}

#[test]
fn a_bench_in_real_time_takes_its_time_and_is_simulated_all_the_same() {
    // Nobody is at the addresses of this fixture.
    let folder = folder("wait(300.ms); measure(\"rail\", dmm.dc_voltage(), -1.V..=1.V);");
    let run = |flags: &str| {
        let since = now();
        let ended = Program::run(folder.root(), &format!("{SIMULATED} {flags} --json"));
        assert_eq!(ended.code, 0, "{ended:?}");
        (now() - since, ended.json())
    };
    let (took, record) = run("--realtime");
    assert!(took >= Duration::from_millis(300), "{took:?}");
    assert_eq!(record["header"]["clock"]["simulated"], false, "{record:#}");
    assert_eq!(
        record["header"]["fixture"]["simulated"],
        serde_json::json!(["psu", "dmm", "other"])
    );
    assert_eq!(record["summary"]["mode"], "simulate");
    let (_, record) = run("");
    assert_eq!(record["header"]["clock"]["simulated"], true);
}

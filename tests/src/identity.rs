//! Which unit is tested, at which station, and what that counts for.

use crate::bench::{SIMULATED, folder};
use crate::{Ended, Folder, Program, Served};

const MEASURES: &str = "step(\"a\", || { psu.set_voltage(1.V); psu.on(); wait(100.ms);
    measure(\"rail\", dmm.dc_voltage(), 0.9.V..=1.1.V); });";

/// A product of one script that owns its serial numbers.
fn product(script: &str, more: &str) -> Folder {
    let text = format!(
        "[product]\nname = \"TH-100\"\nscripts = [\"script.rhai\"]\n\
         fixture = \"bench.fixture.toml\"\nserial = \"SN[0-9]{{4}}\"\n{more}"
    );
    folder(script).with("product.toml", &text)
}

/// Refused with exit code 2 and `said`, before there was a store.
fn is_refused(folder: &Folder, ended: &Ended, said: &str) {
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(ended.stderr.contains(said), "{ended:?}");
    assert!(!folder.path("store").exists(), "a store was made");
}

#[test]
fn a_serial_number_of_another_form_is_refused_before_anything_is_opened() {
    let folder = product(MEASURES, "");
    for serial in ["sn0001", "SN00010", "SN1"] {
        let ended =
            Program::run(folder.root(), &format!("run . --sim --store store --dut {serial}"));
        is_refused(&folder, &ended, &format!("error: `{serial}` is no serial number of TH-100"));
        assert!(ended.stderr.contains("`SN[0-9]{4}`"), "{ended:?}");
    }
    let ended = Program::run(folder.root(), "run . --sim --store store --dut SN0001");
    assert_eq!(ended.code, 0, "{ended:?}");
}

#[test]
fn what_a_product_requires_is_refused_by_name_if_it_is_missing_and_recorded_if_not() {
    let folder =
        product(MEASURES, "revision = \"C\"\nrequires = [\"lot\", \"work_order\", \"operator\"]\n");
    let ended = Program::run(folder.root(), "run . --sim --store store --dut SN0001 --lot L42");
    is_refused(&folder, &ended, "error: TH-100 is not tested without the work order");
    assert!(ended.stderr.contains("`--operator`") && !ended.stderr.contains("`--lot`"));

    let line = "run . --sim --store store --dut SN0001 --lot L42 --work-order W7 --operator ab \
                --purpose incoming --json";
    let ended = Program::run(folder.root(), line);
    assert_eq!(ended.code, 0, "{ended:?}");
    let header = &ended.json()["header"];
    assert_eq!((&header["lot"], &header["work_order"]), (&"L42".into(), &"W7".into()));
    assert_eq!(
        (&header["purpose"], &header["device"]["revision"]),
        (&"incoming".into(), &"C".into())
    );
    let files = header["plan"]["files"].as_array().unwrap();
    let names: Vec<_> = files.iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["product.toml", "script.rhai"]);
}

#[test]
fn a_required_thing_that_does_not_exist_is_refused_with_its_place() {
    let folder = product(MEASURES, "requires = [\"lott\"]\n");
    let ended = Program::run(folder.root(), "run . --sim --store store --dut SN0001");
    is_refused(&folder, &ended, "product.toml:6:13");
}

#[test]
fn a_serial_number_of_one_product_is_refused_for_another() {
    let folder = product(MEASURES, "").with(
        "other/product.toml",
        "[product]\nname = \"CO-7\"\nscripts = [\"script.rhai\"]\nserial = \"SN.*\"\n\
         fixture = \"../bench.fixture.toml\"\n",
    );
    let folder = folder.with("other/script.rhai", MEASURES);
    let run = |path: &str, serial: &str| {
        let line = format!("run {path} --sim --store store --dut {serial}");
        Program::run(folder.root(), &line)
    };
    assert_eq!(run(".", "SN0001").code, 0);
    let ended = run("other", "SN0001");
    assert_eq!(ended.code, 2, "{ended:?}");
    let said = "duplicate-serial: `SN0001` is a TH-100 in this store, and cannot be a CO-7 too";
    assert!(ended.stderr.contains(said), "{ended:?}");
    assert_eq!(run("other", "SN0002").code, 0);
    assert_eq!(run(".", "SN0001").code, 0, "the unit itself can be tested again");
    assert_eq!(run("script.rhai", "SN0001").code, 0, "and with one script of its product");
}

#[test]
fn a_label_is_held_against_the_unit_and_what_agrees_is_recorded() {
    let folder = product(MEASURES, "udi = \"09506000134352\"\nrequires = [\"udi\"]\n");
    let run = |udi: &str, more: &str| {
        let mut command = Program::command(
            folder.root(),
            &format!("run . --sim --store store --dut SN0001 --lot LOT42 {more}"),
        );
        Ended::of(command.args(["--udi", udi]))
    };
    let label = "(01)09506000134352(17)701200(10)LOT42(21)SN0001";
    for (udi, said) in [
        ("(01)09506000134353(21)SN0001", "check digit"),
        (
            "(01)09506000134352(21)sn0001",
            "the label says serial \"sn0001\", the unit is \"SN0001\"",
        ),
        ("(01)09506000134352(10)LOT43", "the label says lot \"LOT43\", the unit is \"LOT42\""),
        ("(01)04012345678901", "the label says device identifier \"04012345678901\""),
        ("(01)09506000134352(17)200100(21)SN0001", "the label says expiry 2020-01, today is"),
        ("+A123BJC5D6E71F", "check character"),
    ] {
        is_refused(&folder, &run(udi, ""), said);
    }
    let missing = Program::run(folder.root(), "run . --sim --store store --dut SN0001");
    is_refused(&folder, &missing, "TH-100 is not tested without the UDI");
    let ended = run(label, "--json");
    assert_eq!(ended.code, 0, "{ended:?}");
    let udi = &ended.json()["header"]["device"]["udi"];
    assert_eq!(udi["scanned"], label);
    assert_eq!(udi["agrees"], serde_json::json!(["device identifier", "lot", "serial"]));
    assert_eq!((&udi["expires"], &udi["produced"]), (&"2070-12".into(), &"NOT RECORDED".into()));
}

#[test]
fn a_station_says_who_it_is_and_that_it_needs_an_operator() {
    let station = "[station]\nname = \"ST-04\"\nsite = \"B\"\noperator = \"required\"\n";
    let folder = folder(MEASURES).with("station.toml", station);
    let run = |more: &str| {
        let mut command = Program::command(folder.root(), &format!("{SIMULATED} {more}"));
        Ended::of(command.env("POGO_STATION", "station.toml"))
    };
    is_refused(&folder, &run(""), "station `ST-04` runs nothing without an operator");
    let ended = run("--operator ab --json");
    let header = &ended.json()["header"];
    assert_eq!((&header["station"], &header["site"]), (&"ST-04".into(), &"B".into()));
    assert_eq!(header["operator"]["id"], "ab");
}

#[test]
fn a_station_file_that_makes_no_sense_is_refused_with_its_place() {
    let folder = folder(MEASURES).with("station.toml", "[station]\nname = \"A\"\nsite = 7\n");
    for line in [SIMULATED, "list"] {
        let mut command = Program::command(folder.root(), line);
        let ended = Ended::of(command.env("POGO_STATION", "station.toml"));
        is_refused(&folder, &ended, "station.toml:3:8");
    }
    let mut command = Program::command(folder.root(), SIMULATED);
    let ended = Ended::of(command.env("POGO_STATION", "nowhere.toml"));
    is_refused(&folder, &ended, "the station file `nowhere.toml` cannot be read");
}

#[test]
fn a_station_file_that_makes_no_sense_keeps_nobody_from_making_a_bench_safe() {
    let folder = folder(MEASURES);
    let served = Served::start(folder.root(), "bench.fixture.toml", &["psu", "dmm", "other"]);
    let folder = folder.with("station.toml", "[station]\nname = 7\n");
    let mut psu = served.client("psu");
    assert_eq!(psu.ask("OUTP ON,(@1);*OPC?"), "1");
    let mut command = Program::command(folder.root(), "safe --fixture out.toml");
    let ended = Ended::of(command.env("POGO_STATION", "station.toml"));
    assert_eq!((ended.code, psu.ask("OUTP? (@1)").as_str()), (0, "0"), "{ended:?}");
    assert!(ended.stderr.contains("station.toml:2:8"), "it is said all the same: {ended:?}");
    let mut command = Program::command(folder.root(), "stop --store store");
    let ended = Ended::of(command.env("POGO_STATION", "station.toml"));
    assert!(ended.stderr.contains("no run in `store` is going on"), "{ended:?}");
}

#[test]
fn production_is_refused_and_says_which_controls_are_missing() {
    let folder =
        folder(MEASURES).with("station.toml", "[station]\nname = \"A\"\nmode = \"production\"\n");
    let line = SIMULATED.replace(" --sim", "");
    let asked = Program::run(folder.root(), &format!("{line} --production"));
    let mut command = Program::command(folder.root(), &line);
    let by_station = Ended::of(command.env("POGO_STATION", "station.toml"));
    for ended in [asked, by_station] {
        is_refused(&folder, &ended, "production is refused until its controls exist");
        for control in ["release manifest", "instrument register", "signatures", "route"] {
            assert!(ended.stderr.contains(control), "{control}: {ended:?}");
        }
    }
    let both = Program::run(folder.root(), &format!("{SIMULATED} --production"));
    assert_eq!(both.code, 64, "{both:?}");
}

#[test]
fn whatever_is_no_production_says_so_above_its_verdict_and_in_every_entry() {
    let folder = folder(MEASURES);
    let ended = Program::run(folder.root(), SIMULATED);
    let last = "\n\nsimulate: no evidence about any real unit\nPASS  1 measurement, ";
    assert!(ended.code == 0 && ended.stdout.contains(last), "{ended:?}");
    let shown = Program::run(folder.root(), "show latest --store store");
    assert!(shown.stdout.contains(last), "{shown:?}");
    let database = rusqlite::Connection::open(folder.path("store/simulated/record.db")).unwrap();
    let count = |query: &str| database.query_row(query, [], |row| row.get::<_, u64>(0)).unwrap();
    let all = count("SELECT count(*) FROM entry");
    let said = "SELECT count(*) FROM entry WHERE json_extract(bytes, '$.mode') = 'simulate'";
    assert!(all > 5 && count(said) == all);
}

#[test]
fn what_a_unit_is_made_of_is_recorded_and_shown() {
    let folder = folder(&format!(
        "{MEASURES}\nstep(\"parts\", || {{\n\
         device.firmware(\"application\", \"1.4.2\", \"{}\");\n\
         device.component(\"sensor\", #{{ part: \"T-117\", serial: \"a7\", lot: \"L9\",\n\
         designator: \"U7\", source: \"scanned\" }});\n\
         check(\"label\", device.serial(), \"SN0001\");\n\
         check(\"lot\", device.lot(), \"\");\n}});",
        "AB".repeat(32)
    ));
    let ended = Program::run(folder.root(), &format!("{SIMULATED} --json"));
    assert_eq!(ended.code, 0, "{ended:?}");
    let run = ended.json();
    let events = run["events"].as_array().unwrap();
    let body = |kind: &str| events.iter().find(|it| it["type"] == kind).unwrap()["body"].clone();
    assert_eq!(body("firmware")["sha256"], "ab".repeat(32));
    assert_eq!(body("component")["revision"], "NOT RECORDED");
    assert_eq!(body("component")["source"], "scanned");
    let shown = Program::run(folder.root(), "show latest --store store").stdout;
    assert!(shown.lines().any(|it| it.split_whitespace().eq(["application", "1.4.2"])), "{shown}");
    assert!(shown.contains("T-117 serial a7 lot L9 at U7"), "{shown}");
}

#[test]
fn an_instrument_says_when_it_was_calibrated_and_one_that_is_not_asked_says_nothing() {
    let ended = Program::run(folder(MEASURES).root(), &format!("{SIMULATED} --json"));
    let run = ended.json();
    let assets = run["header"]["assets"].as_array().unwrap();
    let said = |role: &str| &assets.iter().find(|it| it["role"] == role).unwrap()["calibration"];
    assert_eq!((said("psu"), said("dmm")), (&"2026,3,17".into(), &"2026,3,17".into()));
    assert_eq!(said("other"), "NOT RECORDED");
}

#[test]
fn what_cannot_be_said_of_a_unit_is_found_before_anything_is_opened() {
    for (script, said) in [
        ("device.firmwear(\"a\", \"1\");", "did you mean `firmware`?"),
        ("device.firmware(\"a\", \"\");", "device.firmware: the version is empty"),
        ("device.firmware(\"a\", \"1\", \"beef\");", "device.firmware: `beef` is no SHA-256"),
        ("device.firmware(\"A b\", \"1\");", "device.firmware: `A b` cannot be a name"),
        ("device.firmware(\"a\", 1);", "the version is the number 1; expected a text"),
        ("device.component(\"a\", #{ serail: \"1\" });", "did you mean `serial`?"),
        ("device.component(\"a\", #{ designator: \"U1\" });", "it says nothing that the part"),
        ("device.component(\"a\", #{ lot: \"1\", source: \"red\" });", "did you mean `\"read\"`?"),
        ("device.component(\"a\");", "device.component takes 2 arguments, not 1"),
    ] {
        let folder = folder(&format!("{script}\n{MEASURES}"));
        let ended = Program::run(folder.root(), SIMULATED);
        is_refused(&folder, &ended, said);
        assert!(ended.stderr.contains("script.rhai:3:"), "{ended:?}");
    }
}

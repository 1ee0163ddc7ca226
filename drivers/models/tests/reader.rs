//! What the reader refuses, and where it says that it stands.

use pogo_models::{find, read};

const E36312A: &str = include_str!("../keysight-e36312a.toml");
const DMM: &str = include_str!("../keysight-34461a.toml");

/// What is said of `text` after `from` was replaced by `to`, as `line:column: message (hint)`.
fn complaint(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from}");
    match read("mine", "mine.toml", &text.replacen(from, to, 1)) {
        Ok(_) => panic!("`{to}` was accepted"),
        Err(error) => {
            let place = error.place.clone().unwrap_or_else(|| panic!("no place: {error}"));
            let changed = text.split(from).next().map_or(0, |it| it.matches('\n').count()) + 1;
            let hint = error.hint.as_deref().unwrap_or("-");
            let near = if place.line == changed { "there" } else { "elsewhere" };
            format!("{near}: {error} ({hint})")
        }
    }
}

#[test]
fn registers_and_common_commands_that_cannot_be_are_refused_at_their_line() {
    let operation = "operation    = { measuring = 4, waiting_for_trigger = 5 }";
    for (to, said) in [
        ("operation = { measuring = 15 }", "there: bit 15 of `operation` is not free"),
        (
            "operation = { measuring = 4, waiting_for_trigger = 4 }",
            "there: bit 4 of `operation` is not free",
        ),
        (
            "operation = { measurin = 4 }",
            "there: `measurin` is not something that a bit can say here (did you mean `measuring`?)",
        ),
        (
            "operation = { constant_voltage = 4 }",
            "there: `constant_voltage` is not something that a bit can say here",
        ),
        ("channels = { measuring = 4 }", "there: a meter has no channels"),
        ("operations = {}", "there: `simulated.status.operations` is not a key of this file"),
    ] {
        let error = complaint(DMM, operation, to);
        assert!(error.starts_with(said), "{to}: {error}");
    }
    let error = complaint(DMM, "memories       = [0, 4]", "memories       = [4, 0]");
    assert!(error.starts_with("there: the first memory is behind the last one"), "{error}");
    let error = complaint(DMM, "power_on_clear = true", "power_on = true");
    assert!(error.contains("power_on_clear"), "{error}");
    let error = complaint(E36312A, "filters  = true", "questionable = { over_voltage = 13 }");
    assert!(error.starts_with("there: bit 13 sums up the channels"), "{error}");
    let error =
        complaint(E36312A, "page     = \"STATus Subsystem, page not verified; ", "page = \" \" # ");
    assert!(error.starts_with("there: `simulated.status` does not say where"), "{error}");
}

#[test]
fn every_mistake_is_refused_at_its_line() {
    for (from, to, said) in [
        (
            "set_voltage  ",
            "set_volage  ",
            "there: `sends.set_volage` is not a key of this file (did you mean `set_voltage`?)",
        ),
        (
            "VOLT {level},",
            "VOLT {limit},",
            "there: `sends.set_voltage`: `{limit}` is not a placeholder here (placeholders here: `{level}` and `{channel}`)",
        ),
        (
            "VOLT {level},",
            "VOLT 5,",
            "there: `sends.set_voltage`: `VOLT 5,(@{channel})` does not say `{level}`",
        ),
        (
            "VOLT {level},(@{channel})",
            "VOLT {level}",
            "there: `sends.set_voltage`: `VOLT {level}` does not say `{channel}`",
        ),
        ("VOLT {level},", "VOLT? {level},", "there: `sends.set_voltage`"),
        (
            "VOLT {level},",
            "9VOLT {level},",
            "there: `sends.set_voltage`: `9VOLT` is not a SCPI header",
        ),
        (
            "\"VOLT? (@{channel})\"",
            "\"VOLT (@{channel})\"",
            "there: `sends.voltage_setpoint`: `VOLT (@{channel})` asks nothing",
        ),
        ("OUTP ON,", "*RST;OUTP ON,", "there: `sends.on`: `OUTP` follows another message"),
        (
            "voltage = \"6 V\"",
            "voltage = \"6 A\"",
            "there: `channels.1`: 6 A is a current, expected a voltage",
        ),
        ("voltage = \"6 V\"", "voltage = 6", "there: `channels.1`"),
        (
            "driver   = \"scpi-power-supply\"",
            "driver   = \"scpi-power-suply\"",
            "there: `scpi-power-suply` is not a driver of models (did you mean `scpi-power-supply`?)",
        ),
        (
            "identity = \"Key",
            "identy = \"Key",
            "there: `identy` is not a key of this file (did you mean `identity`?)",
        ),
        (
            "\"[SOURce:]VOLTage[:LEVel]",
            "\"[source:]VOLTage[:LEVel]",
            "there: `[source:]VOLTage[:LEVel]",
        ),
        (
            "sets = \"voltage\"",
            "sets = \"volage\"",
            "there: `volage` is not a setting (did you mean `voltage`?)",
        ),
        (
            "sets = \"voltage\", takes = [\"voltage\"",
            "sets = \"voltage\", takes = [\"volts\"",
            "there: `volts` is not a kind of argument",
        ),
        (
            "sets = \"voltage\", takes",
            "gives = \"voltage\", takes",
            "there: `[SOURce:]VOLTage[:LEVel][:IMMediate][:AMPLitude]` answers without `?`",
        ),
        (
            "sets = \"voltage\", takes",
            "sets = \"current\", takes",
            "there: `[SOURce:]VOLTage[:LEVel][:IMMediate][:AMPLitude]` takes nothing that it could set",
        ),
        (
            "output               = { reset = false }\n",
            "\n",
            "elsewhere: `OUTPut[:STATe]` means a setting",
        ),
        (
            "most = [\"6.18 V\", \"25.75 V\", ",
            "most = [\"6.18 V\", ",
            "there: `simulated.settings.voltage` lists 2 values for 3 channels",
        ),
        (
            "reset = \"0 V\" }",
            "reset = \"99 V\" }",
            "there: `simulated.settings.voltage` cannot hold its reset value",
        ),
        ("SIM36312A", "MY36312A", "there: the serial number `MY36312A` is not a simulated one"),
        (
            "+0.00000000E+00",
            "1.5",
            "there: `simulated.numbers`: `1.5` is not a picture of a number",
        ),
        (
            "# Keysight E36312A, triple-output bench supply.\n",
            "\n",
            "there: a model begins with a comment",
        ),
        ("version  = \"1999.0\"\n", "\n", "elsewhere: `simulated.version` is missing"),
    ] {
        let complaint = complaint(E36312A, from, to);
        assert!(complaint.starts_with(said), "{to}\n  {complaint}\n  {said}");
    }
    for (from, to, said) in [
        (
            "[sends.dc_voltage]",
            "[sends.dc_volts]",
            "there: `sends.dc_volts` is not a key of this file (did you mean `dc_voltage`?)",
        ),
        ("reset_nplc = 10", "reset_nplc = \"10\"", "there: `sends.reset_nplc`"),
        (":READ?'", ":READ'", "there: `sends.dc_voltage.read`"),
        (
            "reads = \"reading\"",
            "reads = \"readings\"",
            "there: `readings` is not something to read (did you mean `reading`?)",
        ),
        (
            "[0.02, 0.2,",
            "[0.2, 0.02,",
            "there: the steps of `simulated.settings.dc_voltage.nplc` do not ascend",
        ),
    ] {
        let complaint = complaint(DMM, from, to);
        assert!(complaint.starts_with(said), "{to}\n  {complaint}\n  {said}");
    }
}

#[test]
fn a_verb_that_is_missing_is_named() {
    let line = E36312A.lines().find(|line| line.starts_with("make_safe")).unwrap();
    assert!(complaint(E36312A, line, "").contains("`sends.make_safe` is missing"));
}

#[test]
fn no_line_that_goes_missing_makes_the_reader_panic() {
    for text in [E36312A, DMM] {
        let lines: Vec<&str> = text.lines().collect();
        for missing in 0..lines.len() {
            let mut fewer = lines.clone();
            fewer.remove(missing);
            if let Err(error) = read("mine", "mine.toml", &fewer.join("\n")) {
                assert!(error.place.is_some(), "without line {}: {error}", missing + 1);
            }
        }
    }
}

#[test]
fn a_file_beside_the_fixture_is_a_model_and_wins_over_a_built_in_one() {
    let folder = tempfile::tempdir().unwrap();
    let text = E36312A.replace("# Keysight E36312A, triple", "# My own triple");
    std::fs::write(folder.path().join("bench-psu.toml"), &text).unwrap();
    std::fs::write(folder.path().join("rigol-dp832.toml"), &text).unwrap();
    for name in ["bench-psu", "rigol-dp832"] {
        let model = find(name, Some(folder.path())).unwrap();
        assert_eq!(model.title(), "My own triple-output bench supply");
        assert_eq!(model.name(), name);
    }
    assert!(find("rigol-dp832", None).unwrap().title().starts_with("Rigol"));
    let error = find("bench-pus", Some(folder.path())).unwrap_err();
    assert_eq!(error.hint.as_deref(), Some("did you mean `bench-psu`?"));
}

#[test]
fn an_unknown_model_names_the_nearest_and_no_name_leaves_the_folder() {
    let error = find("keysight-34461", None).unwrap_err();
    assert_eq!(error.message, "there is no model `keysight-34461`");
    assert_eq!(error.hint.as_deref(), Some("did you mean `keysight-34461a`?"));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("psu.toml"), E36312A).unwrap();
    let inside = folder.path().join("inside");
    std::fs::create_dir(&inside).unwrap();
    for name in ["../psu", "", ".", "..", "/etc/hostname"] {
        assert!(find(name, Some(&inside)).is_err(), "{name}");
    }
}

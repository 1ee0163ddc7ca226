//! What the check says.

use std::path::PathBuf;

use super::*;
use crate::product::Script;

const ROLES: [(&str, &str); 2] = [("psu", "power supply"), ("dmm", "multimeter")];

fn checked(text: &str) -> Result<Checked, Vec<Diagnostic>> {
    let script = Script { path: PathBuf::from("a.rhai"), text: text.into() };
    let product = Product::of_one_script(script);
    let roles = ROLES.map(|(name, capability)| KnownRole::new(name, capability));
    let roles = [&roles[..], &[chamber()]].concat();
    check(&product, &roles, Arc::default())
}

/// A role that speaks Modbus.
fn chamber() -> KnownRole {
    const MAP: &str = "[temperature]\nkind = 'input'\naddress = 0\ntype = 'i16'\nunit = 'degC'\n\
        [setpoint]\nkind = 'holding'\naddress = 0\ntype = 'i16'\nunit = 'degC'\n\
        access = 'read-write'\nmax = '180 degC'\n\
        [heater]\nkind = 'coil'\naddress = 0\naccess = 'write'\n";
    let map = pogo_hal::toml_file::read("map.toml", MAP).and_then(pogo_hal::RegisterMap::read);
    let registers = Arc::new(map.unwrap());
    KnownRole { registers, ..KnownRole::new("chamber", "modbus device") }
}

#[test]
fn mistakes_are_named_with_their_place_and_what_to_write() {
    for (text, said, hint) in [
        ("pzu.on();", "1:1: nothing is called `pzu` here", "did you mean `psu`?"),
        (
            "step(\"a\", || { psu.set_volage(3.V) });",
            "1:20: `psu` is a power supply and has no verb `set_volage`",
            "did you mean `set_voltage`?",
        ),
        (
            "step(\"a\", || { psu.set_voltage(5) });",
            "1:20: psu.set_voltage: 5 has no unit; expected a voltage, such as 5.V",
            "write `5.V`",
        ),
        (
            "psu.set_voltage(60.mA);",
            "1:5: psu.set_voltage: 60 mA is a current; expected a voltage",
            "",
        ),
        ("psu.on(1);", "1:5: psu.on takes no argument, not 1", "connects the output"),
        (
            "dmm.set_nplc(\"dc_volts\", 10);",
            "1:5: dmm.set_nplc: `dc_volts` is not a function of a meter",
            "",
        ),
        ("measure(\"x\", 3.Vv, 1.V..=2.V);", "1:16: `Vv` is not a unit", "did you mean `V`?"),
        ("measure(\"x\", 3.V);", "1:1: measure: `x` has no limit", "give one"),
        (
            "measure(\"x\", 1, at_leest(1));",
            "1:17: there is no function `at_leest`",
            "did you mean `at_least`?",
        ),
        ("eval(\"1\");", "1:1: there is no `eval` in a script", ""),
        (
            "record(\"t\", chamber.temprature);",
            "1:21: `chamber` has no register `temprature`",
            "did you mean `temperature`?",
        ),
        (
            "record(\"t\", chamber.get(\"temprature\"));",
            "1:21: `chamber` has no register `temprature`",
            "did you mean `temperature`?",
        ),
        (
            "chamber.set(\"setpiont\", 40.degC);",
            "1:9: `chamber` has no register `setpiont`",
            "did you mean `setpoint`?",
        ),
        (
            "chamber.set(\"setpoint\", 40);",
            "1:9: chamber.set: 40 has no unit; `setpoint` is a temperature",
            "write `40.degC`",
        ),
        (
            "chamber.set(\"setpoint\", 40.V);",
            "1:9: chamber.set: 40 V is a voltage; `setpoint` is a temperature",
            "",
        ),
        (
            "chamber.set(\"setpoint\", 200.degC);",
            "1:9: chamber.set: 200 °C is not from -32768 °C to 180 °C",
            "register map",
        ),
        (
            "chamber.set(\"temperature\", 20.degC);",
            "1:9: chamber.set: `temperature` cannot be written",
            "no device lets its input registers be written",
        ),
        ("record(\"h\", chamber.heater);", "1:21: chamber: `heater` cannot be read", "access"),
        (
            "measure(\"t\", chamber.temperature, 1.V..=2.V);",
            "1:1: measure: `t`: a temperature is measured, and the limit `1 .. 2 V` is for a voltage",
            "",
        ),
    ] {
        let found = checked(text).unwrap_err();
        let place = found[0].place.as_ref().unwrap();
        assert_eq!(format!("{}:{}: {}", place.line, place.column, found[0]), said, "{text}");
        assert!(found[0].hint.as_deref().unwrap_or_default().contains(hint), "{text}: {found:?}");
        assert_eq!(found.len(), 1, "{text}: {found:?}");
    }
}

#[test]
fn every_mistake_of_a_script_is_found_at_once() {
    let found = checked("psu.of();\npsu.set_voltage(5);\nlet x = 3.Vv;").unwrap_err();
    let lines: Vec<_> = found.iter().map(|it| it.place.as_ref().unwrap().line).collect();
    assert_eq!(lines, [1, 2, 3]);
}

#[test]
fn what_is_right_is_let_through_and_its_measurements_are_known() {
    let text = "fn read(psu) { psu.dc_voltage() }\n\
        let level = 3.V; let f = |x| x * 2;\n\
        step(\"rails\", || {\n\
            psu.set_voltage(level); print(`${f(1)}`); let g = f; g.call(2);\n\
            for n in 0..3 { measure(`rail_${n}`, read(dmm), 1.V..=2.V); }\n\
            measure(\"rail_1v8\", dmm.dc_voltage(), within(1.8.V, 2.percent));\n\
            check(\"name\", \"TH\".to_lower(), matches(\"th\"));\n\
        });";
    let checked = checked(text).unwrap_or_else(|found| panic!("{found:?}"));
    let names: Vec<_> = checked.declared().map(str::to_owned).collect();
    assert_eq!(
        (names, checked.steps),
        (vec!["rail_1v8".to_owned(), "name".into()], vec!["rails".to_owned()])
    );
}

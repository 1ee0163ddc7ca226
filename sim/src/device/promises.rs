//! What a device with handlers promises, in the words of the instruments around it.

use std::sync::Arc;
use std::time::Duration;

use pogo_hal::toml_file;
use pogo_hal::{Celsius, ErrorKind};

use crate::trial::{DMM, PSU, Talk, plan, soon, with_device, with_fault};
use crate::{Bench, Catalogue, Plan};

/// A plan with the unit of `file` and the meter on `net`.
fn unit(net: &str, file: &str) -> (Plan, tempfile::TempDir) {
    // A net of the second channel, which not every unit has.
    let file = format!("{file}\nresistor(\"PROBE\", 1.Mohm);");
    with_device(plan(&format!("connect = '{net}'")), &file)
}

/// A supply and a quick meter around the unit of `file`, with the meter on `net`; the unit is on.
async fn powered(net: &str, file: &str) -> (Arc<Bench>, Talk, Talk, tempfile::TempDir) {
    let (plan, folder) = unit(net, file);
    let (bench, psu, dmm) = on(plan).await;
    (bench, psu, dmm, folder)
}

async fn on(plan: Plan) -> (Arc<Bench>, Talk, Talk) {
    let bench = Bench::build(plan).unwrap();
    let (mut psu, mut dmm) = (Talk::with(&bench, PSU).await, Talk::with(&bench, DMM).await);
    dmm.say("VOLT:NPLC 0.02").await;
    psu.say("VOLT 3,(@1);CURR 0.1,(@1);:OUTP ON,(@1)").await;
    (bench, psu, dmm)
}

async fn until(bench: &Bench, milliseconds: u64) {
    bench.world().sleep_until(milliseconds * 1_000_000).await;
}

fn near(left: f64, right: f64, tolerance: f64) {
    assert!((left - right).abs() <= tolerance, "{left} is not {right}");
}

const BLINKS: &str = r#"
load("VBAT", #{ on: 1.mA, boots_in: 100.ms, needs: 2.V });
pin("LED", #{});
let lit = false;
on_boot(|| { drive("LED", 1.V); after(50.ms, || drive("LED", 2.V)); });
every(200.ms, || { if is_up() { lit = !lit; change("VBAT", #{ on: if lit { 5.mA } else { 1.mA } }); } });
"#;

#[tokio::test(start_paused = true)]
async fn handlers_are_called_at_the_nanosecond_they_asked_for() {
    let (bench, mut psu, _, _folder) = powered("LED", BLINKS).await;
    let mut seen = Vec::new();
    for at in [99_999_999, 199_999_999, 200_000_000, 399_999_999, 400_000_000] {
        bench.world().sleep_until(at).await;
        seen.push((psu.number("MEAS:CURR? (@1)").await * 1000.0).round() as i64);
    }
    assert_eq!(seen, [1, 1, 5, 5, 1]);
}

#[tokio::test(start_paused = true)]
async fn a_unit_does_what_it_does_at_boot_each_time_it_boots() {
    let (bench, mut psu, mut dmm, _folder) = powered("LED", BLINKS).await;
    for start in [0, 1000] {
        until(&bench, start + 90).await;
        near(dmm.number("READ?").await, 0.0, 1e-3);
        until(&bench, start + 110).await;
        near(dmm.number("READ?").await, 1.0, 1e-3);
        until(&bench, start + 151).await;
        near(dmm.number("READ?").await, 2.0, 1e-3);
        psu.say("OUTP OFF,(@1)").await;
        until(&bench, start + 500).await;
        near(dmm.number("READ?").await, 0.0, 1e-3);
        until(&bench, start + 1000).await;
        psu.say("OUTP ON,(@1)").await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_net_calls_its_handler_once_each_time_it_gets_to_the_other_side() {
    let file = r#"
        load("VBAT", #{ on: 1.mA });
        pin("COUNT", #{});
        let count = 0;
        on_net("PROBE", above(1.V), || { count += 1; drive("COUNT", 100.mV * count); });
        on_net("PROBE", below(500.mV), || { count += 10; drive("COUNT", 100.mV * count); });
    "#;
    let (_bench, mut psu, mut dmm, _folder) = powered("COUNT", file).await;
    psu.say("VOLT 0.8,(@2);:OUTP ON,(@2)").await;
    near(dmm.number("READ?").await, 0.0, 1e-3);
    for (level, count) in [(1.2, 1), (1.3, 1), (0.8, 1), (1.1, 2), (0.4, 12), (0.3, 12), (1.5, 13)]
    {
        psu.say(&format!("VOLT {level},(@2)")).await;
        near(dmm.number("READ?").await, 0.1 * f64::from(count), 1e-3);
    }
}

#[tokio::test(start_paused = true)]
async fn handlers_that_undo_each_other_take_time_and_come_to_no_standstill() {
    let file = r#"
        load("VBAT", #{ on: 1.mA });
        pin("X", #{});
        let turns = 0;
        on_net("X", below(1.V), || { turns += 1; drive("X", 2.V); });
        on_net("X", above(1.V), || { turns += 1; drive("X", 0.V); });
        on_boot(|| drive("X", 2.V));
    "#;
    let (bench, _, mut dmm, _folder) = powered("X", file).await;
    until(&bench, 1000).await;
    let level = dmm.number("READ?").await;
    assert!(!(0.1..=1.9).contains(&level), "{level}");
}

#[tokio::test(start_paused = true)]
async fn an_error_in_a_handler_is_one_of_the_bench_with_its_line_and_the_supply_still_goes_off() {
    for (body, said) in [
        ("throw \"flat\"", "flat"),
        ("loop { }", "the script used all its operations"),
        ("drive(\"LDE\", 1.V)", "there is no net `LDE`"),
        ("change(\"LED\", #{ charge: 1.percent })", "nothing on `LED` has `charge`"),
        ("load(\"VBAT\", #{ on: 1.A })", "nothing can be declared any more"),
        ("every(1.us, || ())", "too short"),
        ("loop { after(1.s, || ()); }", "more than 1000 closures"),
        ("fn_that_is_not()", "fn_that_is_not"),
    ] {
        let file = format!(
            "load(\"VBAT\", #{{ on: 1.mA }});\npin(\"LED\", #{{}});\nafter(20.ms, || {{\n {body};\n}});"
        );
        let (bench, mut psu, _, _folder) = powered("LED", &file).await;
        until(&bench, 30).await;
        let wrong = psu.0.write(b"VOLT 2,(@1)", soon()).await.unwrap_err();
        assert_eq!(wrong.kind(), ErrorKind::Unsupported, "{body}: {wrong}");
        let text = wrong.to_string();
        assert!(
            text.contains(said)
                && (text.contains("unit.dut.rhai:4:") || body.starts_with("loop {")),
            "{body}: {text}"
        );
        psu.say("OUTP OFF,(@1)").await;
        near(psu.number("MEAS:VOLT? (@1)").await, 0.0, 1e-3);
    }
}

const CHARGED: &str = r#"
    load("SYS", #{ on: 1.mA });
    battery("CELL", #{
        capacity: 10.mAh, charge: 50.percent, resistance: 2.ohm,
        curve: [[0.percent, 3.V], [50.percent, 3.7.V], [100.percent, 4.2.V]],
    });
    charger("CELL", #{ from: "VBAT", needs: 4.5.V, current: 10.mA, voltage: 4.2.V, ends_below: 1.mA });
    fault("never_ends", || change("CELL", #{ ends_below: 0.A }));
    fault("charges_twice", || change("CELL", #{ current: 20.mA }));
"#;

async fn charging(fault: Option<&str>) -> (Arc<Bench>, Talk, Talk, tempfile::TempDir) {
    let (mut plan, folder) = unit("CELL", CHARGED);
    if let Some(fault) = fault {
        let text = format!("at = 'device'\ndoes = 'suffer'\nfrom = '{fault}'");
        plan = with_fault(plan, &text);
    }
    let (bench, mut psu, dmm) = on(plan).await;
    psu.say("VOLT 5,(@1)").await;
    (bench, psu, dmm, folder)
}

#[tokio::test(start_paused = true)]
async fn a_battery_is_charged_with_a_current_then_with_a_voltage_and_then_not_any_more() {
    let (bench, mut psu, mut dmm, _folder) = charging(None).await;
    near(dmm.number("READ?").await, 3.72, 2e-3);
    near(psu.number("MEAS:CURR? (@1)").await, 0.01, 5e-5);
    // Half of 10 mAh at 10 mA is half an hour; 20 mV below the end, it is the voltage that holds.
    until(&bench, 20 * 60_000).await;
    near(psu.number("MEAS:CURR? (@1)").await, 0.01, 5e-5);
    near(dmm.number("READ?").await, 3.7 + 0.5 * 2.0 / 3.0 + 0.02, 5e-3);
    until(&bench, 30 * 60_000).await;
    let tail = psu.number("MEAS:CURR? (@1)").await;
    assert!((0.002..0.0099).contains(&tail), "{tail}");
    near(dmm.number("READ?").await, 4.2, 1e-3);
    until(&bench, 33 * 60_000).await;
    near(psu.number("MEAS:CURR? (@1)").await, 0.0, 5e-5);
    let rests = dmm.number("READ?").await;
    assert!((4.19..4.2).contains(&rests), "{rests}");
    // It begins again only after its input has been away.
    psu.say("OUTP OFF,(@1)").await;
    psu.say("OUTP ON,(@1)").await;
    assert!(psu.number("MEAS:CURR? (@1)").await < 0.001);
}

#[tokio::test(start_paused = true)]
async fn a_fault_that_the_device_declares_changes_it_from_the_beginning() {
    let (bench, mut psu, _, _folder) = charging(Some("never_ends")).await;
    until(&bench, 33 * 60_000).await;
    let tail = psu.number("MEAS:CURR? (@1)").await;
    assert!(tail > 1e-4, "{tail}");
    let (_bench, mut psu, _, _folder) = charging(Some("charges_twice")).await;
    near(psu.number("MEAS:CURR? (@1)").await, 0.02, 5e-5);
}

#[tokio::test(start_paused = true)]
async fn a_battery_runs_down_and_sags_under_what_draws_from_it() {
    let file = CHARGED.replace("load(\"SYS\", #{ on: 1.mA })", "load(\"CELL\", #{ on: 10.mA })");
    let (plan, _folder) = unit("CELL", &file);
    let bench = Bench::build(plan).unwrap();
    let mut dmm = Talk::with(&bench, DMM).await;
    dmm.say("VOLT:NPLC 0.02").await;
    near(dmm.number("READ?").await, 3.68, 2e-3);
    until(&bench, 15 * 60_000).await;
    near(dmm.number("READ?").await, 3.35 - 0.02, 5e-3);
    until(&bench, 60 * 60_000).await;
    near(dmm.number("READ?").await, 2.98, 5e-3);
}

#[tokio::test(start_paused = true)]
async fn a_fault_that_no_device_declares_has_its_place_and_its_neighbour() {
    let (clean, _folder) = unit("CELL", CHARGED);
    let text = "at = 'device'\ndoes = 'suffer'\nfrom = 'never_end'";
    let wrong = crate::check(&with_fault(clean.clone(), text)).unwrap_err();
    assert_eq!(wrong.place.as_ref().unwrap().line, 1, "{wrong:?}");
    assert_eq!(wrong.hint.as_deref(), Some("did you mean `never_ends`?"), "{wrong:?}");
    let bare = Plan { device: None, ..clean.clone() };
    let wrong = crate::check(&with_fault(bare, text)).unwrap_err();
    assert!(wrong.message.contains("no device file"), "{wrong:?}");
    let known = "[forever]\nat = 'device'\ndoes = 'suffer'\nfrom = 'never_ends'\nwhy_not = 'x'\n";
    let all = Catalogue::read("a.toml", known).unwrap();
    let all = all.with_device(clean.device.as_ref().unwrap()).unwrap();
    let names: Vec<&str> = all.faults.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["forever", "charges_twice"], "one that has a name already is not another");
    assert_eq!(all.faults[1].faults[0].place.line, 9);
}

#[tokio::test(start_paused = true)]
async fn a_sensor_gives_the_temperature_as_wrongly_as_it_is() {
    let file = |errors: &str| {
        format!(
            "load(\"VBAT\", #{{ on: 1.mA }});\n\
             sensor(\"T\", #{{ slope: 10.mV, zero: 500.mV{errors} }});\n\
             fault(\"warm\", || change(\"T\", #{{ offset: 2.K }}));"
        )
    };
    for (errors, room, volts) in [
        ("", 23.0, 0.73),
        ("", -20.0, 0.3),
        (", offset: -0.5.K", 23.0, 0.725),
        (", gain: 1.01", 50.0, 0.5 + 0.505),
        (", bend: 0.001", 33.0, 0.5 + 0.331),
    ] {
        let (plan, _folder) = unit("T", &file(errors));
        let (_bench, _, mut dmm) = on(Plan { room: Some(Celsius(room)), ..plan }).await;
        near(dmm.number("READ?").await, volts, 1e-4);
    }
    let (plan, _folder) = unit("T", &file(""));
    let plan = with_fault(plan, "at = 'device'\ndoes = 'suffer'\nfrom = 'warm'");
    let (_bench, _, mut dmm) = on(plan).await;
    near(dmm.number("READ?").await, 0.75, 1e-4);
}

#[tokio::test(start_paused = true)]
async fn a_heater_warms_the_unit_with_its_time_constant_and_lets_it_cool() {
    let file = r#"
        load("VBAT", #{ on: 1.mA });
        sensor("T", #{ slope: 10.mV });
        heater("HEAT", #{ resistance: 10.ohm, rise: 20.K, time: 60.s });
    "#;
    let (mut plan, _folder) = unit("T", file);
    plan.roles[1].sim = toml_file::read("bench.fixture.toml", "connect = 'HEAT'").unwrap();
    let (bench, mut psu, mut dmm) = on(plan).await;
    near(dmm.number("READ?").await, 0.23, 1e-4);
    // 3.162 V across 10 ohm are 1 W, worth 20 K in the end.
    psu.say("VOLT 3.1622777,(@2);CURR 1,(@2);:OUTP ON,(@2)").await;
    let from = bench.world().now_ns() / 1_000_000;
    until(&bench, from + 60_000).await;
    // The look before this one may be a 25th of the time constant old.
    near(dmm.number("READ?").await, 0.23 + 0.2 * (1.0 - (-1.0_f64).exp()), 0.004);
    until(&bench, from + 900_000).await;
    near(dmm.number("READ?").await, 0.43, 2e-4);
    psu.say("OUTP OFF,(@2)").await;
    until(&bench, from + 1_800_000).await;
    near(dmm.number("READ?").await, 0.23, 1e-4);
}

#[tokio::test(start_paused = true)]
async fn a_relay_is_closed_and_opened_by_the_unit() {
    let file = r#"
        load("VBAT", #{ on: 1.mA });
        relay("OUT", #{ from: "VBAT", resistance: 1.ohm });
        resistor("OUT", 99.ohm);
        after(10.ms, || close("OUT"));
        after(20.ms, || open("OUT"));
    "#;
    let (bench, _, mut dmm, _folder) = powered("OUT", file).await;
    for (at, volts) in [(5, 0.0), (15, 2.97), (25, 0.0)] {
        until(&bench, at).await;
        near(dmm.number("READ?").await, volts, 1e-3);
    }
}

#[tokio::test(start_paused = true)]
async fn a_load_of_constant_power_draws_more_from_less() {
    let (_bench, mut psu, _, _folder) = powered("VBAT", "load(\"VBAT\", #{ on: 30.mW });").await;
    near(psu.number("MEAS:CURR? (@1)").await, 0.01, 5e-5);
    psu.say("VOLT 1.5,(@1)").await;
    near(psu.number("MEAS:CURR? (@1)").await, 0.02, 5e-5);
}

#[tokio::test(start_paused = true)]
async fn a_bad_contact_loses_voltage_that_the_supply_does_not_see_and_sense_leads_do() {
    let file = "load(\"VBAT\", #{ on: 50.mA });";
    for (sense, volts) in [("false", 2.9), ("true", 3.0)] {
        let (mut plan, _folder) = unit("VBAT", file);
        let sim = format!("connect = 'VBAT'\nsense = {sense}");
        plan.roles[0].sim = toml_file::read("bench.fixture.toml", &sim).unwrap();
        let contact = "at = 'VBAT'\ndoes = 'contact'\nthrough = '2 ohm'";
        let (_bench, mut psu, mut dmm) = on(with_fault(plan, contact)).await;
        near(dmm.number("READ?").await, volts, 1e-3);
        near(psu.number("MEAS:VOLT? (@1)").await, 3.0, 1e-3);
    }
}

#[tokio::test(start_paused = true)]
async fn nets_that_are_swapped_have_each_others_instruments() {
    let file = "load(\"VBAT\", #{ on: 1.mA }); resistor(\"PROBE\", 1.kohm);";
    let (plan, _folder) = unit("PROBE", file);
    let swap = "at = 'VBAT'\ndoes = 'swap'\nwith = 'PROBE'";
    let (_bench, mut psu, mut dmm) = on(with_fault(plan.clone(), swap)).await;
    near(dmm.number("READ?").await, 0.0, 1e-3);
    near(psu.number("MEAS:CURR? (@1)").await, 0.003, 5e-5);
    let wrong = crate::check(&with_fault(plan, &swap.replace("PROBE", "PRBE"))).unwrap_err();
    assert_eq!(wrong.hint.as_deref(), Some("did you mean `PROBE`?"));
}

#[tokio::test(start_paused = true)]
async fn one_seed_is_one_trace_with_handlers_batteries_and_all() {
    let mut traces = Vec::new();
    for _ in 0..2 {
        let (bench, mut psu, mut dmm, _folder) = charging(None).await;
        let mut trace = String::new();
        for minute in 0..40 {
            until(&bench, minute * 60_000).await;
            trace += &psu.ask("MEAS:CURR? (@1)").await;
            trace += &dmm.ask("READ?").await;
        }
        traces.push(trace);
    }
    assert_eq!(traces[0], traces[1]);
}

#[tokio::test(start_paused = true)]
async fn an_unattended_hour_of_wakes_passes() {
    let (bench, _, _, _folder) = powered("LED", BLINKS).await;
    bench.world().sleep(Duration::from_secs(3600)).await;
    assert_eq!(bench.world().now_ns(), 3_600_000_000_000);
}

//! Every command that a driver sends is obeyed by the simulated instrument itself, not only by
//! the list of what it obeys.

use std::sync::Arc;
use std::time::Duration;

use pogo_hal::{Deadline, Dial, Resource, Session, toml_file};
use pogo_models::{Around, Model, Phrase, Sends};
use pogo_sim::{Bench, Plan, Role};

/// Everything that the driver of `model` says, with the value in its placeholder, on `channel`.
fn messages(model: &Model, channel: Option<u8>) -> Vec<String> {
    let say = |phrase: &Phrase| {
        let Around { before, after } = phrase.on(channel);
        let takes = phrase.text().replace("{channel}", "").contains('{');
        format!("{before}{}{after}", if takes { "1" } else { "" })
    };
    match model.sends() {
        Sends::PowerSupply(it) => {
            let always = [
                &it.next_error,
                &it.set_voltage,
                &it.set_current_limit,
                &it.voltage_setpoint,
                &it.current_limit,
                &it.on,
                &it.off,
                &it.output,
                &it.measure_voltage,
                &it.measure_current,
                &it.make_safe,
            ];
            let perhaps = [
                &it.set_over_voltage,
                &it.over_voltage_on,
                &it.set_over_current,
                &it.over_current_on,
                &it.calibration,
            ];
            let perhaps = perhaps.into_iter().flatten();
            it.prepare.iter().chain(always).chain(perhaps).map(say).collect()
        }
        Sends::Multimeter(it) => {
            let functions = it.functions.values().flat_map(|verbs| {
                let perhaps = [&verbs.range, &verbs.auto_range, &verbs.nplc];
                perhaps.into_iter().flatten().chain([&verbs.read])
            });
            let always = [&it.next_error].into_iter().chain(&it.calibration);
            it.prepare.iter().chain(functions).chain(always).map(say).collect()
        }
        Sends::Modbus => Vec::new(),
    }
}

async fn dial(model: &Arc<Model>, channel: Option<u8>) -> Box<dyn Session> {
    let resource: Resource = "TCPIP::192.0.2.1::5025::SOCKET".parse().unwrap();
    let role = Role {
        role: "it".into(),
        model: model.clone(),
        resource: resource.clone(),
        channel,
        sim: toml_file::read("it", "connect = 'NET'").unwrap(),
    };
    let bench = Bench::build(Plan { roles: vec![role], ..Plan::default() }).unwrap();
    bench.dial(&resource, soon()).await.unwrap()
}

fn soon() -> Deadline {
    Deadline::after(Duration::from_secs(60))
}

/// What an instrument has to say against a message: its error, or its silence.
async fn complaint(wire: &mut dyn Session, message: &str) -> Option<String> {
    wire.write(message.as_bytes(), soon()).await.unwrap();
    let mut response = Vec::new();
    let silent = message.contains('?') && wire.read(&mut response, soon()).await.is_err();
    wire.write(b"SYST:ERR?", soon()).await.unwrap();
    wire.read(&mut response, soon()).await.unwrap();
    let error = String::from_utf8(response).unwrap();
    let well = !silent && error.trim_start_matches('+').starts_with("0,");
    (!well).then(|| format!("{error}{}", if silent { " and silence" } else { "" }))
}

#[tokio::test(start_paused = true)]
async fn every_command_any_driver_sends_is_obeyed_by_the_simulated_instrument() {
    let (mut said, mut wrong) = (0, Vec::new());
    for name in pogo_models::builtin() {
        let model = pogo_models::find(name, None).unwrap();
        let channels: Vec<Option<u8>> = match model.channels().is_empty() {
            true => vec![None],
            false => model.channels().keys().map(|it| Some(*it)).collect(),
        };
        for channel in channels {
            let mut wire = dial(&model, channel).await;
            for message in messages(&model, channel) {
                said += 1;
                if let Some(answer) = complaint(&mut *wire, &message).await {
                    wrong.push(format!("{name}, {channel:?}: `{message}`: {answer}"));
                }
            }
        }
    }
    assert!(said > 100, "{said} messages are not all that drivers say");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_command_that_no_instrument_knows_would_be_noticed() {
    let model = pogo_models::find("rigol-dp832", None).unwrap();
    let mut wire = dial(&model, Some(1)).await;
    for message in [":SOUR1:VOLTS 1", ":SOUR1:VOLT 99", ":SOUR1:VOLT", ":OUTP CH9,ON", ":FOO?"] {
        assert!(complaint(&mut *wire, message).await.is_some(), "{message}");
    }
    assert_eq!(complaint(&mut *wire, ":SOUR1:VOLT 1").await, None);
}

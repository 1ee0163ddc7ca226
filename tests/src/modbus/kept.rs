//! The driver keeps the promises of its trait over every wire.

use pogo_hal::conformance::{Registers, modbus};
use pogo_hal::{Dimension, Quantity, RegisterValue, SafeState};

use super::rig::{Device, LINE, Rig, TCP};

async fn conforms(it: &Device, wire: &str) {
    let setpoint = it.device.map().get("setpoint").unwrap();
    let value = RegisterValue::Quantity(Quantity::new(40.5, Dimension::Temperature));
    let registers = Registers { holding: 10, coils: 4, nothing: 500, entry: (setpoint, value) };
    modbus(&*it.device, registers).await.unwrap_or_else(|broken| panic!("{wire}: {broken}"));
    assert_eq!(it.get("pressure").await.unwrap(), "101.25 kPa", "{wire}");
    assert_eq!(it.get("door").await.unwrap(), "true", "{wire}");
    assert_eq!(it.device.identity().to_string(), "Nobody,Test device,SIM00001,", "{wire}");
    assert_eq!(it.recoveries(), [""; 0], "{wire}");
}

#[tokio::test(start_paused = true)]
async fn the_driver_keeps_the_promises_of_a_modbus_device_in_simulated_time() {
    for wire in [TCP, LINE] {
        let rig = Rig::build(wire, "unit = 7", &[], 1000);
        conforms(&rig.open("it").await.unwrap(), wire).await;
    }
}

// In real time: a paused clock does not wait for sockets.
#[tokio::test]
async fn the_driver_keeps_the_promises_of_a_modbus_device_over_real_wires() {
    for wire in [TCP, LINE] {
        let rig = Rig::build(wire, "unit = 7", &[], 5000).served().await;
        conforms(&rig.open("it").await.unwrap(), wire).await;
    }
}

#[tokio::test(start_paused = true)]
async fn devices_on_one_line_are_told_apart_by_their_units() {
    let rig = Rig::of(&[("a", LINE, "unit = 1"), ("b", LINE, "unit = 2")], &[], 1000);
    let (a, b) = (rig.open("a").await.unwrap(), rig.open("b").await.unwrap());
    a.device.write_registers(10, &[1, 2]).await.unwrap();
    b.device.write_registers(10, &[3, 4]).await.unwrap();
    assert_eq!(a.device.read_holding_registers(10, 2).await.unwrap(), [1, 2]);
    assert_eq!(b.device.read_holding_registers(10, 2).await.unwrap(), [3, 4]);
}

#[tokio::test(start_paused = true)]
async fn a_number_of_two_words_is_written_in_one_request() {
    let rig = Rig::build(TCP, "", &[], 1000);
    let it = rig.open("it").await.unwrap();
    let before = it.log.exchanges().len();
    let register = it.device.map().get("scratch").unwrap().clone();
    it.device.set(&register, &RegisterValue::Integer(70_000)).await.unwrap();
    assert_eq!(it.log.exchanges().len() - before, 2, "a request and its response");
    assert_eq!(it.get("scratch").await.unwrap(), "70000");
}

#[tokio::test(start_paused = true)]
async fn a_device_declines_what_its_map_does_not_allow_and_keeps_what_it_had() {
    let rig = Rig::build(TCP, "", &[], 1000);
    let it = rig.open("it").await.unwrap();
    // 200 degC, beyond its 180; no register at all; a register and one that there is not.
    for (address, words, exception) in
        [(0, &[2000][..], "exception 3"), (1, &[1], "exception 2"), (10, &[1, 2, 3], "exception 2")]
    {
        let error = it.device.write_registers(address, words).await.unwrap_err();
        assert!(error.message().contains(exception), "{address}: {error}");
    }
    assert_eq!(it.get("setpoint").await.unwrap(), "23 °C");
    assert_eq!(it.get("scratch").await.unwrap(), "0");
}

#[tokio::test(start_paused = true)]
async fn a_map_without_safe_values_says_that_the_device_is_left_as_it_is() {
    let rig = Rig::without_safe(TCP);
    let it = rig.open("it").await.unwrap();
    it.device.write_registers(0, &[900]).await.unwrap();
    let SafeState::Confirmed { state, .. } = it.device.make_safe().await.unwrap() else {
        panic!("it can be written");
    };
    assert_eq!(state, "left as it is: its register map declares no safe value");
    assert_eq!(it.get("setpoint").await.unwrap(), "90 °C");
}

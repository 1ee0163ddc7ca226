//! Devices are made safe by somebody who did not open them.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use pogo_drivers::Lifelines;
use pogo_hal::SafeState;

use super::rig::{LINE, Rig, TCP};
use crate::{Folder, Program, Served, workspace};

// In real time: a paused clock does not wait for sockets.
#[tokio::test]
async fn whoever_has_the_lifelines_writes_the_safe_values_and_reads_them_back() {
    for wire in [TCP, LINE] {
        let lifelines = Arc::new(Lifelines::default());
        let rig = Rig::build(wire, "unit = 7", &[], 5000).served().await.kept_in(&lifelines);
        let it = rig.open("it").await.unwrap();
        it.device.write_registers(0, &[900]).await.unwrap();
        it.device.write_coils(5, &[true]).await.unwrap();
        lifelines.close();
        it.device.write_registers(0, &[901]).await.unwrap_err();
        // As the run's process ends: nobody else can have its line before.
        drop(it);
        let rig = rig.kept_in(&Arc::default());
        let known = lifelines.make_safe().await;
        let [(role, Ok(SafeState::Confirmed { state, .. }))] = known.as_slice() else {
            panic!("{wire}: {known:?}");
        };
        assert_eq!((&**role, &**state), ("it", "setpoint 23 °C, fan false"), "{wire}");
        let witness = rig.witness(wire, 7).await;
        assert_eq!(witness.read_holding_registers(0, 1).await.unwrap(), [230], "{wire}");
        assert_eq!(witness.read_coils(5, 1).await.unwrap(), [false], "{wire}");
    }
}

/// Looks at the served chamber's setpoint until it is that.
async fn until(chamber: &dyn pogo_hal::Modbus, setpoint: u16, what: &str) {
    let looks =
        async { while chamber.read_holding_registers(0, 1).await.unwrap() != [setpoint] {} };
    tokio::time::timeout(Duration::from_secs(60), looks).await.expect(what);
}

#[tokio::test]
async fn a_run_that_is_killed_leaves_its_chamber_at_its_safe_setpoint() {
    let folder = Folder::copy(&workspace().join("scripts/transmitter")).with(
        "long.rhai",
        "//! Stays at a setpoint.\n\nchamber.set(\"setpoint\", 60.degC);\nwait(1.hour);\n\
         psu.off();\n",
    );
    let served = Served::start(folder.root(), "bench.fixture.toml", &["psu", "dmm", "chamber"]);
    let place = served.address("chamber");
    let place = format!("TCPIP::{}::{}::SOCKET", place.ip(), place.port());
    let rig = Rig::build(TCP, "faces = 'unit'", &[], 5000).at(&place);
    let chamber = rig.open("it").await.unwrap().device;
    let line = "run long.rhai --fixture out.toml --dut SN0001 --store store";
    let mut run = Program::command(folder.root(), line)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until(&*chamber, 600, "the script has set it").await;
    run.kill().unwrap();
    run.wait().unwrap();
    until(&*chamber, 230, "the guard has made it safe").await;
}

//! Devices are made safe by somebody who did not open them.

use std::sync::Arc;

use pogo_drivers::Lifelines;
use pogo_hal::SafeState;

use super::rig::{LINE, Rig, TCP};

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

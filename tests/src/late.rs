//! Answers and commands that come late mislead nobody.

use std::time::Duration;

use pogo_drivers::{Lifeline, Recipe, Say, rescue};
use pogo_hal::{Amperes, Direction, ErrorKind, Handle, PowerSupply, SafeState, Volts};

use crate::rig::{LAN, Rig, RoleOf};

const PSU: RoleOf<'_> = ("psu", "keysight-e36312a", Some(1));
const DMM: RoleOf<'_> = ("dmm", "keysight-34461a", None);

/// Sets and reads voltages and current limits that are all different; whatever reading comes back
/// has to be one that was asked for just then. `pause` passes between two rounds, so that what is
/// late comes in the middle of it. Says how many calls gave an error.
async fn converse(supply: &dyn PowerSupply, pause: Duration) -> usize {
    let mut errors = 0;
    for round in 0..6 {
        tokio::time::sleep(pause).await;
        let (voltage, current) = (1.0 + 0.5 * f64::from(round), 0.1 + 0.02 * f64::from(round));
        // A command whose answer was late may or may not have been carried out.
        let set = supply.set_voltage(Volts(voltage)).await.is_ok();
        errors += usize::from(!set);
        let limited = supply.set_current_limit(Amperes(current)).await.is_ok();
        errors += usize::from(!limited);
        match supply.voltage_setpoint().await {
            Ok(it) if set => assert!((it.value.0 - voltage).abs() < 1e-6, "{voltage}: {it:?}"),
            Ok(it) => assert!((1.0..4.0).contains(&it.value.0), "no voltage: {it:?}"),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Timeout, "{error:?}");
                errors += 1;
            }
        }
        match supply.current_limit().await {
            Ok(it) if limited => assert!((it.value.0 - current).abs() < 1e-6, "{current}: {it:?}"),
            Ok(it) => assert!(it.value.0 < 0.25, "no current: {it:?}"),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Timeout, "{error:?}");
                errors += 1;
            }
        }
    }
    errors
}

#[tokio::test(start_paused = true)]
async fn a_late_reply_is_never_taken_for_the_next_one() {
    // Every answer of the conversation is the late one once, by more and by much more than anybody
    // waits for it.
    for by in ["101 ms", "150 ms", "350 ms"] {
        let mut late = 0;
        for after in 0..60 {
            let fault = format!(
                "at = 'psu'\ndoes = 'answer late'\nby = '{by}'\nafter = {after}\ntimes = 1"
            );
            let rig = Rig::build(&[PSU], &[&fault], Duration::from_millis(100));
            // One that is late while the instrument is opened keeps it from being opened.
            let Ok(opened) = rig.open("psu").await else { continue };
            let pogo_hal::Handle::PowerSupply(supply) = opened.handle else { panic!("a supply") };
            let errors = converse(&*supply, Duration::from_millis(70)).await;
            assert!(errors <= 1, "one answer was late, {errors} calls went wrong");
            late += errors;
        }
        assert!(late >= 24, "the fault was hardly there: {late}");
    }
}

#[tokio::test(start_paused = true)]
async fn replies_that_are_all_late_are_never_taken_for_one_another() {
    let fault = "at = 'psu'\ndoes = 'answer late'\nby = '150 ms'\nafter = 12";
    let rig = Rig::build(&[PSU], &[fault], Duration::from_millis(100));
    let supply = rig.supply("psu").await;
    assert!(converse(&*supply, Duration::from_millis(70)).await > 12);
}

#[tokio::test]
async fn a_late_reply_is_never_taken_for_the_next_one_over_every_network_wire() {
    for face in LAN {
        let mut late = 0;
        for after in [13, 14, 15, 16] {
            let fault = format!(
                "at = 'psu'\ndoes = 'answer late'\nby = '300 ms'\nafter = {after}\ntimes = 1"
            );
            let rig = Rig::build(&[PSU], &[&fault], Duration::from_millis(250));
            let rig = rig.served_over(face).await;
            // These wires keep the wall's time: on a busy machine others are late as well, and
            // nothing but which reply is taken says anything of the driver.
            late += converse(&*rig.supply("psu").await, Duration::ZERO).await;
        }
        assert!(late >= 2, "{face}: the fault was hardly there: {late}");
    }
}

/// How many messages the supply has been sent when it is told to switch on.
async fn messages_before_on() -> usize {
    let rig = Rig::build(&[PSU], &[], Duration::from_secs(1));
    let opened = rig.open("psu").await.unwrap();
    let pogo_hal::Handle::PowerSupply(supply) = opened.handle else { panic!("a supply") };
    supply.set_voltage(Volts(3.0)).await.unwrap();
    let sent = |log: &pogo_hal::WireLog| {
        log.exchanges().iter().filter(|it| it.direction == Direction::Sent).count()
    };
    sent(&opened.log)
}

/// A supply that holds back `OUTP ON` for 300 ms while it serves other connections, driven by
/// somebody who waits `timeout` for it and then makes it safe. It has to be off when that is
/// confirmed, and at every look of another client `looks` times `pause` later. Nothing is said of it
/// where a busy machine did not get as far within `timeout`.
async fn is_off_and_stays_off(
    rig: Rig,
    timeout: Duration,
    looks: u32,
    pause: Duration,
) -> Option<()> {
    let Handle::PowerSupply(supply) = rig.open("psu").await.ok()?.handle else {
        panic!("a supply")
    };
    let mut witness = rig.witness("psu").await;
    let mut meter = rig.witness("dmm").await;
    supply.set_voltage(Volts(3.0)).await.ok()?;
    let error = supply.on().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{timeout:?}: {error:?}");
    let safe = supply.make_safe().await.ok()?;
    assert!(matches!(&safe, SafeState::Confirmed { .. }), "{timeout:?}: {safe:?}");
    for look in 0..looks {
        let output = witness.ask("OUTP? (@1)").await;
        assert_eq!(output, "0", "after {timeout:?} of waiting, look {look}");
        tokio::time::sleep(pause).await;
    }
    let rest: f64 = meter.ask("READ?").await.parse().unwrap();
    assert!(rest.abs() < 0.02, "{rest:?}");
    Some(())
}

fn held_back(after: usize, timeout: Duration) -> Rig {
    let fault = format!("at = 'psu'\ndoes = 'hold back'\nby = '300 ms'\nafter = {after}");
    Rig::build(&[PSU, DMM], &[&fault], timeout)
}

#[tokio::test(start_paused = true)]
async fn a_supply_that_holds_its_commands_back_is_off_and_stays_off_200_of_200() {
    let after = messages_before_on().await;
    for n in 1..=200 {
        // From a moment to just before the command is carried out.
        let timeout = Duration::from_micros(1_480 * n);
        let rig = held_back(after, timeout);
        let pause = Duration::from_millis(10);
        is_off_and_stays_off(rig, timeout, 100, pause).await.expect("no machine is busy here");
    }
}

#[tokio::test]
async fn a_supply_that_holds_its_commands_back_is_off_and_stays_off_over_every_network_wire() {
    let after = messages_before_on().await;
    for face in LAN {
        let runs =
            [60, 90, 140, 190, 240, 270].map(Duration::from_millis).map(|timeout| async move {
                // A driver that is wrong is wrong again, and what it leaves on is seen at once.
                for _ in 0..10 {
                    let rig = held_back(after, timeout).served_over(face).await;
                    let pause = Duration::from_millis(20);
                    if is_off_and_stays_off(rig, timeout, 20, pause).await.is_some() {
                        return;
                    }
                }
                panic!("{face}: never made safe within {timeout:?}");
            });
        // At once: most of it is waiting.
        let set = tokio::task::LocalSet::new();
        let all = runs.map(|run| set.spawn_local(run));
        set.await;
        for run in all {
            run.await.unwrap_or_else(|it| panic!("{face}: {it}"));
        }
    }
}

#[tokio::test]
async fn a_command_that_outlives_its_session_does_not_outlive_the_safe_state_said_after_it() {
    let after = messages_before_on().await;
    for face in LAN {
        let mut rig = held_back(after, Duration::from_millis(400)).served_over(face).await;
        let supply = rig.supply("psu").await;
        supply.set_voltage(Volts(3.0)).await.unwrap();
        let abandoned = tokio::time::timeout(Duration::from_millis(50), supply.on()).await;
        assert!(abandoned.is_err(), "{face}: it is held back");
        let lifeline = Lifeline {
            resource: rig.resource("psu").to_string(),
            identity: supply.identity().to_string(),
            next_error: "SYST:ERR?".into(),
            recipes: vec![Recipe {
                role: "psu".into(),
                say: Some(Say {
                    command: "OUTP OFF,(@1)".into(),
                    query: "OUTP? (@1)".into(),
                    state: "output off".into(),
                    timeout: Duration::from_secs(1),
                }),
                put: None,
            }],
        };
        drop(supply);
        rig.hang_up();
        let known = rescue(vec![(lifeline, None)]).await;
        assert!(matches!(&known[..], [(_, Ok(SafeState::Confirmed { .. }))]), "{face}: {known:?}");
        let mut witness = rig.witness("psu").await;
        for _ in 0..20 {
            assert_eq!(witness.ask("OUTP? (@1)").await, "0", "{face}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

//! What is run: scripts and fixtures as people write them.

use std::net::SocketAddr;

use crate::phase::Phase;

/// The message of the script's own that its phase begins with.
pub const PHASE_BEGINS: &str = "CURR 0.11,";
/// The message that its clean-up begins with.
pub const CLEANUP_BEGINS: &str = "CURR 0.12,";

/// What a person is asked.
pub const QUESTION: &str = "Go on?";

/// What a run does that could go on for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pastime {
    /// Nothing that could fail: only being told ends it.
    Quiet,
    /// It records and reads the meter all the time: what breaks under it ends it.
    Busy,
}

/// The script that stays in `phase`. In a phase that needs no staying it goes to its end.
pub fn script(phase: Phase, pastime: Pastime) -> String {
    let tick = match pastime {
        Pastime::Quiet => "",
        Pastime::Busy => "record(\"tick\", 1); dmm.dc_voltage();",
    };
    let wait = match pastime {
        Pastime::Quiet => "wait(600.s);".to_owned(),
        Pastime::Busy => format!("loop {{ wait(10.ms); {tick} }}"),
    };
    let begins = "psu.set_current_limit(110.mA);";
    let inside = match phase {
        Phase::BetweenCommands => format!(
            "{begins} loop {{ psu.set_voltage(3.V); psu.measure_voltage(); dmm.dc_voltage(); {tick} }}"
        ),
        Phase::MidMessage => {
            format!("{begins} psu.set_voltage(4.75.V); psu.off(); psu.on(); {wait}")
        }
        Phase::AwaitingReply => {
            format!("{begins} psu.off(); psu.on(); psu.measure_voltage(); dmm.dc_voltage(); {wait}")
        }
        Phase::Waiting => format!("{begins} {wait}"),
        Phase::Computing => {
            format!("{begins} loop {{ let n = 0; while n < 2_000 {{ n += 1; }} {tick} }}")
        }
        Phase::Prompt => match pastime {
            Pastime::Quiet => format!("{begins} confirm(\"{QUESTION}\");"),
            Pastime::Busy => format!("{begins} loop {{ confirm(\"{QUESTION}\"); {tick} }}"),
        },
        _ => String::new(),
    };
    let between = if phase == Phase::Idle { format!("{begins} {wait}") } else { String::new() };
    format!(
        r#"//! The job of the kill table.

cleanup(|| {{
    psu.set_current_limit(120.mA);
    for n in 0..10 {{ wait(10.ms); {tick} }}
}});

step("power on", || {{
    dmm.set_nplc("dc_voltage", 0.02);
    psu.set_voltage(3.V);
    psu.on();
    measure("rail", psu.measure_voltage(), within(3.V, 100.mV));
    dmm.dc_voltage();
    {inside}
}});
{between}
step("again", || {{ measure("rail_again", psu.measure_voltage(), within(3.V, 100.mV)); }});
"#
    )
}

/// The next run on the same bench.
pub const NEXT: &str = r#"//! The next run on the same bench.

step("power on", || {
    dmm.set_nplc("dc_voltage", 0.02);
    psu.set_voltage(1.V);
    psu.on();
    measure("rail", psu.measure_voltage(), within(1.V, 50.mV));
    dmm.dc_voltage();
});
"#;

/// A fixture with the supply at `psu` and the meter at `dmm`; without the one that is nowhere.
pub fn fixture(psu: Option<SocketAddr>, dmm: Option<SocketAddr>) -> String {
    let mut text = "[fixture]\nid = \"FX-KILL\"\n".to_owned();
    if let Some(at) = psu {
        text += &role("psu", "keysight-e36312a", at, "2 s");
        text += "channel = 1\nlimits = { voltage = \"5 V\", current = \"500 mA\" }\n";
    }
    if let Some(at) = dmm {
        text += &role("dmm", "keysight-34461a", at, "500 ms");
    }
    text
}

fn role(name: &str, model: &str, at: SocketAddr, timeout: &str) -> String {
    let (host, port) = (at.ip(), at.port());
    format!(
        "\n[instruments.{name}]\nmodel = \"{model}\"\n\
         address = \"TCPIP::{host}::{port}::SOCKET\"\ntimeout = \"{timeout}\"\n\
         sim = {{ connect = \"RAIL\" }}\n"
    )
}

/// The fault of a supply that is slow, on one connection, from the message after `after` on.
pub fn holds_back(after: usize) -> String {
    format!(
        "\n[[sim.faults]]\nat = \"psu\"\ndoes = \"hold back\"\nby = \"300 ms\"\nafter = {after}\n"
    )
}

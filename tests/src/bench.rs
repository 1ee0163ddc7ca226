//! The bench of most tests: a supply and a meter on one net, two more meters for who needs them.

use std::net::{Ipv4Addr, TcpListener};

use crate::{Ended, Folder, Program};

/// The fixture: `psu` and `dmm` on the net `RAIL`, `other` on nothing.
const FIXTURE: &str = r#"
[fixture]
id = "FX-T"

[instruments.psu]
model   = "keysight-e36312a"
address = "TCPIP::192.0.2.21::5025::SOCKET"
channel = 1
limits  = { voltage = "5 V", current = "500 mA" }
sim     = { connect = "RAIL" }

[instruments.dmm]
model   = "keysight-34461a"
address = "TCPIP::192.0.2.22::5025::SOCKET"
sim     = { connect = "RAIL" }

[instruments.other]
model   = "keithley-dmm6500"
address = "TCPIP::192.0.2.23::5025::SOCKET"
sim     = { connect = "ELSEWHERE" }
"#;

/// A command line that runs `script.rhai` on the simulated bench.
pub(crate) const SIMULATED: &str =
    "run script.rhai --fixture bench.fixture.toml --dut SN0001 --sim --store store";

/// The same on whatever the fixture's addresses are.
pub(crate) const REAL: &str =
    "run script.rhai --fixture bench.fixture.toml --dut SN0001 --store store";

/// A folder with the fixture and with `script` as `script.rhai`, which gets its first line here.
pub(crate) fn folder(script: &str) -> Folder {
    let script = format!("//! A script of the tests.\n\n{}\n", script.trim());
    Folder::new().with("bench.fixture.toml", FIXTURE.trim_start()).with("script.rhai", &script)
}

/// `script`, run on the simulated bench.
pub(crate) fn simulated(script: &str) -> Ended {
    Program::run(folder(script).root(), SIMULATED)
}

/// Somebody who listens and notes whether anybody came.
pub(crate) struct Ear(TcpListener);

impl Ear {
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    pub(crate) fn port(&self) -> u16 {
        self.0.local_addr().unwrap().port()
    }

    /// Puts every address of the fixture in `folder` here.
    pub(crate) fn instead_of_all_in(&self, folder: Folder) -> Folder {
        let here = format!("127.0.0.1::{}::", self.port());
        ["192.0.2.21::5025::", "192.0.2.22::5025::", "192.0.2.23::5025::"]
            .into_iter()
            .fold(folder, |folder, there| folder.edited("bench.fixture.toml", there, &here))
    }

    /// Whether somebody has connected since.
    pub(crate) fn heard_somebody(&self) -> bool {
        self.0.accept().is_ok()
    }
}

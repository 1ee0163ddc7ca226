//! A supply and a meter, each a process of its own, behind taps.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pogo_tests::{Folder, Served};

use crate::job;
use crate::lookout::Lookout;
use crate::tap::Tap;

/// What the supply's process keeps.
pub const OUTPUTS: &str = "outputs.jsonl";
/// The fixture of the run.
pub const FIXTURE: &str = "bench.fixture.toml";

/// The bench of one point.
pub struct Bench {
    folder: PathBuf,
    _psu: Served,
    dmm: Served,
    _psu_tap: Tap,
    dmm_tap: Tap,
}

impl Bench {
    /// Starts both in `folder`, and writes the fixture that leads to them. `fault` stands at the
    /// end of the supply's.
    pub fn start(folder: &Folder, fault: &str, lookout: &Arc<Lookout>) -> Self {
        let anywhere = "192.0.2.1:5025".parse().ok();
        let write = |name, text: String| std::fs::write(folder.path(name), text).expect("a file");
        write("psu.toml", job::fixture(anywhere, None) + fault);
        write("dmm.toml", job::fixture(None, anywhere));
        let psu = Served::told(folder.root(), &format!("psu.toml --log {OUTPUTS}"), &["psu"]);
        let dmm = serve_meter(folder.root());
        let psu_tap = Tap::before(psu.address("psu"), lookout, true);
        let dmm_tap = Tap::before(dmm.address("dmm"), lookout, false);
        write(FIXTURE, job::fixture(Some(psu_tap.address()), Some(dmm_tap.address())));
        let folder = folder.root().to_owned();
        Self { folder, _psu: psu, dmm, _psu_tap: psu_tap, dmm_tap }
    }

    /// The meter's process.
    pub fn meter(&self) -> u32 {
        self.dmm.id()
    }

    /// Puts another meter in the place of one that has gone.
    pub fn replace_meter(&mut self) {
        self.dmm = serve_meter(&self.folder);
        self.dmm_tap.lead_to(self.dmm.address("dmm"));
    }
}

fn serve_meter(folder: &Path) -> Served {
    Served::told(folder, "dmm.toml", &["dmm"])
}

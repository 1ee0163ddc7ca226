//! A site without a bench, for tests that need one.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use pogo_hal::{Secrets, WireLog};
use pogo_record::{RunHeader, Store};
use tempfile::TempDir;
use tokio::time::Instant;

use crate::clock::RealTime;
use crate::deadlines::Deadlines;
use crate::ledger::Ledger;
use crate::product::{Product, Script};
use crate::progress::Unwatched;
use crate::prompt::{Nobody, People};
use crate::site::{Parts, Site};
use crate::stop::Stop;

/// A site whose run is recorded in the folder, with these secrets and the wires of these roles.
pub(crate) fn site(
    secrets: Arc<Secrets>,
    wires: Vec<(Arc<str>, Arc<WireLog>)>,
) -> (TempDir, Arc<Site>) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let log = Arc::new(store.begin_run_hiding(RunHeader::default(), secrets.clone()).unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let entered = runtime.enter();
    let unrecorded = Arc::new(AtomicBool::new(false));
    let (watch, now) = (Box::new(Unwatched), Instant::now());
    let ledger = Ledger::new(log.clone(), watch, wires, now, unrecorded.clone());
    let clock = Arc::new(RealTime::start());
    drop(entered);
    let script = Script { path: "alone.rhai".into(), text: String::new() };
    let site = Arc::new(Site::new(Parts {
        product: Arc::new(Product::of_one_script(script)),
        runtime,
        clock,
        stop: Stop::default(),
        interlocks: Arc::default(),
        log,
        ledger,
        unrecorded,
        deadlines: Deadlines::default(),
        roles: Vec::new(),
        people: People { prompter: Arc::new(Nobody), operator: None, folder: ".".into() },
        secrets,
        flow: Default::default(),
        virtual_time: false,
    }));
    (folder, site)
}

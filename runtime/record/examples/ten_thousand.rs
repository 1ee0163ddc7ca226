//! What durable measurements cost: CPU of the whole process and commits, for 1,000 and 10,000.
//!
//! `cargo run --release -p pogo-record --example ten_thousand [FOLDER]`

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use pogo_hal::{Origin, Origins, Quantity};
use pogo_record::{Body, Judged, Limit, Plan, Reason, RunHeader, Store};

/// CPU time of all threads so far.
///
/// Source: proc_schedstat, the first number of each thread: nanoseconds on a processor.
fn cpu() -> Result<Duration, Box<dyn Error>> {
    let mut total = 0;
    for task in std::fs::read_dir("/proc/self/task")? {
        let text = std::fs::read_to_string(task?.path().join("schedstat"))?;
        total += text.split(' ').next().unwrap_or("0").parse::<u64>()?;
    }
    Ok(Duration::from_nanos(total))
}

#[expect(clippy::print_stdout, reason = "an example that prints what it measured")]
fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    let edge = |text| Quantity::parse(text);
    let limit = Limit::between(edge("1.764 V")?, edge("1.836 V")?)?;
    for count in [1_000_u64, 10_000] {
        let dir = folder.join(format!("pogo-{}-{count}", std::process::id()));
        let store = Store::open(&dir)?;
        let plan = Plan { id: "bench".into(), ..Plan::default() };
        let run = store.start_run(RunHeader { plan, ..RunHeader::default() })?;
        let (before, started) = (cpu()?, jiff::Timestamp::now());
        for number in 0..count {
            let raw = format!("+1.80{number:06}E+00");
            let (role, asset) = ("dmm".into(), "MY12345678".into());
            let origin = Origin { role, asset, raw: raw.as_str().into(), mono_ns: number };
            let value = Quantity::parse(&format!("{raw} V"))?;
            let (name, origins) = ("rail_1v8", Origins::one(origin));
            let (judged, _) = Judged::new(Some(1), name, value.into(), &origins, limit.clone());
            run.append(number, &Body::Measurement(judged))?;
        }
        run.barrier()?;
        let (cpu, wall) = (cpu()? - before, jiff::Timestamp::now() - started);
        run.end(count, &Reason::Passed.into())?;
        println!(
            "{count} measurements: {cpu:?} CPU, {:?} each, {wall:#} wall, {} commits",
            cpu / u32::try_from(count)?,
            store.commits()
        );
        drop(store);
        std::fs::remove_dir_all(&dir)?;
    }
    Ok(())
}

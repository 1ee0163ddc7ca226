//! The attack corpus: what scripts that mean harm come to. `tests/attack --help` says what is looked
//! at.

mod arguments;
mod attack;
mod tried;
mod watched;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use clap::Parser;
use serde_json::json;

use crate::arguments::Arguments;
use crate::tried::Tried;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if !arguments.watch.is_empty() {
        watched::watch(&arguments.watch);
        return ExitCode::SUCCESS;
    }
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("attacks");
    let mut attacks = attack::all(&corpus);
    attacks.retain(|it| !(arguments.quick && it.long));
    attacks.retain(|it| arguments.only.is_empty() || arguments.only.contains(&it.name));
    let here = std::env::current_exe().expect("this program");
    let program = here.parent().expect("a profile's folder").join("pogo");
    let (next, tried) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..arguments.jobs.get() {
            scope.spawn(|| {
                while let Some(attack) = attacks.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let one = tried::attempt(attack, &program);
                    tried.lock().expect("no attempt panicked").push(one);
                }
            });
        }
    });
    let mut tried = tried.into_inner().expect("no attempt panicked");
    tried.sort_by(|a, b| a.name.cmp(&b.name));
    print(&tried, &attacks, arguments.json);
    let contained = !tried.is_empty() && tried.iter().all(|it| it.wrong.is_empty());
    if contained { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[expect(clippy::print_stdout, reason = "a program says what it saw")]
fn print(tried: &[Tried], attacks: &[attack::Attack], as_json: bool) {
    let contained = tried.iter().filter(|it| it.wrong.is_empty()).count();
    if as_json {
        let each = tried.iter().map(|it| {
            json!({
                "name": it.name,
                "code": it.took.code,
                "cpu_s": it.took.cpu.as_secs_f64(),
                "memory_mib": it.took.memory as f64 / 1024.0,
                "wrong": it.wrong,
            })
        });
        let document = json!({ "attacks": each.collect::<Vec<_>>(), "contained": contained });
        println!("{document:#}");
        return;
    }
    for it in tried.iter().filter(|it| !it.wrong.is_empty()) {
        let tries = attacks.iter().find(|attack| attack.name == it.name).map(|it| &it.tries);
        println!("> {} ({})", it.name, tries.map_or("", String::as_str));
        it.wrong.iter().for_each(|what| println!("    {what}"));
    }
    let slowest = tried.iter().max_by_key(|it| it.took.cpu);
    let largest = tried.iter().max_by_key(|it| it.took.memory);
    if let (Some(slowest), Some(largest)) = (slowest, largest) {
        println!(
            "{contained}/{} contained · at most {:.2} s of CPU ({}) and {} MiB ({})",
            tried.len(),
            slowest.took.cpu.as_secs_f64(),
            slowest.name,
            largest.took.memory >> 10,
            largest.name,
        );
    }
}

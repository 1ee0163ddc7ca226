//! Sends simulated instruments what nobody would send, and looks at the memory that it takes.
//! `tests/fuzz --help` says how much.

use std::process::ExitCode;

use clap::Parser;
use pogo_tests::fuzz::{Survived, fuzz};
use pogo_tests::real_time::now;

/// Sends fuzzed messages to every simulated model. It may not panic, has to know who it is
/// afterwards, and may not take more and more memory.
#[derive(Parser)]
#[command(name = "tests/fuzz")]
struct Arguments {
    /// Messages for each model
    #[arg(long, default_value_t = 100_000)]
    messages: u64,
    /// Where the messages begin; one seed sends the same ones
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Memory that may be added after the first tenth, in kilobytes
    #[arg(long, default_value_t = 8 * 1024)]
    growth: u64,
}

/// Memory in use, in kilobytes, as the kernel counts it; 0 where it does not say.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:"));
    line.and_then(|it| it.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    tokio::time::pause();
    let arguments = Arguments::parse();
    let mut well = true;
    for name in pogo_models::builtin() {
        let began = now();
        match one(name, &arguments).await {
            Ok((survived, grown)) => {
                let errors: u64 = survived.errors.values().sum();
                let seconds = (now() - began).as_secs_f64();
                let Survived { messages, responses, .. } = survived;
                report(&format!(
                    "{name:<20} {messages} messages, {responses} responses, {errors} errors of \
                     {} kinds, {grown} kB more at the end, {seconds:.1} s",
                    survived.errors.len()
                ));
                if grown > arguments.growth {
                    report(&format!("FAIL {name} takes more and more memory"));
                    well = false;
                }
            }
            Err(said) => {
                report(&format!("FAIL {said}"));
                well = false;
            }
        }
    }
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Fuzzes one model; how many kilobytes it took between the first tenth and the end.
async fn one(name: &str, arguments: &Arguments) -> Result<(Survived, u64), String> {
    let model = pogo_models::find(name, None).map_err(|it| it.to_string())?;
    let mut early = None;
    let looked = |sent| {
        if sent >= arguments.messages / 10 {
            early.get_or_insert_with(resident);
        }
    };
    let survived = fuzz(&model, arguments.seed, arguments.messages, looked).await?;
    let late = resident();
    Ok((survived, late.saturating_sub(early.unwrap_or(late))))
}

#[expect(clippy::print_stdout, reason = "a program")]
fn report(line: &str) {
    println!("{line}");
}
